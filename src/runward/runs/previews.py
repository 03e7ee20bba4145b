"""Show, on real data, what a step would hit before it is approved."""

import asyncio
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from runward.foundation.tape import bytes_of
from runward.foundation.terminal import plain
from runward.plugins.contracts import Outcome, Table, Watch
from runward.plugins.runtimes import postgres
from runward.plugins.shell.job import TAPE
from runward.runbooks.model import Risk
from runward.runs.ahead import find_preview, table_in
from runward.runs.model import PlannedStep, RunView
from runward.runs.outside import Outside
from runward.runs.perform import order_for, query_for
from runward.runs.planning.native import can_preview, without_marks
from runward.runs.planning.preview import Preview, previews_of

_SECONDS = 15.0
_MOST_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class Look:
    """What one preview showed: rows of a table, or lines of text; or why it could not look."""

    preview: Preview
    tables: tuple[Table, ...] = ()
    text: str = ""
    trouble: str = ""
    when: str = "now"


def looks_ahead(outside: Outside, view: RunView, step: PlannedStep) -> list[Look]:
    """What the step would hit now; each preview is read-only and ends within seconds."""
    if can_preview(step):
        return _shown_before(view, step)
    return [asyncio.run(_look(outside, view, step, preview)) for preview in previews_of(step)]


def _shown_before(view: RunView, step: PlannedStep) -> list[Look]:
    """What an action has looked up: not what is there now, but exactly what it may act on."""
    record = find_preview(view, step)
    if record is None:
        return []
    when = f"as it was at {record.ended_at:%H:%M:%S} UTC" if record.ended_at else "as it was"
    return [
        Look(preview, (without_marks(step, table_in(record)),), when=when) for preview in previews_of(step)
    ]


async def _look(outside: Outside, view: RunView, step: PlannedStep, preview: Preview) -> Look:
    around = outside.surroundings(view.run, step)
    reading = replace(
        step, script=preview.script, language=preview.language, first_line=preview.line, risk=Risk.READ, bounds=(),
        questions=(), time_limit_seconds=_SECONDS, interpreter="" if preview.language == "sql" else "bash",
    )  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="runward-look-") as name:
        folder = Path(name) / "look"
        if preview.language == "sql":
            outcome = await postgres.perform(
                query_for(view, reading, around), folder, Watch(), asyncio.Event(), outside.shell
            )
        else:
            outcome = await outside.shell.perform(
                order_for(outside, view, reading, around), folder, Watch(), asyncio.Event()
            )
        text = plain(bytes_of(folder / TAPE, most=_MOST_BYTES)).rstrip()
    return Look(preview, outcome.tables, text, _trouble(outcome))


def _trouble(outcome: Outcome) -> str:
    return outcome.failures[0].why if outcome.failures else ""
