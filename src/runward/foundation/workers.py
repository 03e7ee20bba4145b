"""Know which processes carry out runs, and be certain before calling one dead.

Each process has an id of its own, never used again, and holds a lock under it for as long as it lives: a
locked file beside an SQLite database, an advisory lock in PostgreSQL. The kernel, or the server, lets go of the
lock when the process dies, however it dies, and not while it is only stopped. A worker is dead when its lock
can be had; on PostgreSQL, where a restart of the server drops every lock, its heartbeat must be stale as well.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import Column, Integer, String, Table, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from runward.foundation.clock import Clock
from runward.foundation.errors import Conflict
from runward.foundation.ids import new_id
from runward.foundation.storage.database import Database, Transaction, lock_key
from runward.foundation.storage.schema import Moment, Words, metadata

STALE_AFTER = timedelta(seconds=15)

workers = Table(
    "workers",
    metadata,
    Column("id", String(100), primary_key=True),
    Column("host", Words, nullable=False),
    Column("process", Integer, nullable=False),
    Column("version", String(20), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("ended_at", Moment, nullable=True),
)


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that carries out runs, or did."""

    id: str
    host: str
    process: int
    version: str
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None


class Lock(Protocol):
    """Something that one process at a time can hold, and that its death lets go of."""

    def take(self) -> bool:
        """Take it, or keep it; False while somebody else has it."""

    def drop(self) -> None:
        """Let go of it."""


class Presence:
    """One's own process among the workers: the lock first, then the row, then heartbeats."""

    def __init__(self, database: Database, folder: Path, *, version: str, clock: Clock) -> None:
        self.id = f"{_host()}-{os.getpid()}-{new_id(clock())}"
        self._database, self._version, self._clock = database, version, clock
        self._lock = lock_of(database, folder, self.id)

    def enter(self) -> None:
        """Be counted among the living; from here on nobody takes up what this process does."""
        if not self._lock.take():
            raise Conflict(f"Another process works under the name {self.id}")
        with self._database.transaction() as tx:
            now = now_of(tx, self._clock)
            row = {"id": self.id, "host": _host(), "process": os.getpid(), "version": self._version}
            tx.execute(insert(workers).values(**row, started_at=now, seen_at=now))

    def beat(self) -> bool:
        """Say that this process lives; False if it was declared dead and its work given to others."""
        self._lock.take()  # anew, if the server was restarted; at the next heartbeat if another looks at it just now
        with self._database.transaction() as tx:
            mine = update(workers).where(workers.c.id == self.id, workers.c.ended_at.is_(None))
            return tx.execute(mine.values(seen_at=now_of(tx, self._clock))).rowcount == 1

    def leave(self) -> None:
        """Stop being counted; what is left undone may be taken up by others at once."""
        with self._database.transaction() as tx:
            mine = update(workers).where(workers.c.id == self.id, workers.c.ended_at.is_(None))
            tx.execute(mine.values(ended_at=now_of(tx, self._clock)))
        self._lock.drop()


def lock_of(database: Database, folder: Path, name: str) -> Lock:
    """The lock of this name, of the kind that suits the database."""
    if database.is_sqlite:
        return _FileLock(folder / "workers" / f"{name}.lock")
    return _ServerLock(database, name)


@contextmanager
def leading(database: Database, folder: Path) -> Iterator[bool]:
    """Whether this process is the one that may take up the work of the dead, until the end of the block."""
    lock = lock_of(database, folder, "leader")
    leads = lock.take()
    try:
        yield leads
    finally:
        if leads:
            lock.drop()


@contextmanager
def certain_of_death(database: Database, folder: Path, worker_id: str, clock: Clock) -> Iterator[bool]:
    """Whether this worker is dead; until the end of the block it cannot come back unseen."""
    lock = lock_of(database, folder, worker_id)
    if not _is_silent(database, worker_id, clock) or not lock.take():
        yield False
        return
    try:
        yield _declared_dead(database, worker_id, clock)
    finally:
        lock.drop()


def list_workers(tx: Transaction) -> list[Worker]:
    """Every worker that has not ended, the oldest first; some may have died without a word."""
    rows = tx.execute(select(workers).where(workers.c.ended_at.is_(None)).order_by(workers.c.started_at))
    return [Worker(**row) for row in rows.mappings()]


def forget_ended(database: Database, folder: Path, *, keep: Iterable[str], before: datetime) -> None:
    """Remove the rows and lock files of workers that ended before a moment, but those still needed."""
    with database.transaction() as tx:
        ended = select(workers.c.id).where(workers.c.ended_at < before, workers.c.id.not_in(list(keep)))
        gone = list(tx.execute(ended).scalars())
        tx.execute(workers.delete().where(workers.c.id.in_(gone)))
    if database.is_sqlite:
        for worker_id in gone:
            (folder / "workers" / f"{worker_id}.lock").unlink(missing_ok=True)


def now_of(tx: Transaction, clock: Clock) -> datetime:
    """The time that all workers share: the server's, for the clocks of several machines differ."""
    if tx.dialect.name == "sqlite":
        return clock()
    now: datetime = tx.execute(select(func.clock_timestamp())).scalar_one()
    return now


def _is_silent(database: Database, worker_id: str, clock: Clock) -> bool:
    """A first look that costs less than the lock: a fresh heartbeat on a server is proof of life."""
    if database.is_sqlite:
        return True
    with database.reading() as tx:
        fresh = select(workers.c.id).where(workers.c.id == worker_id, workers.c.ended_at.is_(None))
        return tx.execute(fresh.where(workers.c.seen_at >= now_of(tx, clock) - STALE_AFTER)).first() is None


def _declared_dead(database: Database, worker_id: str, clock: Clock) -> bool:
    """Write down that a worker is no more; should it come back, its next heartbeat tells it so."""
    with database.transaction() as tx:
        now = now_of(tx, clock)
        gone = update(workers).where(workers.c.id == worker_id, workers.c.ended_at.is_(None))
        if not database.is_sqlite:  # there the kernel's word on the lock is proof enough
            gone = gone.where(workers.c.seen_at < now - STALE_AFTER)
        tx.execute(gone.values(ended_at=now))
        alive = select(workers.c.id).where(workers.c.id == worker_id, workers.c.ended_at.is_(None))
        return tx.execute(alive).first() is None


def _host() -> str:
    return os.uname().nodename[:60] or "host"


class _FileLock:
    """A locked file; the descriptor is not inherited, so commands that a worker starts do not keep it."""

    def __init__(self, path: Path) -> None:
        self._path, self._descriptor = path, -1

    def take(self) -> bool:
        if self._descriptor >= 0:
            return True
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def drop(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class _ServerLock:
    """An advisory lock on a connection of its own; taken anew when the server was restarted."""

    def __init__(self, database: Database, name: str) -> None:
        self._database, self._key = database, lock_key(f"worker:{name}")
        self._connection: Transaction | None = None

    def take(self) -> bool:
        if self._connection is not None and self._still_there(self._connection):
            return True
        self.drop()
        connection = self._database.connect_apart()
        if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}).scalar():
            self._connection = connection
            return True
        connection.close()
        return False

    def drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": self._key})
        except DBAPIError:  # the server has let go of it already
            connection.invalidate()
        connection.close()

    def _still_there(self, connection: Transaction) -> bool:
        try:
            connection.execute(text("SELECT 1"))
        except DBAPIError:
            return False
        return True
