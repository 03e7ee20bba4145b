"""Open the one database, SQLite or PostgreSQL, and hand out short transactions on it."""

import importlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, Select, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError

from runward.foundation.errors import Mistake, Unavailable
from runward.foundation.storage.failures import translated
from runward.foundation.storage.sqlite import BEGIN, make_sqlite_file, sqlite_engine

Transaction = Connection
"""What stores write through; it is committed or undone as a whole by `Database.transaction`."""

Answer = TypeVar("Answer")
PATIENCE = timedelta(seconds=30)
MIGRATIONS = Path(__file__).parent / "migrations" / "versions"
_NOTICE_A_LOST_HOST = (  # within half a minute the server ends the session, and lets go of its locks
    "tcp_keepalives_idle = 10",
    "tcp_keepalives_interval = 5",
    "tcp_keepalives_count = 4",
)
_IDLE_LIMIT_MILLISECONDS = 60_000  # a stopped process may not hold its row locks for ever


class Database:
    """A pool of connections to the one database; safe to share between threads."""

    def __init__(self, url: str, *, patience: timedelta = PATIENCE) -> None:
        self.url = parsed_url(url)
        self.patience = patience
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.place = (
            self.url.database or "" if self.is_sqlite else self.url.render_as_string(hide_password=True)
        )
        self._engine = _engine(self.url, patience)
        self._writing = (
            threading.Lock()
        )  # threads of one process queue here; SQLite itself would have them poll
        self._mine = threading.local()

    def __repr__(self) -> str:
        return f"Database({self.place})"

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Everything in it is committed together, or nothing; keep it short and never await in it."""
        with self._one_at_a_time(), translated(self.place), self._engine.begin() as tx:
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """A consistent view that waits for nobody; it refuses to write."""
        with translated(self.place), self._engine.connect() as connection:
            tx = connection.execution_options(**{BEGIN: "DEFERRED", "postgresql_readonly": True})
            if self.is_sqlite:
                tx.exec_driver_sql("PRAGMA query_only=ON")
            try:
                yield tx
            finally:
                if self.is_sqlite:
                    tx.exec_driver_sql("PRAGMA query_only=OFF")
                tx.rollback()

    def insist(self, act: Callable[[Transaction], Answer]) -> Answer:
        """Run `act` in a transaction, again while the database is away, up to `patience`.

        A connection lost during the commit leaves open whether it took place: `act` must be harmless twice.
        """
        until = time.monotonic() + self.patience.total_seconds()
        wait = 0.05
        while True:
            try:
                with self.transaction() as tx:
                    return act(tx)
            except Unavailable:
                if time.monotonic() + wait > until:
                    raise
            time.sleep(wait)
            wait = min(wait * 2, 2.0)

    def upgrade(self) -> None:
        """Bring the tables to the newest shape; safe when several processes start at once."""
        if self.schema_version() != newest_version():
            # Alembic takes a third of a second to load: only those who need it pay for it.
            importlib.import_module("runward.foundation.storage.upgrade").upgrade(self)

    def schema_version(self) -> str | None:
        """The newest migration that was applied; None for an empty database."""
        with self.reading() as tx:
            if not inspect(tx).has_table("alembic_version"):
                return None
            found: str | None = tx.execute(text("SELECT version_num FROM alembic_version")).scalar()
            return found

    def connect_apart(self) -> Connection:
        """A connection outside all transactions, for locks that a session holds; its user closes it."""
        with translated(self.place):
            return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def close(self) -> None:
        """Close every connection; the object opens new ones when used again."""
        self._engine.dispose()

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if getattr(self._mine, "open", False):
            raise RuntimeError(
                "A transaction is already open in this thread: pass it on, do not open another"
            )
        if self.is_sqlite and not self._writing.acquire(timeout=self.patience.total_seconds()):
            raise Unavailable(f"The database {self.place} is locked by another thread; nothing was written")
        self._mine.open = True
        try:
            yield
        finally:
            self._mine.open = False
            if self.is_sqlite:
                self._writing.release()


def claimable(statement: Select[Any], limit: int) -> Select[Any]:
    """Up to `limit` rows of the statement, locked for this transaction, leaving out what others hold.

    On SQLite the transaction already keeps every other writer out.
    """
    return statement.limit(limit).with_for_update(skip_locked=True)


def hold(tx: Transaction, name: str) -> None:
    """Keep every other transaction that holds the same name waiting until this one ends."""
    if tx.dialect.name == "postgresql":
        tx.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": lock_key(name)})


def lock_key(name: str) -> int:
    """The number by which PostgreSQL knows an advisory lock of ours."""
    return int.from_bytes(blake2b(f"runward:{name}".encode(), digest_size=8).digest(), signed=True)


def newest_version() -> str:
    """The newest migration that this program brings; files are named NNNN_what_it_does.py."""
    return max(path.name[:4] for path in MIGRATIONS.glob("[0-9][0-9][0-9][0-9]_*.py"))


def parsed_url(url: str) -> URL:
    """The URL with our driver, or a Mistake that says what is wrong with it."""
    hint = "Write sqlite:////absolute/path.db or postgresql://user@host:5432/database"
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise Mistake("The database's URL cannot be read", hint=hint) from error
    if parsed.drivername in ("postgres", "postgresql", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername != "sqlite":
        raise Mistake(f"Runward does not keep its state in {parsed.drivername!r}", hint=hint)
    if not parsed.database or parsed.database == ":memory:":
        raise Mistake("A database in memory would forget every run", hint=hint)
    return parsed.set(database=str(Path(parsed.database).expanduser().absolute()), query={})


def _engine(url: URL, patience: timedelta) -> Engine:
    if url.get_backend_name() == "sqlite":
        path = Path(url.database or "")
        with translated(str(path)):
            make_sqlite_file(path)
        return sqlite_engine(path, patience)
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_timeout=patience.total_seconds(),
        connect_args={
            "connect_timeout": int(url.query.get("connect_timeout", 5)),  # type: ignore[arg-type]
            "application_name": "runward",
        },
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.autocommit = True
        connection.execute(f"SET idle_in_transaction_session_timeout = {_IDLE_LIMIT_MILLISECONDS}")
        for setting in _NOTICE_A_LOST_HOST:
            connection.execute(f"SET {setting}")
        connection.execute(f"SET lock_timeout = {int(patience.total_seconds() * 1000)}")
        connection.autocommit = False

    return engine
