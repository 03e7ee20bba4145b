"""Carry out an action: look what it would meet, do it to what was approved, make certain that it took effect."""

import asyncio
import inspect
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runward.foundation.errors import Mistake, RunwardError
from runward.foundation.masking import Masker
from runward.foundation.tape import ERR, OUT, Reader, Tape
from runward.plugins.calls import action_of, call_of
from runward.plugins.contracts import (
    Action,
    CommandResult,
    Ended,
    Errand,
    Failure,
    Outcome,
    Section,
    Table,
    Watch,
    without,
)
from runward.plugins.facts import part_of_url
from runward.plugins.shell.job import TAPE
from runward.plugins.sql.printing import printed
from runward.plugins.tools import Reach

_GOING = 300.0  # seconds for what must not be torn in the middle to come to its end once it was told to stop


async def perform(
    errand: Errand, folder: Path, watch: Watch | None = None, cancel: asyncio.Event | None = None
) -> Outcome:
    """Carry out the errand's phase; its tape is left in `folder`."""
    sitting = _Sitting(errand, folder, watch or Watch())
    return await sitting.perform(cancel or asyncio.Event())


class _Sitting:
    """One errand, with what became of it."""

    def __init__(self, errand: Errand, folder: Path, watch: Watch) -> None:
        self._errand, self._folder, self._watch = errand, folder, watch
        self._masker = masker_of(errand)
        self._tape, self._reader = Tape(folder / TAPE), Reader(folder / TAPE)
        self._tables: list[Table] = []
        self._failures: list[Failure] = []
        self._doubts: list[str] = []
        self._line, self._title, self._marks = errand.first_line, "action", tuple[str, ...]()

    async def perform(self, cancel: asyncio.Event) -> Outcome:
        started_at, started = datetime.now(UTC), time.monotonic()
        try:
            ended = await self._bounded(cancel)
        except Mistake as mistake:
            self._fail(mistake.message, "setting", mistake.hint, max(0, mistake.line - 1))
            ended = Ended.REFUSED
        finally:
            self._tape.close()
        return self._outcome(ended, started_at, time.monotonic() - started)

    async def _bounded(self, cancel: asyncio.Event) -> Ended:
        """The whole errand, unless somebody cancels it or its time is over."""
        call = call_of(self._errand.script)
        action = action_of(call)
        self._marks = action.marks
        self._line += call.lines["action"] - 1
        self._title = f"action: {call.kind}"
        self._watch.began(self._line)
        work, wish = asyncio.ensure_future(self._guarded(action)), asyncio.ensure_future(cancel.wait())
        try:
            await asyncio.wait(
                [work, wish], timeout=self._errand.time_limit_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if work.done():
                work.result()
                return Ended.FINISHED
            work.cancel()
            await asyncio.wait([work], timeout=_GOING)
            if not work.done():
                self._doubts.append("it did not stop when it was told to, and may still be going on")
            return Ended.CANCELLED if cancel.is_set() else Ended.TIMED_OUT
        finally:
            wish.cancel()
            work.cancel()
            with suppress(asyncio.CancelledError):
                await wish

    async def _guarded(self, action: Action) -> None:
        """Every trouble as a failure in words; nothing that went wrong ends as a success."""
        try:
            await self._carry_out(action, Reach(self._errand, self._say))
        except RunwardError as error:
            message, _, hint = str(error).partition("\n")
            self._fail(message, "action", hint.strip())
        except Exception as error:  # noqa: BLE001  # an action may be anybody's: its fault is the step's failure, not the worker's
            self._fail(f"the action itself failed: {type(error).__name__}: {error}", "fault", "")

    async def _carry_out(self, action: Action, tools: Reach) -> None:
        approved = self._errand.approved or Table(0, "")
        if self._errand.phase == "preview":
            self._show(await _awaited(action.preview(tools)))
            return
        if self._errand.phase == "undo":
            self._show(*await _awaited(action.undo(tools, approved)))
            return
        done = await _awaited(action.perform(tools, approved))
        self._show(*done)
        if action.effect == "read":
            return
        troubles = await _awaited(action.verify(tools, done))
        for trouble in troubles:
            self._fail(trouble, "verify", "it was done, and did not have the effect that it should have had")
        if not troubles:
            self._say(
                "looked again: it took effect" if done and done[0].count else "there was nothing to be done"
            )

    def _show(self, *tables: Table) -> None:
        for table in tables:
            shown = self._masked(table)
            self._tables.append(shown)
            self._say(f"{table.statement}\n{printed(without(shown, self._marks))}")

    def _masked(self, table: Table) -> Table:
        def hidden(value: Any) -> Any:
            return self._masker.text(value) if isinstance(value, str) else value

        rows = tuple(tuple(hidden(cell) for cell in row) for row in table.rows)
        notices = tuple(map(self._masker.text, table.notices))
        return Table(self._line, table.statement, table.columns, table.types, rows, table.count, table.tag, notices,
                     read_only=self._errand.phase == "preview")  # fmt: skip

    def _say(self, text: str, stream: str = OUT) -> None:
        line = self._masker.text(text).rstrip("\n") + "\n"
        self._tape.write(stream, self._line, line.encode("utf-8", "replace"), time.time())
        for frame in self._reader.read():
            self._watch.heard(frame)

    def _fail(self, why: str, code: str, hint: str, below: int = 0) -> None:
        why, hint = self._masker.text(why), self._masker.text(hint)
        self._failures.append(Failure(self._line + below, self._title, why, 1, code, hint))
        self._say(f"ERROR:  {why}" + (f"\n{hint}" if hint else ""), ERR)

    def _outcome(self, ended: Ended, started_at: datetime, took: float) -> Outcome:
        places, stopped = self._tape.places, ended in {Ended.CANCELLED, Ended.TIMED_OUT}
        last = self._line + max(0, len(self._errand.script.rstrip().splitlines()) - 1)
        section = Section(self._line, last, self._title, places[OUT], places[ERR], self._tape.lines_of[self._line],
                          self._tape.dropped_of[self._line], started_at, round(took, 6), not stopped)  # fmt: skip
        code = 1 if self._failures else 0
        why = self._failures[0].why if self._failures else ""
        command = CommandResult(self._line, self._title, (code,), failed=bool(code), why=why, section=self._line,
                                started_at=started_at, took_seconds=round(took, 6))  # fmt: skip
        return Outcome(
            ended=ended,
            exit=None if stopped else code,
            commands=() if stopped else (command,),
            failures=tuple(self._failures),
            sections=(section,),
            tables=tuple(self._tables),
            doubts=(*self._doubts, *([self._tape.trouble] if self._tape.trouble else [])),
            running=(f"line {self._line}: {self._title}",) if stopped else (),
            folder=str(self._folder),
            out_bytes=places[OUT],
            err_bytes=places[ERR],
            started_at=started_at,
            took_seconds=took,
        )


async def _awaited(value: Any) -> Any:
    """What an action answers, whether its function is asynchronous or not."""
    return await value if inspect.isawaitable(value) else value


def masker_of(errand: Errand) -> Masker:
    """Hides the address where it holds a password, and every other secret of the errand."""
    hidden = {f"{number} {secret.name}": secret.value for number, secret in enumerate(errand.secrets)}
    hidden["password"] = part_of_url(errand.address, "password") if "://" in errand.address else ""
    return Masker({name: value for name, value in hidden.items() if value})
