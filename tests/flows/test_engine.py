"""The engine's port: JSON only, one number of the interpreter, stored histories replay, waiting costs nothing."""

import asyncio
import json
import logging
import re
import sqlite3
import stat
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from lab.processes import wait_until
from runward.foundation import engine as engine_module
from runward.foundation.engine import Engine, EngineClient, StrictJson, check_sqlite, sqlite_trouble
from runward.foundation.engine_record import StepFailed
from runward.foundation.errors import Conflict, Mistake
from runward.foundation.storage.database import Database

GOLDEN = Path(__file__).parent / "golden"


class Made:
    """An engine in this process whose segments note what they did."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(f"sqlite:///{folder / 'runward.db'}")
        self.database.upgrade()
        self.engine = Engine(self.database, folder)
        self.seen: list[Any] = []
        for name in ("fails", "odd", "big", "tuple_", "returns_odd", "parked", "golden"):
            self.engine.register(f"demo.{name}", getattr(self, name))

    def ended(self, name: str, argument: Any = None, state: str = "SUCCESS") -> None:
        """Carry out one segment."""
        self.engine.start(f"demo.{name}", name, argument)
        wait_until(
            lambda: self.engine.find_state(name) == state, f"{state}, not {self.engine.find_state(name)}"
        )

    async def note(self, what: Any) -> Any:
        self.seen.append(what)
        return what

    async def fails(self, _argument: Any) -> None:
        async def act() -> None:
            raise KeyError("no such table")

        try:
            await self.engine.step("fails", act)
        except StepFailed as failure:
            self.seen.append((failure.kind, failure.message))

    async def odd(self, _argument: Any) -> None:
        await self.engine.step("odd", self.note, datetime.now(UTC))

    async def big(self, _argument: Any) -> None:
        await self.engine.step("big", self.note, "x" * 1_000_001)

    async def tuple_(self, _argument: Any) -> None:
        self.seen.append(await self.engine.step("tuple", self.note, {"b": (1, 2), "a": "é\0\ud800"}))

    async def returns_odd(self, _argument: Any) -> Any:
        return {1, 2}

    async def parked(self, argument: Any) -> None:
        await self.engine.step("record the wait", self.note, argument)

    async def golden(self, argument: Any) -> Any:
        return [
            await self.engine.step(f"step {number}", self.golden_step, number)
            for number in range(argument["steps"])
        ]

    async def golden_step(self, number: int) -> Any:
        self.seen.append(number)
        if number == 1:
            raise ValueError("should have been read from the record")
        return {"number": number, "text": "é"}


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Made]:
    """An engine that has not been launched."""
    built = Made(tmp_path)
    yield built
    built.engine.stop()
    built.database.close()


def test_what_a_step_raises_comes_out_in_words(made: Made) -> None:
    made.engine.launch()
    made.ended("fails")
    assert made.seen == [("KeyError", "'no such table'")]


@pytest.mark.parametrize(
    ("name", "said"), [("odd", "not JSON serializable"), ("big", "too long for the engine")]
)
def test_a_step_may_only_return_short_json(made: Made, name: str, said: str) -> None:
    made.engine.launch()
    with capture_logs() as logs:
        made.ended(name, state="ERROR")
    assert any(said in str(line.get("exc_info")) for line in logs)


def test_a_segment_may_only_return_json(made: Made) -> None:
    made.engine.launch()
    with capture_logs():
        made.ended("returns_odd", state="ERROR")


def test_an_argument_must_be_json(made: Made) -> None:
    with pytest.raises(TypeError):
        made.engine.start("demo.parked", "x", {1, 2})  # type: ignore[arg-type]
    assert made.engine.find_state("x") is None


def test_a_step_answers_as_a_replay_would(made: Made) -> None:
    made.engine.launch()
    made.ended("tuple_")
    assert made.seen[-1] == {"a": "é\0\ud800", "b": [1, 2]}
    assert list(made.seen[-1]) == ["a", "b"]


@pytest.mark.parametrize("value", [None, 1, "x", [1], {"failed": ["a", "b"]}, {"value": 1}, {"!": {}}])
def test_values_survive_the_record(value: Any) -> None:
    assert StrictJson().deserialize(StrictJson().serialize(value)) == value


def test_failures_survive_the_record() -> None:
    read = StrictJson().deserialize(StrictJson().serialize(StepFailed("Odd", "said")))
    assert isinstance(read, StepFailed)
    assert (read.kind, read.message) == ("Odd", "said")


def test_the_engines_file_is_private_and_written_ahead_and_holds_json_only(made: Made) -> None:
    made.engine.launch()
    made.ended("tuple_")
    path = made.folder / "engine.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        dump = "\n".join(connection.iterdump())
    texts = re.findall(r"'(\{\"(?:value|failed).*?)'[,)]", dump)
    assert len(texts) >= 3
    assert "gASV" not in dump, "a pickle"
    assert all(json.loads(text).keys() <= {"value", "failed"} for text in texts)


def test_there_is_one_engine_in_a_process(made: Made, tmp_path: Path) -> None:
    made.engine.launch()
    other = Engine(made.database, tmp_path)
    with pytest.raises(Conflict, match="There is an engine in this process already"):
        other.launch()
    other.close()
    made.ended("parked", 1)


def test_a_cloud_is_refused(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBOS__CLOUD", "true")
    with pytest.raises(Mistake, match="DBOS__CLOUD is set"):
        made.engine.launch()
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("python", "sqlite", "trouble"),
    [
        ((3, 11), (3, 35, 0), ""),
        ((3, 11), (3, 34, 1), "Python 3.11 brings SQLite 3.34.1; the engine needs 3.35 or newer"),
        ((3, 12), (3, 41, 2), "Python 3.12 brings SQLite 3.41.2; the engine needs 3.42 or newer"),
        ((3, 12), (3, 42, 0), ""),
        ((3, 14), (4, 0, 0), ""),
    ],
)
def test_an_old_sqlite_is_told(python: tuple[int, int], sqlite: tuple[int, int, int], trouble: str) -> None:
    assert sqlite_trouble(python, sqlite) == trouble


def test_this_sqlite_is_good_enough() -> None:
    assert check_sqlite() == ""


def test_an_old_sqlite_stops_the_launch(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module.sqlite3, "sqlite_version_info", (3, 30, 0))
    with pytest.raises(Mistake, match="needs 3"):
        made.engine.launch()


def test_segments_of_another_interpreter_are_told_and_left_alone(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "VERSION", "0")
    made.engine.start("demo.parked", "of old", 1)
    monkeypatch.undo()
    with capture_logs() as logs:
        made.engine.launch()
    assert [line["segment"] for line in logs if line["event"] == "segment_of_another_version"] == ["of old"]
    assert [(pending.id, pending.version) for pending in made.engine.list_stranded()] == [("of old", "0")]
    made.ended("parked", 1)
    assert made.engine.find_state("of old") == "ENQUEUED"


def test_two_hundred_parked_waits_cost_nothing(made: Made) -> None:
    made.engine.launch()
    for number in range(200):
        made.engine.start("demo.parked", f"wait{number}", number)
    wait_until(lambda: not made.engine.list_pending(), "all have recorded their wait and returned")
    assert sorted(made.seen) == list(range(200))
    assert threading.active_count() <= engine_module._THREADS + 14


def test_the_library_keeps_off_the_terminal(made: Made, capfd: pytest.CaptureFixture[str]) -> None:
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    try:
        made.engine.launch()
        logging.getLogger("dbos").warning("something is odd")
        made.ended("parked", 1)
        assert capfd.readouterr() == ("", "")
    finally:
        structlog.reset_defaults()
    with capture_logs() as logs:
        logging.getLogger("dbos").warning("something is odd")
        logging.getLogger("dbos").info("chatter")
        logging.getLogger("dbos").warning("Current version '1' is not the latest version.")
    assert [(line["log_level"], line["said"]) for line in logs] == [("warning", "something is odd")]


@pytest.mark.parametrize("content", [b"no database " * 100, b""])
def test_a_spoilt_engine_file_is_told_by_its_name(tmp_path: Path, content: bytes) -> None:
    database = Database(f"sqlite:///{tmp_path / 'runward.db'}")
    database.upgrade()
    (tmp_path / "engine.db").write_bytes(content)
    if content:
        with pytest.raises(Mistake, match=r"engine\.db is not a database"):
            EngineClient(database, tmp_path)
    else:
        EngineClient(database, tmp_path).close()  # an empty file is a new database
        with closing(sqlite3.connect(tmp_path / "engine.db")) as connection:
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


def test_what_ended_long_ago_is_forgotten(made: Made) -> None:
    made.engine.launch()
    made.ended("parked", 1)
    made.engine.forget_old()
    assert made.engine.find_state("parked") == "SUCCESS"
    made.engine.clock = lambda: datetime.now(UTC) + timedelta(days=31)
    made.engine.start("demo.parked", "fresh", 2)
    made.engine.cancel("fresh")
    made.engine.forget_old()
    assert made.engine.find_state("parked") is None


def test_stop_waits_for_running_segments(made: Made) -> None:
    async def slow(_argument: Any) -> str:
        await asyncio.sleep(0.7)
        made.seen.append("ended")
        return "ended"

    made.engine.register("demo.slow", slow)
    made.engine.launch()
    made.engine.start("demo.slow", "slow", None)
    wait_until(lambda: made.engine.find_state("slow") == "PENDING", "it runs")
    made.engine.stop(timedelta(seconds=10))
    assert made.seen == ["ended"]
    client = EngineClient(made.database, made.folder)
    assert client.find_state("slow") == "SUCCESS"
    client.close()


@pytest.mark.parametrize("history", sorted(GOLDEN.glob("*.sql")), ids=lambda path: path.stem)
def test_stored_histories_replay(history: Path, tmp_path: Path) -> None:
    """Written by a released interpreter of this number: killed in step 3 of 5, step 1 had failed."""
    with closing(sqlite3.connect(tmp_path / "engine.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.executescript(history.read_text())
    made = Made(tmp_path)
    made.engine.register("demo.golden", _tolerant(made))
    try:
        made.engine.launch()
        wait_until(lambda: made.engine.find_state("golden") == "SUCCESS", "the history is carried on")
        assert made.seen == ["ValueError", 3, 4]
    finally:
        made.engine.stop()
        made.database.close()


def _tolerant(made: Made) -> Any:
    """A segment that goes on after a failed step."""

    async def segment(argument: Any) -> Any:
        results = []
        for number in range(argument["steps"]):
            try:
                results.append(await made.engine.step(f"step {number}", made.golden_step, number))
            except StepFailed as failure:
                made.seen.append(failure.kind)
                results.append(failure.message)
        return results

    return segment
