"""Have an action look ahead or act, on exactly what was shown and approved."""

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from runward.plugins.contracts import Ended, Errand, Outcome, Secret, Table, Watch
from runward.plugins.runtimes import native
from runward.runs import store
from runward.runs.ahead import approved_table, table_in
from runward.runs.model import UNDO, PlannedStep, RunView
from runward.runs.outside import Outside, Surroundings
from runward.runs.result import outcome_of, result_of

_LOOK_SECONDS = 60.0


def errand_for(view: RunView, step: PlannedStep, around: Surroundings, approved: Table | None) -> Errand:
    """A step as an errand."""
    return Errand(
        script=step.script,
        address=around.url,
        phase="undo" if step.id.startswith(UNDO) else "perform",
        approved=approved,
        first_line=step.first_line,
        folder=around.folder,
        time_limit_seconds=step.time_limit_seconds,
        name=f"runward/{view.run.id}",
        secrets=tuple(Secret(f"secret{number}", value) for number, value in enumerate(around.secrets)),
    )


async def act(  # the parts of an attempt, each told apart
    outside: Outside, view: RunView, step: PlannedStep, attempt: int, folder: Path, cancelled: asyncio.Event
) -> Outcome:
    """Carry out an action's step, on what was shown before this attempt."""
    around = outside.surroundings(view.run, step)
    errand = errand_for(view, step, around, approved_table(view, step, attempt))
    return await native.perform(errand, folder, Watch(), cancelled)


async def look_ahead(outside: Outside, view: RunView, step: PlannedStep) -> tuple[str, Mapping[str, Any]]:
    """Why it cannot be seen what the step would act on ("" if it can), and what was seen."""
    if step.id.startswith(UNDO):
        return _done_before(outside, view, step)
    around = outside.surroundings(view.run, step)
    limit = min(_LOOK_SECONDS, step.time_limit_seconds)
    looking = replace(errand_for(view, step, around, None), phase="preview", time_limit_seconds=limit)
    with tempfile.TemporaryDirectory(prefix="runward-look-") as name:
        outcome = await native.perform(looking, Path(name) / "look")
    if outcome.ended is Ended.TIMED_OUT:
        return f"the look took longer than {limit:g} s", {}
    return (outcome.failures[0].why if outcome.failures else ""), result_of(replace(outcome, folder=""))


def _done_before(outside: Outside, view: RunView, step: PlannedStep) -> tuple[str, Mapping[str, Any]]:
    """What the run that is to be undone did in this step, as its record tells."""
    with outside.database.reading() as tx:
        before = store.get_view(tx, view.run.follows)
    record = before.latest(step.id.removeprefix(UNDO))
    outcome = outcome_of(record) if record else None
    if record is None or outcome is None or not outcome.tables:
        return f"run {view.run.follows} does not tell what it did there", {}
    return "", result_of(Outcome(Ended.FINISHED, 0, tables=(table_in(record),)))
