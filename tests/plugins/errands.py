"""Carry out actions in tests: preview, approve, perform, undo."""

import asyncio
from pathlib import Path
from typing import Any

from runward.plugins.contracts import Errand, Outcome, Table, rows_of
from runward.plugins.runtimes import native


class Errands:
    """Actions on one target, each with a tape of its own."""

    def __init__(self, address: str, folder: Path) -> None:
        self._address, self._folder, self._count = address, folder, 0

    def _carry_out(self, script: str, phase: Any, approved: Table | None) -> Outcome:
        self._count += 1
        errand = Errand(script, self._address, phase, approved, 1, self._folder, 60.0, "runward/test")
        return asyncio.run(native.perform(errand, self._folder / f"errand-{self._count}"))

    def look(self, kind: str, **settings: object) -> list[dict[str, Any]]:
        """The rows of the first table of what only reads."""
        return rows_of(self.done(kind, **settings).tables[0])

    def done(self, kind: str, **settings: object) -> Outcome:
        """What came of an action that needs no approval, or of one that is approved for nothing."""
        return self._carry_out(script_of(kind, settings), "perform", None)

    def preview(self, kind: str, **settings: object) -> Table:
        """What an action would act on."""
        outcome = self._carry_out(script_of(kind, settings), "preview", None)
        assert not outcome.failures, outcome.failures
        return outcome.tables[0]

    def perform(self, approved: Table, kind: str, **settings: object) -> Outcome:
        """Act on what was shown."""
        return self._carry_out(script_of(kind, settings), "perform", approved)

    def undo(self, done: Table, kind: str, **settings: object) -> Outcome:
        """Take it back."""
        return self._carry_out(script_of(kind, settings), "undo", done)


def script_of(kind: str, settings: dict[str, object]) -> str:
    """The YAML of a fence."""
    return "\n".join([f"action: {kind}", *(f'{name}: "{value}"' for name, value in settings.items())])


def outcomes(outcome: Outcome, key: str = "pid") -> dict[Any, str]:
    """What became of each row that was acted on."""
    return {row[key]: row["outcome"] for row in rows_of(outcome.tables[0])}
