"""Look at the sessions of a PostgreSQL."""

from typing import ClassVar

from runward.plugins.contracts import Table, Tools, table_of_rows
from runward.plugins.sessions import SHOWN, Chosen


class PostgresActivity(Chosen):
    """List sessions by state, age and what they wait for, the longest first.

    The age is how long the query has run, or, when none runs, how long the session has been in its state.
    Background workers, walsenders, backups and Runward's own sessions are left out.
    """

    targets: ClassVar = ("postgresql",)
    columns: ClassVar = SHOWN

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """The sessions."""
        async with tools.postgres() as session:
            found = await self.chosen(session)
        return (table_of_rows("sessions", SHOWN, found[: self.at_most], count=len(found)),)
