"""Play the demo: a morning check that fails for a reason, a fix that waits for a person, and the check again."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from rich.console import Console
from rich.markup import escape

from runward.cli.run import run_procedure
from runward.cli.run_page import console_for
from runward.demo.stage import SERVICE, Stage, orders_waiting, stage

_CHECK = "Morning health check"
_FIX = "Orders pile up"
_SUCCEEDED, _FAILED, _WAITING, _STOPPED = 0, 1, 8, 130


class Hand:
    """Notes that somebody wants the demo to end, also where a run has taken their Ctrl-C for itself."""

    raised = False

    def raise_it(self, _: int, __: FrameType | None) -> None:
        """Note it, and break off what is being done."""
        self.raised = True
        raise KeyboardInterrupt


def play(*, keep: bool) -> int:
    """Play all acts; 0 when the story went as told, 130 when it was broken off."""
    console = console_for()
    _forget_own_settings()
    with _raised_hand() as hand:
        try:
            with stage(keep=keep) as opened:
                os.environ["PATH"] = f"{opened.programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
                if keep:
                    console.print(f"[dim]to be kept:[/] {escape(str(opened.folder))}", soft_wrap=True)
                code = _acts(console, opened, hand)
        except KeyboardInterrupt:
            code = _STOPPED
    if hand.raised:
        console.print(
            "\nThe demo is over: the shop is closed" + ("." if keep else " and its folder removed.")
        )
    return _STOPPED if hand.raised else code


def _forget_own_settings() -> None:
    """Let no setting of the user's own Runward lead the demo to the user's own database."""
    for name in [name for name in os.environ if name.startswith("RUNWARD_")]:
        del os.environ[name]


@contextmanager
def _raised_hand() -> Iterator[Hand]:
    """A Ctrl-C, and likewise the end of the terminal or of the machine, so that the stage is taken down."""
    hand = Hand()
    before = {
        each: signal.signal(each, hand.raise_it) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield hand
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _acts(console: Console, opened: Stage, hand: Hand) -> int:
    _say(
        console,
        "A small shop has just opened on this machine, in a folder of its own:",
        f"  {opened.folder}",
        "It has a runbook, written for people. Runward reads it and carries its morning check out.",
    )
    code = _run(opened, _CHECK)
    if hand.raised or code != _FAILED:
        return code or _FAILED
    _say(
        console,
        f"Orders pile up ({orders_waiting(opened)} now), and the shop's own words above say why.",
        f"The runbook knows what to do: “{_FIX}”. One of its steps changes something, so it waits for you.",
    )
    code = _run(opened, _FIX)
    if code == _WAITING and not hand.raised:
        return _left_open(console, attended=sys.stdin.isatty() and sys.stdout.isatty())
    if hand.raised or code != _SUCCEEDED:
        return code
    _say(console, "And the morning check once more:")
    code = _run(opened, _CHECK)
    _say(
        console,
        "Now your own: `runward show RUNBOOK.md` tells what Runward understands of it, `runward init` binds it.",
    )
    return code


def _left_open(console: Console, *, attended: bool) -> int:
    if attended:
        _say(console, "You have left it open, and nothing was changed. The demo ends here.")
        return _SUCCEEDED
    _say(
        console,
        "Nobody is at this terminal to approve, so nothing was changed: a run waits as long as it must.",
        "Where a run is kept, a person approves with the command above; to do it here, start `runward demo`",
        "in a terminal and answer y.",
    )
    return _SUCCEEDED


def _run(opened: Stage, heading: str) -> int:
    return run_procedure(
        f"{opened.runbook}#{heading}",
        service=SERVICE,
        bound=(),
        answers=(),
        skip=(),
        yes=False,
        drill=False,
        unattended=False,
        person="",
        as_json=False,
        config=opened.settings,
    )


def _say(console: Console, *lines: str) -> None:
    console.print()
    for line in lines:
        console.print(f"[magenta]{escape(line)}[/]", soft_wrap=True)
    console.print()
