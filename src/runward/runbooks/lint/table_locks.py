"""Rules about SQL that keeps others waiting, or does more than it seems to: indexes and EXPLAIN."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import (
    is_advised_against,
    line_of,
    list_named,
    marked,
    stretch_of,
    text_before,
    text_between,
)
from runward.runbooks.finding.commands import PlacedStatement, list_statements
from runward.runbooks.finding.example import example
from runward.runbooks.finding.latest import once_a_runbook
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.places import lowered
from runward.runbooks.model import Kind, Runbook

_CREATE = re.compile(
    r"create\s+(?:unique\s+)?index\s+(?!concurrently)(?:if\s+not\s+exists\s+)?.*?\bon\s+(?:only\s+)?([\w.\"]+)",
    re.IGNORECASE | re.DOTALL,
)
_OTHERS = re.compile(
    r"mysql|mariadb|sqlite|clickhouse|cassandra|oracle|sql server|mssql|neo4j|db2|bigquery|snowflake"
)
_POSTGRES = re.compile(r"postgres|\bpsql\b|\bpg_")
_ANALYZED = re.compile(
    r"\bexplain\s+(?:\((?P<options>[^)]*)\)|(?P<words>(?:analy[sz]e|verbose)\b(?:\s+verbose\b)?))\s*(?P<query>.*)",
    re.IGNORECASE | re.DOTALL,
)
_UNKNOWN = re.compile(
    r"[<\[{_$]|\.\.\.|…|your|\w*query\w*\s*;?$|paste|insert (?:the )?(?:slow|query)", re.IGNORECASE
)
_WRITES = re.compile(
    r"(?:with\b.*?\b)?(?:insert\s+into|update\s+\w|delete\s+from|merge\s+into)", re.IGNORECASE | re.DOTALL
)


_SHELLS = {"bash", "sh", "shell", "zsh", "console"}


@once_a_runbook
def _is_postgres(runbook: Runbook) -> bool:
    """Whether plain SQL of the document is for PostgreSQL and nothing else."""
    text = lowered(runbook)
    return bool(_POSTGRES.search(text)) and not _OTHERS.search(text)


def _statements(case: Case, first: str) -> Iterator[PlacedStatement]:
    """The statements for PostgreSQL that begin with this word."""
    for one in list_statements(case.runbook):
        if one.text[: len(first)].lower() != first or one.dialect != "postgres":
            continue
        sure = one.call is not None or one.block.lang in {"postgres", "postgresql", "psql", "pgsql"}
        if (sure or _is_postgres(case.runbook)) and not is_advised_against(case.runbook, one.line):
            yield one


def _reindex(case: Case) -> Iterator[Found]:
    if case.surroundings.versions.get("postgresql", (99,)) < (12,):
        return
    for one in _statements(case, "reindex"):
        words = one.text.split()
        if "concurrently" in one.text.lower() or len(words) < 2:
            continue
        what = " ".join(words[:3]).rstrip(";")
        system = (
            " System catalogs cannot be rebuilt otherwise: only when one is known to be broken."
            if words[1].lower() == "system"
            else ""
        )
        said = f"{what} takes each index away from readers and its table from writers until it is rebuilt.{system}"
        yield marked(case.runbook, one.line, words[0], said)
    for placed in list_named(case, "reindexdb"):
        if not placed.call.has("--concurrently", "--help", "-V", "--version"):
            said = "reindexdb without --concurrently keeps writers out of each table while its indexes are rebuilt."
            yield marked(case.runbook, line_of(placed), "reindexdb", said)


def _create_index(case: Case) -> Iterator[Found]:
    for one in _statements(case, "create"):
        found = _CREATE.match(one.text)
        if found is None or _is_new(case.runbook, one, found[1]):
            continue
        said = f"Nothing can be written to {found[1]} until the index is built."
        yield marked(case.runbook, one.line, one.text.split("\n")[0].split("(")[0].rstrip(), said)


def _is_new(runbook: Runbook, one: PlacedStatement, table: str) -> bool:
    """Whether the table is made in the same place, so nobody waits, or a transaction forbids CONCURRENTLY."""
    first, last = stretch_of(runbook, one.line)
    around = text_between(runbook, min(first, one.block.line), max(last, one.block.end)).lower()
    made = rf"create\s+(?:unlogged\s+|temp\w*\s+)?(?:table|materialized\s+view)\s+(?:if\s+not\s+exists\s+)?{re.escape(table.lower())}"
    return bool(re.search(made, around)) or bool(
        re.search(r"^\s*begin\s*;", one.block.text, re.IGNORECASE | re.MULTILINE)
    )


def _explained(case: Case) -> Iterator[Found]:
    for one in _statements(case, "explain"):
        found = _runs(one.text)
        if found and not _taken_back(case.runbook, one.line):
            yield marked(case.runbook, one.line, one.text.split("\n")[0][:24].rstrip(), found)
    for line, text in _typed_in_shell(case.runbook):
        found = _runs(text) if len(text.split()) > 2 else ""
        if found and not is_advised_against(case.runbook, line):
            yield marked(case.runbook, line, text.strip(), found)


def _typed_in_shell(runbook: Runbook) -> Iterator[tuple[int, str]]:
    """EXPLAIN that stands alone on a line of a block that is not SQL."""
    for block in runbook.blocks:
        if block.kind is Kind.COMMAND and "EXPLAIN" in block.text and block.lang in _SHELLS:
            for number, line in enumerate(block.text.split("\n"), block.first_line):
                if line.lstrip().startswith("EXPLAIN "):
                    yield number, line


def _runs(text: str) -> str:
    """What is wrong with explaining this statement, "" if nothing is."""
    found = _ANALYZED.match(text.strip())
    if found is None or (found["options"] is not None and not _analyses(found["options"])):
        return ""
    query = found["query"].strip().rstrip(";")
    if _WRITES.match(query):
        return f"EXPLAIN ANALYZE carries the {query.split()[0].upper()} out: the rows are changed for good."
    if not query or (_UNKNOWN.match(query) and not query.lower().startswith("select")):
        return "EXPLAIN ANALYZE carries the statement out, and which one is not said: a DELETE would delete, a slow query runs to its end once more."
    return ""


def _analyses(options: str) -> bool:
    found = re.search(r"\banaly[sz]e\b\s*(\w*)", options, re.IGNORECASE)
    return found is not None and found[1].lower() not in {"false", "off", "0"}


def _taken_back(runbook: Runbook, line: int) -> bool:
    before = text_before(runbook, line)[-300:]
    return bool(
        re.search(
            r"^\s*(?:begin|start\s+transaction)\b|statement_timeout", before, re.IGNORECASE | re.MULTILINE
        )
    )


RULES = (
    Rule(
        id="reindex-locks",
        severity=Severity.WARNING,
        title="Indexes are rebuilt in a way that keeps writers out.",
        why="REINDEX holds a lock against writes on each table and against reads through the index for as long as the rebuild takes; as a weekly routine it is rarely needed at all.",
        right="`REINDEX INDEX CONCURRENTLY` of the indexes that are found to be bloated (PostgreSQL 12 and later), one per statement; then look for INVALID leftovers.",
        bad=example("Weekly", "sql", "-- PostgreSQL", "REINDEX TABLE orders;"),
        good=example("Weekly", "sql", "-- PostgreSQL", "REINDEX INDEX CONCURRENTLY orders_customer_idx;"),
        look=_reindex,
    ),
    Rule(
        id="create-index-locks",
        severity=Severity.WARNING,
        title="An index is built in a way that keeps writers out.",
        why="CREATE INDEX locks the table against INSERT, UPDATE and DELETE until it is done, minutes or hours on a big table, and everything queues behind.",
        right="`CREATE INDEX CONCURRENTLY` (every supported PostgreSQL), outside a transaction and with a lock_timeout; afterwards check that it is not INVALID.",
        bad=example(
            "Slow orders", "sql", "-- PostgreSQL", "CREATE INDEX orders_customer_idx ON orders(customer_id);"
        ),
        good=example(
            "Slow orders",
            "sql",
            "-- PostgreSQL",
            "CREATE INDEX CONCURRENTLY orders_customer_idx ON orders(customer_id);",
        ),
        look=_create_index,
    ),
    Rule(
        id="explain-carries-out",
        severity=Severity.WARNING,
        title="EXPLAIN ANALYZE is asked of a statement that writes, or of one that is not known.",
        why="ANALYZE is not a deeper look: the statement is executed, to its end, with all that it changes.",
        right="Plain EXPLAIN; or `BEGIN; SET LOCAL statement_timeout = '30s'; EXPLAIN (ANALYZE, BUFFERS) ...; ROLLBACK;` (every version); auto_explain for what ran anyway.",
        bad=example(
            "Slow query",
            "sql",
            "-- PostgreSQL",
            "EXPLAIN ANALYZE DELETE FROM sessions WHERE seen_at < now() - interval '30 days';",
        ),
        good=example(
            "Slow query",
            "sql",
            "-- PostgreSQL",
            "BEGIN;",
            "EXPLAIN ANALYZE DELETE FROM sessions WHERE seen_at < now() - interval '30 days';",
            "ROLLBACK;",
        ),
        look=_explained,
    ),
)
