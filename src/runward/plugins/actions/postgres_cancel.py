"""Interrupt what sessions of a PostgreSQL are doing."""

from typing import ClassVar, Literal

from pydantic import Field

from runward.plugins.contracts import Table, Tools
from runward.plugins.sessions import IDENTITY, Ending, still_there


class PostgresCancel(Ending):
    """Interrupt queries: exactly those that were shown and approved; their sessions stay.

    The gentler way, and the first to try: the application sees an error, and its connection lives on.
    Walsenders, autovacuum, backups and Runward's own sessions are never interrupted.
    """

    effect: ClassVar = "change"
    targets: ClassVar = ("postgresql",)
    columns: ClassVar = ("pid", "user", "application", "state", "age_seconds", "outcome", "query")
    marks: ClassVar = IDENTITY
    shows: ClassVar = "the queries that would be interrupted"

    state: Literal["active"] = Field("active", description="Only what runs can be interrupted.")

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """Interrupt them."""
        return await self.act_on(tools, approved, "pg_cancel_backend", "interrupted")

    async def verify(self, tools: Tools, done: tuple[Table, ...]) -> tuple[str, ...]:
        """None of these queries runs any more."""
        same = "query_start = %(query_start)s::timestamptz AND state = 'active'"
        return await still_there(tools, done[0], "interrupted", same)
