"""SQL falls into the statements that PostgreSQL sees."""

import pytest

from runward.plugins.sql.statements import list_statements

CASES = [
    ("SELECT 1", [(5, "SELECT 1")]),
    ("SELECT 1;", [(5, "SELECT 1")]),
    ("SELECT 1; SELECT 2", [(5, "SELECT 1"), (5, "SELECT 2")]),
    ("-- a; b\nSELECT 1;\n\n/* c; /* d; */ */\nSELECT 2;", [(6, "SELECT 1"), (9, "SELECT 2")]),
    ("SELECT ';';SELECT 'it''s; fine';", [(5, "SELECT ';'"), (5, "SELECT 'it''s; fine'")]),
    ("SELECT E'a\\';b'; SELECT 2", [(5, "SELECT E'a\\';b'"), (5, "SELECT 2")]),
    ("SELECT 'a\\'; SELECT 2", [(5, "SELECT 'a\\'"), (5, "SELECT 2")]),
    ('SELECT "a;b"; SELECT 2', [(5, 'SELECT "a;b"'), (5, "SELECT 2")]),
    ("DO $$ BEGIN PERFORM 1; END $$; SELECT 2", [(5, "DO $$ BEGIN PERFORM 1; END $$"), (5, "SELECT 2")]),
    ("DO $a$ x; $$ y; $a$; SELECT 2", [(5, "DO $a$ x; $$ y; $a$"), (5, "SELECT 2")]),
    ("SELECT $1; SELECT a$b$c; SELECT 3", [(5, "SELECT $1"), (5, "SELECT a$b$c"), (5, "SELECT 3")]),
    (
        "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3",
        [(5, "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)"), (5, "SELECT 3")],
    ),
    (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END; SELECT 3",
        [
            (
                5,
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 1 END; END",
            ),
            (5, "SELECT 3"),
        ],
    ),
    ("BEGIN; UPDATE t SET a = 1; COMMIT;", [(5, "BEGIN"), (5, "UPDATE t SET a = 1"), (5, "COMMIT")]),
    ("SELECT CASE WHEN a THEN 1 END; SELECT 2", [(5, "SELECT CASE WHEN a THEN 1 END"), (5, "SELECT 2")]),
    (";;\n;", []),
    ("", []),
    ("-- nothing\n/* at all", []),
    ("SELECT 'never closed; SELECT 2", [(5, "SELECT 'never closed; SELECT 2")]),
    ("SELECT $$ never closed; SELECT 2", [(5, "SELECT $$ never closed; SELECT 2")]),
    ("SELECT 1 -- why\n  , 2;", [(5, "SELECT 1 -- why\n  , 2")]),
    ("1 + 1;", [(5, "1 + 1")]),
    (
        "WITH ünï AS (SELECT 1) SELECT * FROM ünï; SELECT 2",
        [(5, "WITH ünï AS (SELECT 1) SELECT * FROM ünï"), (5, "SELECT 2")],
    ),
]


@pytest.mark.parametrize(("script", "expected"), CASES)
def test_statements(script: str, expected: list[tuple[int, str]]) -> None:
    found, meta = list_statements(script, 5)
    assert [(statement.line, statement.text) for statement in found] == expected
    assert not meta


@pytest.mark.parametrize(
    ("script", "meta"),
    [
        ("\\d users", True),
        ("SELECT 1 \\gx", True),
        ("SELECT '\\d'", False),
        ("-- \\d", False),
        ("SELECT E'\\n'", False),
    ],
)
def test_commands_of_psql_are_noticed(script: str, meta: bool) -> None:
    assert list_statements(script)[1] is meta


@pytest.mark.parametrize(
    ("script", "needs"),
    [
        ("COPY t FROM STDIN", True),
        ("copy (select 1)\n to stdout", True),
        ("COPY t FROM '/tmp/x'", False),
        ("SELECT 'COPY t FROM STDIN'", False),
    ],
)
def test_copy_with_the_clients_streams_needs_psql(script: str, needs: bool) -> None:
    assert list_statements(script)[0][0].needs_shell is needs


def test_a_megabyte_is_split_at_once() -> None:
    found, _ = list_statements("SELECT 'a;b', $$c;d$$; -- e;\n" * 30_000)
    assert len(found) == 30_000
