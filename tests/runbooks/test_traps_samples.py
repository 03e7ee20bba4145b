"""What is wrong with the samples of code in the five real runbooks is found at its line."""

from functools import cache
from pathlib import Path

import pytest

from runward.runbooks.finding.model import Case, Finding
from runward.runbooks.linting import findings_of
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook

TRAPS = [
    ("T-093", "subjunctive", 642, "join-drops-rows"),
    ("T-094", "subjunctive", 622, "index-covered-twice"),
    ("T-095", "subjunctive", 667, "cache-stops-requests"),
    ("T-096", "subjunctive", 696, "session-shared-by-tasks"),
    ("T-097", "subjunctive", 905, "session-never-closed"),
    ("T-097", "subjunctive", 905, "sample-forgets-import"),
    ("T-098", "subjunctive", 189, "error-reports-unscrubbed"),
    ("T-099", "subjunctive", 842, "uvicorn-worker-retired"),
    ("T-100", "muejam", 690, "ranking-without-order"),
    ("T-101", "todo", 462, "process-cache-for-shared-data"),
    ("T-103", "fraiseql", 342, "gitleaks-verb-retired"),
]


@cache
def found(path: Path) -> tuple[Finding, ...]:
    runbook = read_runbook(path)
    return findings_of(Case(runbook, policy_of(runbook)))


@pytest.mark.parametrize(("trap", "book", "line", "rule"), TRAPS)
def test_a_trap_is_found_at_its_line(
    books: dict[str, Path], trap: str, book: str, line: int, rule: str
) -> None:
    here = [one for one in found(books[book]) if one.line == line and one.rule.id == rule]
    assert len(here) == 1, f"{trap}: {[one.rule.id for one in found(books[book]) if one.line == line]}"


def test_nothing_else_is_said_of_the_five_by_these_rules(books: dict[str, Path]) -> None:
    known = {(book, line, rule) for _, book, line, rule in TRAPS}
    mine = {rule for _, _, _, rule in TRAPS}
    said = {
        (name, one.line, one.rule.id)
        for name, path in books.items()
        for one in found(path)
        if one.rule.id in mine
    }
    assert said == known
