"""The real book of a replicated database, carried out on a primary, its standbys, a cache, logs and backups."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from flows.practice import Practice, View, because, failures, judged, printed, record
from lab.backups import age
from lab.estates import Estate, replicated_estate
from lab.load import SLEEP, idle_sessions, is_alive, running_query
from lab.logs import write_log
from lab.postgres import PostgresServer
from lab.processes import wait_until

SETTINGS = """
[services.live.targets.db]
kind = "postgresql"
url = "env:DATABASE_URL"
"""
HEALTH, LAG, POOL, HITS, ALERTS = 66, 67, 68, 69, 70  # lines of the document's expected results
REPLAY = 51  # the line of its query that asks this server and not its followers
MET, NOT_MET, UNKNOWN = "met", "not met", "could not tell"


@contextmanager
def practice_of(books: dict[str, Path], *, movable_clock: bool = False) -> Iterator[tuple[Practice, Estate]]:
    with replicated_estate(books["muejam"], movable_clock=movable_clock) as estate:
        practice = Practice(estate.house, books["muejam"], dict(estate.environment))
        practice.write(SETTINGS)
        yield practice, estate


def by_hand(practice: Practice, procedure: str) -> list[str]:
    """The words that say beforehand that every step of a person was done."""
    steps = practice.plan(procedure)["steps"]
    return [f"--answer={step['number']}=done" for step in steps if step["kind"] == "manual"]


def morning(practice: Practice, said: list[str], *, code: int, replay: str = UNKNOWN) -> View:
    """The morning check, with what a person says of what only a person can see."""
    words = [*said, f"--answer=line:{ALERTS}=met", f"--answer=line:{LAG}={UNKNOWN}"]
    words += [f"--answer=line:{REPLAY}={replay}"]
    words += [f"--answer=line:{line}={UNKNOWN}" for line in (POOL, HITS)]
    return practice.run("morning-health-check", *words, code=code)


@pytest.mark.covers("CHK-01", "CHK-02", "CHK-16", "CHK-17")
def test_expected_results_are_judged_on_real_figures(books: dict[str, Path]) -> None:
    with practice_of(books) as (practice, estate):
        said = by_hand(practice, "morning-health-check")
        _lag_on_a_primary_is_never_met(practice, said)
        _what_is_wrong_fails(practice, estate, said)
        _what_is_missing_could_not_be_told(practice, estate, said)
        estate.web.fail("/health", 503)
        sick = morning(practice, said, code=1)
        assert judged(sick)[HEALTH] == NOT_MET
        assert failures(sick)[27] == "answered 503"


def _lag_on_a_primary_is_never_met(practice: Practice, said: list[str]) -> None:
    """T-028: there the document's query has a row for the standby, and NULL as its lag."""
    view = morning(practice, said, code=3)
    assert judged(view) == {HEALTH: MET, LAG: UNKNOWN, POOL: MET, HITS: MET, ALERTS: UNKNOWN, REPLAY: UNKNOWN}
    table = record(view, 47)["result"]["tables"][0]
    assert table["rows"][0][1:] == ["streaming", "async", None]
    assert "null" in because(view, LAG)
    assert view["run"]["verdict"] == UNKNOWN
    assert "NULL on a primary" in because(view, REPLAY)
    assert "54" in because(view, POOL)
    assert "0.93 = 93 %" in because(view, HITS)


def _what_is_wrong_fails(practice: Practice, estate: Estate, said: list[str]) -> None:
    pool = {"max_connections": 50, "active": 47, "idle": 0, "utilization_percent": 95.0}
    estate.web.set_figures(connection_pool=pool, cache={"hit_rate": 0.4, "hits": 4, "misses": 6})
    view = morning(practice, said, code=1)
    assert judged(view) == {
        HEALTH: MET,
        LAG: UNKNOWN,
        POOL: NOT_MET,
        HITS: NOT_MET,
        ALERTS: UNKNOWN,
        REPLAY: UNKNOWN,
    }
    assert "95 %" in because(view, POOL)
    assert "40 %" in because(view, HITS)
    assert "pool utilization" in view["run"]["because"]
    assert "hit rate" in view["run"]["because"]
    page = printed(practice, view)
    assert "not met" in page
    assert '"utilization_percent": 95' in page


def _what_is_missing_could_not_be_told(practice: Practice, estate: Estate, said: list[str]) -> None:
    estate.web.set_figures(connection_pool={"max_connections": 50}, cache=None)
    view = morning(practice, said, code=3)
    assert judged(view) == {
        HEALTH: MET,
        LAG: UNKNOWN,
        POOL: UNKNOWN,
        HITS: UNKNOWN,
        ALERTS: UNKNOWN,
        REPLAY: UNKNOWN,
    }
    assert view["run"]["verdict"] == UNKNOWN


@pytest.mark.covers("CHK-15")
def test_lag_is_judged_where_the_query_gives_a_figure(books: dict[str, Path]) -> None:
    """On a standby with a standby of its own, the document's column has a value."""
    with practice_of(books) as (practice, estate):
        assert estate.standby is not None
        middle = estate.standby
        _follow(estate.postgres.start_standby(Path("/var/lib/postgresql/third"), port=5434), middle)
        practice.environment["DATABASE_URL"] = middle.url_of(estate.names["database"])
        said = by_hand(practice, "morning-health-check")
        with _writing(estate.postgres):
            assert morning(practice, said, code=3)["run"]["verdict"] == UNKNOWN
            well = morning(practice, said, code=0, replay=MET)  # this standby is the follower that is meant
        assert judged(well) == {HEALTH: MET, LAG: MET, POOL: MET, HITS: MET, ALERTS: UNKNOWN, REPLAY: UNKNOWN}
        assert well["run"]["verdict"] == "succeeded"
        middle.run_sql("SELECT pg_wal_replay_pause()")
        estate.postgres.run_sql("CREATE TABLE unseen (id int)")
        late = "SELECT 1 FROM pg_stat_replication WHERE now() - pg_last_xact_replay_timestamp() > '3 s'"
        wait_until(lambda: middle.run_sql(late), "a lag of three seconds")
        view = morning(practice, said, code=1)
        assert judged(view)[LAG] == NOT_MET
        assert "lag_seconds is " in because(view, LAG)
        assert "wanted below 2 s" in because(view, LAG)
        assert view["run"]["verdict"] == "failed"


