"""Set the demo's stage: a folder with the shop, its runbook and its trouble, and take it down again."""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from runward.foundation.errors import RunwardError

HERE = Path(__file__).resolve().parent
RUNBOOK = HERE / "RUNBOOK.md"
SERVICE = "shop"
_BACKLOG = 120  # orders that wait when the curtain rises
_STUCK_MINUTES = 14
_START_SECONDS = 15.0
_SETTINGS = """# The demo's settings; your own are written by `runward init`.
[runward]
state = {state}

[services.shop]
documents = ["RUNBOOK.md"]
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A running shop in a folder of its own."""

    folder: Path
    shop: "subprocess.Popen[bytes]"

    @property
    def runbook(self) -> Path:
        """The shop's runbook."""
        return self.folder / "RUNBOOK.md"

    @property
    def programs(self) -> Path:
        """The folder of the operators' own commands, which belongs on the PATH."""
        return self.folder / "bin"

    @property
    def settings(self) -> Path:
        """The runward.toml that binds it."""
        return self.folder / "runward.toml"


def start(folder: Path, *, trouble: bool = True) -> Stage:
    """Open the shop in an empty folder; with trouble, its packer is stuck and orders pile up."""
    _furnish(folder)
    if trouble:
        _cause_trouble(folder)
    log = (folder / "log" / "process.log").open("wb")
    shop = subprocess.Popen(
        [sys.executable, "-I", "-S", str(HERE / "shop.py"), str(folder)],
        stdin=subprocess.PIPE,  # its end is the shop's end, however we come to ours
        stdout=log,
        stderr=log,
        cwd=folder,
        start_new_session=True,  # Ctrl-C is for us; we close the shop
    )
    log.close()
    stage = Stage(folder, shop)
    try:
        _wait_for_shop(stage)
    except BaseException:
        stop(stage)
        raise
    return stage


def _wait_for_shop(stage: Stage) -> None:
    until = time.monotonic() + _START_SECONDS
    while not (stage.folder / "port").exists():
        if stage.shop.poll() is not None or time.monotonic() > until:
            said = (stage.folder / "log" / "process.log").read_text(errors="replace")
            raise RunwardError(
                f"the demo's shop did not open in {stage.folder}: {said.strip() or 'it said nothing'}"
            )
        time.sleep(0.02)


def stop(stage: Stage) -> None:
    """Close the shop; its folder stays."""
    if stage.shop.stdin is not None:
        with suppress(BrokenPipeError):
            stage.shop.stdin.close()
    try:
        stage.shop.wait(3)
    except subprocess.TimeoutExpired:
        stage.shop.kill()
        stage.shop.wait()


@contextmanager
def stage(*, keep: bool = False) -> Iterator[Stage]:
    """A stage in a temporary folder, closed at the end and, unless it is to be kept, removed."""
    folder = Path(tempfile.mkdtemp(prefix="runward-demo-"))
    try:
        open_stage = start(folder)
        try:
            yield open_stage
        finally:
            with _undisturbed():
                stop(open_stage)
    finally:
        if not keep:
            with _undisturbed():
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let an impatient second Ctrl-C wait until the stage is down."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def heal(stage: Stage) -> str:
    """Mend the shop as its runbook would; what the shop says."""
    done = subprocess.run(
        [str(stage.folder / "bin" / "shop"), "restart", "packer"], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def orders_waiting(stage: Stage) -> int:
    """How many orders wait at this moment."""
    status: dict[str, int] = json.loads((stage.folder / "status.json").read_text())
    return status["orders_waiting"]


def _furnish(folder: Path) -> None:
    for name in ("queue", "log", "bin"):
        (folder / name).mkdir()
    shutil.copyfile(RUNBOOK, folder / "RUNBOOK.md")
    command = folder / "bin" / "shop"
    words = shlex.join([sys.executable, "-I", "-S", str(HERE / "shop_command.py"), str(folder)])
    command.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    command.chmod(0o755)
    settings = _SETTINGS.format(state=json.dumps(str(folder / ".runward")))
    (folder / "runward.toml").write_text(settings)


def _cause_trouble(folder: Path) -> None:
    """Leave behind what a packer left that was killed while it printed: its lock, and the orders since then."""
    gone = _process_that_ended()
    (folder / "printer.lock").write_text(f"{gone}\n")
    now = time.time()
    for number in range(_BACKLOG):
        order = folder / "queue" / str(1001 + number)
        order.write_text(f"order {1001 + number}\n")
        placed_at = now - 60 * _STUCK_MINUTES * (1 - number / _BACKLOG)
        os.utime(order, (placed_at, placed_at))
    story = (
        (_STUCK_MINUTES + 3, "INFO", "packer: label printed for order 999"),
        (_STUCK_MINUTES + 2, "INFO", "packer: label printed for order 1000"),
        (_STUCK_MINUTES + 1, "ERROR", f"packer: process {gone} was killed while it printed a label"),
        (_STUCK_MINUTES, "INFO", "packer: started again"),
        (_STUCK_MINUTES, "ERROR", f"packer: no label printed, printer.lock is held by process {gone}"),
    )
    lines = [
        f"{time.strftime('%H:%M:%S', time.localtime(now - 60 * ago))} {level:<5} {text}\n"
        for ago, level, text in story
    ]
    (folder / "log" / "shop.log").write_text("".join(lines))


def _process_that_ended() -> int:
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", ""]) as short:
        return short.pid
