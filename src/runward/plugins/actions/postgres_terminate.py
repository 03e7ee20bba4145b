"""End sessions of a PostgreSQL."""

from typing import ClassVar

from runward.plugins.contracts import Table, Tools
from runward.plugins.sessions import IDENTITY, Ending, still_there


class PostgresTerminate(Ending):
    """End sessions: exactly those that were shown and approved, as long as they are still at the same thing.

    Work that is not committed is rolled back. Walsenders, autovacuum, backups and Runward's own sessions are
    never ended; a session that has moved on since it was approved, or is new, is left alone.
    """

    effect: ClassVar = "destroy"
    targets: ClassVar = ("postgresql",)
    columns: ClassVar = ("pid", "user", "application", "state", "age_seconds", "outcome", "query")
    marks: ClassVar = IDENTITY
    shows: ClassVar = "the sessions that would be ended"

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """End them."""
        return await self.act_on(tools, approved, "pg_terminate_backend", "ended")

    async def verify(self, tools: Tools, done: tuple[Table, ...]) -> tuple[str, ...]:
        """They are gone."""
        return await still_there(tools, done[0], "ended")
