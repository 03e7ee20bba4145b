"""Choose sessions of a PostgreSQL, and end or interrupt exactly those that were chosen before."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal

from pydantic import Field

from runward.plugins.contracts import Action, Postgres, Row, Span, Table, Tools, rows_of, table_of_rows

# Never chosen: what is no client's session (walsenders, autovacuum and other workers), our own, and backups.
SPARED = (
    "backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name NOT LIKE 'runward%%'"
    " AND lower(application_name) !~ '^(pg_dump|pg_dumpall|pg_basebackup|pg_receivewal|pgbackrest|barman|wal-g)'"
)
_SINCE = "CASE WHEN state = 'active' THEN query_start ELSE state_change END"
LISTED = f"""
WITH waits AS (SELECT unnest(pg_blocking_pids(pid)) AS blocker FROM pg_stat_activity WHERE wait_event_type = 'Lock')
SELECT pid, usename AS "user", application_name AS application, datname AS database, host(client_addr) AS client, state,
       round(extract(epoch FROM clock_timestamp() - {_SINCE})::numeric, 1)::float8 AS age_seconds,
       round(extract(epoch FROM clock_timestamp() - xact_start)::numeric, 1)::float8 AS transaction_seconds,
       CASE WHEN wait_event IS NULL THEN '' ELSE wait_event_type || ': ' || wait_event END AS wait,
       (SELECT count(*) FROM waits WHERE blocker = pid)::int AS blocks,
       cardinality(pg_blocking_pids(pid)) > 0 AS is_blocked,
       left(regexp_replace(query, '\\s+', ' ', 'g'), 120) AS query, backend_start, state_change, query_start
