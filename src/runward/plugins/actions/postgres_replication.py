"""Measure how far each replica of a PostgreSQL is behind."""

import asyncio
import time
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import Field

from runward.plugins.contracts import Action, Postgres, Row, Span, Table, Tools, rows_of, table_of_rows

_REPLICAS = """
SELECT coalesce(nullif(application_name, ''), host(client_addr), pid::text) AS replica, state, sync_state AS sync,
       pg_wal_lsn_diff(pg_current_wal_lsn(), sent_lsn)::float8 AS unsent_bytes,
       pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::float8 AS lag_bytes,
       extract(epoch FROM replay_lag)::float8 AS replay_lag, extract(epoch FROM clock_timestamp() - reply_time)::float8 AS silent,
       pid FROM pg_stat_replication ORDER BY 1
"""
_SLOTS = """
SELECT slot_name AS replica, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8 AS lag_bytes
FROM pg_replication_slots WHERE NOT active AND slot_type = 'physical' ORDER BY 1
"""
_RECEIVER = """
SELECT status AS state, pg_wal_lsn_diff(latest_end_lsn, pg_last_wal_replay_lsn())::float8 AS lag_bytes,
       extract(epoch FROM clock_timestamp() - last_msg_receipt_time)::float8 AS silent, sender_host AS host, sender_port AS port
FROM pg_stat_wal_receiver
"""
_SELF = """
SELECT coalesce(nullif(current_setting('cluster_name'), ''), 'this replica') AS replica, pg_is_wal_replay_paused() AS paused,
       extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())::float8 AS since_replay
"""
_SHOWN = ("replica", "state", "lag_seconds", "lag_bytes", "sync", "remark")
_SILENCE = 60.0  # seconds: longer than a healthy replica or sender ever keeps quiet


class PostgresReplication(Action):
    """Measure how far each replica is behind, in seconds and in bytes, from the primary or from a replica.

    A lag that cannot be known is empty and never 0: a replica that receives nothing has replayed all that it
    received, and so looks up to date to many a query. Slots that nobody reads from are listed too.
    """

    targets: ClassVar = ("postgresql",)
    columns: ClassVar = _SHOWN

    below: Span | None = Field(
        None, description="Measure again and again until every lag is known and below this."
    )
    within: Span = Field("30s", validate_default=True, description="With `below`: for no longer than this.")

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """One row for each replica; a replica tells of itself alone."""
        until = time.monotonic() + self.within.total_seconds()
        while True:
            table = await _measured(tools)
            if self.below is None or _all_below(table, self.below) or time.monotonic() > until:
                return (table,)
            await asyncio.sleep(0.5)


async def _measured(tools: Tools) -> Table:
    async with tools.postgres() as session:
        (role,) = await session.rows("SELECT pg_is_in_recovery() AS replica")
        if role["replica"]:
            return table_of_rows("this replica", _SHOWN, [await _of_replica(session)])
        rows = [_of_sender(row) for row in await session.rows(_REPLICAS)]
        rows += [_of_slot(row) for row in await session.rows(_SLOTS)]
    remarks = () if rows else ("no replica is connected and no slot waits for one",)
    return table_of_rows("replicas", _SHOWN, rows, remarks)


def _all_below(table: Table, limit: timedelta) -> bool:
    lags = [row["lag_seconds"] for row in rows_of(table)]
    return bool(lags) and all(lag is not None and lag < limit.total_seconds() for lag in lags)


def _of_sender(row: Row) -> dict[str, Any]:
    """What the primary knows of a replica that is connected."""
    remarks = []
    seconds = 0.0 if row["lag_bytes"] == 0 else row["replay_lag"]
    if row["silent"] is not None and row["silent"] > _SILENCE:
        seconds = None
        remarks.append(f"silent for {row['silent']:.0f} s")
    if row["unsent_bytes"]:
        remarks.append(f"{row['unsent_bytes']:.0f} bytes are not even sent")
    return {**row, "lag_seconds": _rounded(seconds), "remark": "; ".join(remarks)}


def _of_slot(row: Row) -> dict[str, Any]:
    remark = "nobody reads from this slot, and the primary keeps all this for it"
    return {**row, "state": "disconnected", "lag_seconds": None, "remark": remark}


async def _of_replica(session: Postgres) -> dict[str, Any]:
    (own,) = await session.rows(_SELF)
    receivers = await session.rows(_RECEIVER)
    return row_of_replica(own, receivers[0] if receivers else None)


def row_of_replica(own: Row, receiver: Row | None) -> dict[str, Any]:
    """What a replica knows of itself: nothing received and nothing heard means that the lag is not known."""
    remarks = ["replay is paused: pg_wal_replay_resume() lets it go on"] if own["paused"] else []
    behind = own["since_replay"]
    if receiver is None:
        told = f"; the newest change it has is {behind:.0f} s old" if behind is not None else ""
        remarks.append(f"it receives nothing, so how far it is behind is not known{told}")
        return {
            "replica": own["replica"],
            "state": "disconnected",
            "lag_seconds": None,
            "lag_bytes": None,
            "remark": "; ".join(remarks),
        }
    seconds = 0.0 if receiver["lag_bytes"] is not None and receiver["lag_bytes"] <= 0 else behind
    if receiver["silent"] is None or receiver["silent"] > _SILENCE:
        seconds = None
        remarks.append("the primary has not been heard of for long")
    return {"replica": own["replica"], "state": receiver["state"], "lag_seconds": _rounded(seconds),
            "lag_bytes": receiver["lag_bytes"], "remark": "; ".join(remarks)}  # fmt: skip


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(max(0.0, seconds), 2)
