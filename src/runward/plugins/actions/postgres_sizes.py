"""Show what takes the room in a PostgreSQL."""

from typing import ClassVar

from pydantic import Field

from runward.plugins.contracts import Action, Table, Tools, table_of_rows

_DATABASES = """
SELECT datname AS database, pg_database_size(oid)::int8 AS database_bytes FROM pg_database
WHERE NOT datistemplate AND has_database_privilege(oid, 'CONNECT') ORDER BY 2 DESC LIMIT %(at_most)s
"""
_TABLES = """
SELECT c.oid::regclass::text AS "table", pg_total_relation_size(c.oid)::int8 AS total_bytes, pg_relation_size(c.oid)::int8 AS data_bytes,
       pg_indexes_size(c.oid)::int8 AS index_bytes, s.n_live_tup::int8 AS live_rows, s.n_dead_tup::int8 AS dead_rows,
       greatest(s.last_vacuum, s.last_autovacuum) AS last_vacuum
FROM pg_class c LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'm') AND c.relnamespace <> 'pg_toast'::regnamespace
ORDER BY 2 DESC LIMIT %(at_most)s
"""
_DATABASE = ("database", "database_bytes")
_TABLE = ("table", "total_bytes", "data_bytes", "index_bytes", "live_rows", "dead_rows", "last_vacuum")


class PostgresSizes(Action):
    """List the largest databases of the server and the largest tables of this one, indexes and all."""

    targets: ClassVar = ("postgresql",)
    columns: ClassVar = (*_DATABASE, *_TABLE)

    at_most: int = Field(10, ge=1, le=200, description="So many of each.")

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """Databases, then tables."""
        values = {"at_most": self.at_most}
        async with tools.postgres() as session:
            databases = await session.rows(_DATABASES, values)
            tables = await session.rows(_TABLES, values)
        return table_of_rows("databases", _DATABASE, databases), table_of_rows("tables", _TABLE, tables)
