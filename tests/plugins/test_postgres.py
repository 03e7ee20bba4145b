"""SQL on a real PostgreSQL: tables, limits, refusals, cancellation."""

import asyncio
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.postgres import PostgresServer
from runward.foundation.tape import bytes_of
from runward.plugins.contracts import Ended, Outcome, Query, Secret, Watch
from runward.plugins.runtimes import postgres as runtime


@pytest.fixture(scope="module")
def database(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.create_database("sqltests")
    postgres.run_sql(
        "CREATE TABLE t (id int PRIMARY KEY, name text); INSERT INTO t SELECT n, 'n' || n FROM generate_series(1, 5000) n",
        "sqltests",
    )
    yield url
    postgres.run_sql("DROP DATABASE sqltests WITH (FORCE)")


def run(script: str, url: str, folder: Path, watch: Watch | None = None, **settings: object) -> Outcome:
    query = Query(script, url, **{"first_line": 10} | settings)  # type: ignore[arg-type]
    return asyncio.run(runtime.perform(query, folder, watch))


def text(outcome: Outcome) -> str:
    return bytes_of(Path(outcome.folder) / "tape").decode()


def test_each_statement_returns_a_table(database: str, tmp_path: Path) -> None:
    outcome = run(
        "-- two\nSELECT 1 AS a, 'x' AS b, NULL AS c, true AS d, 1.5 AS e;\n\nSELECT now() - now() AS lag, ARRAY[1,2] AS l;",
        database,
        tmp_path,
    )
    first, second = outcome.tables
    assert (first.line, first.columns, first.rows) == (
        11,
        ("a", "b", "c", "d", "e"),
        ((1, "x", None, True, 1.5),),
    )
    assert first.types == ("int4", "text", "text", "bool", "numeric")
    assert (second.line, second.rows, second.types) == (13, (("00:00:00", "{1,2}"),), ("interval", "int4[]"))
    assert outcome.ended is Ended.FINISHED
    assert outcome.exit == 0
    assert "(1 row)" in text(outcome)


def test_no_rows_still_have_columns(database: str, tmp_path: Path) -> None:
    table = run("SELECT id, name FROM t WHERE false", database, tmp_path).tables[0]
    assert (table.columns, table.rows, table.count, table.tag) == (("id", "name"), (), 0, "SELECT 0")


def test_rows_beyond_the_limit_are_counted(database: str, tmp_path: Path) -> None:
    table = run("SELECT * FROM t ORDER BY id", database, tmp_path, row_limit=10).tables[0]
    assert (len(table.rows), table.count, table.rows[-1]) == (10, 5000, (10, "n10"))


def test_reading_cannot_write(database: str, tmp_path: Path) -> None:
    outcome = run(
        "DELETE FROM t;\nSET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE;\nDELETE FROM t;\n"
        "COMMIT; BEGIN READ WRITE; DELETE FROM t;\nSELECT count(*) FROM t",
        database,
        tmp_path,
    )
    assert [(failure.line, failure.code) for failure in outcome.failures] == [
        (10, "25006"),
        (12, "25006"),
        (13, "25006"),
    ]
    assert outcome.tables[-1].rows == ((5000,),)


def test_reading_goes_on_after_a_failure(database: str, tmp_path: Path) -> None:
    outcome = run("SELECT 1;\nSELECT total_time FROM t;\nSELECT 3", database, tmp_path)
    assert [table.line for table in outcome.tables] == [10, 12]
    assert [command.exits for command in outcome.commands] == [(0,), (3,), (0,)]
    failure = outcome.failures[0]
    assert (failure.line, failure.code) == (11, "42703")
    assert 'column "total_time" does not exist' in failure.why


def test_an_error_names_the_line_within_the_statement(database: str, tmp_path: Path) -> None:
    outcome = run("\nSELECT id,\n  name,\n  wrong\nFROM t", database, tmp_path)
    assert outcome.failures[0].line == 13


def test_changing_stops_at_the_first_failure(database: str, tmp_path: Path) -> None:
    outcome = run(
        "CREATE TABLE made (a int);\nSELECT wrong;\nDROP TABLE t;", database, tmp_path, read_only=False
    )
    assert [table.tag for table in outcome.tables] == ["CREATE TABLE"]
    assert outcome.not_started == ("line 12: DROP TABLE t",)
    assert run("SELECT 1 FROM made; SELECT 1 FROM t LIMIT 1", database, tmp_path / "2").failures == ()


def test_a_transaction_of_its_own_is_honoured(database: str, tmp_path: Path) -> None:
    run("BEGIN; INSERT INTO t VALUES (-1, 'x'); ROLLBACK;", database, tmp_path, read_only=False)
    outcome = run("BEGIN;\nINSERT INTO t VALUES (-2, 'x');", database, tmp_path / "2", read_only=False)
    assert [failure.code for failure in outcome.failures] == ["open-transaction"]
    assert run("SELECT count(*) FROM t WHERE id < 0", database, tmp_path / "3").tables[0].rows == ((0,),)


def test_statements_that_forbid_a_transaction_run(database: str, tmp_path: Path) -> None:
    outcome = run(
        "VACUUM ANALYZE t;\nREINDEX DATABASE sqltests;\nCREATE INDEX CONCURRENTLY i ON t (name);\n"
        "ALTER SYSTEM SET work_mem = '5MB';\nALTER SYSTEM RESET work_mem;",
        database,
        tmp_path,
        read_only=False,
    )
    assert outcome.failures == ()
    assert [table.tag for table in outcome.tables] == [
        "VACUUM",
        "REINDEX",
        "CREATE INDEX",
        "ALTER SYSTEM",
        "ALTER SYSTEM",
    ]


def test_notices_are_kept(database: str, tmp_path: Path) -> None:
    outcome = run(
        "DO $$ BEGIN RAISE NOTICE 'look; here'; RAISE WARNING 'and here'; END $$",
        database,
        tmp_path,
        read_only=False,
    )
    assert outcome.tables[0].notices == ("NOTICE:  look; here", "WARNING:  and here")


def test_a_long_statement_has_its_limit(database: str, tmp_path: Path) -> None:
    outcome = run("SELECT pg_sleep(30)", database, tmp_path, statement_seconds=0.3)
    assert "statement timeout" in outcome.failures[0].why
    assert outcome.took_seconds < 5


def test_the_script_as_a_whole_has_its_limit(database: str, tmp_path: Path) -> None:
    outcome = run("SELECT 1;\nSELECT pg_sleep(30);\nSELECT 3", database, tmp_path, time_limit_seconds=0.5)
    assert outcome.ended is Ended.TIMED_OUT
    assert outcome.running == ("line 11: SELECT pg_sleep(30)",)
    assert outcome.not_started == ("line 12: SELECT 3",)
    assert outcome.took_seconds < 5


def test_a_lock_is_not_waited_for_long(postgres: PostgresServer, database: str, tmp_path: Path) -> None:
    with postgres.connect("sqltests") as holder, holder.transaction():
        holder.execute("LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        outcome = run("SELECT count(*) FROM t", database, tmp_path, lock_seconds=0.2)
    assert outcome.failures[0].code == "55P03"


def test_cancel_reaches_the_server(postgres: PostgresServer, database: str, tmp_path: Path) -> None:
    async def both() -> Outcome:
        cancel = asyncio.Event()
        asyncio.get_running_loop().call_later(0.4, cancel.set)
        query = Query("SELECT pg_sleep(60);\nSELECT 2", database, first_line=10, name="runward/cancel")
        return await runtime.perform(query, tmp_path, None, cancel)

    started = time.monotonic()
    outcome = asyncio.run(both())
    assert time.monotonic() - started < 5
    assert outcome.ended is Ended.CANCELLED
    assert outcome.failures[0].why.startswith("it was cancelled")
    assert outcome.not_started == ("line 11: SELECT 2",)
    assert not postgres.run_sql(
        "SELECT 1 FROM pg_stat_activity WHERE application_name = 'runward/cancel' AND state = 'active'"
    )


def test_a_server_that_goes_away_leaves_it_unknown(
    postgres: PostgresServer, database: str, tmp_path: Path
) -> None:
    outcome = run(
        "SELECT pg_terminate_backend(pg_backend_pid());\nSELECT 2", database, tmp_path, read_only=False
    )
    assert outcome.failures
    assert outcome.failures[0].code in {"57P01", "08006"}
    assert outcome.tables == ()


def test_what_still_runs_after_a_crash_can_be_found(database: str, tmp_path: Path) -> None:
    async def both() -> list[str]:
        query = Query("SELECT pg_sleep(1.5)", database, name="runward/crash")
        work = asyncio.create_task(runtime.perform(query, tmp_path))
        await asyncio.sleep(0.5)
        found = await runtime.list_running(database, "runward/crash")
        await work
        return found

    assert asyncio.run(both()) == ["SELECT pg_sleep(1.5)"]


def test_secrets_stand_nowhere(database: str, tmp_path: Path) -> None:
    outcome = run(
        "SELECT 'hidden-word' AS a; SELECT 'hidden-word' FROM nothing_there; SELECT 'lab-secret'",
        database,
        tmp_path,
        secrets=(Secret("s", "hidden-word"),),
    )
    assert "hidden-word" not in repr(outcome)
    assert "lab-secret" not in repr(outcome)
    for path in tmp_path.rglob("*.tape"):
        assert b"hidden-word" not in path.read_bytes()
        assert b"lab-secret" not in path.read_bytes()


def test_the_ways_of_not_connecting_are_told_apart(postgres: PostgresServer, tmp_path: Path) -> None:
    good = postgres.url_of("postgres")
    cases = {
        "authentication": good.replace("lab-secret", "wrong-password"),
        "database": postgres.url_of("nothing_here"),
        "refused": good.replace(f":{postgres.port}/", ":1/"),
        "host": good.replace("127.0.0.1", "no-such-host.invalid"),
        "address": "postgresql://[broken",
    }
    for number, (code, url) in enumerate(cases.items()):
        outcome = run("SELECT 1", url, tmp_path / str(number), connect_seconds=3)
        assert (outcome.ended, outcome.failures[0].code) == (Ended.REFUSED, code), outcome.failures
        assert "wrong-password" not in repr(outcome)


@pytest.mark.skipif(shutil.which("psql") is None, reason="psql is not installed")
def test_commands_of_psql_are_handed_to_it(database: str, tmp_path: Path) -> None:
    outcome = run("\\d t\nSELECT count(*) FROM t;\n\\x\nSELECT 1 AS one;", database, tmp_path)
    assert outcome.failures == ()
    assert "5000" in text(outcome)
    assert "-[ RECORD 1 ]" in text(outcome)
    assert "lab-secret" not in text(outcome)
    refused = run("\\! touch /tmp/never\nSELECT 1", database, tmp_path / "2")
    assert refused.ended is Ended.REFUSED
    assert refused.failures[0].line == 10
    failing = run("\\x\nDELETE FROM t;", database, tmp_path / "3")
    assert failing.failures
    copied = run("COPY (SELECT 7) TO STDOUT", database, tmp_path / "4")
    assert "7" in text(copied)


def test_a_big_result_stays_small_in_memory(database: str, tmp_path: Path) -> None:
    heard: list[int] = []
    watch = Watch(heard=lambda frame: heard.append(len(frame.data)))
    outcome = run(
        "SELECT n, repeat('x', 100) FROM generate_series(1, 300000) n", database, tmp_path, watch, row_limit=5
    )
    assert outcome.tables[0].count == 300_000
    assert sum(heard) < 5_000
