"""What fails outright in the real books is found at its lines."""

from pathlib import Path

import pytest

from runbooks.trap_table import rules_at

TRAPS = [
    ("T-001", "muejam", "recovery-conf", 621),
    ("T-001", "muejam", "recovery-conf", 726),
    ("T-002", "muejam", "client-of-a-stopped-server", 612),
    ("T-003", "muejam", "wal-never-archived", 622),
    *(("T-004", "subjunctive", "renamed-statistics-columns", line) for line in (230, 231, 232, 234, 235)),
    *(("T-004", "subjunctive", "renamed-statistics-columns", line) for line in (405, 407, 408)),
    *(("T-004", "fraiseql", "renamed-statistics-columns", line) for line in (314, 316)),
    ("T-005", "subjunctive", "statistics-not-preloaded", 224),
    ("T-006", "muejam", "select-without-from", 184),
    ("T-007", "fraiseql", "not-in-a-transaction", 293),
    ("T-008", "todo", "kubectl-verb", 432),
    ("T-009", "todo", "no-such-program", 263),
    *((("T-010", "todo", rule, line)) for line in (88, 109) for rule in ("shell-syntax", "desktop-command")),
    *(("T-011", "subjunctive", "yaml-syntax", line) for line in (107, 131, 155, 268, 286)),
    ("T-012", "fraiseql", "compose-takes-services", 111),
    ("T-013", "fraiseql", "json-argument", 127),
    ("T-014", "muejam", "fence-language", 191),
    *(("T-014", "muejam", "angle-placeholder", line) for line in (417, 513, 554, 578)),
    ("T-015", "muejam", "base-backup-into-cluster", 418),
    ("T-016", "subjunctive", "structlog-without-factory", 209),
    ("T-017", "lms", "head-as-health-check", 23),
    ("T-017", "lms", "head-as-health-check", 148),
    *(("T-018", "lms", "fence-language", line) for line in (15, 45, 252)),
    *(("T-019", "fraiseql", "compose-v1", line) for line in (41, 44, 77, 105, 118, 230, 233, 355, 482)),
    *(("T-019", "fraiseql", "terminal-in-script", line) for line in (230, 233)),
    ("T-020", "subjunctive", "redis-keys", 468),
    *(("T-021", "todo", "chat-command-in-shell", line) for line in (184, 187, 198, 204, 209)),
    ("T-022", "lms", "vault-data-in-path", 225),
    ("T-023", "todo", "ingress-annotation-unknown", 308),
    ("T-024", "todo", "kind-of-an-operator", 279),
    ("T-025", "muejam", "pg-ctl-off-path", 709),
    ("T-026", "lms", "query-of-another-framework", 183),
    ("T-027", "fraiseql", "tests-without-source", 157),
]


@pytest.mark.parametrize(("trap", "book", "rule", "line"), TRAPS, ids=str)
def test_the_trap_is_found_at_its_line(
    trap: str, book: str, rule: str, line: int, books: dict[str, Path]
) -> None:
    assert (line, rule) in rules_at(books[book]), trap
