"""Look for the statements that cost a PostgreSQL the most time."""

from typing import ClassVar, Literal

from pydantic import Field

from runward.foundation.errors import Rejected
from runward.plugins.contracts import Action, Postgres, Table, Tools, table_of_rows

_WHERE = """
SELECT n.nspname AS schema, e.extversion AS version FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'
"""
_LOADED = "SELECT coalesce(current_setting('shared_preload_libraries', true), '') LIKE '%%pg_stat_statements%%' AS loaded"
_COLUMNS = """
SELECT attname AS name FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'pg_stat_statements' AND n.nspname = %(schema)s AND attnum > 0 AND NOT attisdropped
"""
_SHOWN = ("mean_ms", "total_seconds", "share_percent", "calls", "rows_per_call", "user", "query", "queryid")


class PostgresSlow(Action):
    """List the statements that take the most time, from pg_stat_statements.

    The figures are sums since the statistics were last reset: what was slow last week is still in them.
    """

    targets: ClassVar = ("postgresql",)
    columns: ClassVar = _SHOWN

    order: Literal["total", "mean"] = Field("total", description="By total or by mean time.")
    at_least_calls: int = Field(1, ge=1, description="Leave out what was called less often.")
    at_most: int = Field(10, ge=1, le=100, description="So many statements.")

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """The statements."""
        async with tools.postgres() as session:
            schema = await _schema_of_extension(session)
            columns = {row["name"] for row in await session.rows(_COLUMNS, {"schema": schema})}
            values = {"calls": self.at_least_calls, "at_most": self.at_most}
            found = await session.rows(statement_for(columns, schema, self.order), values)
            since = await _since(session, schema)
        return (table_of_rows("statements", _SHOWN, found, since),)


def statement_for(columns: set[str], schema: str, order: str) -> str:
    """The query for the columns that the installed extension has: before 1.8 its times were named otherwise."""
    total, mean = (
        ("total_exec_time", "mean_exec_time") if "total_exec_time" in columns else ("total_time", "mean_time")
    )
    top = " AND toplevel" if "toplevel" in columns else ""
    place = '"' + schema.replace('"', '""') + '"'
    return f"""
    SELECT round({mean}::numeric, 1)::float8 AS mean_ms, round({total}::numeric / 1000, 2)::float8 AS total_seconds,
           round((100 * {total} / nullif(sum({total}) OVER (), 0))::numeric, 1)::float8 AS share_percent, calls::int8 AS calls,
           round((rows::numeric / greatest(calls, 1)), 1)::float8 AS rows_per_call, pg_get_userbyid(userid)::text AS "user",
           left(regexp_replace(query, '\\s+', ' ', 'g'), 200) AS query, queryid::text AS queryid
    FROM {place}.pg_stat_statements
    WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND calls >= %(calls)s{top}
    ORDER BY {total if order == "total" else mean} DESC LIMIT %(at_most)s"""  # noqa: S608  # names of ours, the schema quoted


async def _schema_of_extension(session: Postgres) -> str:
    (state,) = await session.rows(_LOADED)
    found = await session.rows(_WHERE)
    if not state["loaded"]:
        raise Rejected(
            "pg_stat_statements is not loaded, so nothing has been counted: add it to shared_preload_libraries and restart the server"
        )
    if not found:
        raise Rejected(
            "pg_stat_statements is loaded but not there in this database: CREATE EXTENSION pg_stat_statements"
        )
    return str(found[0]["schema"])


async def _since(session: Postgres, schema: str) -> list[str]:
    """Since when is counted, and whether statements were thrown out meanwhile."""
    place = '"' + schema.replace('"', '""') + '"'
    known = await session.rows(
        "SELECT to_regclass(%(name)s) IS NOT NULL AS there", {"name": f"{place}.pg_stat_statements_info"}
    )
    if not known[0]["there"]:
        return []
    (info,) = await session.rows(f"SELECT dealloc, stats_reset FROM {place}.pg_stat_statements_info")  # noqa: S608  # the schema quoted
    said = [f"counted since {info['stats_reset']:%Y-%m-%d %H:%M} UTC"]
    return (
        [*said, f"{info['dealloc']} times rare statements were thrown out to make room"]
        if info["dealloc"]
        else said
    )
