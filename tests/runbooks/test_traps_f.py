"""What contradicts itself, is missing or went wrong in the documents themselves is found at its lines."""

from collections.abc import Callable
from pathlib import Path

import pytest

from runward.runbooks.finding.model import Case, Surroundings
from runward.runbooks.linting import findings_across, findings_of, list_rules, stated_by
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook

TRAPS = [
    ("T-102", "subjunctive", "pools-over-limit", 606),
    ("T-102", "todo", "pools-over-limit", 472),
    ("T-104", "todo", "rpo-missed-by-backups", 506),
    ("T-104", "todo", "rpo-tighter-than-data", 505),
    ("T-105", "fraiseql", "backup-only-claimed", 425),
    ("T-105", "fraiseql", "backup-only-claimed", 427),
    ("T-106", "todo", "incident-name-not-unique", 184),
    ("T-106", "todo", "incident-name-not-unique", 218),
    ("T-107", "muejam", "severity-not-explained", 140),
    ("T-107", "lms", "severity-not-explained", 77),
    ("T-108", "subjunctive", "alert-against-escalation-path", 257),
    ("T-108", "subjunctive", "critical-alert-by-mail", 272),
    ("T-109", "todo", "restart-alert-resolves", 124),
    ("T-110", "subjunctive", "incomplete-contents", 7),
    ("T-110", "muejam", "incomplete-contents", 7),
    ("T-110", "todo", "incomplete-contents", 11),
    *(("T-111", "fraiseql", "misread-characters", line) for line in (7, 13, 19, 25, 227, 238, 251, 254)),
    *(("T-112", "todo", "misread-characters", line) for line in (193, 488, 489, 490)),
    *(("T-113", "muejam", "placeholder-contact", line) for line in (755, 756, 757, 758)),
    *(("T-113", "fraiseql", "placeholder-contact", line) for line in (52, 488, 489, 490, 493, 494, 495)),
    *(("T-113", "todo", "placeholder-contact", line) for line in (540, 542)),
    *(("T-114", "lms", "missing-document", line) for line in range(311, 317)),
    *(("T-115", "lms", "container-named-as-service", line) for line in (82, 99, 100, 174, 300)),
    ("T-116", "lms", "other-platform", 296),
    ("T-117", "todo", "other-platform", 326),
    ("T-118", "subjunctive", "no-time-zone", 19),
    ("T-118", "muejam", "no-time-zone", 18),
    ("T-118", "fraiseql", "no-time-zone", 219),
    ("T-118", "todo", "no-time-zone", 24),
    ("T-118", "muejam", "clock-change-hour", 77),
    ("T-119", "muejam", "schedules-clash", 565),
    ("T-120", "subjunctive", "backup-restored-elsewhere", 802),
    ("T-120", "subjunctive", "backup-restored-elsewhere", 804),
    ("T-121", "muejam", "uploads-never-pruned", 581),
]


def case_of(path: Path, service: str = "") -> Case:
    """A book with nothing beside it."""
    runbook = read_runbook(path)
    return Case(runbook, policy_of(runbook), Surroundings(has_file=lambda _: False, service=service))


@pytest.fixture(scope="session")
def rules_in(books: dict[str, Path]) -> Callable[[str], set[tuple[int, str]]]:
    """The lines and rules of a book's findings."""
    held: dict[str, set[tuple[int, str]]] = {}

    def answer(book: str) -> set[tuple[int, str]]:
        if book not in held:
            found = findings_of(case_of(books[book]), list_rules())
            held[book] = {(one.line, one.rule.id) for one in found}
        return held[book]

    return answer


@pytest.mark.parametrize(("trap", "book", "rule", "line"), TRAPS, ids=str)
def test_the_trap_is_found_at_its_line(
    trap: str, book: str, rule: str, line: int, rules_in: Callable[[str], set[tuple[int, str]]]
) -> None:
    assert (line, rule) in rules_in(book), trap


class TestSeveralDocuments:
    def test_one_label_means_two_things(self, books: dict[str, Path]) -> None:  # T-107
        stated = [stated_by(case_of(books[name])) for name in ("muejam", "todo", "subjunctive")]
        found = {(Path(one.path).stem, one.line, one.rule.id) for one in findings_across(stated)}
        assert ("subjunctive", 307, "severity-means-two-things") in found
        assert not any(book in {"muejam", "todo"} for book, _, _ in found)

    def test_books_of_different_services_do_not_clash(self, books: dict[str, Path]) -> None:  # T-119
        stated = [stated_by(case_of(books[name], name)) for name in ("muejam", "fraiseql")]
        assert not any(one.rule.id == "schedules-clash" for one in findings_across(stated))

    def test_books_of_one_service_do(self, books: dict[str, Path]) -> None:  # T-119
        stated = [stated_by(case_of(books[name], "shop")) for name in ("muejam", "fraiseql")]
        found = [one for one in findings_across(stated) if one.rule.id == "schedules-clash"]
        assert [(Path(one.path).stem, one.line) for one in found] == [("muejam", 565)]
        assert "Security Updates" in found[0].found.said
