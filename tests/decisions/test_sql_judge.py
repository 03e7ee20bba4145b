"""What SQL does, and that a statement called a read is one to a full parser too."""

import pytest
import sqlglot
from sqlglot import exp

from runward.runbooks.model import Risk
from runward.runbooks.sql.judge import sql_effect
from runward.runbooks.sql.tokens import statements_of

READ, CHANGE, DESTROY = Risk.READ, Risk.CHANGE, Risk.DESTROY
TABLE = [
    ("SELECT 1", READ),
    ("select count(*) filter (where a) over (partition by b) from c", READ),
    ("WITH a (x, y) AS (SELECT 1, 2) SELECT * FROM a", READ),
    ("TABLE a", READ),
    ("VALUES (1), (2)", READ),
    ("(SELECT 1) UNION ALL (SELECT 2)", READ),
    ("SHOW max_connections", READ),
    ("EXPLAIN DELETE FROM a", READ),
    ("EXPLAIN (ANALYZE off) SELECT 1", READ),
    ("EXPLAIN ANALYZE SELECT * FROM a", READ),
    ("SELECT 'drop table a; delete from b'", READ),
    ("SELECT $$ ; drop table a $$", READ),
    ("SELECT update, delete FROM a", READ),
    ("SELECT replace(a, 'x', 'y') FROM b", READ),
    ("COPY (SELECT 1) TO STDOUT", READ),
    ("BEGIN; SELECT 1; COMMIT", READ),
    ("SET statement_timeout = '5s'", READ),
    ("-- only a remark", READ),
    (r"\dt+ a", READ),
    (r"SELECT 1 \gx", READ),
    ("EXPLAIN ANALYZE <query>", CHANGE),
    ("EXPLAIN ANALYZE UPDATE a SET b = 1 WHERE c", CHANGE),
    ("SELECT * INTO b FROM a", CHANGE),
    ("SELECT * FROM a FOR UPDATE", CHANGE),
    ("SELECT nextval('a')", CHANGE),
    ("SELECT a.setval('b', 1)", CHANGE),
    ("SELECT pg_reload_conf()", CHANGE),
    ("SELECT pg_cancel_backend(1)", CHANGE),
    ("SELECT ours(1)", CHANGE),
    ('SELECT "Select"(1)', CHANGE),
    ("INSERT INTO a VALUES (1)", CHANGE),
    ("UPDATE a SET b = 1 WHERE c = 2", CHANGE),
    ("CREATE INDEX CONCURRENTLY a ON b (c)", CHANGE),
    ("VACUUM ANALYZE", CHANGE),
    ("REINDEX DATABASE a", CHANGE),
    ("COPY a FROM '/x'", CHANGE),
    ("COPY a TO PROGRAM 'x'", CHANGE),
    ("DO $$ BEGIN PERFORM 1; END $$", CHANGE),
    ("ALTER SYSTEM SET a = 1", CHANGE),
    ("wat is this", CHANGE),
    ("SELECT 'never closed", CHANGE),
    (r"SELECT 'x' \gexec", CHANGE),
    (r"SELECT 1 \g /tmp/x", CHANGE),
    (r"\! ls", CHANGE),
    (r"\copy a from x", CHANGE),
    (r"\o x", CHANGE),
    (r"\echo `ls`", CHANGE),
    ("SELECT pg_terminate_backend(pid) FROM pg_stat_activity", DESTROY),
    ("SELECT pg_promote()", DESTROY),
    ("DELETE FROM a WHERE b", DESTROY),
    ("WITH d AS (DELETE FROM a RETURNING *) SELECT * FROM d", DESTROY),
    ("UPDATE a SET b = 1", DESTROY),
    ("TRUNCATE a", DESTROY),
    ("DROP TABLE a", DESTROY),
    ("ALTER TABLE a DROP COLUMN b", DESTROY),
    ("DO $$ BEGIN DELETE FROM a; END $$", DESTROY),
    ("EXPLAIN ANALYZE DELETE FROM a", DESTROY),
    ("SELECT 1; /* x */ DROP TABLE a", DESTROY),
    ("KILL 5", DESTROY),
    ("INSERT INTO a SELECT pg_terminate_backend(1)", DESTROY),
]


