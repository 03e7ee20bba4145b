"""Decide who carries out a piece of work, and who takes it up after a crash: the only file that knows DBOS.

A *segment* is one call of a registered function with a JSON argument, under an id of its own: starting it twice
is harmless. It does *steps*; a step's result is recorded when it ends and the step is not done again. After
a crash another process calls the segment's function anew: recorded steps answer from the record, the one that was
interrupted is called again, so a step must look first what became of it. Segments must do the same steps in the
same order whenever they are called with the same argument; raise `VERSION` when that changes for old segments.

Segments are async and must not wait long: record what you wait for in your own tables, and return. Within a
partition one segment runs at a time. Arguments and results are JSON and short; never put a secret in them.
A segment that was cancelled, or taken over by another process, is left by an exception that is not an
`Exception`: clean up in `finally`, and write nothing about its outcome.
"""

import asyncio
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from math import ceil
from pathlib import Path
from typing import Any

import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, Serializer, WorkflowStatus

from runward.foundation.clock import Clock, utc_now
from runward.foundation.engine_log import quiet_logging
from runward.foundation.engine_record import StepFailed, as_read_back, read_record, written_record
from runward.foundation.errors import Conflict, Mistake, Unavailable
from runward.foundation.storage.database import Database
from runward.foundation.storage.failures import translated
from runward.foundation.storage.schema import Json
from runward.foundation.storage.sqlite import make_sqlite_file
from runward.foundation.workers import Presence, certain_of_death, forget_ended, leading

VERSION = "1"
"""The interpreter's number: histories of one number replay on every program of the same number."""

NAME = "runward"
QUEUE = "segments"
SCHEMA = "runward_engine"
_HEARTBEAT = timedelta(seconds=3)
_REMEMBER = timedelta(days=30)
_BEATS_BETWEEN_CLEANING = 1200  # an hour
_CLEANED_AT_ONCE = 500
_MOMENT = timedelta(seconds=2)
_THREADS = 16
_POLL_SECONDS = 0.1

Segment = Callable[[Json], Awaitable[Json]]

_log = structlog.get_logger("runward.engine")


@dataclass(frozen=True, slots=True)
class Pending:
    """A segment that has not ended: waiting for a worker, or being carried out by one."""

    id: str
    name: str
    running: bool
    worker: str
    version: str
    partition: str
    since_at: datetime


class StrictJson(Serializer):
    """JSON in the engine's rows instead of pickles: nobody who can write them can run code with them."""

    def name(self) -> str:
        return "runward_json"

    def serialize(self, data: Any) -> str:
        return written_record(data)

    def deserialize(self, serialized_data: str) -> Any:
        return read_record(serialized_data)


def sqlite_trouble(python: tuple[int, int], sqlite: tuple[int, int, int]) -> str:
    """Why this SQLite cannot carry the engine, "" if it can."""
    needed = (3, 42, 0) if python >= (3, 12) else (3, 35, 0)
    if sqlite >= needed:
        return ""
    found, least = ".".join(map(str, sqlite)), ".".join(map(str, needed[:2]))
    return f"Python {python[0]}.{python[1]} brings SQLite {found}; the engine needs {least} or newer"


def check_sqlite() -> str:
    """Why this program's SQLite cannot carry the engine, "" if it can."""
    return sqlite_trouble(sys.version_info[:2], sqlite3.sqlite_version_info[:3])


