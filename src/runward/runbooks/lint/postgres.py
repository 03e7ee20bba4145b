"""Rules about SQL that PostgreSQL refuses today."""

import re
from collections.abc import Iterator
from types import MappingProxyType

from runward.runbooks.finding.commands import PlacedStatement, list_statements
from runward.runbooks.finding.model import Case, Found, Mend, Rule, Severity, Surroundings
from runward.runbooks.finding.places import found_at, found_in, line_of, mentions
from runward.runbooks.finding.servers import POSTGRES, since

_OLD = Surroundings(versions=MappingProxyType({POSTGRES: (15, 4)}))
_RENAMED = {
    "total_time": "total_exec_time",
    "mean_time": "mean_exec_time",
    "min_time": "min_exec_time",
    "max_time": "max_exec_time",
    "stddev_time": "stddev_exec_time",
}
_KEYWORDS = frozenset(
    [
        "select",
        "distinct",
        "as",
        "and",
        "or",
        "not",
        "null",
        "true",
        "false",
        "current_timestamp",
        "current_date",
        "current_time",
        "localtime",
        "localtimestamp",
        "current_user",
        "session_user",
        "user",
        "current_database",
        "current_schema",
        "current_role",
        "current_catalog",
        "interval",
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "case",
        "when",
        "then",
        "else",
        "end",
        "is",
        "in",
        "like",
        "ilike",
        "between",
        "cast",
        "extract",
        "array",
        "row",
        "exists",
        "all",
        "any",
        "some",
        "all",
        "precision",
        "double",
        "varying",
        "at",
        "zone",
        "limit",
        "offset",
        "order",
        "by",
        "asc",
        "desc",
        "union",
        "except",
        "intersect",
        "values",
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "epoch",
        "similar",
        "collate",
        "nulls",
        "first",
        "last",
        "into",
        "unknown",
        "int",
        "integer",
        "bigint",
        "smallint",
        "text",
        "varchar",
        "char",
        "numeric",
        "decimal",
        "real",
        "float",
        "boolean",
        "bool",
        "json",
        "jsonb",
        "uuid",
        "regclass",
        "regproc",
        "inet",
        "name",
        "oid",
        "bytea",
        "xid",
        "on",
        "off",
    ]
)


def _columns(case: Case) -> Iterator[Found]:
    if not since(case, POSTGRES, (13,)):
        return
    for one in list_statements(case.runbook):
        words = {token.lower for token in one.tokens}
        if "pg_stat_statements" not in words or not words & _RENAMED.keys():
            continue
        seen: set[int] = set()
        for token in one.tokens:
            line = one.line + one.text.count("\n", 0, token.at - one.tokens[0].at)
            if token.lower in _RENAMED and line not in seen:
                seen.add(line)
                names = [name for name in _RENAMED if re.search(rf"\b{name}\b", line_of(case.runbook, line))]
                if names:
                    yield _renamed(case, line, names)


def _renamed(case: Case, line: int, names: list[str]) -> Found:
    text = line_of(case.runbook, line)
    better = re.sub(r"\b(?:" + "|".join(names) + r")\b", lambda found: _RENAMED[found[0]], text)
    told = ", ".join(f"{name} is {_RENAMED[name]}" for name in names)
    mend = (
        None
        if re.search(r"\bas\s+(?:" + "|".join(names) + r")\b", text, re.IGNORECASE)
        else Mend(line, line, better)
    )
    return found_at(case, line, names[0], f"Since PostgreSQL 13, {told} in pg_stat_statements.", mend)


def _not_preloaded(case: Case) -> Iterator[Found]:
    for one in list_statements(case.runbook):
        said = [token.lower.strip('"') for token in one.tokens]
        if said[:2] == ["create", "extension"] and "pg_stat_statements" in said:
            if mentions(case.runbook, "shared_preload_libraries"):
                return
            yield found_at(
                case,
                one.line,
                "pg_stat_statements",
                "The extension alone collects nothing: its view answers that it must be loaded via shared_preload_libraries, which nothing here sets.",
            )


def _without_from(case: Case) -> Iterator[Found]:
    for one in list_statements(case.runbook):
        if one.dialect != "postgres" or not one.tokens or one.tokens[0].lower != "select":
            continue
        if any(token.lower in {"from", "into", "declare", "with"} for token in one.tokens) or _in_code(one):
            continue
        name = "" if one.text.count("(") != one.text.count(")") else _unbound(one)  # cut by a prompt
        if name:
            said = f"There is no FROM, so no column {name} exists: the statement fails."
            yield found_in(case, one.line, one.line + one.text.count("\n"), name, said)


def _in_code(one: PlacedStatement) -> bool:
    """Whether a placeholder, a variable of psql or a template stands in it."""
    return any(token.kind in {"variable", "meta", "open"} for token in one.tokens) or bool(
        re.search(r"<\w|\{\{|\[\w|\.\.\.|\$\{|your_|%\(|@", one.text)
    )


