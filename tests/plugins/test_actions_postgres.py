"""Actions on a real PostgreSQL: who is met, who is spared, and what moves on between a look and the act."""

import asyncio
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from lab.load import idle_sessions, is_alive, running_query
from lab.postgres import PostgresServer
from lab.processes import end, fresh_folder, get_program, unprivileged_user, wait_until
from plugins.errands import Errands, outcomes
from runward.plugins.contracts import Ended, Errand, Outcome, rows_of
from runward.plugins.runtimes import native

IDLE = {"state": "idle in transaction"}


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    folder = fresh_folder("act")
    started = PostgresServer.start(
        folder / "pg", settings={"autovacuum_naptime": "1s", "max_prepared_transactions": "2"}
    )
    yield started
    started.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def errands(server: PostgresServer, tmp_path: Path) -> Errands:
    return Errands(server.url, tmp_path)


@pytest.fixture
def idler(server: PostgresServer) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A session that sits idle in its transaction."""
    with suppress(psycopg.OperationalError), server.connect(application_name="shop") as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT 1")
        yield connection


def pids(table: Any) -> set[int]:
    return {row["pid"] for row in rows_of(table)}


def test_only_what_was_shown_is_ended_and_a_new_session_is_not_touched(
    server: PostgresServer, errands: Errands, idler: psycopg.Connection[dict[str, Any]]
) -> None:
    shown = errands.preview("postgres.terminate", **IDLE)
    assert pids(shown) == {idler.info.backend_pid}
    with server.connect(application_name="later") as later:
        later.execute("BEGIN")
        later.execute("SELECT 1")
        done = errands.perform(shown, "postgres.terminate", **IDLE)
        assert outcomes(done) == {idler.info.backend_pid: "ended"}
        assert later.execute("SELECT 1").fetchone()
    assert not done.failures
    assert not is_alive(server, idler.info.backend_pid)


def test_a_session_that_works_again_is_left_alone(
    errands: Errands, idler: psycopg.Connection[dict[str, Any]]
) -> None:
    shown = errands.preview("postgres.terminate", **IDLE)
    idler.execute("SELECT 2")
    done = errands.perform(shown, "postgres.terminate", **IDLE)
    assert outcomes(done) == {idler.info.backend_pid: "it has moved on since it was approved: left alone"}
    idler.execute("COMMIT")
    done = errands.perform(shown, "postgres.terminate", **IDLE)
    assert outcomes(done) == {idler.info.backend_pid: "gone, or no longer what was meant: left alone"}
    assert idler.execute("SELECT 1").fetchone()


def test_another_session_with_the_same_pid_is_left_alone(
    errands: Errands, idler: psycopg.Connection[dict[str, Any]]
) -> None:
    """Process ids come round again: a preview that names this pid with another birth was of somebody else."""
    shown = errands.preview("postgres.terminate", **IDLE)
    at = shown.columns.index("backend_start")
    born_before = tuple((*row[:at], "2020-01-01T00:00:00+00:00", *row[at + 1 :]) for row in shown.rows)
    approved = type(shown)(0, "", shown.columns, shown.types, born_before, shown.count)
    done = errands.perform(approved, "postgres.terminate", **IDLE)
    assert outcomes(done) == {idler.info.backend_pid: "gone, and another session has its pid: left alone"}
    assert idler.execute("SELECT 1").fetchone()


def test_the_server_itself_holds_to_the_guard_too(
    errands: Errands, idler: psycopg.Connection[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where our own look missed that the session moved on, the statement that ends it does not match it."""
    shown = errands.preview("postgres.terminate", **IDLE)
    idler.execute("SELECT 2")
    monkeypatch.setattr("runward.plugins.sessions.fate_of", lambda _approved, _now: "")
    done = errands.perform(shown, "postgres.terminate", **IDLE)
    assert outcomes(done) == {idler.info.backend_pid: "it has moved on since it was approved: left alone"}


def test_one_that_went_by_itself_is_told(server: PostgresServer, errands: Errands) -> None:
    with idle_sessions(server, 1, name="leaving") as (leaving,):
        shown = errands.preview("postgres.terminate", state="idle", application="leaving")
    wait_until(lambda: not is_alive(server, leaving), "its end")
    done = errands.perform(shown, "postgres.terminate", state="idle", application="leaving")
    assert outcomes(done) == {leaving: "gone, or no longer what was meant: left alone"}


@pytest.mark.covers("T-059", "T-060")
@pytest.mark.parametrize("name", ["runward/run-1", "pg_dump", "pgBackRest [archive-push]", "Barman"])
def test_backups_and_our_own_sessions_are_spared(server: PostgresServer, errands: Errands, name: str) -> None:
    with idle_sessions(server, 1, name=name) as (spared,), idle_sessions(server, 1, name="met") as (met,):
        shown = errands.preview("postgres.terminate", state="any", database="%")
        assert spared not in pids(shown)
        assert met in pids(shown)


