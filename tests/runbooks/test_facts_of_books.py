"""The policy of five real runbooks, held against the table of what they state."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from runbooks.books_facts import Held, Row, held, list_rows, says_the_same
from runward.runbooks.model import Fact, FactType
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook

BOOKS = ("subjunctive", "muejam", "lms", "fraiseql", "todo")
FOUND, EQUAL, RIGHT = 0.95, 0.93, 0.95

# Facts that are told in other words than the table's, and why the reader's words stand.
TOLD_OTHERWISE = {
    (
        "subjunctive",
        333,
        "stage",
    ): "what stands inside a box comes before what stands beside the next line of it",
    (
        "subjunctive",
        535,
        "schedule",
    ): "a crontab line is named by its command; the heading speaks of the problem",
    ("subjunctive", 812, "duration"): "a bare sleep says that it waits, not for what",
    ("muejam", 357, "threshold"): "the action is quoted whole, with what is waited for",
    ("muejam", 590, "contact"): "the subject of the mail as the script writes it",
    ("muejam", 690, "threshold"): "that the query warms a cache stands in the heading, not in the query",
    ("muejam", 693, "retention"): "named by the cache's key, as all cached things are",
    (
        "lms",
        14,
        "schedule",
    ): "the comment says only which backup is daily; that it is the database's is a guess",
    ("lms", 147, "duration"): "the comment says only that one monitors",
    ("lms", 348, "duty"): "quoted as it stands",
    ("todo", 181, "template"): "no field is named in the commands that make the channel",
    ("todo", 209, "template"): "the second sentence is running text, no field",
}
# Facts that are reported though the table does not have them, and why they are true.
ALSO_TRUE = {
    (
        "muejam",
        264,
        "threshold",
    ): "the same form as “Check for long-running transactions on primary”, which the table has",
}


@pytest.fixture(scope="module")
def facts(books: dict[str, Path]) -> dict[str, tuple[Fact, ...]]:
    """What is read of each book."""
    return {name: policy_of(read_runbook(books[name])).facts for name in BOOKS}


@pytest.fixture(scope="module")
def rows(shared: Path) -> dict[str, list[Row]]:
    """What the table says of each book."""
    return {name: list_rows(shared / "facts.tsv", name) for name in BOOKS}


@pytest.fixture(scope="module")
def compared(facts: dict[str, tuple[Fact, ...]], rows: dict[str, list[Row]]) -> dict[str, Held]:
    """Both, held against each other."""
    return {name: held(rows[name], facts[name]) for name in BOOKS}


@pytest.mark.parametrize("kind", [*FactType])
def test_facts_of_each_type_are_found_and_say_the_same(compared: dict[str, Held], kind: FactType) -> None:
    found = [row for one in compared.values() for row, _ in one.pairs if row.type == kind]
    missed = [row for one in compared.values() for row in one.missed if row.type == kind]
    equal = [row for one in compared.values() for row, _ in one.equal if row.type == kind]
    assert found
    assert len(found) >= FOUND * (len(found) + len(missed)), missed
    different = [row for row in found if row not in equal]
    told = [row for row in different if (row.book, row.line, row.type) in TOLD_OTHERWISE]
    assert told == different
    assert len(equal) >= EQUAL * len(found) or len(different) <= 2, different


def test_all_facts_together(compared: dict[str, Held], rows: dict[str, list[Row]]) -> None:
    """363 facts: found by type and line, equal in value, and little besides."""
    total = sum(map(len, rows.values()))
    found = sum(len(one.pairs) for one in compared.values())
    equal = sum(len(one.equal) for one in compared.values())
    extra = [(name, fact.line, fact.type.value) for name, one in compared.items() for fact in one.extra]
    assert total == 363
    assert found >= FOUND * total
    assert equal >= EQUAL * total
    assert found >= RIGHT * (found + len(extra))
    assert set(extra) <= set(ALSO_TRUE)


@pytest.mark.parametrize(
    "group",
    [
        "SVC-06", "TSK-", "MET-", "ALR-", "INC-01", "INC-02", "INC-03", "INC-04", "INC-05", "INC-06", "INC-07", "INC-08",
        "INC-15", "INC-16", "ONC-", "BAK-04", "DR-01", "CAP-", "SCL-10", "DOC-",
    ],
)  # fmt: skip
def test_every_mission_row_with_a_fact_has_it_found(
    compared: dict[str, Held], rows: dict[str, list[Row]], group: str
) -> None:
    wanted = [row for name in BOOKS for row in rows[name] if any(one.startswith(group) for one in row.rows)]
    missed = [row for one in compared.values() for row in one.missed]
    assert wanted, f"no fact is tied to {group}"
    assert [row for row in wanted if row in missed] == []


# The numbers that differ between the five: subject, book, type, what its value must hold.
DIFFERING: tuple[tuple[str, str, str, Mapping[str, object]], ...] = (
    ("critical response", "subjunctive", "response_time", {"level": "P0", "respond": "15m"}),
    ("critical response", "fraiseql", "response_time", {"level": "SEV-1", "respond": "15m"}),
    ("critical response", "todo", "response_time", {"level": "P1", "respond": "15m", "escalate": "30m"}),
    ("critical response", "muejam", "severity", {"level": "P1", "name": "Critical"}),
    ("critical response", "lms", "severity", {"level": "P1", "name": "Critical"}),
    ("high response", "subjunctive", "response_time", {"level": "P1", "respond": "1h"}),
    ("high response", "fraiseql", "response_time", {"level": "SEV-2", "respond": "1h"}),
    ("high response", "todo", "response_time", {"level": "P2", "respond": "1h", "escalate": "2h"}),
    ("high response", "muejam", "severity", {"level": "P2", "name": "High"}),
    ("medium", "subjunctive", "response_time", {"level": "P2", "respond": "4h"}),
    ("medium", "fraiseql", "response_time", {"level": "SEV-3", "respond": "4h", "escalate": "next business day"}),
    ("medium", "todo", "response_time", {"level": "P3", "respond": "4h", "escalate": "next business day"}),
    ("low", "subjunctive", "response_time", {"level": "P3", "respond": "next business day"}),
    ("low", "fraiseql", "response_time", {"level": "SEV-4", "respond": "24h", "escalate": "weekly review"}),
    ("low", "todo", "response_time", {"level": "P4", "respond": "7d", "escalate": "none"}),
    ("acknowledge", "subjunctive", "duty", {"duty": "acknowledge", "within": "5m"}),
    ("update", "subjunctive", "duty", {"duty": "communicate", "every": "30m"}),
    ("triage", "fraiseql", "stage", {"name": "Detection & Triage", "from": "0m", "to": "15m"}),
    ("acknowledge", "todo", "stage", {"name": "Acknowledgement"}),
    ("post-mortem", "subjunctive", "stage", {"name": "Post-Mortem", "within": "48h"}),
    ("post-mortem", "fraiseql", "stage", {"name": "Post-Incident Review", "from": "24h", "to": "72h"}),
    ("escalation levels", "subjunctive", "escalation", {"level": 1, "from": "0m", "to": "30m"}),
    ("escalation levels", "subjunctive", "escalation", {"level": 4, "from": "120m"}),
    ("escalation levels", "fraiseql", "escalation", {"level": 4, "who": "Board/Crisis team"}),
    ("p95 latency", "subjunctive", "threshold", {"measure": "response time", "stat": "p95", "value": 200, "level": "warning"}),
    ("p95 latency", "subjunctive", "threshold", {"measure": "response time", "stat": "p95", "value": 500, "level": "critical"}),
    ("p95 latency", "subjunctive", "alert", {"condition": {"measure": "response time", "stat": "p95", "op": ">", "value": 200, "unit": "ms", "for": "10m"}}),
    ("p95 latency", "muejam", "threshold", {"measure": "query time", "stat": "avg", "value": 100, "unit": "ms"}),
    ("p95 latency", "fraiseql", "alert", {"condition": {"measure": "response time", "stat": "p95", "op": ">", "value": 2, "unit": "s"}}),
    ("p95 latency", "todo", "alert", {"severity": "P2", "condition": {"measure": "response time", "stat": "p95", "op": ">", "value": 3, "unit": "s", "for": "5m"}}),
    ("error rate", "subjunctive", "threshold", {"measure": "error rate", "value": 1, "unit": "%", "level": "warning"}),
    ("error rate", "subjunctive", "alert", {"condition": {"measure": "error rate", "op": ">", "value": 5, "unit": "%", "for": "5m"}}),
    ("error rate", "fraiseql", "alert", {"condition": {"measure": "error rate", "of": "5xx", "op": ">", "value": 5, "unit": "%"}}),
    ("error rate", "todo", "alert", {"severity": "P1", "condition": {"measure": "error rate", "op": ">", "value": 5, "unit": "%", "for": "5m"}}),
    ("cpu", "subjunctive", "threshold", {"measure": "cpu usage", "value": 70, "level": "warning"}),
    ("cpu", "subjunctive", "threshold", {"measure": "cpu usage", "value": 85, "level": "critical"}),
    ("cpu", "fraiseql", "threshold", {"measure": "cpu usage", "level": "tracked"}),
    ("cpu", "todo", "capacity", {"when": {"measure": "cpu usage", "op": ">", "value": 70, "unit": "%", "for": "5m"}, "do": "scale up"}),
    ("memory", "subjunctive", "threshold", {"measure": "memory usage", "value": 80, "level": "warning"}),
    ("memory", "fraiseql", "alert", {"class": "warning", "condition": {"measure": "memory usage", "op": ">", "value": 90, "unit": "%"}}),
    ("memory", "todo", "capacity", {"when": {"measure": "memory usage", "op": ">", "value": 80, "unit": "%", "for": "5m"}}),
    ("disk", "subjunctive", "alert", {"condition": {"measure": "disk free", "op": "<", "value": 20, "unit": "%"}}),
    ("disk", "fraiseql", "alert", {"condition": {"measure": "disk free", "op": "<", "value": 10, "unit": "%"}}),
    ("disk", "fraiseql", "threshold", {"measure": "disk usage", "op": ">", "value": 90, "stated": "code"}),
    ("pool", "subjunctive", "threshold", {"measure": "connection pool utilization", "value": 95, "level": "critical"}),
    ("pool", "muejam", "threshold", {"measure": "connection pool utilization", "value": {"min": 40, "max": 70}, "level": "normal"}),
    ("pool", "fraiseql", "alert", {"condition": {"measure": "connection pool utilization", "text": "near capacity"}}),
    ("pool size", "subjunctive", "capacity", {"resource": "database connection pool", "size": 10, "overflow": 20}),
    ("pool size", "muejam", "capacity", {"resource": "database connection pool", "from": 50, "to": 100}),
    ("pool size", "todo", "capacity", {"resource": "database connection pool", "size": 20, "overflow": 10}),
    ("replication lag", "subjunctive", "threshold", {"measure": "replication lag", "value": 5, "level": "warning"}),
    ("replication lag", "subjunctive", "threshold", {"measure": "replication lag", "value": 30, "level": "critical"}),
    ("replication lag", "muejam", "threshold", {"measure": "replication lag", "op": "<", "value": 2, "level": "normal"}),
    ("replication lag", "muejam", "alert", {"severity": "P2", "condition": {"measure": "replication lag", "op": ">", "value": 5, "unit": "s"}}),
    ("replication lag", "muejam", "threshold", {"measure": "replication lag", "op": ">", "value": 30, "level": "branch"}),
    ("deadlocks", "subjunctive", "threshold", {"measure": "deadlocks", "value": 20, "per": "hour", "level": "critical"}),
    ("deadlocks", "fraiseql", "threshold", {"measure": "deadlocks", "level": "tracked"}),
    ("certificate", "subjunctive", "alert", {"condition": {"measure": "certificate validity left", "op": "<", "value": 7, "unit": "d"}}),
    ("certificate", "fraiseql", "alert", {"condition": {"measure": "certificate validity left", "op": "<", "value": 30, "unit": "d"}}),
    ("cache hit", "muejam", "threshold", {"measure": "cache hit rate", "op": ">", "value": 70, "unit": "%"}),
    ("slow queries", "subjunctive", "threshold", {"measure": "query time", "value": 100, "top": 20, "order": "avg"}),
    ("slow queries", "subjunctive", "threshold", {"measure": "query time", "value": 100, "top": 10, "order": "total"}),
    ("slow queries", "muejam", "threshold", {"measure": "active query age", "value": 5, "unit": "s"}),
    ("slow queries", "fraiseql", "threshold", {"measure": "query time", "top": 10, "order": "total"}),
    ("slow queries", "todo", "threshold", {"measure": "query time", "top": 10, "order": "avg"}),
    ("kill limit", "subjunctive", "threshold", {"measure": "active query age", "value": 5, "unit": "m", "action": "terminate"}),
    ("kill limit", "muejam", "threshold", {"measure": "idle connection age", "value": 5, "unit": "m", "action": "terminate"}),
    ("backup", "subjunctive", "retention", {"what": "local database backups", "keep": "30d"}),
    ("backup", "muejam", "schedule", {"task": "Daily Backup", "at": "02:00"}),
    ("backup", "muejam", "retention", {"what": "daily database backups", "keep": "30d"}),
    ("backup", "fraiseql", "retention", {"what": "daily full backups", "keep": "30d"}),
    ("backup", "fraiseql", "retention", {"what": "incremental backups", "keep": "7d"}),
    ("backup", "fraiseql", "retention", {"what": "configuration backups", "keep": "90d"}),
    ("backup", "todo", "retention", {"what": "S3 backup snapshots", "keep": {"count": 30}}),
    ("restore test", "subjunctive", "schedule", {"task": "Disaster recovery test", "every": "month"}),
    ("restore test", "lms", "schedule", {"task": "Restore Drill Execution", "every": "week"}),
    ("restore test", "fraiseql", "schedule", {"task": "restoration test", "every": "month"}),
    ("recovery", "todo", "rto", {"service": "Database", "value": "1h"}),
    ("recovery", "todo", "rpo", {"service": "Kafka", "value": "10m"}),
    ("database maintenance", "muejam", "schedule", {"task": "Weekly Maintenance", "on": "sunday", "at": "02:00"}),
    ("database maintenance", "muejam", "duration", {"procedure": "Weekly Maintenance", "value": "30m"}),
    ("logs", "subjunctive", "retention", {"what": "uncompressed application logs", "keep": "7d", "then": "compress"}),
    ("logs", "subjunctive", "retention", {"what": "rotated application logs", "keep": {"count": 14}}),
    ("logs", "muejam", "retention", {"what": "PostgreSQL and Redis logs", "keep": "30d"}),
    ("logs", "fraiseql", "retention", {"what": "rotated logs in /var/log", "keep": "30d"}),
    ("scaling", "subjunctive", "capacity", {"resource": "application server workers", "count": 4}),
    ("scaling", "muejam", "capacity", {"resource": "redis cluster nodes", "add": 2}),
    ("scaling", "lms", "capacity", {"resource": "api instances", "count": 4}),
    ("scaling", "fraiseql", "capacity", {"resource": "fraiseql instances", "count": 2}),
    ("scaling", "todo", "capacity", {"resource": "backend pods", "min": 3, "max": 10, "via": "HPA"}),
    ("review", "subjunctive", "review", {"every": "month", "nth": 3, "on": "monday"}),
    ("review", "lms", "review", {"every": "quarter"}),
    ("review", "lms", "review", {"approval": ["Engineering lead", "Product manager"]}),
    ("review", "fraiseql", "review", {"triggers": ["every incident", "every improvement"]}),
    ("review", "todo", "review", {"every": "week", "on": "friday"}),
)  # fmt: skip


@pytest.mark.parametrize(("subject", "book", "kind", "value"), DIFFERING)
def test_each_service_has_its_own_numbers(
    facts: dict[str, tuple[Fact, ...]], subject: str, book: str, kind: str, value: Mapping[str, object]
) -> None:
    """SVC-06: the same subject, another number for each service, out of its own document."""
    mine = [fact.value for fact in facts[book] if fact.type == kind]
    assert any(
        all(key in one and says_the_same(wanted, one[key]) for key, wanted in value.items()) for one in mine
    ), f"{book} does not state its {subject}"


@pytest.mark.parametrize("name", BOOKS)
def test_every_figure_stands_in_the_lines_it_was_read_from(
    books: dict[str, Path], facts: dict[str, tuple[Fact, ...]], name: str
) -> None:
    lines = read_runbook(books[name]).document.lines
    figures = 0
    for fact in facts[name]:
        read = " ".join(lines[(fact.start or fact.line) - 1 : fact.end or fact.line])
        assert fact.quote
        assert fact.quote in read
        for number in _numbers(fact):
            figures += 1
            assert str(number) in read, (fact.line, number)
    assert figures or name == "lms"


def _numbers(fact: Fact) -> list[object]:
    """The measured values of thresholds and of alerts' and scaling rules' conditions."""
    condition = fact.value.get("condition") or fact.value.get("when") or fact.value
    value = condition.get("value") if isinstance(condition, Mapping) and "measure" in condition else None
    found = list(value.values()) if isinstance(value, Mapping) else [value]
    return [number for number in found if isinstance(number, int | float) and number]