def _unbound(one: PlacedStatement) -> str:
    """The first word that could only be a column."""
    tokens = one.tokens
    for place, token in enumerate(tokens[1:], 1):
        following = tokens[place + 1].text if place + 1 < len(tokens) else ""
        before = tokens[place - 1]
        if token.kind != "word" or token.lower in _KEYWORDS or following in {"(", ".", "'"}:
            continue
        if [one.text for one in tokens[place + 1 : place + 3]] in ([":", "="], ["=", ">"]):
            continue  # the name of an argument
        if before.lower in {"as", ".", "::"} or before.text == ")" or before.kind in {"text", "number"}:
            continue
        if following and following not in {",", ")", ";", "=", "<", ">", "+", "-", "*", "/", "::", "||"}:
            continue
        return "" if re.fullmatch(r"_.*_", token.text) else token.text  # a placeholder in angle brackets
    return ""


_ALONE = re.compile(
    r"(REINDEX\s+(?:\([^)]*\)\s*)?(?:DATABASE|SYSTEM)|VACUUM|CREATE\s+DATABASE|DROP\s+DATABASE|CREATE\s+TABLESPACE|DROP\s+TABLESPACE|ALTER\s+SYSTEM"
    r"|(?:CREATE\s+(?:UNIQUE\s+)?INDEX|DROP\s+INDEX|REINDEX\s+\w+)\s+CONCURRENTLY)\b",
    re.IGNORECASE,
)


def _in_transaction(case: Case) -> Iterator[Found]:
    """Statements that PostgreSQL refuses inside a transaction: in one -c with others, or after BEGIN."""
    begun: tuple[int, object] | None = None
    told: set[tuple[int, int]] = set()
    for one in list_statements(case.runbook):
        if one.dialect != "postgres":
            continue
        place = (one.block.number, id(one.call))
        first = one.tokens[0].lower if one.tokens else ""
        if first in {"begin", "start"}:
            begun = place
        elif first in {"commit", "rollback", "end", "abort"} or begun != place:
            begun = None
        found = _ALONE.match(one.text)
        if found and (one.with_others or begun) and place not in told:
            told.add(place)
            words = " ".join(found[1].split()).upper()
            how = "in one -c with other statements" if one.with_others else "between BEGIN and COMMIT"
            yield found_at(
                case, one.line, found[1], f"{words} {how} fails: it cannot run inside a transaction."
            )


RULES = (
    Rule(
        "renamed-statistics-columns",
        Severity.ERROR,
        "Queries of pg_stat_statements use the columns of today.",
        "The times were renamed when planning time came to be counted apart; the old names fail with “column does not exist”.",
        "Since PostgreSQL 13 (extension 1.8): total_exec_time, mean_exec_time, min_exec_time, max_exec_time, stddev_exec_time.",
        "# Book\n\n## Slow\n\n```sql\nSELECT query, mean_time FROM pg_stat_statements ORDER BY mean_time DESC LIMIT 5;\n```\n",
        "# Book\n\n## Slow\n\n```sql\nSELECT query, mean_exec_time FROM pg_stat_statements ORDER BY mean_exec_time DESC LIMIT 5;\n```\n",
        _columns,
        surroundings=_OLD,
    ),
    Rule(
        "statistics-not-preloaded",
        Severity.WARNING,
        "Where pg_stat_statements is created, it is also loaded.",
        "CREATE EXTENSION succeeds without it, and only the first look at the view says that the library must be loaded via shared_preload_libraries.",
        "Add pg_stat_statements to shared_preload_libraries, restart the server, then CREATE EXTENSION (all versions).",
        "# Book\n\n## Prepare\n\n```sql\nCREATE EXTENSION IF NOT EXISTS pg_stat_statements;\n```\n",
        "# Book\n\n## Prepare\n\nSet `shared_preload_libraries = 'pg_stat_statements'` and restart.\n\n```sql\nCREATE EXTENSION IF NOT EXISTS pg_stat_statements;\n```\n",
        _not_preloaded,
    ),
    Rule(
        "select-without-from",
        Severity.ERROR,
        "A SELECT that names a column also says where it comes from.",
        "Without FROM there are no columns: the statement fails, and a reader in a hurry puts in a number from somewhere.",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ..., or a number in place of the name; pg_cancel_backend first.",
        "# Book\n\n## End it\n\n```sql\nSELECT pg_cancel_backend(pid);\n```\n",
        "# Book\n\n## End it\n\n```sql\nSELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'report';\n```\n",
        _without_from,
    ),
    Rule(
        "not-in-a-transaction",
        Severity.ERROR,
        "What cannot run inside a transaction is sent alone.",
        "psql sends all statements of one -c in one message, which the server carries out as one transaction; REINDEX DATABASE, VACUUM, CREATE DATABASE, ALTER SYSTEM and everything CONCURRENTLY refuse to run there.",
        "One -c for each statement (all versions), or a here-document; `reindexdb --concurrently` for indexes (PostgreSQL 12 and later). Since 16, REINDEX DATABASE leaves the system catalogs out.",
        '# Book\n\n## Weekly\n\n```bash\npsql -d shop -c "\nVACUUM;\nREINDEX SYSTEM shop;\n"\n```\n',
        '# Book\n\n## Weekly\n\n```bash\npsql -d shop -c "VACUUM" -c "REINDEX SYSTEM shop"\n```\n',
        _in_transaction,
    ),
)
