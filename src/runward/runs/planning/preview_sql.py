"""Turn SQL that destroys into a query that shows what it would hit."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_SESSIONS = (
    "SELECT pid, usename, datname, application_name, client_addr, backend_type, state, "
    "now() - query_start AS running_for, left(query, 120) AS query"
)
_ENDING = {"PG_TERMINATE_BACKEND": "terminated", "PG_CANCEL_BACKEND": "cancelled"}
_HARMLESS = frozenset(
    {
        "PG_BACKEND_PID",
        "PG_IS_IN_RECOVERY",
        "CLOCK_TIMESTAMP",
        "STATEMENT_TIMESTAMP",
        "AGE",
        "DATE_PART",
        "TO_REGCLASS",
    }
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


def _preview(statement: exp.Expr) -> tuple[exp.Expr, str] | None:
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


def _sessions(select: exp.Select) -> tuple[exp.Expr, str] | None:
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
    wide.set("expressions", _session_columns())
    return wide, shows


def _session_columns() -> list[exp.Expr]:
    return list(sqlglot.parse_one(_SESSIONS, read="postgres").expressions)


def _one_session(call: exp.Anonymous, shows: str) -> tuple[exp.Expr, str] | None:
    pid = call.expressions[0] if call.expressions else None
    if not isinstance(pid, exp.Literal):
        return None
    query = (
        exp.select(*_session_columns())
        .from_("pg_stat_activity")
        .where(exp.EQ(this=exp.column("pid"), expression=pid.copy()))
    )
    return query, shows


def _rows(statement: exp.Delete | exp.Update) -> tuple[exp.Expr, str] | None:
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


def _dropped(statement: exp.Drop) -> tuple[exp.Expr, str] | None:
    kind, names = str(statement.args.get("kind", "")).upper(), list(statement.find_all(exp.Table))
    if len(names) != 1:
        return None
    name = names[0]
    if kind in {"TABLE", "INDEX", "MATERIALIZED VIEW"}:
        return _with_name(_SIZE, name.sql(dialect="postgres")), f"how large {name.sql()} is"
    if kind == "DATABASE":
        return _with_name(_DATABASE, name.name), f"how large the database {name.name} is, and who is in it"
    return None


_SIZE = "SELECT pg_size_pretty(pg_total_relation_size(to_regclass('?'))) AS size"
_DATABASE = (
    "SELECT pg_size_pretty(pg_database_size(d.datname)) AS size, (SELECT count(*) FROM pg_stat_activity AS s "
    "WHERE s.datname = d.datname) AS sessions FROM pg_database AS d WHERE d.datname = '?'"
)


def _with_name(query: str, name: str) -> exp.Expr:
    """The query with the text '?' being the name; it goes into the tree, so nothing can be read into it."""
    tree = sqlglot.parse_one(query, read="postgres")
    for literal in list(tree.find_all(exp.Literal)):
        if literal.is_string and literal.name == "?":
            literal.replace(exp.Literal.string(name))
    return tree


def _is_calm(query: exp.Expr) -> bool:
    """Whether a query calls no function that could do something: built-ins that our parser knows only compute."""
    own = {"PG_SIZE_PRETTY", "PG_TOTAL_RELATION_SIZE", "PG_DATABASE_SIZE"} | _HARMLESS
    return all(call.name.upper() in own for call in query.find_all(exp.Anonymous))