class EngineClient:
    """Start, cancel and look at segments from any process, without carrying any out."""

    def __init__(self, database: Database, folder: Path, *, clock: Clock = utc_now) -> None:
        self.database, self.folder, self.clock = database, folder, clock
        self._place = str(folder / "engine.db") if database.is_sqlite else database.place
        self._url = _engine_url(database, folder)
        quiet_logging()
        with translated(self._place):
            DBOS.migrate(self._url, schema=SCHEMA)
            self._client = DBOSClient(
                system_database_url=self._url,
                dbos_system_schema=SCHEMA,
                serializer=StrictJson(),
                application_name=NAME,
                retry_connection_errors=False,
            )
            self._client.register_queue(
                QUEUE, partition_concurrency=1, polling_interval_sec=_POLL_SECONDS, on_conflict="never_update"
            )

    def start(self, name: str, segment_id: str, argument: Json, partition: str | None = None) -> None:
        """Have a segment carried out by some worker; harmless when one with this id exists.

        The ids within a partition must grow with time, as those of runs do: the engine tells moments apart
        by the second on older SQLite, and goes by the id then. Were a later one smaller, two workers that
        look at once could begin both.
        """
        with translated(self._place):
            self._client.enqueue(
                {
                    "workflow_name": name,
                    "workflow_id": segment_id,
                    "queue_name": QUEUE,
                    "queue_partition_key": partition or f"alone:{segment_id}",
                    "app_version": VERSION,
                },
                argument,
            )

    def cancel(self, segment_id: str) -> None:
        """Let a segment not begin, or be left at once: its running step is cancelled within a second or so."""
        if self.find_state(segment_id) is not None:
            with translated(self._place):
                self._client.cancel_workflow(segment_id)

    def find_state(self, segment_id: str) -> str | None:
        """ENQUEUED, PENDING (being carried out), SUCCESS, ERROR, CANCELLED ...; None if never started."""
        found = self._list(workflow_ids=[segment_id])
        return found[0].status if found else None

    def list_pending(self) -> list[Pending]:
        """The segments that have not ended, the oldest first."""
        return [_pending(status) for status in self._list(status=["PENDING", "ENQUEUED"])]

    def list_stranded(self) -> list[Pending]:
        """The segments of other interpreters: this program cannot carry them on; run the program that can."""
        return [pending for pending in self.list_pending() if pending.version != VERSION]

    def close(self) -> None:
        """Close the connections."""
        self._client.destroy()

    def _list(self, **which: Any) -> list[WorkflowStatus]:
        with translated(self._place):
            return self._client.list_workflows(**which, load_input=False, load_output=False)


