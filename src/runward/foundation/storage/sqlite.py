"""Make and open SQLite files the way we need them: write-ahead log, private, durable."""

import contextlib
import os
import sqlite3
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event

from runward.foundation.errors import Mistake

BEGIN = "runward_begin"  # the execution option that says how a transaction opens


def make_sqlite_file(path: Path) -> None:
    """Make an empty database in WAL mode, readable by its owner alone, unless one is there.

    It appears whole under its name: two processes that start at once never see it in another journal
    mode, whose change would need the file for oneself.
    """
    if path.is_file() and path.stat().st_size:
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=path.parent) as folder:
            fresh = Path(folder) / path.name
            os.close(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            _write_header(fresh)
            _put(fresh, path)
    except OSError as error:
        raise Mistake(
            f"The database {path} cannot be made: {error.strerror}",
            hint="Give your user the right to write the folder, or choose another with RUNWARD_STATE",
        ) from error


def _write_header(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA user_version=0")
        connection.execute("VACUUM")  # an empty file would forget the mode


def _put(fresh: Path, path: Path) -> None:
    try:
        os.link(fresh, path)
    except FileExistsError:  # another process was first, and its file is as good; or somebody touched it
        if not path.stat().st_size:
            fresh.replace(path)
    except OSError:  # a file system without hard links
        if not path.exists():
            fresh.rename(path)


def sqlite_engine(path: Path, patience: timedelta) -> Engine:
    """A pool of connections that wait for each other's writes up to `patience`."""
    engine = create_engine(
        f"sqlite:///{path}",
        pool_timeout=patience.total_seconds(),
        connect_args={"timeout": patience.total_seconds()},
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we open transactions ourselves, or IMMEDIATE could not be had
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",  # an intent must outlive a power cut, or its step would be done twice
            "foreign_keys=ON",
            "recursive_triggers=ON",  # else INSERT OR REPLACE deletes without asking the ledger's triggers
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that begins by reading and then writes would fail at once when another wrote in between.
        connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get(BEGIN, 'IMMEDIATE')}")

    return engine
