"""A worker as its own process, for tests that kill it: writes down every step that begins and ends.

Arguments: the database's URL, the folder of the state, the folder of the journal. A file `gate-NAME` there lets
go of whoever waits at that gate.
"""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from runward.foundation import engine as engine_module
from runward.foundation import workers as workers_module
from runward.foundation.engine import Engine
from runward.foundation.storage.database import Database

CONNECTED: list[str] = []


def watch_network(event: str, arguments: tuple[Any, ...]) -> None:
    """Note where this process connects to."""
    if event == "socket.connect":
        CONNECTED.append(str(arguments[1]))


class Demo:
    """Segments whose steps write a line when they begin and when they end."""

    def __init__(self, engine: Engine, journal: Path) -> None:
        self.engine, self.journal = engine, journal

    def note(self, *words: object) -> None:
        """One line, whole even when several processes write."""
        descriptor = os.open(self.journal / "journal", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
        os.write(descriptor, (" ".join(map(str, (*words, os.getpid()))) + "\n").encode())
        os.close(descriptor)

    async def gate(self, name: str) -> None:
        """Wait until the file is there."""
        while not (self.journal / f"gate-{name}").exists():  # noqa: ASYNC110  # the file is another process's
            await asyncio.sleep(0.02)

    async def steps(self, argument: Any) -> Any:
        """So many steps; waits at a gate inside of one, before one, or nowhere."""
        name, results = argument["name"], []
        for number in range(argument["steps"]):
            if argument.get("before") == number:
                await self.gate(name)
            results.append(await self.engine.step(f"step {number}", self.step, name, number, argument))
        self.note("done", name, len(results))
        return results

    async def step(self, name: str, number: int, argument: Any) -> Any:
        """Note the beginning and the end, with a gate or a child in between where told."""
        self.note("begin", name, number)
        if argument.get("inside") == number:
            if argument.get("child"):
                child = subprocess.Popen(["sleep", "60"])  # noqa: ASYNC220  # begins at once
                self.note("child", name, child.pid)
            try:
                await self.gate(name)
            except asyncio.CancelledError:
                self.note("cancelled", name, number)
                raise
        if seconds := argument.get("seconds"):
            await asyncio.sleep(seconds)
        self.note("end", name, number)
        return {"number": number}


def main() -> None:
    """Work until told to end."""
    url, folder, journal = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    sys.addaudithook(watch_network)
    structlog.configure(logger_factory=structlog.WriteLoggerFactory(file=(journal / "log").open("a")))
    workers_module.STALE_AFTER = timedelta(seconds=2)
    engine_module._HEARTBEAT = timedelta(seconds=0.5)
    database = Database(url)
    database.upgrade()
    engine = Engine(database, folder)
    demo = Demo(engine, journal)
    engine.register("demo.steps", demo.steps)
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    engine.launch()
    demo.note("worker", engine.presence.id)
    while not ending.is_set() and not engine.lost.is_set():
        time.sleep(0.05)
    demo.note("network", "|".join(sorted(set(CONNECTED))) or "none")
    demo.note("threads", threading.active_count())
    demo.note("lost" if engine.lost.is_set() else "ending", engine.presence.id)
    engine.stop(timedelta(seconds=20))
    database.close()


if __name__ == "__main__":
    main()
