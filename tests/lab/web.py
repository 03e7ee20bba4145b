"""A sample HTTP service whose figures, failures and slowness a test decides."""

import copy
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

from lab.processes import HERE, Child, Place, end, free_port, wait_until

PROGRAM = Path(__file__).resolve().parent / "web_program.py"
FIGURES: dict[str, Any] = {
    "connection_pool": {"max_connections": 50, "active": 22, "idle": 5, "utilization_percent": 54.0},
    "cache": {"hit_rate": 0.93, "hits": 93000, "misses": 7000},
    "database": {"avg_latency_ms": 12.4, "p95_latency_ms": 41.0},
    "load_balancer": {"replicas": [{"host": "127.0.0.1", "port": 5433, "weight": 1.0, "requests": 512}]},
}


class State:
    """What the service is to say, kept in a file that it reads at each request."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.told: dict[str, Any] = {"figures": copy.deepcopy(FIGURES), "status": {}, "slow": {}}
        self.save()

    def save(self) -> None:
        """Write it whole or not at all."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(self.told))
        fresh.replace(self.file)

    def set_figures(self, **sections: Any) -> None:
        """Replace whole sections of /metrics/json; None takes one away."""
        for name, value in sections.items():
            self.told["figures"].pop(name, None)
            if value is not None:
                self.told["figures"][name] = value
        self.save()

    def fail(self, path: str, status: int = 500) -> None:
        """Answer a path with this status from now on."""
        self.told["status"][path] = status
        self.save()

    def slow_down(self, path: str, seconds: float) -> None:
        """Wait before answering a path from now on."""
        self.told["slow"][path] = seconds
        self.save()

    def heal(self) -> None:
        """Answer well and at once again; figures stay."""
        self.told |= {"status": {}, "slow": {}}
        self.save()


@dataclass
class WebServer:
    """A running sample service."""

    port: int
    process: Child
    state: State

    @classmethod
    def start(cls, folder: Path, *, port: int = 0, place: Place = HERE) -> Self:
        """Start it and wait until it listens."""
        place.seen(folder).mkdir(parents=True, exist_ok=True)
        state = State(place.seen(folder / "state.json"))
        for _ in range(5):
            chosen = port or free_port()
            process = place.spawn(
                web_command(chosen, folder / "state.json"), folder / "web.log", death="TERM"
            )
            server = cls(chosen, process, state)
            if wait_until(lambda server=server: server._state(place), "the sample service") == "up":
                return server
        raise RuntimeError(
            f"the sample service did not start: {place.seen(folder / 'web.log').read_text()[-1500:]}"
        )

    def _state(self, place: Place) -> str | None:
        if self.process.poll() is not None:
            return "down"
        return "up" if place.answers(self.port) else None

    @property
    def url(self) -> str:
        """Its root."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """End it."""
        end(self.process)


def web_command(port: int, state: Path) -> list[str]:
    """The command line of the sample service."""
    return [sys.executable, "-I", "-S", str(PROGRAM), str(port), str(state)]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebServer]:
    """A sample service of this test's own."""
    server = WebServer.start(tmp_path / "web")
    yield server
    server.stop()
