"""Say what was shown of a step before it is approved: only that may be acted on."""

import hashlib
import json
from typing import Any

from runward.plugins.contracts import Table
from runward.runs.model import PREVIEW, PlannedStep, RunView, StepRecord
from runward.runs.planning.native import can_preview
from runward.runs.result import outcome_of


def coming_attempt(view: RunView, step: PlannedStep) -> int:
    """The number of the attempt that is to be made next."""
    record = view.latest(step.id)
    return record.attempt + 1 if record else 1


def find_preview(view: RunView, step: PlannedStep) -> StepRecord | None:
    """What was looked up for the coming attempt; None while nobody has looked, or where nothing is to be looked up."""
    record = view.latest(PREVIEW + step.id)
    return record if record is not None and record.attempt == coming_attempt(view, step) else None


def lacks_preview(view: RunView, step: PlannedStep) -> bool:
    """Whether it must first be seen what the coming attempt would act on."""
    return can_preview(step) and find_preview(view, step) is None


def acts_on_nothing(view: RunView, step: PlannedStep) -> bool:
    """Whether the look found nothing that the step would act on, so that there is nothing to approve."""
    preview = find_preview(view, step) if can_preview(step) else None
    return preview is not None and not table_in(preview).count


def approved_table(view: RunView, step: PlannedStep, attempt: int) -> Table | None:
    """What was shown before this attempt; None where nothing had to be shown."""
    found = [one for one in view.records if (one.step, one.attempt) == (PREVIEW + step.id, attempt)]
    return table_in(found[-1]) if found else None


def table_in(record: StepRecord) -> Table:
    """The table that a look left."""
    outcome = outcome_of(record)
    return outcome.tables[0] if outcome and outcome.tables else Table(0, "")


def shown_in(record: StepRecord) -> dict[str, Any]:
    """How many rows were shown, and the SHA-256 of them all: what the ledger keeps of a look."""
    table = table_in(record)
    rows = json.dumps([table.columns, table.rows], ensure_ascii=False, separators=(",", ":"))
    return {"rows": table.count, "sha256": hashlib.sha256(rows.encode()).hexdigest()}