@pytest.mark.covers("T-060")
def test_the_build_of_an_index_is_spared_unless_it_is_meant(server: PostgresServer, errands: Errands) -> None:
    server.run_sql("CREATE TABLE built AS SELECT n FROM generate_series(1, 100000) n;"
                   " CREATE FUNCTION slowly(n int) RETURNS int IMMUTABLE LANGUAGE plpgsql"
                   " AS 'BEGIN PERFORM pg_sleep(0.01); RETURN n; END'")  # fmt: skip
    try:
        with running_query(server, text="CREATE INDEX ON built (slowly(n))", name="builder") as builder:
            wait_until(lambda: server.run_sql("SELECT 1 FROM pg_stat_progress_create_index"), "the build")
            assert builder in {row["pid"] for row in errands.look("postgres.activity")}
            assert builder not in pids(errands.preview("postgres.cancel"))
            assert builder not in pids(errands.preview("postgres.terminate", state="active"))
            assert builder in pids(errands.preview("postgres.cancel", maintenance="true"))
    finally:
        server.run_sql("DROP TABLE built; DROP FUNCTION slowly")


@pytest.mark.covers("T-059", "T-060")
def test_walsenders_and_autovacuum_are_spared(
    server: PostgresServer, errands: Errands, tmp_path: Path
) -> None:
    folder = fresh_folder("wal")
    shutil.chown(folder, unprivileged_user() or None) if unprivileged_user() else None
    receiver = server.place.spawn(
        [get_program("pg_receivewal"), "-d", server.url, "-D", str(folder), "--no-loop"], tmp_path / "receiver.log",
        user=unprivileged_user(),
    )  # fmt: skip
    try:
        wait_until(lambda: server.run_sql("SELECT 1 FROM pg_stat_replication"), "a walsender")
        server.run_sql("CREATE TABLE busy AS SELECT n FROM generate_series(1, 500000) n; DELETE FROM busy WHERE n % 2 = 0;"
                       " ALTER TABLE busy SET (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1)")  # fmt: skip
        cleaning = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'autovacuum worker' AND query LIKE '%busy%'"
        wait_until(lambda: server.run_sql(cleaning), "autovacuum")
        others = server.run_sql("SELECT pid FROM pg_stat_activity WHERE backend_type <> 'client backend'")
        for kind, settings in (
            ("postgres.terminate", {"state": "any"}),
            ("postgres.cancel", {}),
            ("postgres.activity", {}),
        ):
            shown = (
                {row["pid"] for row in errands.look(kind)}
                if kind == "postgres.activity"
                else pids(errands.preview(kind, database="%", **settings))
            )
            assert not shown & {row["pid"] for row in others}
    finally:
        end(receiver)
        server.run_sql("DROP TABLE busy")
        shutil.rmtree(folder, ignore_errors=True)


def test_a_preview_that_names_a_walsender_all_the_same_ends_nothing(
    server: PostgresServer, errands: Errands
) -> None:
    """The guard stands in the statement that acts, not only in the one that looks."""
    found = server.run_sql("SELECT pid, backend_start, state_change, query_start FROM pg_stat_activity"
                           " WHERE backend_type = 'autovacuum launcher'")  # fmt: skip
    row = found[0]
    columns = (
        "pid",
        "user",
        "application",
        "state",
        "age_seconds",
        "query",
        "backend_start",
        "state_change",
        "query_start",
    )
    cells = (row["pid"], "", "", "active", 1.0, "", row["backend_start"].isoformat(), None, None)
    shown = errands.preview("postgres.terminate", application="nobody")
    approved = type(shown)(0, "", columns, ("text",) * len(columns), (cells,), 1)
    done = errands.perform(approved, "postgres.terminate", state="any")
    assert "left alone" in outcomes(done)[row["pid"]]
    assert server.run_sql(f"SELECT 1 FROM pg_stat_activity WHERE pid = {row['pid']}")


def test_at_most_so_many_are_met_the_longest_first(server: PostgresServer, errands: Errands) -> None:
    with idle_sessions(server, 1, name="pool") as (oldest,):
        time.sleep(0.2)
        with idle_sessions(server, 3, name="pool"):
            shown = errands.preview("postgres.terminate", state="idle", application="pool", at_most=1)
            assert pids(shown) == {oldest}
            assert "3 more are meant" in " ".join(shown.notices)