def _follow(server: PostgresServer, leader: PostgresServer) -> None:
    """Let a standby stream from another standby."""
    origin = f"host=127.0.0.1 port={leader.port} user={leader.user} password={leader.password}"
    server.run_sql(f"ALTER SYSTEM SET primary_conninfo = '{origin}'")
    server.run_sql("SELECT pg_reload_conf()")
    asked = "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"
    wait_until(lambda: leader.run_sql(asked), "a standby of the standby")


@contextmanager
def _writing(server: PostgresServer) -> Iterator[None]:
    """Five small transactions a second, so that a standby that keeps up shows no lag."""
    ended = threading.Event()

    def write() -> None:
        with server.connect() as connection:
            connection.execute("CREATE TABLE beat (at timestamptz)")
            while not ended.wait(0.2):
                connection.execute("INSERT INTO beat VALUES (now())")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(10)


@pytest.mark.covers("CHK-30", "MNT-01", "MNT-02", "MNT-06")
def test_weekly_maintenance_is_done_on_the_real_database_and_logs(books: dict[str, Path]) -> None:
    with practice_of(books) as (practice, estate):
        server, name = estate.postgres, estate.names["database"]
        logs = estate.house.path(estate.names["logs"])
        old = write_log(logs / "postgresql-old.log", days=40)
        left = {file.name for file in logs.iterdir()} - {old.name}
        index = f"SELECT relfilenode FROM pg_class WHERE relname = '{estate.names['first']}_pkey'"
        before = server.run_sql(index, name)
        view = practice.run("weekly-maintenance", "--yes", code=8)
        assert [table["tag"] for table in record(view, 86)["result"]["tables"]] == [
            "VACUUM",
            "REINDEX",
            "ANALYZE",
        ]
        assert server.run_sql(index, name) != before
        vacuumed = "SELECT count(*) AS missing FROM pg_stat_user_tables WHERE last_vacuum IS NULL"
        assert server.run_sql(vacuumed, name) == [{"missing": 0}]
        sizes = record(view, 97)["result"]["tables"][0]
        assert sizes["columns"] == ["db_size", "stories_size", "users_size"]
        assert all(value.endswith("B") for value in sizes["rows"][0])
        assert "REINDEX DATABASE" in str(record(view, 105)["result"]["tables"][0]["rows"])
        assert view["run"]["wait"]["kind"] == "approval"
        assert old.exists()
        view = practice.approve(view, code=0)
        assert {file.name for file in logs.iterdir()} == left
        assert judged(view) == {124: MET, 127: MET}
        assert view["run"]["verdict"] == "succeeded"


@pytest.mark.covers("CHK-14", "BAK-06")
def test_a_stale_or_missing_backup_is_never_verified(books: dict[str, Path]) -> None:
    """T-036, T-037: `find -mtime -1` ends with exit 0 also when it finds nothing."""
    with practice_of(books) as (practice, estate):
        folder = estate.house.path(estate.names["backups"])
        others = [f"--skip={number}" for number in range(1, 5)]
        for file in folder.iterdir():
            if file.is_symlink():
                os.utime(file, (0, 0), follow_symlinks=False)
            else:
                age(file, 3)
        stale = practice.run("weekly-maintenance", *others, code=1)
        assert judged(stale) == {124: MET, 127: NOT_MET}
        assert [each["exits"] for each in record(stale, 128)["result"]["commands"]] == [[0], [0]]
        assert "backup age" in stale["run"]["because"]
        (folder / "latest.sql.gz").unlink()
        missing = practice.run("weekly-maintenance", *others, code=8)
        assert judged(missing)[124] == NOT_MET
        assert list(failures(missing)) == [125]
        assert practice.answer(missing, "stop")["run"]["verdict"] == "failed"


@pytest.mark.covers("RBK-28")
def test_old_idle_sessions_end_after_approval_and_young_and_active_ones_are_spared(
    books: dict[str, Path],
) -> None:
    with practice_of(books, movable_clock=True) as (practice, estate):
        server, name = estate.postgres, estate.names["database"]
        said = by_hand(practice, "database-connection-pool-exhaustion")
        with (
            idle_sessions(server, 3, name) as old,
            running_query(server, name, SLEEP, "worker") as active,
        ):
            server.move_clock(timedelta(minutes=6))
            with idle_sessions(server, 2, name) as young:
                words = [*said, "--answer=option=2", "--yes"]
                view = practice.run("database-connection-pool-exhaustion", *words, code=8)
                assert all(is_alive(server, pid) for pid in old)
                view = practice.approve(view, code=0)
                assert record(view, 250)["result"]["tables"][0]["rows"] == [[True]] * len(old)
                assert not any(is_alive(server, pid) for pid in old)
                assert all(is_alive(server, pid) for pid in (*young, active))
        states = {one["step"].rpartition("/")[2]: one["state"] for one in view["records"]}
        assert (states["2"], states["3"], states["4"]) == ("skipped", "done", "skipped")
        assert view["run"]["verdict"] == "succeeded"
