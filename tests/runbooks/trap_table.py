"""Hold the rules against real books: which rule must be found at which line."""

from functools import cache
from pathlib import Path

from runward.runbooks.finding.model import Case
from runward.runbooks.linting import findings_of
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook


@cache
def rules_at(path: Path) -> frozenset[tuple[int, str]]:
    """Every line of a book with the rule that does not hold there."""
    runbook = read_runbook(path)
    return frozenset((one.line, one.rule.id) for one in findings_of(Case(runbook, policy_of(runbook))))
