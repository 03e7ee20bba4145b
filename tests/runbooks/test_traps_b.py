"""What runs in the five real books and answers falsely or not at all is found, at its line."""

from functools import cache
from pathlib import Path

import pytest

from runward.runbooks.finding.model import Case
from runward.runbooks.linting import findings_of
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

# The id in the list of known traps, the book, its lines, and the rule that finds it there.
TRAPS = [
    ("T-028", "muejam", (51, 351), "lag-of-another-server"),
    ("T-029", "fraiseql", (303,), "column-from-outside"),
    ("T-030", "fraiseql", (94,), "unused-index-may-be-key"),
    ("T-031", "subjunctive", (432,), "missing-index-unseen"),
    ("T-032", "muejam", (578,), "pipe-hides-failed-dump"),
    ("T-033", "subjunctive", (758,), "existence-is-no-verification"),
    ("T-033", "muejam", (587,), "existence-is-no-verification"),
    ("T-034", "subjunctive", (745,), "compressed-twice"),
    ("T-035", "subjunctive", (57,), "newest-listed-by-name"),
    ("T-036", "muejam", (128,), "nothing-found-passes"),
    ("T-037", "muejam", (125, 612), "latest-is-never-made"),
    ("T-038", "lms", (15,), "verification-makes-anew"),
    ("T-039", "lms", (47,), "any-old-success"),
    ("T-040", "subjunctive", (31,), "check-cannot-fail"),
    ("T-040", "fraiseql", (254,), "always-ends-well"),
    ("T-041", "subjunctive", (47,), "error-words-counted"),
    ("T-041", "lms", (174, 300), "container-errors-pass-by"),
    ("T-042", "todo", (88,), "errors-per-second-are-no-share"),
    ("T-043", "todo", (109,), "quantile-of-each-series"),
    ("T-044", "todo", (112, 292, 320, 323), "selector-shows-ten-lines"),
    ("T-045", "todo", (39,), "cronjob-is-no-job"),
    ("T-046", "todo", (157, 274, 337), "described-secret-proves-nothing"),
    ("T-047", "todo", (154, 263), "variable-of-another-machine"),
    ("T-048", "fraiseql", (322,), "dead-rows-are-no-bloat"),
    ("T-049", "fraiseql", (345,), "oldest-matches-shown"),
    ("T-050", "lms", (171,), "constant-proves-no-table"),
    ("T-051", "lms", (148,), "one-look-is-no-watch"),
    ("T-052", "lms", (297,), "search-finds-itself"),
    ("T-053", "lms", (236,), "certificate-file-not-served"),
    ("T-053", "fraiseql", (248,), "certificate-file-not-served"),
    ("T-054", "fraiseql", (171, 361, 477), "count-compared-with-nothing"),
    ("T-055", "muejam", (244, 366), "changed-in-this-shell-only"),
]
RULES = {rule for _, _, _, rule in TRAPS}


@cache
def found(path: Path) -> dict[str, tuple[int, ...]]:
    """The lines that each of the rules finds in a book."""
    runbook = parse_runbook(path.read_text(), path.name)
    lines: dict[str, tuple[int, ...]] = {}
    for one in findings_of(Case(runbook, policy_of(runbook))):
        if one.rule.id in RULES:
            lines[one.rule.id] = (*lines.get(one.rule.id, ()), one.line)
    return lines


@pytest.mark.parametrize(("trap", "book", "lines", "rule"), TRAPS, ids=str)
def test_it_is_found_at_its_lines_and_nowhere_else(
    books: dict[str, Path], trap: str, book: str, lines: tuple[int, ...], rule: str
) -> None:
    assert found(books[book]).get(rule) == lines, trap


def test_nothing_else_is_found(books: dict[str, Path]) -> None:
    known = {(book, rule) for _, book, _, rule in TRAPS}
    seen = {(name, rule) for name, path in books.items() for rule in found(path)}
    assert seen == known
