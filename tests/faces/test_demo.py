"""The demo as people see it: in a terminal, without one, and broken off at any moment."""

import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from select import select

import pytest

DEMO = [sys.executable, "-m", "runward", "demo"]


def environment(tmp: Path) -> dict[str, str]:
    path = os.pathsep.join(sys.path)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RUNWARD_")}
    return {**kept, "PYTHONPATH": path, "TMPDIR": str(tmp), "TERM": "xterm", "COLUMNS": "110"}


@dataclass
class Terminal:
    """The demo in a terminal of its own; what it prints, and what a person types."""

    folder: Path
    seen: str = ""
    process: subprocess.Popen[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.ours, theirs = pty.openpty()
        words = ["setsid", "--ctty", *DEMO]
        self.process = subprocess.Popen(
            words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(self.folder)
        )
        os.close(theirs)

    def wait_for(self, text: str, within: float = 30) -> None:
        until = time.monotonic() + within
        while text not in self.seen:
            assert time.monotonic() < until, f"“{text}” did not come; seen:\n{self.seen}"
            assert self._read(), f"ended before “{text}” came; seen:\n{self.seen}"

    def _read(self) -> bool:
        if not select([self.ours], [], [], 1)[0]:
            return self.process.poll() is None
        try:
            data = os.read(self.ours, 65536)
        except OSError:  # the other end is closed
            return False
        self.seen += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data.decode(errors="replace")).replace("\r", "")
        return bool(data)

    def type(self, keys: str) -> None:
        os.write(self.ours, keys.encode())

    def end(self, within: float = 20) -> int:
        until = time.monotonic() + within
        while self._read() and time.monotonic() < until:
            pass
        return self.process.wait(within)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.ours)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="rw") as name:
        yield Path(name)


@pytest.fixture
def terminal(folder: Path) -> Iterator[Terminal]:
    opened = Terminal(folder)
    yield opened
    opened.close()


def shops_of(folder: Path) -> list[str]:
    """The shops that still run for a folder."""
    lines = (path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists())
    return [line.decode() for line in lines if b"shop.py" in line and str(folder).encode() in line]


def test_person_sees_the_reason_approves_and_the_check_passes(terminal: Terminal, folder: Path) -> None:
    terminal.wait_for("printer.lock is held by process")
    terminal.wait_for("not met")
    terminal.wait_for("shop restart packer")
    terminal.wait_for("approve")
    terminal.type("y\n")
    terminal.wait_for("And the morning check once more")
    assert terminal.end() == 0, terminal.seen
    assert "succeeded" in terminal.seen.rpartition("And the morning check once more")[2]
    assert not list(folder.iterdir())
    assert not shops_of(folder)


def test_without_a_terminal_it_shows_what_waits_and_ends_well(folder: Path) -> None:
    done = subprocess.run(
        DEMO,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=environment(folder),
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not met" in done.stdout
    assert "waiting" in done.stdout
    assert "runward approve" in done.stdout
    assert "\x1b[" not in done.stdout
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    "moment", ["has just opened", "status.json", "not met", "shop restart packer", "approve"]
)
def test_ctrl_c_leaves_nothing_behind(terminal: Terminal, folder: Path, moment: str) -> None:
    terminal.wait_for(moment)
    terminal.type("\x03")
    assert terminal.end() in {0, 130}, terminal.seen
    assert "Traceback" not in terminal.seen
    assert not list(folder.iterdir())
    assert not shops_of(folder)


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_ended_from_outside_leaves_nothing_behind(
    terminal: Terminal, folder: Path, sent: signal.Signals
) -> None:
    terminal.wait_for("status.json")
    terminal.process.send_signal(sent)
    assert terminal.end() == 130, terminal.seen
    assert not list(folder.iterdir())
    assert not shops_of(folder)


def test_killed_demo_leaves_no_shop_running(terminal: Terminal, folder: Path) -> None:
    terminal.wait_for("status.json")
    terminal.process.kill()
    terminal.process.wait()
    until = time.monotonic() + 5
    while shops_of(folder) and time.monotonic() < until:
        time.sleep(0.05)
    assert not shops_of(folder)
