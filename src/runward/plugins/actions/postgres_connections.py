"""Count the connections of a PostgreSQL against what it can take."""

from typing import Any, ClassVar

from pydantic import Field

from runward.plugins.contracts import Action, Row, Table, Tools, table_of_rows

_SETTINGS = """
SELECT name, setting::int AS number FROM pg_settings
WHERE name IN ('max_connections', 'superuser_reserved_connections', 'reserved_connections')
"""
_STATES = """
SELECT count(*)::int AS used, count(*) FILTER (WHERE state = 'active')::int AS active,
       count(*) FILTER (WHERE state = 'idle')::int AS idle,
       count(*) FILTER (WHERE state LIKE 'idle in transaction%%')::int AS idle_in_transaction
FROM pg_stat_activity WHERE backend_type = 'client backend'
"""
_GROUPS = """
SELECT usename AS "user", application_name AS application, datname AS database, count(*)::int AS sessions,
       count(*) FILTER (WHERE state = 'idle')::int AS idle_sessions,
       round(extract(epoch FROM max(clock_timestamp() - state_change) FILTER (WHERE state = 'idle'))::numeric)::float8
         AS longest_idle_seconds
FROM pg_stat_activity WHERE backend_type = 'client backend'
GROUP BY 1, 2, 3 ORDER BY sessions DESC, 1, 2 LIMIT %(at_most)s
"""
_TOTALS = (
    "used",
    "usable",
    "used_percent",
    "active",
    "idle",
    "idle_in_transaction",
    "reserved",
    "max_connections",
)
_GROUP = ("user", "application", "database", "sessions", "idle_sessions", "longest_idle_seconds")


class PostgresConnections(Action):
    """Count connections against what applications may use, and say who holds them.

    Usable is max_connections less what is reserved for administrators; walsenders and workers do not count.
    """

    targets: ClassVar = ("postgresql",)
    columns: ClassVar = (*_TOTALS, *_GROUP)

    at_most: int = Field(20, ge=1, le=500, description="So many groups of user, application and database.")

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """The totals, and the groups with the most connections."""
        async with tools.postgres() as session:
            settings = {row["name"]: row["number"] for row in await session.rows(_SETTINGS)}
            (states,) = await session.rows(_STATES)
            groups = await session.rows(_GROUPS, {"at_most": self.at_most})
        totals = totals_of(settings, states)
        return table_of_rows("connections", _TOTALS, [totals]), table_of_rows(
            "who holds them", _GROUP, groups
        )


def totals_of(settings: Row, states: Row) -> dict[str, Any]:
    """What is used of what applications may use."""
    reserved = settings["superuser_reserved_connections"] + settings.get("reserved_connections", 0)
    usable = settings["max_connections"] - reserved
    share = round(100 * states["used"] / usable, 1) if usable > 0 else None
    return {**states, "usable": usable, "used_percent": share, "reserved": reserved,
            "max_connections": settings["max_connections"]}  # fmt: skip