@pytest.mark.parametrize(("text", "risk"), TABLE)
def test_what_a_statement_does(text: str, risk: Risk) -> None:
    assert sql_effect(text)[0] is risk


@pytest.mark.parametrize(
    ("text", "risk"),
    [
        ("/*!50000 DROP TABLE a */", DESTROY),
        (r"select '\'' , 1; drop table a -- '", DESTROY),
        ('select "a\\"", 1; drop table a -- "', DESTROY),
        ("select 1 into outfile '/x'", CHANGE),
        ("SET GLOBAL a = 1", CHANGE),
        ("SHOW SLAVE STATUS\\G", READ),
        ("RESET MASTER", DESTROY),
    ],
)
def test_what_a_statement_of_mysql_does(text: str, risk: Risk) -> None:
    assert sql_effect(text, "mysql")[0] is risk


WRITING = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Drop,
    exp.Create,
    exp.Merge,
    exp.Alter,
    exp.TruncateTable,
    exp.Into,
    exp.Lock,
)


def is_a_tree(text: str) -> bool:
    """Whether the parser makes a tree of it; psql's own commands, EXPLAIN, SHOW and TABLE are mere words to it."""
    return not text.upper().startswith(("\\", "EXPLAIN", "SHOW", "--", "TABLE")) and "\\g" not in text


@pytest.mark.parametrize("text", [text for text, risk in TABLE if risk is READ and is_a_tree(text)])
def test_a_full_parser_finds_no_writing_in_what_is_called_a_read(text: str) -> None:
    for tree in sqlglot.parse(text, read="postgres"):
        assert tree is None or not list(tree.find_all(*WRITING))


GRAMMAR_HEADS = [
    "SELECT a FROM b",
    "WITH c AS ({0}) SELECT * FROM c",
    "INSERT INTO a {0}",
    "({0}) UNION ({0})",
    "SELECT ({0}) AS x",
]
GRAMMAR_ENDS = [
    "DELETE FROM a RETURNING 1",
    "UPDATE a SET b = 1 WHERE c RETURNING 1",
    "INSERT INTO a VALUES (1) RETURNING 1",
    "SELECT 1 INTO z",
    "SELECT 1 FOR UPDATE",
    "DROP TABLE a",
    "SELECT nextval('s')",
]


@pytest.mark.parametrize("end", GRAMMAR_ENDS)
@pytest.mark.parametrize("head", GRAMMAR_HEADS)
@pytest.mark.parametrize(
    "dress",
    [
        "{0}",
        "/* x */ {0}",
        "-- x\n{0}",
        "SELECT ';'; {0}",
        "SELECT $a$ ' $a$; {0}",
        "SELECT E'\\''; {0}",
        'SELECT "a;\'" FROM t; {0}',
        "{0};;",
        "BEGIN; {0}; COMMIT",
    ],
)
def test_writing_is_found_wherever_it_hides(head: str, end: str, dress: str) -> None:
    for text in (end, head.replace("{0}", end)) if "{0}" in head else (end,):
        assert sql_effect(dress.replace("{0}", text))[0] is not READ


def test_statements_know_their_lines() -> None:
    text = "-- a\nSELECT 1;\n\nSELECT\n  2\nFROM b; SELECT 3;\n\\d x\nSELECT 4"
    assert [(one.line, one.end, one.text) for one in statements_of(text)] == [
        (1, 1, "SELECT 1;"),
        (3, 5, "SELECT\n  2\nFROM b;"),
        (5, 5, "SELECT 3;"),
        (6, 6, "\\d x"),
        (7, 7, "SELECT 4"),
    ]
