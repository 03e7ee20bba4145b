"""The migrations make the tables that the stores define, on both databases."""

import importlib
import os
import pkgutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

import runward
from runward.foundation.errors import Mistake
from runward.foundation.storage.database import Database, newest_version
from runward.foundation.storage.schema import metadata


def _import_every_store() -> None:
    for module in pkgutil.walk_packages(runward.__path__, "runward."):
        if module.name.endswith(".store") or module.name in (
            "runward.foundation.ledger",
            "runward.foundation.outbox",
            "runward.foundation.workers",
        ):
            importlib.import_module(module.name)


def test_migrated_tables_are_those_of_the_stores(database: Database) -> None:
    _import_every_store()
    with database.transaction() as tx:
        context = MigrationContext.configure(tx, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_comparison_sees_a_missing_column(database: Database) -> None:
    _import_every_store()
    with database.transaction() as tx:
        tx.execute(text("ALTER TABLE outbox DROP COLUMN trouble"))
        context = MigrationContext.configure(tx, opts={"compare_type": True})
        assert [change[0] for change in compare_metadata(context, metadata)] == ["add_column"]


def test_a_second_upgrade_changes_nothing(database: Database) -> None:
    assert database.schema_version() == newest_version()
    database.upgrade()
    assert database.schema_version() == newest_version()


def test_processes_that_start_at_once_upgrade_once(url: str) -> None:
    code = "import sys; from runward.foundation.storage.database import Database; Database(sys.argv[1]).upgrade()"

    def start(_number: int) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(Path(runward.__file__).parent.parent)}
        command = [sys.executable, "-c", code, url]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    with ThreadPoolExecutor(4) as pool:
        ended = list(pool.map(start, range(4)))
    assert [(process.returncode, process.stderr) for process in ended] == [(0, "")] * 4
    opened = Database(url)
    assert opened.schema_version() == newest_version()
    opened.close()


def test_a_database_of_a_newer_program_is_refused(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Mistake, match="written by a newer Runward: its tables are of version 9999"):
        database.upgrade()
