"""The lab's own servers start, serve and end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from lab.postgres import PostgresServer
from lab.processes import wait_until


def test_postgres_answers_and_keeps_statistics(postgres: PostgresServer) -> None:
    postgres.run_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    assert postgres.run_sql("SELECT count(*) > 0 AS kept FROM pg_stat_statements") == [{"kept": True}]


def test_standby_streams(tmp_path: Path) -> None:
    primary = PostgresServer.start(tmp_path / "primary")
    standby = primary.start_standby(tmp_path / "standby")
    try:
        primary.run_sql("CREATE TABLE told AS SELECT 1 AS once")
        wait_until(lambda: _rows(standby), "the row on the standby", within=10)
        assert standby.run_sql("SELECT pg_is_in_recovery() AS standby") == [{"standby": True}]
    finally:
        standby.stop()
        primary.stop()


def _rows(server: PostgresServer) -> list[dict[str, object]] | None:
    try:
        return server.run_sql("SELECT once FROM told")
    except psycopg.errors.UndefinedTable:
        return None


def test_postgres_crash_and_return(tmp_path: Path) -> None:
    server = PostgresServer.start(tmp_path / "pg")
    server.run_sql("CREATE TABLE kept AS SELECT 7 AS seven")
    server.stop(signal.SIGKILL)
    with pytest.raises(psycopg.OperationalError):
        server.run_sql("SELECT 1")
    server.restart()
    assert server.run_sql("SELECT seven FROM kept") == [{"seven": 7}]
    server.stop()


def test_server_ends_with_a_killed_starter(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from lab.postgres import PostgresServer;"
        "server = PostgresServer.start(Path(sys.argv[1])); print(server.process.pid, flush=True); time.sleep(99)"
    )
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "pg")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    ) as starter:
        assert starter.stdout is not None
        server = int(starter.stdout.readline())
        starter.kill()
    wait_until(lambda: not Path(f"/proc/{server}/cmdline").exists(), "the server's end", within=10)
