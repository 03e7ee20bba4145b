"""Expectations: what a document says a good outcome is, bound to what can decide it."""

import csv
import re
from collections import defaultdict
from pathlib import Path
from textwrap import dedent

import pytest

from runward.runbooks.model import Expectation, Kind, Operator, Procedure, Runbook, Source
from runward.runbooks.read import parse_runbook, read_runbook

BOOKS = ("subjunctive", "muejam", "lms", "fraiseql", "todo")
# The table names the blank line above, or the item below, in these two rows: the statement itself stands here.
SLIPS = {("subjunctive", 847): 848, ("lms", 268): 267}
# What the table's words mean. A message of the script is judged by whether it was printed.
MEANS = (
    (r"exit code|exit 1|file exists|keys exist", {Source.EXIT, Source.OUTPUT}),
    (r"HTTP status", {Source.STATUS, Source.OUTPUT}),
    (r"column|DISK_USAGE|MEMORY_USAGE|CERT_DAYS", {Source.COLUMN, Source.OUTPUT, Source.CHANGE}),
    (r"JSON", {Source.KEY, Source.STATUS}),
    (r"output|line|contains|PONG|number|mail", {Source.OUTPUT}),
    (r"prints at least", {Source.ROWS}),
    (r"Execution Time", {Source.CHANGE}),
    (r"newest", {Source.EXIT, Source.OUTPUT}),
)
# A fixed sleep decides nothing, and a log that is followed is read by a person: the table says so itself.
PERSON_AFTER_ALL = {("fraiseql", 454), ("muejam", 547), ("muejam", 522)}
# No command of the block asks the staging health the table speaks of: the start's own exit code decides.
NO_SUCH_REQUEST = {("lms", 141)}


def all_of(procedure: Procedure) -> list[Expectation]:
    return [*procedure.expects, *(one for step in procedure.steps for one in step.expects)]


@pytest.fixture(scope="module")
def runbooks(books: dict[str, Path]) -> dict[str, Runbook]:
    return {name: read_runbook(books[name]) for name in BOOKS}


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[dict[str, str]]:
    with (shared / "expectations.tsv").open(encoding="utf-8") as table:
        return list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def found(runbooks: dict[str, Runbook]) -> dict[tuple[str, int, int], list[Expectation]]:
    """The expectations by book, procedure and line."""
    by_line: dict[tuple[str, int, int], list[Expectation]] = defaultdict(list)
    for name, book in runbooks.items():
        for procedure in book.procedures:
            for one in all_of(procedure):
                by_line[name, procedure.line, one.line].append(one)
    return by_line


def place(row: dict[str, str]) -> tuple[str, int, int]:
    line = int(row["line"])
    return row["book"], int(row["procedure_line"]), SLIPS.get((row["book"], line), line)


def decided_by(row: dict[str, str]) -> tuple[int, set[Source]] | None:
    """The block and the sources that the table names; None where it names no block."""
    named = re.match(r"(?:block|inline)\s?(\d*)", row["judged_on"])
    if not named or (row["book"], int(row["line"])) in PERSON_AFTER_ALL:
        return None
    if (row["book"], int(row["line"])) in NO_SUCH_REQUEST:
        return int(named[1]), {Source.EXIT}
    sources = {
        source for pattern, several in MEANS if re.search(pattern, row["judged_on"]) for source in several
    }
    return int(named[1] or 0), sources


def test_every_statement_of_the_five_books_is_found(
    found: dict[tuple[str, int, int], list[Expectation]], rows: list[dict[str, str]]
) -> None:
    missing = [(row["book"], row["line"], row["text"]) for row in rows if place(row) not in found]
    assert missing == []


