"""Turn SQL that destroys into a query that shows what it would hit."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_SESSIONS = (
    "pid, usename, datname, application_name, client_addr, backend_type, state, "
    "now() - query_start AS running_for, left(query, 120) AS query"
)
_ENDING = {"PG_TERMINATE_BACKEND": "terminated", "PG_CANCEL_BACKEND": "cancelled"}
_HARMLESS = frozenset(
    {"PG_BACKEND_PID", "PG_IS_IN_RECOVERY", "CLOCK_TIMESTAMP", "STATEMENT_TIMESTAMP", "AGE", "DATE_PART", "TO_REGCLASS"}
)


def preview_of_sql(script: str) -> list[tuple[int, str, str]]:
    """For each statement that has one: its line (from 0), the query, and what it shows."""
    found = []
    for line, text in _statements(script):
        try:
            statement = sqlglot.parse_one(text, read="postgres")
        except SqlglotError:
            continue
        made = _preview(statement) if statement is not None else None
        if made and _is_calm(made[0]):
            found.append((line, made[0].sql(dialect="postgres"), made[1]))
    return found


def _statements(script: str) -> list[tuple[int, str]]:
    """The statements of a script with the line on which each begins."""
    try:
        tokens = sqlglot.tokenize(script, read="postgres")
    except SqlglotError:
        return []
    found: list[tuple[int, str]] = []
    start: tuple[int, int] | None = None
    for token in tokens:
        if token.token_type == sqlglot.TokenType.SEMICOLON:
            if start:
                found.append((start[1], script[start[0] : token.start]))
            start = None
        elif start is None:
            start = (token.start, token.line - 1)
    return [*found, (start[1], script[start[0] :])] if start else found


def _preview(statement: exp.Expression) -> tuple[exp.Expression, str] | None:
    if isinstance(statement, exp.Select):
        return _sessions(statement)
    if isinstance(statement, (exp.Delete, exp.Update)):
        return _rows(statement)
    if isinstance(statement, exp.TruncateTable):
        tables = [one for one in statement.expressions if isinstance(one, exp.Table)]
        return (_count(tables[0]), f"how many rows {tables[0].sql()} holds") if len(tables) == 1 else None
    if isinstance(statement, exp.Drop):
        return _dropped(statement)
    return None


def _sessions(select: exp.Select) -> tuple[exp.Expression, str] | None:
    """The sessions that a call of pg_terminate_backend or pg_cancel_backend would be made for."""
    calls = [one for one in select.find_all(exp.Anonymous) if one.name.upper() in _ENDING]
    if len(calls) != 1 or not any(calls[0] in list(column.walk()) for column in select.expressions):
        return None
    shows = f"the sessions that would be {_ENDING[calls[0].name.upper()]}"
    source = select.args.get("from_") or select.args.get("from")
    if source is None:
        return _one_session(calls[0], shows)
    if source.this.name.lower() != "pg_stat_activity" or select.args.get("joins") or select.args.get("group"):
        return None
    wide = select.copy()
    listed = sqlglot.parse_one(f"SELECT {_SESSIONS}", read="postgres")
    wide.set("expressions", listed.expressions)
    return wide, shows


def _one_session(call: exp.Anonymous, shows: str) -> tuple[exp.Expression, str] | None:
    pid = call.expressions[0] if call.expressions else None
    if not isinstance(pid, exp.Literal):
        return None
    query = f"SELECT {_SESSIONS} FROM pg_stat_activity WHERE pid = {pid.sql(dialect='postgres')}"
    return sqlglot.parse_one(query, read="postgres"), shows


def _rows(statement: exp.Delete | exp.Update) -> tuple[exp.Expression, str] | None:
    table, where = statement.this, statement.args.get("where")
    if not isinstance(table, exp.Table) or statement.args.get("using") or statement.args.get("from_"):
        return None
    word = "deleted" if isinstance(statement, exp.Delete) else "changed"
    count = _count(table)
    if where is not None:
        count.set("where", where.copy())
    return count, f"how many rows of {table.name} would be {word}"


def _count(table: exp.Table) -> exp.Select:
    return exp.select(exp.alias_(exp.Count(this=exp.Star()), "rows_hit")).from_(table.copy())


def _dropped(statement: exp.Drop) -> tuple[exp.Expression, str] | None:
    kind, names = str(statement.args.get("kind", "")).upper(), list(statement.find_all(exp.Table))
    if len(names) != 1:
        return None
    name = names[0]
    text = exp.Literal.string(name.sql(dialect="postgres"))
    if kind in {"TABLE", "INDEX", "MATERIALIZED VIEW"}:
        size = sqlglot.parse_one(f"SELECT pg_size_pretty(pg_total_relation_size(to_regclass({text}))) AS size", read="postgres")
        return size, f"how large {name.sql()} is"
    if kind == "DATABASE":
        size = sqlglot.parse_one(
            f"SELECT pg_size_pretty(pg_database_size(datname)) AS size, (SELECT count(*) FROM pg_stat_activity AS s "
            f"WHERE s.datname = d.datname) AS sessions FROM pg_database AS d WHERE datname = {exp.Literal.string(name.name)}",
            read="postgres",
        )
        return size, f"how large the database {name.name} is, and who is in it"
    return None


def _is_calm(query: exp.Expression) -> bool:
    """Whether a query calls no function that could do something: built-ins that our parser knows only compute."""
    own = {"PG_SIZE_PRETTY", "PG_TOTAL_RELATION_SIZE", "PG_DATABASE_SIZE"} | _HARMLESS
    return all(call.name.upper() in own for call in query.find_all(exp.Anonymous))
