"""Show who waits for whom in a PostgreSQL."""

from typing import Any, ClassVar

from runward.plugins.contracts import Action, Row, Table, Tools, table_of_rows
from runward.plugins.locktree import PREPARED, Place, places_in

_WAITING = "SELECT pid, pg_blocking_pids(pid) AS blockers FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
_SESSIONS = """
SELECT a.pid, a.usename AS "user", a.application_name AS application, a.datname AS database, a.state,
       round(extract(epoch FROM clock_timestamp() - a.xact_start)::numeric, 1)::float8 AS transaction_seconds,
       round(extract(epoch FROM clock_timestamp() - w.waitstart)::numeric, 1)::float8 AS waited_seconds,
       w.wanted, left(regexp_replace(a.query, '\\s+', ' ', 'g'), 120) AS query
FROM pg_stat_activity a
LEFT JOIN LATERAL (SELECT l.mode || ' on ' || coalesce(l.relation::regclass::text, l.locktype) AS wanted, {since} AS waitstart
                   FROM pg_locks l WHERE l.pid = a.pid AND NOT l.granted LIMIT 1) w ON true
WHERE a.pid = ANY(%(pids)s)
"""
_SHOWN = ("tree", "pid", "blocked_by", "waiting", "waited_seconds", "transaction_seconds", "state", "user",
          "application", "database", "wanted", "query")  # fmt: skip
_WAITSTART = 140000  # the first version that tells since when a lock is waited for


class PostgresLocks(Action):
    """Show who waits for whom as trees, each from the session that all below it wait for in the end.

    To end a wait, deal with the root: ending one that waits itself helps nobody behind it. `waiting` counts
    everybody behind a session. No row: nobody waits.
    """

    targets: ClassVar = ("postgresql",)
    columns: ClassVar = _SHOWN

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """The trees."""
        async with tools.postgres() as session:
            blockers = {row["pid"]: row["blockers"] for row in await session.rows(_WAITING)}
            places = places_in(blockers)
            since = "l.waitstart" if session.version >= _WAITSTART else "a.query_start"
            statement = _SESSIONS.format(since=since)
            known = await session.rows(statement, {"pids": [place.pid for place in places]})
        sessions = {row["pid"]: row for row in known}
        remarks = () if places else ("nobody waits for a lock",)
        rows = [_row(place, sessions.get(place.pid, {})) for place in places]
        return (table_of_rows("who waits for whom", _SHOWN, rows, remarks),)


def _row(place: Place, session: Row) -> dict[str, Any]:
    name = "prepared transaction" if place.pid == PREPARED else str(place.pid)
    tree = "  " * place.depth + ("└ " if place.depth else "") + name
    blocked_by = ", ".join(str(pid) for pid in place.blocked_by)
    return {**session, "tree": tree, "pid": place.pid, "blocked_by": blocked_by, "waiting": place.waiting}