@pytest.mark.parametrize(
    ("settings", "met"),
    [
        ({"application": "shop-%"}, {"shop-web", "shop-jobs"}),
        ({"application": "shop-web"}, {"shop-web"}),
        ({"user": "lab", "application": "%-jobs"}, {"shop-jobs"}),
        ({"user": "nobody"}, set()),
        ({"state": "active"}, set()),
        ({"older_than": "1h"}, set()),
        ({"database": "other"}, {"elsewhere"}),
        ({"database": "%"}, {"shop-web", "shop-jobs", "elsewhere"}),
        ({"blocking": "true"}, set()),
    ],
)
def test_filters_of_activity(
    server: PostgresServer, errands: Errands, settings: dict[str, str], met: set[str]
) -> None:
    if not server.run_sql("SELECT 1 FROM pg_database WHERE datname = 'other'"):
        server.create_database("other")
    with ExitStack() as stack:
        for name, database in (("shop-web", ""), ("shop-jobs", ""), ("elsewhere", "other")):
            stack.enter_context(idle_sessions(server, 1, database, name))
        found = errands.look("postgres.activity", **settings)
        assert {row["application"] for row in found} & {"shop-web", "shop-jobs", "elsewhere"} == met


def test_interrupting_leaves_the_session(server: PostgresServer, errands: Errands) -> None:
    with running_query(server, name="report") as report:
        shown = errands.preview("postgres.cancel", application="report")
        done = errands.perform(shown, "postgres.cancel", application="report")
        assert outcomes(done) == {report: "interrupted"}
        assert is_alive(server, report)
        assert not done.failures