def test_what_a_block_can_decide_is_decided_by_it(
    found: dict[tuple[str, int, int], list[Expectation]], rows: list[dict[str, str]]
) -> None:
    wrong = []
    for row in rows:
        wanted = decided_by(row)
        if wanted is None:
            continue
        block, sources = wanted
        ours = found.get(place(row), [])
        if not any(one.source in sources and (not block or block in one.blocks) for one in ours):
            wrong.append(
                (row["book"], row["line"], row["judged_on"], [(one.source, one.blocks) for one in ours])
            )
    assert wrong == []


def test_what_no_block_decides_is_left_to_a_person(
    found: dict[tuple[str, int, int], list[Expectation]], rows: list[dict[str, str]]
) -> None:
    loose = [
        row
        for row in rows
        if decided_by(row) is None and "block" not in row["judged_on"].replace("(no block)", "")
    ]
    wrong = [
        (row["book"], row["line"], one.source)
        for row in loose
        for one in found.get(place(row), [])
        if one.source is not Source.HUMAN
    ]
    assert wrong == []


FIGURES = [
    ("muejam", 66, Source.STATUS, "/health", Operator.EQUAL, "200", ""),
    ("muejam", 67, Source.COLUMN, "lag_seconds", Operator.BELOW, "2", "s"),
    ("muejam", 68, Source.KEY, "Connection pool utilization", Operator.BETWEEN, "40..70", "%"),
    ("muejam", 69, Source.KEY, "Cache hit rate", Operator.ABOVE, "70", "%"),
    ("muejam", 127, Source.ROWS, "lines", Operator.AT_LEAST, "1", ""),
    ("muejam", 429, Source.COLUMN, "state", Operator.EQUAL, "streaming", ""),
    (
        "muejam",
        632,
        Source.COLUMN,
        "pg_last_xact_replay_timestamp",
        Operator.AT_MOST,
        "2026-02-17 10:30:00",
        "time",
    ),
    ("todo", 27, Source.COLUMN, "STATUS", Operator.EQUAL, "Running", ""),
]


@pytest.mark.parametrize("row", FIGURES)
def test_figures_of_the_five_books(
    runbooks: dict[str, Runbook], row: tuple[str, int, Source, str, Operator, str, str]
) -> None:
    book, line, *wanted = row
    ours = [one for procedure in runbooks[book].procedures for one in all_of(procedure) if one.line == line]
    assert [[one.source, one.name, one.operator, one.value, one.unit] for one in ours] == [wanted]


def read(text: str) -> list[tuple[int, Source, str, str]]:
    """The expectations of a text: line, what decides, operator, value."""
    book = parse_runbook(dedent(text), "x.md")
    return [
        (one.line, one.source, one.operator.value if one.operator else "", one.value)
        for procedure in book.procedures
        for one in all_of(procedure)
    ]


def block(*lines: str, after: str = "", lang: str = "bash") -> str:
    return "\n".join(["## Look", f"```{lang}", *lines, "```", after])


