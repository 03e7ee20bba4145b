"""Workers that tests start, stop, kill and bring back, over an empty database of each kind."""

import itertools
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import runward
from lab.postgres import PostgresServer
from lab.processes import wait_until
from runward.foundation.engine import EngineClient
from runward.foundation.storage.database import Database

PROGRAM = Path(__file__).parent / "engine_worker.py"
SOURCE = Path(runward.__file__).parent.parent
_numbers = itertools.count(1)


class Lab:
    """A database, a client of its engine, and the workers that a test starts."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder, self.journal = url, folder / "state", folder / "journal"
        self.journal.mkdir()
        self.database = Database(url)
        self.database.upgrade()
        self.client = EngineClient(self.database, self.folder)
        self.workers: list[subprocess.Popen[bytes]] = []

    def work(self) -> subprocess.Popen[bytes]:
        """A worker that has launched."""
        before = len(self.lines("worker"))
        said = (self.journal / f"said-{len(self.workers)}").open("wb")
        worker = subprocess.Popen(
            [sys.executable, str(PROGRAM), self.url, str(self.folder), str(self.journal)],
            stdout=said,
            stderr=said,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )
        said.close()
        self.workers.append(worker)
        wait_until(
            lambda: len(self.lines("worker")) > before or worker.poll() is not None, "the worker's launch"
        )
        assert worker.poll() is None, self.said()
        return worker

    def start(self, name: str, partition: str | None = None, **argument: Any) -> None:
        """Enqueue a segment of the demo."""
        self.client.start("demo.steps", name, {"name": name, "steps": 3, **argument}, partition)

    def open(self, name: str) -> None:
        """Let go of whoever waits at this gate."""
        (self.journal / f"gate-{name}").touch()

    def lines(self, *beginning: object) -> list[list[str]]:
        """The journal's lines that begin with these words."""
        path = self.journal / "journal"
        written = path.read_text().splitlines() if path.exists() else []
        wanted = [str(word) for word in beginning]
        return [words for line in written if (words := line.split())[: len(wanted)] == wanted]

    def count(self, what: str, name: str) -> dict[int, int]:
        """How often each step of a segment began or ended."""
        return dict(Counter(int(words[2]) for words in self.lines(what, name)))

    def wait_for(self, *beginning: object, within: float = 30) -> list[list[str]]:
        """The journal's lines that begin so, once there are any."""
        return wait_until(lambda: self.lines(*beginning), f"the line {beginning}: {self.said()}", within)

    def wait_for_state(self, name: str, state: str, within: float = 30) -> None:
        """Wait until the engine calls the segment's state so."""
        wait_until(lambda: self.client.find_state(name) == state, f"{state} of {name}: {self.said()}", within)

    def end(self, worker: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
        """End a worker; SIGKILL is a crash."""
        worker.send_signal(how)
        worker.wait(30)

    def said(self) -> str:
        """All that the workers have written to the terminal: it should be nothing."""
        return "".join(path.read_text() for path in sorted(self.journal.glob("said-*")))

    def close(self) -> None:
        """End what still runs."""
        for worker in self.workers:
            if worker.poll() is None:
                worker.kill()
                worker.wait(10)
        for words in self.lines("child"):
            subprocess.run(["kill", "-9", words[2]], check=False, capture_output=True)
        self.client.close()
        self.database.close()


def bring_back(server: PostgresServer) -> None:
    """Start a server again; after a crash its children may hold the shared memory for another moment."""

    def came_back() -> bool:
        try:
            server.restart()
        except RuntimeError:
            return False
        return True

    wait_until(came_back, "the server comes back")


@pytest.fixture(params=["sqlite", "postgresql"])
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    """Workers on a database of their own."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'state' / 'runward.db'}"
    else:
        url = request.getfixturevalue("postgres").create_database(f"engine_{next(_numbers)}")
    made = Lab(url, tmp_path)
    yield made
    made.close()
