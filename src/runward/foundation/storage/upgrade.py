"""Bring the tables to the newest shape with Alembic, in one transaction, one process at a time."""

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from runward.foundation.errors import Mistake
from runward.foundation.storage.database import MIGRATIONS, Database, Transaction, hold, newest_version


def upgrade(database: Database) -> None:
    """Apply the migrations that are missing; refuse a database that a newer program has written."""
    found = database.schema_version()
    if found is not None and found > newest_version():
        raise Mistake(
            f"The database {database.place} was written by a newer Runward: its tables are of version "
            f"{found}, this program knows them up to {newest_version()}",
            hint="Upgrade this installation, or point it at another database",
        )
    with database.transaction() as tx:
        hold(tx, "migrations")
        if database.is_sqlite:
            tx.execute(text("PRAGMA defer_foreign_keys=ON"))  # a table that is made anew is gone for a moment
        command.upgrade(alembic_config(tx), "head")


def alembic_config(tx: Transaction) -> Config:
    """Alembic's settings without a file, over an open transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS.parent).replace("%", "%%"))
    config.attributes["connection"] = tx
    return config
