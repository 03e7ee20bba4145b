"""What blocks or never ends in the real books is found at its lines."""

from pathlib import Path

import pytest

from runbooks.trap_table import rules_at

TRAPS = [
    ("T-089", "subjunctive", "endless-before-others", 488),
    ("T-089", "subjunctive", "endless-before-others", 491),
    ("T-089", "muejam", "endless-command", 150),
    ("T-089", "muejam", "endless-command", 305),
    ("T-089", "muejam", "endless-command", 548),
    *(("T-089", "fraiseql", "endless-before-others", line) for line in (67, 70, 71, 74)),
    ("T-090", "lms", "endless-before-others", 302),
    ("T-090", "lms", "endless-before-others", 305),
    ("T-090", "lms", "endless-command", 100),
    ("T-091", "todo", "endless-command", 326),
    ("T-092", "todo", "unbounded-volume", 39),
    ("T-092", "subjunctive", "unbounded-volume", 453),
]


@pytest.mark.parametrize(("trap", "book", "rule", "line"), TRAPS, ids=str)
def test_the_trap_is_found_at_its_line(
    trap: str, book: str, rule: str, line: int, books: dict[str, Path]
) -> None:
    assert (line, rule) in rules_at(books[book]), trap
