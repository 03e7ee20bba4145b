"""A worker is called dead only when it is."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

import runward
from lab.processes import wait_until
from runward.foundation.clock import utc_now
from runward.foundation.errors import Conflict
from runward.foundation.storage.database import Database
from runward.foundation.workers import (
    STALE_AFTER,
    Presence,
    certain_of_death,
    forget_ended,
    leading,
    list_workers,
    workers,
)


def presence(database: Database, folder: Path) -> Presence:
    return Presence(database, folder, version="1", clock=utc_now)


def dead(database: Database, folder: Path, worker_id: str) -> bool:
    with certain_of_death(database, folder, worker_id, utc_now) as certain:
        return certain


def grow_stale(database: Database, worker_id: str) -> None:
    with database.transaction() as tx:
        long_ago = datetime.now(UTC) - STALE_AFTER - timedelta(seconds=1)
        tx.execute(update(workers).where(workers.c.id == worker_id).values(seen_at=long_ago))


def test_the_living_are_not_dead_even_when_silent(database: Database, tmp_path: Path) -> None:
    worker = presence(database, tmp_path)
    worker.enter()
    grow_stale(database, worker.id)  # a stopped process sends no heartbeats, but holds its lock
    assert not dead(database, tmp_path, worker.id)
    assert worker.beat()
    worker.leave()
    assert dead(database, tmp_path, worker.id)
    with database.reading() as tx:
        assert list_workers(tx) == []


def test_a_name_is_held_by_one(database: Database, tmp_path: Path) -> None:
    first, second = presence(database, tmp_path), presence(database, tmp_path)
    assert first.id != second.id
    second._lock = type(second._lock)(*_lock_arguments(database, tmp_path, first.id))
    first.enter()
    with pytest.raises(Conflict):
        second.enter()
    first.leave()


def _lock_arguments(database: Database, folder: Path, worker_id: str) -> tuple[object, ...]:
    return (folder / "workers" / f"{worker_id}.lock",) if database.is_sqlite else (database, worker_id)


def test_one_leads_at_a_time(database: Database, tmp_path: Path) -> None:
    with leading(database, tmp_path) as first, leading(database, tmp_path) as second:
        assert (first, second) == (True, False)
    with leading(database, tmp_path) as again:
        assert again


def test_who_was_declared_dead_is_told_at_the_next_heartbeat(database: Database, tmp_path: Path) -> None:
    worker = presence(database, tmp_path)
    worker.enter()
    worker._lock.drop()  # as a restart of the server would
    grow_stale(database, worker.id)
    assert dead(database, tmp_path, worker.id)
    assert not worker.beat()
    worker.leave()


def test_a_lost_lock_alone_kills_nobody_on_a_server(database: Database, tmp_path: Path) -> None:
    if database.is_sqlite:
        pytest.skip("a file's lock is not lost while its process lives")
    worker = presence(database, tmp_path)
    worker.enter()
    worker._lock.drop()
    assert not dead(database, tmp_path, worker.id)
    assert worker.beat()  # takes its lock anew
    grow_stale(database, worker.id)
    assert not dead(database, tmp_path, worker.id)
    worker.leave()


def test_an_unknown_worker_whose_lock_is_free_is_dead(database: Database, tmp_path: Path) -> None:
    assert dead(database, tmp_path, "from-a-restored-copy")


def test_the_ended_are_forgotten_after_a_while(database: Database, tmp_path: Path) -> None:
    gone, needed, alive = (presence(database, tmp_path) for _ in range(3))
    for worker in (gone, needed, alive):
        worker.enter()
    gone.leave()
    needed.leave()
    forget_ended(database, tmp_path, keep=[needed.id], before=utc_now() - timedelta(hours=1))
    assert len(_rows(database)) == 3
    forget_ended(database, tmp_path, keep=[needed.id], before=utc_now() + timedelta(hours=1))
    assert _rows(database) == {needed.id, alive.id}
    if database.is_sqlite:
        assert {path.stem for path in (tmp_path / "workers").iterdir()} == {needed.id, alive.id}
    assert not dead(database, tmp_path, alive.id)
    alive.leave()


def _rows(database: Database) -> set[str]:
    with database.reading() as tx:
        return {row.id for row in tx.execute(workers.select())}


HOLD = """
import subprocess, sys, time
from pathlib import Path
from runward.foundation.clock import utc_now
from runward.foundation.storage.database import Database
from runward.foundation.workers import Presence
worker = Presence(Database(sys.argv[1]), Path(sys.argv[2]), version="1", clock=utc_now)
worker.enter()
child = subprocess.Popen(["sleep", "100"])
Path(sys.argv[2], "held").write_text(f"{worker.id} {child.pid}")
time.sleep(100)
"""


@pytest.fixture
def holder(database: Database, url: str, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Another process that is a worker, with a child of its own."""
    environment = {**os.environ, "PYTHONPATH": str(Path(runward.__file__).parent.parent)}
    process = subprocess.Popen([sys.executable, "-c", HOLD, url, str(tmp_path)], env=environment)
    held = tmp_path / "held"
    wait_until(lambda: held.exists() and held.read_text().count(" ") == 1, "it holds its lock")
    worker_id, child = held.read_text().split()
    yield process, worker_id
    os.kill(int(child), signal.SIGKILL)
    process.kill()
    process.wait()


def test_a_killed_worker_is_dead_though_its_child_lives(
    database: Database, tmp_path: Path, holder: tuple[subprocess.Popen[bytes], str]
) -> None:
    process, worker_id = holder
    grow_stale(database, worker_id)
    assert not dead(database, tmp_path, worker_id)
    process.send_signal(signal.SIGSTOP)
    assert not dead(database, tmp_path, worker_id)
    process.kill()
    process.wait()
    wait_until(lambda: dead(database, tmp_path, worker_id), "the lock is free")
