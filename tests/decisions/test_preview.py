"""What destroys is turned into a reading that shows what it would hit, or into nothing."""

import pytest

from lab.planned import a_block, only_step
from runward.runs.planning.preview import previews_of
from runward.runs.planning.preview_sql import preview_of_sql

DB = {"targets": {"db": {"kind": "postgresql", "url": "postgresql://localhost/x"}}}


@pytest.mark.parametrize(
    ("statement", "end"),
    [
        (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle'",
            "FROM pg_stat_activity WHERE state = 'idle'",
        ),
        ("SELECT pid, pg_cancel_backend(pid) FROM pg_stat_activity", "FROM pg_stat_activity"),
        ("SELECT pg_terminate_backend(4711)", "FROM pg_stat_activity WHERE pid = 4711"),
        (
            "DELETE FROM orders WHERE paid IS NULL",
            "SELECT COUNT(*) AS rows_hit FROM orders WHERE paid IS NULL",
        ),
        ("UPDATE shop.orders SET paid = now()", "SELECT COUNT(*) AS rows_hit FROM shop.orders"),
        ("TRUNCATE orders", "SELECT COUNT(*) AS rows_hit FROM orders"),
        ("DROP TABLE IF EXISTS shop.orders", "PG_TOTAL_RELATION_SIZE(TO_REGCLASS('shop.orders'))) AS size"),
        ('DROP DATABASE "it\'s"', "d.datname = 'it''s'"),
    ],
)
def test_sql_that_destroys_becomes_a_query(statement: str, end: str) -> None:
    ((line, query, shows),) = preview_of_sql(f"-- first\n{statement};")
    assert line == 1
    assert query.endswith(end)
    assert query.startswith("SELECT")
    assert shows


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "SELECT pg_terminate_backend(pid)",  # of no table: the server refuses it
        "SELECT pg_terminate_backend(pid) FROM other_table",
        "SELECT 1 FROM pg_stat_activity WHERE pg_terminate_backend(pid)",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE danger(pid)",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pg_cancel_backend(pid)",
        "DELETE FROM t USING u WHERE t.a = u.a",
        "DELETE FROM t WHERE danger(a)",
        "DELETE FROM t WHERE a IN (SELECT pg_advisory_lock(1))",
        "VACUUM FULL",
        "not even SQL (",
        "",
        "DROP TABLE a, b",
    ],
)
def test_what_has_no_safe_reading_has_none(statement: str) -> None:
    assert preview_of_sql(statement) == []


def test_every_statement_has_its_own_line() -> None:
    found = preview_of_sql("DELETE FROM a;\n\nSELECT 1;\nDELETE FROM b;")
    assert [line for line, _, _ in found] == [0, 3]


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ('find /var/log -name "*.gz" -mtime +30 -delete', 'find /var/log -name "*.gz" -mtime +30 -print'),
        ("find /var/log -mtime +7 -exec gzip {} \\;", "find /var/log -mtime +7 -print"),
        ("sudo rm -rf /var/lib/x/*", "du -sh -- /var/lib/x/*"),
        ("rm 'a b.txt'", "ls -ld -- 'a b.txt'"),
        ("redis-cli -h cache FLUSHDB", "redis-cli -h cache DBSIZE"),
        ("redis-cli flushall", "redis-cli INFO keyspace"),
        ("> /var/log/x.log", "ls -l /var/log/x.log"),
        ("psql -h db -c 'DELETE FROM t' shop", "psql -h db -c 'SELECT COUNT(*) AS rows_hit FROM t' shop"),
        ("kubectl delete secret a -n shop --force", "kubectl get secret a -n shop"),
        ("ls *.tmp | xargs rm", "ls *.tmp"),
        ("true\nls |\n sort |\n xargs -n1 rm", "ls |\n sort"),
        ("docker system prune -f", "docker system df"),
    ],
)
def test_commands_that_destroy_become_readings(text: str, script: str) -> None:
    found = previews_of(only_step(a_block(text), service={"targets": {}}))
    assert [one.script for one in found] == [script]


@pytest.mark.parametrize(
    "text",
    [
        "rm $FILE",
        'rm "$(date)"',
        "find . -exec sh -c 'rm {}' \\;",
        "ls",
        "touch x | xargs rm",
        "redis-cli GET a",
    ],
)
def test_commands_without_a_safe_reading_have_none(text: str) -> None:
    assert previews_of(only_step(a_block(text), service={})) == ()


def test_a_preview_knows_its_line_of_the_document() -> None:
    (one,) = previews_of(only_step(a_block("true\nrm x"), service={}))
    assert one.line == 12