class Engine(EngineClient):
    """One worker: carries out segments in this process. There can be one in a process at a time."""

    def __init__(self, database: Database, folder: Path, *, clock: Clock = utc_now) -> None:
        super().__init__(database, folder, clock=clock)
        self.presence = Presence(database, folder, version=VERSION, clock=clock)
        self.lost = threading.Event()  # set when this worker was declared dead and its work given to others
        self._segments: dict[str, Segment] = {}
        self._running: dict[asyncio.Task[Any], asyncio.AbstractEventLoop] = {}
        self._launched = False
        self._stopping = threading.Event()
        self._heart = threading.Thread(target=self._beat_until_stopped, name="runward-heart", daemon=True)

    def register(self, name: str, segment: Segment) -> None:
        """Name the function that carries out the segments of this name; before `launch`."""
        self._segments[name] = segment

    def launch(self) -> None:
        """Begin to carry out segments, those of dead workers included."""
        self._refuse_bad_surroundings()
        self.presence.enter()
        try:
            self._launch_library()
        except BaseException:
            self.presence.leave()
            raise
        for stranded in self.list_stranded():
            _log.error(
                "segment_of_another_version", segment=stranded.id, version=stranded.version, ours=VERSION
            )
        self.take_up_dead()
        self._heart.start()

    async def step(self, name: str, act: Callable[..., Awaitable[Json]], *arguments: Any) -> Json:
        """Do something once and record its result; when it is recorded already, answer that instead.

        What `act` raises comes out as StepFailed, now and at every replay. When the segment is cancelled
        `act` gets a CancelledError; nothing is recorded then.
        """

        async def recorded() -> Json:
            try:
                return as_read_back(await act(*arguments))
            except StepFailed:
                raise
            except Exception as error:
                raise StepFailed.of(error) from error

        return await DBOS.run_step_async({"name": name, "preemptible": True}, recorded)

    def take_up_dead(self) -> list[str]:
        """Have what dead workers left undone carried on; the ids of those segments."""
        with leading(self.database, self.folder) as leads:
            if not leads:
                return []
            left = self._list(status="PENDING")
            others = {status.executor_id for status in left if status.executor_id} - {self.presence.id}
            return [segment_id for worker in sorted(others) for segment_id in self._take_up(worker)]

    def forget_old(self) -> None:
        """Remove the engine's rows of segments and workers that ended long ago; what happened is kept elsewhere."""
        before = self.clock() - _REMEMBER
        busy = {status.executor_id for status in self._list(status="PENDING")}
        forget_ended(self.database, self.folder, keep=[worker for worker in busy if worker], before=before)
        over = ["SUCCESS", "ERROR", "CANCELLED"]
        old = self._list(status=over, completed_before=before.isoformat(), limit=_CLEANED_AT_ONCE)
        if old:
            with translated(self._place):
                self._client.delete_workflows([status.workflow_id for status in old])

    def stop(self, timeout: timedelta = timedelta(0)) -> None:
        """Take on nothing more, let running segments end within `timeout`, leave the rest to others."""
        self._stopping.set()
        if self._heart.is_alive():
            self._heart.join()
        if self._launched:
            self._shut_down(timeout)
        try:
            self.presence.leave()
        except Unavailable as error:  # others find this worker's lock free, a little later
            _log.warning("left_without_a_word", trouble=str(error))
        self.close()

    def _refuse_bad_surroundings(self) -> None:
        if self.database.is_sqlite and (trouble := check_sqlite()):
            raise Mistake(
                trouble, hint="Use a newer Python build, or PostgreSQL: RUNWARD_DATABASE=postgresql://..."
            )
        if os.environ.get("DBOS__CLOUD") == "true":
            raise Mistake("DBOS__CLOUD is set, which would have the engine talk to a cloud", hint="Unset it")

    def _launch_library(self) -> None:
        if not _only_one.acquire(blocking=False):
            raise Conflict("There is an engine in this process already")
        self._launched = True
        try:
            with translated(self._place):
                DBOS(config=self._config())
                for name, segment in self._segments.items():
                    DBOS.workflow(name=name, max_recovery_attempts=None)(self._tracked(segment))
                DBOS.launch()
        except BaseException:
            self._shut_down(timedelta(0))
            raise

    def _config(self) -> DBOSConfig:
        return {
            "name": NAME,
            "system_database_url": self._url,
            "dbos_system_schema": SCHEMA,
            "application_version": VERSION,
            "executor_id": self.presence.id,
            "serializer": StrictJson(),
            "max_executor_threads": _THREADS,
            "sys_db_pool_size": _THREADS // 2,
            "notification_listener_polling_interval_sec": 0.2,  # also how long its thread may take to end
            "scheduler_polling_interval_sec": 3600.0,  # its scheduler is not used
            "enable_otlp": False,
            "log_level": "WARNING",
        }

    def _tracked(self, segment: Segment) -> Segment:
        async def carry_out(argument: Json) -> Json:
            task = asyncio.current_task()
            if task is not None:
                self._running[task] = asyncio.get_running_loop()
            try:
                return as_read_back(await segment(argument))
            finally:
                if task is not None:
                    self._running.pop(task, None)

        return carry_out

    def _take_up(self, worker: str) -> list[str]:
        with certain_of_death(self.database, self.folder, worker, self.clock) as dead:
            if not dead:
                return []
            taken = []
            for status in self._list(status="PENDING", executor_id=[worker], app_version=VERSION):
                with translated(self._place):
                    self._client.resume_workflow(status.workflow_id, queue_name=QUEUE)
                _log.warning("segment_taken_up", segment=status.workflow_id, dead=worker, by=self.presence.id)
                taken.append(status.workflow_id)
            return taken

    def _beat_until_stopped(self) -> None:
        beats = count()
        while not self._stopping.wait(_HEARTBEAT.total_seconds()):
            try:
                if not self.presence.beat():
                    self._give_up()
                    return
                self.take_up_dead()
                if next(beats) % _BEATS_BETWEEN_CLEANING == 0:
                    self.forget_old()
            except Exception as error:  # noqa: BLE001  # the heart beats on: a database that is away may come back
                _log.warning("heartbeat_failed", trouble=f"{type(error).__name__}: {error}")

    def _give_up(self) -> None:
        """Others carry on what this worker began: leave it at once, and take on nothing more."""
        self.lost.set()
        _log.error("declared_dead", worker=self.presence.id)
        for task, loop in list(self._running.items()):
            loop.call_soon_threadsafe(task.cancel)
        self._shut_down(timedelta(0))

    def _shut_down(self, timeout: timedelta) -> None:
        self._launched = False
        ended = self._all_ended_within(min(timeout, _MOMENT))
        waits = 0 if ended else ceil(timeout.total_seconds())  # the library looks once a second, no sooner
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=waits)
        _only_one.release()

    def _all_ended_within(self, timeout: timedelta) -> bool:
        """Whether the ends of this worker's segments are recorded; a segment returns a little earlier."""
        until = time.monotonic() + timeout.total_seconds()
        while self._running or self._has_pending():
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        return True

    def _has_pending(self) -> bool:
        try:
            return bool(self._list(status="PENDING", executor_id=[self.presence.id], limit=1))
        except Unavailable:
            return False


_only_one = threading.Lock()


def _engine_url(database: Database, folder: Path) -> str:
    if not database.is_sqlite:
        return database.url.render_as_string(hide_password=False)
    path = folder / "engine.db"
    make_sqlite_file(
        path
    )  # in WAL mode from its first byte: the library would leave the slow rollback journal
    return f"sqlite:///{path}"


def _pending(status: WorkflowStatus) -> Pending:
    return Pending(
        id=status.workflow_id,
        name=status.name,
        running=status.status == "PENDING",
        worker=status.executor_id or "",
        version=status.app_version or "",
        partition=status.queue_partition_key or "",
        since_at=datetime.fromtimestamp((status.created_at or 0) / 1000, UTC),
    )
