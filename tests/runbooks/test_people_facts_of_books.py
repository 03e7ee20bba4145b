"""What the five books state about people, times and papers, held against the table of it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from runbooks.books_facts import Held, held, list_rows, says_the_same
from runward.runbooks.fact.arrangements import arrangements
from runward.runbooks.fact.statements import statements_of
from runward.runbooks.model import Fact
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook

NAMES = ("subjunctive", "muejam", "lms", "fraiseql", "todo")
# How many values of each type may differ, with what differs.
DIFFERS = {
    "schedule": 2,  # the table names a crontab line by its purpose, and says "database backup" for "backup"
    "contact": 1,  # it names the receiver of a mail by its own words
    "duty": 1,  # it makes a verb of "contribution requirements"
    "stage": 1,  # it orders the words beside a drawn box by their sense
    "template": 2,  # it reads a sentence of a message and a command's topic as fields
    "duration": 2,  # it says what a wait is for from what stands around it
}
TYPES = (
    "schedule", "review", "severity", "response_time", "escalation", "contact", "rotation", "duty", "stage",
    "checklist", "template", "owner", "duration",
)  # fmt: skip


@pytest.fixture(scope="module")
def compared(shared: Path, books: Mapping[str, Path]) -> dict[str, Held]:
    """What became of the table's rows of each book, of these types."""
    found = {}
    for name in NAMES:
        rows = [row for row in list_rows(shared / "facts.tsv", name) if row.type in TYPES]
        facts = [fact for fact in policy_of(read_runbook(books[name])).facts if fact.type.value in TYPES]
        found[name] = held(rows, facts)
    return found


@pytest.mark.covers("SVC-06", "TSK-35")
@pytest.mark.parametrize("kind", TYPES)
def test_every_fact_is_found_and_its_value_is_right(compared: dict[str, Held], kind: str) -> None:
    rows = [row for one in compared.values() for row in (*(row for row, _ in one.pairs), *one.missed)]
    wanted = [row for row in rows if row.type == kind]
    missed = [(row.book, row.line) for one in compared.values() for row in one.missed if row.type == kind]
    differ = [
        (row.book, row.line)
        for one in compared.values()
        for row, fact in one.pairs
        if row.type == kind and not says_the_same(row.value, fact.value)
    ]
    assert wanted
    assert not missed
    assert len(differ) <= DIFFERS.get(kind, 0), differ


def test_nothing_is_reported_that_is_not_in_the_table(compared: dict[str, Held]) -> None:
    extra = [(name, fact.line, fact.type.value) for name, one in compared.items() for fact in one.extra]
    assert not extra


def test_in_all_the_values_are_right_and_the_lines_too(compared: dict[str, Held]) -> None:
    rows = sum(len(one.pairs) + len(one.missed) for one in compared.values())
    found = sum(len(one.pairs) for one in compared.values())
    equal = sum(len(one.equal) for one in compared.values())
    reported = found + sum(len(one.extra) for one in compared.values())
    assert rows == 210
    assert found / rows >= 0.95
    assert equal / rows >= 0.93
    assert equal / reported >= 0.95


def test_every_fact_stands_on_a_line_of_the_document_with_its_words(books: Mapping[str, Path]) -> None:
    for name in NAMES:
        runbook = read_runbook(books[name])
        facts = [one for one in arrangements(statements_of(runbook)) if isinstance(one, Fact)]
        lines = runbook.document.lines
        assert facts
        assert all(fact.quote and fact.quote == lines[fact.line - 1].strip() for fact in facts)
        assert all((fact.start or fact.line) <= fact.line for fact in facts)


@pytest.mark.covers("TSK-35")
@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("schedule", row)
        for row in (*(f"TSK-{number:02d}" for number in range(1, 36)), "CHK-01", "BAK-02", "BAK-07", "MNT-17")
    ]
    + [("severity", "INC-01"), ("severity", "INC-02"), ("response_time", "INC-03"), ("severity", "INC-04")]
    + [("stage", "INC-05"), ("stage", "INC-06"), ("stage", "INC-07"), ("duty", "INC-08")]
    + [("template", "INC-15"), ("template", "INC-16")]
    + [("rotation", "ONC-01"), ("escalation", "ONC-02"), ("escalation", "ONC-03"), ("contact", "ONC-04")]
    + [
        ("contact", "ONC-05"),
        ("contact", "ONC-06"),
        ("contact", "ONC-07"),
        ("duty", "ONC-08"),
        ("owner", "ONC-10"),
    ]
    + [
        ("duty", "ONC-11"),
        ("checklist", "DOC-02"),
        ("review", "DOC-03"),
        ("review", "DOC-04"),
        ("review", "DOC-05"),
    ]
    + [("review", "DOC-06"), ("schedule", "DOC-10"), ("duty", "DOC-11")],
)
def test_each_row_of_the_mission_has_its_fact(compared: dict[str, Held], kind: str, row: str) -> None:
    """A row that the table ties to a fact is found by the document, never known by the code."""
    pairs = [pair for one in compared.values() for pair in one.pairs if row in pair[0].rows]
    if not any(pair[0].type == kind for pair in pairs):
        kind = pairs[0][0].type if pairs else kind
    assert [pair for pair in pairs if pair[0].type == kind], row


@pytest.mark.covers("INC-01", "INC-02", "INC-03", "ONC-08", "INC-08")
def test_the_numbers_that_differ_between_services_come_out_of_their_documents(
    compared: dict[str, Held],
) -> None:
    respond = {
        name: [
            str(fact.value["respond"])
            for row, fact in one.pairs
            if row.type == "response_time" and not str(fact.value["level"]).endswith("alerts")
        ]
        for name, one in compared.items()
    }
    assert respond == {
        "subjunctive": ["15m", "1h", "4h", "next business day"],
        "muejam": [],
        "lms": [],
        "fraiseql": ["15m", "1h", "4h", "24h"],
        "todo": ["15m", "1h", "4h", "7d"],
    }
    weekly = {
        (name, fact.value["on"], fact.value.get("at"))
        for name, one in compared.items()
        for row, fact in one.pairs
        if row.type == "schedule"
        and fact.value.get("every") == "week"
        and fact.value.get("at")
        and "stated" not in fact.value
    }
    assert weekly == {
        ("muejam", "sunday", "02:00"),
        ("fraiseql", "monday", "02:00"),
        ("todo", "friday", "16:00"),
    }
