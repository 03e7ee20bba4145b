"""What the five real books get wrong is found at its lines: traps.tsv says what, where and by which rule."""

from functools import cache
from pathlib import Path

import pytest

from runward.runbooks.finding.model import Case, Finding, Surroundings
from runward.runbooks.linting import findings_across, findings_of, stated_by
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook

TABLE = Path(__file__).with_name("traps.tsv")
Row = tuple[str, str, int, str]


def list_rows() -> list[Row]:
    """The id of each trap, the book, a line of it, and the rule that finds it there."""
    cells = [line.split("\t") for line in TABLE.read_text().splitlines()[1:]]
    return [(trap, book, int(line), rule) for trap, book, line, rule in cells]


ROWS = list_rows()
# Read by eye: right as well, and no part of a trap.
BESIDE = {
    ("lms", 225, "secret-in-arguments"),
    ("subjunctive", 812, "sleep-for-readiness"),
    ("todo", 154, "secret-in-arguments"),
    ("todo", 423, "change-drifts-away"),
}
# Whatever else these rules said of the five books would be wrong.
EXACT = frozenset(
    [
        "always-ends-well",
        "any-old-success",
        "applied-without-plan",
        "cache-stops-requests",
        "certificate-file-not-served",
        "change-drifts-away",
        "changed-in-this-shell-only",
        "check-cannot-fail",
        "column-from-outside",
        "compressed-twice",
        "constant-proves-no-table",
        "container-errors-pass-by",
        "count-compared-with-nothing",
        "create-index-locks",
        "cronjob-is-no-job",
        "dead-rows-are-no-bloat",
        "delete-by-count",
        "described-secret-proves-nothing",
        "dns-before-deploy",
        "docker-daemon-restarted",
        "error-reports-unscrubbed",
        "error-words-counted",
        "errors-per-second-are-no-share",
        "existence-is-no-verification",
        "explain-carries-out",
        "gitleaks-verb-retired",
        "image-rebuilt-for-production",
        "image-scanned-late",
        "image-tagged-latest",
        "index-covered-twice",
        "join-drops-rows",
        "key-replaced-at-once",
        "lag-of-another-server",
        "latest-is-never-made",
        "log-emptied",
        "log-removed-while-open",
        "migration-in-first-pod",
        "missing-index-unseen",
        "newest-listed-by-name",
        "nothing-found-passes",
        "oldest-matches-shown",
        "one-look-is-no-watch",
        "password-not-in-database",
        "pipe-hides-failed-dump",
        "process-cache-for-shared-data",
        "profiler-starts-second-copy",
        "promotion-without-fencing",
        "protection-switched-off",
        "prune-before-check",
        "quantile-of-each-series",
        "ranking-without-order",
        "redis-flushed-whole",
        "redis-replica-of-anyone",
        "redis-setting-lost",
        "reindex-locks",
        "renewal-forced",
        "renewal-reloads-always",
        "restart-keeps-environment",
        "restore-not-atomic",
        "restore-over-live-data",
        "rotation-unnoticed",
        "sample-forgets-import",
        "scaled-by-name",
        "search-finds-itself",
        "secret-deleted-early",
        "secret-in-arguments",
        "secret-printed",
        "selector-shows-ten-lines",
        "session-never-closed",
        "session-shared-by-tasks",
        "shared-folder-swept",
        "sleep-for-readiness",
        "terminate-everyone",
        "terminate-own-session",
        "unpacking-removes-backup",
        "unused-index-may-be-key",
        "uvicorn-worker-retired",
        "variable-of-another-machine",
        "verification-makes-anew",
    ]
)


@cache
def case_of(path: Path, service: str = "") -> Case:
    """A book with nothing beside it."""
    runbook = read_runbook(path)
    return Case(runbook, policy_of(runbook), Surroundings(has_file=lambda _: False, service=service))


@cache
def found_in(path: Path) -> tuple[Finding, ...]:
    return findings_of(case_of(path))


@pytest.mark.parametrize(("trap", "book", "line", "rule"), ROWS)
def test_a_trap_is_found_at_its_line(
    books: dict[str, Path], trap: str, book: str, line: int, rule: str
) -> None:
    here = [one.rule.id for one in found_in(books[book]) if one.line == line]
    assert rule in here, f"{trap}: {here}"


def test_none_of_the_known_traps_is_left_out() -> None:
    assert {trap for trap, *_ in ROWS} == {f"T-{number:03}" for number in range(1, 122)}


def test_nothing_else_is_said_by_these_rules(books: dict[str, Path]) -> None:
    known = {(book, line, rule) for _, book, line, rule in ROWS} | BESIDE
    said = {(name, one.line, one.rule.id) for name, path in books.items() for one in found_in(path)}
    assert {one for one in said if one[2] in EXACT} - known == set()


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