STATEMENTS = [
    (block("# Verify", "curl https://shop.example/health"), [(3, Source.STATUS, "between", "200..299")]),
    (block("# Verify the queue", "redis-cli ping"), [(3, Source.OUTPUT, "matches", "PONG")]),
    (block("# Verify", "sudo -u postgres psql -c 'SELECT count(*) FROM orders'"), [(3, Source.COLUMN, ">", "0")]),
    (block("# Verify no orphans are left", 'psql -c "SELECT count(*) FROM orphans"'), [(3, Source.COLUMN, "==", "0")]),
    (block("# Verify pods", "kubectl -n shop get pods"), [(3, Source.COLUMN, "==", "Running")]),
    (block("# Verify nodes", "kubectl get nodes"), [(3, Source.COLUMN, "==", "Ready")]),
    (block("# Wait until the rollout is done", "kubectl rollout status deploy/web"), [(3, Source.EXIT, "==", "0")]),
    (block("# Run smoke tests", "make smoke"), [(3, Source.EXIT, "==", "0")]),
    (block("# Confirm the listener", "ss -ltn | grep 8443"), [(3, Source.OUTPUT, "matches", "/8443/")]),
    (block("# Make sure there are no errors", "grep -i error app.log"), [(3, Source.OUTPUT, "absent", "/error/")]),
    (block("# Verify it looks good", "df -h"), [(3, Source.HUMAN, "", "")]),
    (block("# Wait for the store", "sleep 30"), [(3, Source.HUMAN, "", "")]),
    (block("# Look at the disk", "df -h"), []),
    (block("# Create test data", "make fixtures"), []),
    (block('ping -c1 db || echo "ERROR: no answer"'), [(3, Source.OUTPUT, "absent", "ERROR: no answer")]),
    (block('echo "Checking for errors"', "true"), []),
    (block("redis-cli ping  # should return PONG"), [(3, Source.OUTPUT, "matches", "PONG")]),
    (block("curl -s host/ready", after="\nThis should return `ready`."), [(6, Source.OUTPUT, "matches", "ready")]),
    (block("curl -s host/ready", after="\nIt must answer with HTTP 204."), [(6, Source.STATUS, "==", "204")]),
    (block("SELECT 1", lang="sql", after="\nThe query should return no rows."), [(6, Source.ROWS, "==", "0")]),
    (block("df -h", after="\nThis should take 5 minutes to finish."), []),
    (block("SELECT now() - ts AS lag FROM beat;", lang="sql", after="\n**Expected**:\n- Lag below 3 s\n"), [(7, Source.COLUMN, "<", "3")]),
    (block("curl host/stats", after="\n**Expected results**:\n- At least 3 workers\n"), [(7, Source.HUMAN, "", "")]),
    (block("curl host/workers", after="\n**Erwartetes Ergebnis**:\n- Workers mindestens 3\n"), [(7, Source.KEY, ">=", "3")]),
    (block("curl host/pool", after="\n**Resultado esperado**:\n- Pool entre 10 y 20\n"), [(7, Source.KEY, "between", "10..20")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), STATEMENTS, ids=range(len(STATEMENTS)))
def test_statements(text: str, expected: list[tuple[int, Source, str, str]]) -> None:
    assert read(text) == expected


def with_output(said: str, output: str) -> Runbook:
    return parse_runbook(f"## Look\n```sh\nctl status\n```\n{said}\n```text\n{output}\n```\n", "x.md")


def test_an_output_that_is_expected_must_be_printed() -> None:
    book = with_output("Expected output:", "member 1 ... up\nmember 2 ... up")
    (one,) = book.procedures[0].steps[0].expects
    assert (one.source, one.operator, one.blocks) == (Source.OUTPUT, Operator.MATCHES, (1,))
    assert one.value == "member 1 ... up\nmember 2 ... up"


def test_an_output_that_is_only_an_example_is_compared_by_a_person() -> None:
    book = with_output("You should see something similar to:", "uptime 3 days")
    if any(block.kind is Kind.OUTPUT for block in book.blocks):
        assert [one.source for one in book.procedures[0].steps[0].expects] == [Source.HUMAN]


def test_a_fence_says_itself_what_it_expects() -> None:
    text = '## Look\n```sh {"expect": "exit=0; /up [0-9]+/; $.ok == true; rows>=2; lag < 2 s"}\nctl\n```\n'
    assert [row[1:] for row in read(text)] == [
        (Source.EXIT, "==", "0"),
        (Source.OUTPUT, "matches", "/up [0-9]+/"),
        (Source.KEY, "==", "true"),
        (Source.ROWS, ">=", "2"),
        (Source.COLUMN, "<", "2"),
    ]


def test_an_expectation_that_cannot_be_read_is_left_to_a_person_with_the_reason() -> None:
    book = parse_runbook('## Look\n```sh {expect="exit=soon"}\nctl\n```\n', "x.md")
    (one,) = book.procedures[0].steps[0].expects
    assert one.source is Source.HUMAN
    assert "exit=soon" in one.text
    assert "exit=0" in one.why