FROM pg_stat_activity
WHERE {SPARED}
"""  # noqa: S608  # put together from the constants above
_ORDER = " ORDER BY age_seconds DESC NULLS LAST, pid"
SHOWN = ("pid", "user", "application", "database", "client", "state", "age_seconds", "transaction_seconds",
         "wait", "blocks", "query")  # fmt: skip
IDENTITY = ("backend_start", "state_change", "query_start")  # a pid alone is used again by others
_NO_MAINTENANCE = (
    " AND pid NOT IN (SELECT pid FROM pg_stat_progress_create_index UNION ALL SELECT pid FROM pg_stat_progress_vacuum"
    " UNION ALL SELECT pid FROM pg_stat_progress_cluster)"
)
_PATIENCE = timedelta(seconds=10)
_NOT_REACHED = "the server could not signal it"
_STATES = ("active", "idle", "idle in transaction", "idle in transaction (aborted)")


class Chosen(Action):
    """Sessions by what they do, for how long, and whose they are."""

    state: Literal["active", "idle", "idle in transaction", "any"] = Field(
        "any", description="active, idle, idle in transaction (aborted ones too) or any."
    )
    older_than: Span | None = Field(
        None, description="They have been in this state, or at this query, for longer than this."
    )
    user: str = Field("", description="The role that they are logged in as.")
    application: str = Field("", description="Their application_name; `%` stands for anything.")
    database: str = Field("", description="Their database; the target's own if not given, `%` for all.")
    blocking: bool = Field(
        False, description="Only those that others wait for while they themselves wait for nobody."
    )
    at_most: int = Field(20, ge=1, le=500, description="No more than so many, the longest first.")

    async def chosen(self, session: Postgres) -> list[dict[str, Any]]:
        """The sessions that are meant, the longest first; all of them, however many."""
        text, values = self.condition()
        found = await session.rows(LISTED + text + _ORDER, values)
        return [row for row in found if not self.blocking or (row["blocks"] and not row["is_blocked"])]

    def condition(self) -> tuple[str, dict[str, Any]]:
        """What the settings ask for, as the end of a WHERE with its values."""
        states = [one for one in _STATES if self.state == "any" or one.startswith(self.state)]
        states = ["idle"] if self.state == "idle" else states
        text, values = " AND state = ANY(%(states)s)", {"states": states}
        if self.older_than is not None:
            text += f" AND clock_timestamp() - {_SINCE} > %(older_than)s"
        if self.user:
            text += " AND usename = %(user)s"
        if self.application:
            text += " AND application_name LIKE %(application)s"
        text += " AND datname LIKE %(database)s" if self.database else " AND datname = current_database()"
        given = {
            "older_than": self.older_than,
            "user": self.user,
            "application": self.application,
            "database": self.database,
        }
        return text, {**values, **given}


class Ending(Chosen):
    """Sessions that are to be ended or interrupted: previewed, approved, and only those acted on."""

    maintenance: bool = Field(
        False,
        description="Also those that build an index, vacuum or rewrite a table, which are spared otherwise.",
    )

    def condition(self) -> tuple[str, dict[str, Any]]:
        """As for all, and without what takes long by its nature and is lost when it is broken off."""
        text, values = super().condition()
        return (text if self.maintenance else text + _NO_MAINTENANCE), values

    async def preview(self, tools: Tools) -> Table:
        """The sessions that would be met."""
        async with tools.postgres() as session:
            found = await self.chosen(session)
        more = len(found) - self.at_most
        spared = "" if self.maintenance else "builds of indexes, VACUUM, "
        remarks = [f"spared: {spared}walsenders, autovacuum, backups and Runward's own sessions"]
        remarks += (
            [f"{more} more are meant, and left for another time: at_most is {self.at_most}"]
            if more > 0
            else []
        )
        return table_of_rows("sessions", (*SHOWN, *IDENTITY), found[: self.at_most], remarks)

    async def act_on(self, tools: Tools, approved: Table, function: str, word: str) -> tuple[Table, ...]:
        """Call a function of the server on each approved session that is still the same one, doing the same thing."""
        done: list[dict[str, Any]] = []
        async with tools.postgres(changes=True) as session:
            now = {row["pid"]: row for row in await self.chosen(session)}
            for row in rows_of(approved):
                fate = fate_of(row, now.get(row["pid"]))
                if not fate:
                    fate = await _call(session, row, function, word)
                tools.say(f"{row['pid']} of {row['user']} ({row['application'] or 'no name'}): {fate}")
                done.append({**row, "outcome": fate})
        columns = ("pid", "user", "application", "state", "age_seconds", "outcome", "query", *IDENTITY)
        return (table_of_rows(f"sessions {word}", columns, done),)


def fate_of(approved: Row, now: Row | None) -> str:
    """Why an approved session is not to be touched any more; nothing if it is still what was approved."""
    if now is None:
        return "gone, or no longer what was meant: left alone"
    if _moment(approved["backend_start"]) != _moment(now["backend_start"]):
        return "gone, and another session has its pid: left alone"
    if any(_moment(approved[name]) != _moment(now[name]) for name in ("state_change", "query_start")):
        return "it has moved on since it was approved: left alone"
    return ""


def _moment(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


async def _call(session: Postgres, row: Row, function: str, word: str) -> str:
    """Act under the same guard once more, in one statement, for the moment between looking and acting."""
    guard = " AND ".join(f"{name} IS NOT DISTINCT FROM %({name})s::timestamptz" for name in IDENTITY)
    statement = (
        f"SELECT {function}(pid) AS done FROM pg_stat_activity WHERE pid = %(pid)s AND {guard} AND {SPARED}"  # noqa: S608  # names of ours, values apart
    )
    answers = await session.rows(statement, {name: row[name] for name in ("pid", *IDENTITY)})
    if not answers:
        return "it has moved on since it was approved: left alone"
    return word if answers[0]["done"] else _NOT_REACHED


async def still_there(tools: Tools, done: Table, word: str, condition: str = "true") -> tuple[str, ...]:
    """Those that were acted on and are there all the same, after a while of looking."""
    acted = [row for row in rows_of(done) if row["outcome"] in {word, _NOT_REACHED}]
    until = time.monotonic() + _PATIENCE.total_seconds()
    left: Sequence[Mapping[str, Any]] = acted
    async with tools.postgres() as session:
        while left:
            left = [row for row in left if await session.rows(_THERE + condition, row)]
            if not left or time.monotonic() > until:
                break
            await asyncio.sleep(0.1)
    return tuple(f"session {row['pid']}: {row['outcome']}, and it is there all the same" for row in left)


_THERE = "SELECT 1 AS found FROM pg_stat_activity WHERE pid = %(pid)s AND backend_start = %(backend_start)s::timestamptz AND "