def test_a_query_that_cannot_be_interrupted_fails_the_verification(
    server: PostgresServer, errands: Errands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A frozen process gets the signal and does nothing with it: what was asked for is not what happened."""
    monkeypatch.setattr("runward.plugins.sessions._PATIENCE", timedelta(seconds=1))
    with running_query(server, name="frozen") as frozen:
        shown = errands.preview("postgres.cancel", application="frozen")
        os.kill(frozen, signal.SIGSTOP)
        try:
            done = errands.perform(shown, "postgres.cancel", application="frozen")
        finally:
            os.kill(frozen, signal.SIGCONT)
        assert [failure.code for failure in done.failures] == ["verify"]
        assert f"session {frozen}: interrupted, and it is there all the same" in done.failures[0].why
        assert done.exit == 1


def test_without_the_right_to_it_nothing_is_ended_and_it_is_said(
    server: PostgresServer, tmp_path: Path
) -> None:
    server.run_sql(
        "DROP ROLE IF EXISTS looker; CREATE ROLE looker LOGIN PASSWORD 'x'; GRANT pg_monitor TO looker"
    )
    weak = Errands(server.url.replace("lab:lab-secret", "looker:x"), tmp_path)
    with idle_sessions(server, 1, name="strong") as (strong,):
        shown = weak.preview("postgres.terminate", application="strong")
        assert pids(shown) == {strong}
        done = weak.perform(shown, "postgres.terminate", application="strong")
        assert "SQLSTATE 42501" in done.failures[0].why
        assert is_alive(server, strong)


def test_locks_show_prepared_transactions_and_circles_end(server: PostgresServer, errands: Errands) -> None:
    server.run_sql("CREATE TABLE IF NOT EXISTS p (id int)")
    with server.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("LOCK TABLE p")
        connection.execute("PREPARE TRANSACTION 'left-behind'")
    with running_query(server, text="SELECT * FROM p", name="waiter") as waiter:
        wait_until(lambda: errands.look("postgres.locks"), "the wait")
        (root, leaf) = errands.look("postgres.locks")
        assert (root["tree"], root["waiting"], root["state"]) == ("prepared transaction", 1, None)
        assert (leaf["pid"], leaf["blocked_by"], leaf["wanted"]) == (waiter, "0", "AccessShareLock on p")
        server.run_sql("ROLLBACK PREPARED 'left-behind'")
    wait_until(lambda: not errands.look("postgres.locks"), "the end of the wait")


def test_connections_are_counted_against_what_may_be_used(server: PostgresServer, errands: Errands) -> None:
    (before,) = errands.look("postgres.connections")
    assert (before["max_connections"], before["reserved"], before["usable"]) == (100, 3, 97)
    with idle_sessions(server, 7, name="web"):
        outcome = errands.done("postgres.connections")
        (totals,), groups = rows_of(outcome.tables[0]), rows_of(outcome.tables[1])
        assert totals["used"] == before["used"] + 7
        assert totals["used_percent"] == round(100 * totals["used"] / 97, 1)
        assert [row["sessions"] for row in groups if row["application"] == "web"] == [7]


def test_slow_statements(server: PostgresServer, errands: Errands) -> None:
    done = errands.done("postgres.slow")
    assert "CREATE EXTENSION pg_stat_statements" in done.failures[0].why
    server.run_sql('CREATE SCHEMA "odd \'one"; CREATE EXTENSION pg_stat_statements SCHEMA "odd \'one"')
    try:
        server.run_sql("SELECT pg_sleep(0.2) AS told_apart_by_its_name")
        found = errands.look("postgres.slow", order="mean")
        (slow,) = [row for row in found if "told_apart_by_its_name" in row["query"]]
        assert slow["mean_ms"] >= 200
        assert slow["calls"] == 1
    finally:
        server.run_sql('DROP EXTENSION pg_stat_statements; DROP SCHEMA "odd \'one"')


def test_slow_statements_where_nothing_counts_them(tmp_path: Path) -> None:
    folder = fresh_folder("bare")
    bare = PostgresServer.start(folder / "pg", settings={"shared_preload_libraries": ""})
    try:
        done = Errands(bare.url, tmp_path).done("postgres.slow")
        assert (
            "is not loaded, so nothing has been counted: add it to shared_preload_libraries"
            in done.failures[0].why
        )
    finally:
        bare.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_sizes(server: PostgresServer, errands: Errands) -> None:
    server.run_sql("CREATE TABLE large AS SELECT n, repeat('x', 500) AS t FROM generate_series(1, 20000) n;"
                   " CREATE INDEX ON large (n)")  # fmt: skip
    try:
        outcome = errands.done("postgres.sizes")
        databases, tables = (rows_of(table) for table in outcome.tables)
        assert {row["database"] for row in databases} >= {"postgres"}
        assert tables[0]["table"] == "large"
        assert tables[0]["total_bytes"] > 10_000_000
        assert tables[0]["index_bytes"] > 100_000
    finally:
        server.run_sql("DROP TABLE large")


@pytest.mark.covers("T-028")
def test_a_lag_that_is_not_known_is_not_zero(tmp_path: Path) -> None:
    """A replica whose stream is cut has replayed all that it received: the usual formula calls that no lag."""
    folder = fresh_folder("lag")
    primary = PostgresServer.start(folder / "primary")
    primary.run_sql("SELECT pg_create_physical_replication_slot('left', true)")
    standby = primary.start_standby(folder / "standby")
    try:
        at_primary, at_standby = Errands(primary.url, tmp_path / "p"), Errands(standby.url, tmp_path / "s")
        rows = at_primary.look("postgres.replication")
        assert [(row["replica"], row["state"]) for row in rows] == [
            ("standby1", "streaming"),
            ("left", "disconnected"),
        ]
        wait_until(lambda: at_primary.look("postgres.replication")[0]["lag_seconds"] == 0.0, "no lag")
        wait_until(lambda: at_standby.look("postgres.replication")[0]["lag_seconds"] == 0.0, "no lag there")

        standby.run_sql("ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port=1'")
        standby.run_sql("SELECT pg_reload_conf()")
        wait_until(lambda: not standby.run_sql("SELECT 1 FROM pg_stat_wal_receiver"), "the stream's end")
        primary.run_sql("CREATE TABLE t AS SELECT n FROM generate_series(1, 100000) n")
        usual = standby.run_sql("SELECT pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AS equal")
        assert usual == [{"equal": True}]
        (row,) = at_standby.look("postgres.replication")
        assert (row["state"], row["lag_seconds"], row["lag_bytes"]) == ("disconnected", None, None)
        assert "it receives nothing" in row["remark"]
        (left,) = at_primary.look("postgres.replication")
        assert (left["state"], left["lag_seconds"]) == ("disconnected", None)
        assert left["lag_bytes"] > 5_000_000
    finally:
        standby.stop()
        primary.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_it_measures_again_until_its_time_is_over(errands: Errands) -> None:
    began = time.monotonic()
    assert errands.look("postgres.replication", below="1s", within="2s") == []
    assert 2 <= time.monotonic() - began < 20


def test_what_takes_too_long_is_stopped_and_told(server: PostgresServer, tmp_path: Path) -> None:
    errand = Errand("action: postgres.replication\nbelow: 1s\nwithin: 1h", server.url, time_limit_seconds=1.0)
    outcome = asyncio.run(native.perform(errand, tmp_path))
    assert (outcome.ended, outcome.exit) == (Ended.TIMED_OUT, None)
    assert outcome.running == ("line 1: action: postgres.replication",)


def test_a_cancelled_one_says_so(server: PostgresServer, tmp_path: Path) -> None:
    async def cancelled() -> Outcome:
        wish = asyncio.Event()
        asyncio.get_running_loop().call_later(0.5, wish.set)
        errand = Errand("action: postgres.replication\nbelow: 1s\nwithin: 1h", server.url)
        return await native.perform(errand, tmp_path, None, wish)

    assert asyncio.run(cancelled()).ended is Ended.CANCELLED
