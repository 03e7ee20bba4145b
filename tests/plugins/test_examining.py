"""What a real PostgreSQL says of statements that it never executes."""

from collections.abc import Iterator

import pytest

from lab.postgres import PostgresServer
from runward.plugins.sql.examining import Examined, examine
from runward.plugins.sql.statements import list_statements


@pytest.fixture(scope="module")
def shop(postgres: PostgresServer) -> Iterator[str]:
    url = postgres.create_database("examined")
    postgres.run_sql("CREATE TABLE orders (id int PRIMARY KEY, note text)", "examined")
    postgres.run_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements", "examined")
    yield url
    postgres.run_sql("DROP DATABASE examined WITH (FORCE)")


def examined(url: str, script: str) -> Examined:
    return examine(url, list_statements(script, 10)[0])


@pytest.mark.parametrize(
    "script",
    [
        "SELECT * FROM orders",
        "-- all of them\nSELECT count(*)\nFROM orders;",
        "EXPLAIN ANALYZE SELECT * FROM orders",
        "EXPLAIN (ANALYZE, BUFFERS) DELETE FROM orders",
        "UPDATE orders SET note = 'x' WHERE id = 1",
        "VACUUM ANALYZE orders; REINDEX TABLE CONCURRENTLY orders; ANALYZE;",
        "CREATE INDEX CONCURRENTLY by_note ON orders (note)",
        "DROP TABLE IF EXISTS never_there",
        "CREATE TABLE fresh (id int); INSERT INTO fresh VALUES (1); SELECT * FROM fresh; DROP TABLE fresh",
        "SELECT pid FROM pg_stat_activity WHERE state = 'active'",
        "SELECT mean_exec_time FROM pg_stat_statements",
        "REINDEX DATABASE examined; SET work_mem = '4MB'; SHOW work_mem; BEGIN; COMMIT",
        "",
    ],
)
def test_what_the_server_understands_is_no_fault(shop: str, script: str) -> None:
    assert examined(shop, script).faults == ()


@pytest.mark.parametrize(
    ("script", "line", "word", "message"),
    [
        ("SELECT total_time FROM pg_stat_statements", 10, "total_time", 'column "total_time" does not exist'),
        ("SELECT pg_terminate_backend(pid);", 10, "pid", 'column "pid" does not exist'),
        ("SELECT 1;\n\nSELECT *\nFROM ordres;", 13, "ordres", 'relation "ordres" does not exist'),
        ("-- first\nSELECT id,\n  nam\nFROM orders;", 12, "nam", 'column "nam" does not exist'),
        ("EXPLAIN ANALYZE\nSELECT * FROM\n gone", 12, "gone", 'relation "gone" does not exist'),
        ("VACUUM\n gone;", 11, "gone", "there is no gone in this database"),
        ("CREATE UNIQUE INDEX CONCURRENTLY a ON public.gone (id)", 10, "public.gone", "there is no public.gone in this database"),
        ("SELECT no_such_function(1)", 10, "no_such_function", "function no_such_function(integer) does not exist"),
        ("SELEC 1 FROM orders; SELECT FROM WHERE", 10, "WHERE", 'syntax error at or near "WHERE"'),
    ],
)  # fmt: skip
def test_what_it_does_not_understand_is_told_at_its_line(
    shop: str, script: str, line: int, word: str, message: str
) -> None:
    (fault,) = examined(shop, script).faults
    assert (fault.line, fault.word, fault.message) == (line, word, message)


def test_nothing_is_executed(shop: str, postgres: PostgresServer) -> None:
    postgres.run_sql("INSERT INTO orders VALUES (1, 'kept')", "examined")
    examined(
        shop, "DELETE FROM orders; TRUNCATE orders; DROP TABLE orders; EXPLAIN ANALYZE DELETE FROM orders"
    )
    assert postgres.run_sql("SELECT note FROM orders", "examined") == [{"note": "kept"}]


def test_the_version_is_the_servers(shop: str) -> None:
    assert examined(shop, "").version[0] >= 13


def test_a_server_that_is_gone_is_told_without_its_password() -> None:
    found = examine("postgresql://shop:hunter2@127.0.0.1:1/shop", [])
    assert found.version == ()
    assert "refused" in found.why
    assert "hunter2" not in found.why
