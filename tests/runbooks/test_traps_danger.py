"""What destroys, stops or leaks in the five real runbooks is found at its line."""

from functools import cache
from pathlib import Path

import pytest

from runward.runbooks.finding.model import Case, Finding
from runward.runbooks.linting import findings_of
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook

TRAPS = [
    ("T-056", "muejam", 554, "restore-over-live-data"),
    ("T-057", "fraiseql", 166, "unpacking-removes-backup"),
    ("T-057", "fraiseql", 167, "restore-over-live-data"),
    ("T-058", "subjunctive", 802, "restore-not-atomic"),
    ("T-058", "subjunctive", 804, "restore-not-atomic"),
    ("T-059", "subjunctive", 797, "terminate-own-session"),
    ("T-060", "subjunctive", 424, "terminate-everyone"),
    ("T-060", "muejam", 250, "terminate-everyone"),
    ("T-061", "muejam", 744, "redis-flushed-whole"),
    ("T-061", "muejam", 317, "redis-flushed-whole"),
    ("T-062", "todo", 63, "delete-by-count"),
    ("T-063", "subjunctive", 755, "prune-before-check"),
    ("T-063", "muejam", 584, "prune-before-check"),
    ("T-064", "fraiseql", 266, "shared-folder-swept"),
    ("T-064", "muejam", 118, "log-removed-while-open"),
    ("T-064", "muejam", 119, "log-removed-while-open"),
    ("T-065", "subjunctive", 568, "log-emptied"),
    ("T-065", "subjunctive", 562, "log-removed-while-open"),
    ("T-066", "subjunctive", 580, "rotation-unnoticed"),
    ("T-067", "muejam", 89, "reindex-locks"),
    ("T-067", "fraiseql", 293, "reindex-locks"),
    ("T-067", "fraiseql", 294, "reindex-locks"),
    ("T-068", "muejam", 191, "explain-carries-out"),
    ("T-068", "muejam", 663, "explain-carries-out"),
    ("T-068", "muejam", 675, "explain-carries-out"),
    ("T-069", "todo", 449, "create-index-locks"),
    ("T-069", "todo", 450, "create-index-locks"),
    ("T-070", "muejam", 709, "promotion-without-fencing"),
    ("T-071", "todo", 418, "password-not-in-database"),
    ("T-071", "todo", 418, "secret-in-arguments"),
    ("T-071", "todo", 431, "secret-deleted-early"),
    ("T-072", "lms", 228, "restart-keeps-environment"),
    ("T-073", "lms", 220, "key-replaced-at-once"),
    ("T-074", "lms", 220, "secret-printed"),
    ("T-074", "muejam", 294, "secret-in-arguments"),
    ("T-074", "subjunctive", 35, "secret-in-arguments"),
    ("T-075", "lms", 113, "protection-switched-off"),
    ("T-076", "subjunctive", 528, "renewal-forced"),
    ("T-077", "subjunctive", 535, "renewal-reloads-always"),
    ("T-078", "fraiseql", 143, "docker-daemon-restarted"),
    ("T-079", "fraiseql", 283, "image-scanned-late"),
    ("T-080", "lms", 139, "image-tagged-latest"),
    ("T-080", "lms", 145, "image-rebuilt-for-production"),
    ("T-081", "lms", 197, "scaled-by-name"),
    ("T-082", "todo", 374, "profiler-starts-second-copy"),
    ("T-083", "todo", 518, "dns-before-deploy"),
    ("T-084", "fraiseql", 445, "applied-without-plan"),
    ("T-084", "fraiseql", 455, "sleep-for-readiness"),
    ("T-085", "todo", 403, "migration-in-first-pod"),
    ("T-086", "todo", 361, "change-drifts-away"),
    ("T-086", "todo", 385, "change-drifts-away"),
    ("T-087", "muejam", 491, "redis-replica-of-anyone"),
    ("T-088", "subjunctive", 462, "redis-setting-lost"),
]

# What our rules say of the five besides: each is right, and stands here so that a new one is looked at.
BESIDE = {
    ("lms", 225, "secret-in-arguments"),
    ("subjunctive", 812, "sleep-for-readiness"),
    ("todo", 154, "secret-in-arguments"),
    ("todo", 423, "change-drifts-away"),
}


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
    known = {(book, line, rule) for _, book, line, rule in TRAPS} | BESIDE
    mine = {rule for _, _, _, rule in TRAPS} | {"destroyed-without-copy", "namespace-missing"}
    said = {
        (name, one.line, one.rule.id)
        for name, path in books.items()
        for one in found(path)
        if one.rule.id in mine
    }
    assert said == known
