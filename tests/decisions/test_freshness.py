"""How far a procedure can be trusted, by how its runs ended."""

from datetime import UTC, datetime, timedelta

import pytest

from runward.runs.freshness import Standing, freshness_of
from runward.runs.model import Ending, Verdict

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
LIMIT = timedelta(days=90)
GOOD, BAD, UNSURE = Verdict.SUCCEEDED, Verdict.FAILED, Verdict.UNCERTAIN


def ended(days: float, verdict: Verdict = GOOD, *, drill: bool = False) -> Ending:
    return Ending(f"run{days}", "restore", "shop", "ada", verdict, NOW - timedelta(days=days), drill)


@pytest.mark.parametrize(
    ("endings", "changed", "standing", "words"),
    [
        ([], False, Standing.NEVER, "never run"),
        ([ended(1)], False, Standing.FRESH, "succeeded 2026-05-31 by ada; never drilled"),
        ([ended(1)], True, Standing.CHANGED, "succeeded 2026-05-31 by ada; changed since; never drilled"),
        ([ended(90)], False, Standing.FRESH, "succeeded 2026-03-03 by ada; never drilled"),
        ([ended(91)], True, Standing.STALE, "succeeded 2026-03-02 by ada; too long ago; never drilled"),
        ([ended(1, BAD)], False, Standing.FAILING, "failed 2026-05-31 by ada; never well; never drilled"),
        ([ended(1, BAD), ended(9)], False, Standing.FAILING, "failed 2026-05-31 by ada; last well 2026-05-23; never drilled"),
        ([ended(1, UNSURE), ended(9)], False, Standing.FAILING, "could not tell 2026-05-31 by ada; last well 2026-05-23; never drilled"),
        ([ended(1), ended(9, BAD)], False, Standing.FRESH, "succeeded 2026-05-31 by ada; never drilled"),
        ([ended(1), ended(30, drill=True)], False, Standing.FRESH, "succeeded 2026-05-31 by ada; drilled 2026-05-02"),
        ([ended(1, drill=True)], False, Standing.FRESH, "succeeded 2026-05-31 by ada; drilled 2026-05-31"),
        ([ended(-1)], False, Standing.FRESH, "succeeded 2026-06-02 by ada; never drilled"),
    ],
)  # fmt: skip
def test_a_procedure_is_as_fresh_as_its_runs(
    endings: list[Ending], changed: bool, standing: Standing, words: str
) -> None:
    found = freshness_of("restore", endings, changed=changed, now=NOW, stale_after=LIMIT)
    assert (found.standing, found.words) == (standing, words)
