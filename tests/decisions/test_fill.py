"""Values written into scripts stay values, whatever they hold: proven by bash and by a parser of SQL."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from runward.foundation.config import find_reference as secret_reference
from runward.inventory.bind import Bound
from runward.inventory.fill import Filled, filled
from runward.plugins.facts import Reference

HOSTILE = (
    "'; touch HACKED; '", '"; touch HACKED; "', "$(touch HACKED)", "`touch HACKED`", "a\ntouch HACKED\n", "\\", "a b  c",
    "*", "~", "; touch HACKED", "EOF", "x}y", "a[$(touch HACKED)]", "", "é ü 漢", "&& touch HACKED", "| touch HACKED",
    "> HACKED", "$HOME", "${HOME}", "!!", "#x", "a'b\"c`d$e\\f", "\t", "%s", "'\\''; touch HACKED #",
)  # fmt: skip
TEMPLATES = {
    "a word": "printf '%s|' <x>",
    "a piece of a word": "printf '%s|' <x>:7000",
    "double quotes": 'printf "%s|" "<x>"',
    "single quotes": "printf '%s|' '<x>'",
    "inside double quotes": 'printf "%s|" "before <x> after"',
    "inside single quotes": "printf '%s|' 'before <x> after'",
    "ANSI quotes": "printf '%s|' $'<x>'",
    "a substitution": 'printf "%s|" "$(printf %s <x>)"',
    "quotes in a substitution in quotes": 'printf "%s|" "a $(printf %s "<x>") b"',
    "an assignment": 'A=<x>; printf "%s|" "$A"',
    "a quoted assignment": 'A="<x>"; printf "%s|" "$A"',
    "a here-document": "cat <<EOF\n<x>\nEOF",
    "a quoted here-document": "cat <<'EOF'\n<x>\nEOF",
    "a here-document with commands": "cat <<EOF\n$(echo <x>)\nEOF",
    "backticks": "printf '%s|' `printf %s <x>`",
    "a parameter's default": 'printf "%s|" "${UNSET:-<x>}"',
    "arithmetic": "echo $((1 + <x>))",
    "a test": "[[ <x> -gt 1 ]] || printf no",
    "the text of a shell": "bash -c 'printf %s <x>'",
    "the text of a shell in double quotes": 'bash -c "printf %s <x>"',
    "eval": "eval printf %s <x>",
    "a pipe into a shell": "echo '<x>' | bash",
    "a pipe into xargs": "echo <x> | xargs -I {} sh -c 'echo {}'",
    "python": "python3 -c \"print('<x>')\"",
    "after a dollar": "printf '%s|' $<x>",
    "after a backslash": "printf '%s|' \\<x>",
    "a case": "case <x> in a) echo a;; *) printf other;; esac",
    "a loop": "for i in <x>; do printf '%s|' \"$i\"; done",
    "a redirection": "printf x > /dev/null; cat < /dev/null; printf '%s|' <x>",
    "a function": 'f() { printf "%s|" "$1"; }; f <x>',
    "a comment": "printf ok # <x>",
}
PLAIN = ("a word", "double quotes", "single quotes", "inside double quotes", "an assignment", "a function")


def put(text: str, value: str, language: str = "bash", name: str = "<x>") -> Filled:
    return filled(text, {name: Bound(value)}, language)


def printed(script: str, folder: Path, extra: Mapping[str, str] | None = None) -> str:
    environment = {"PATH": "/usr/bin:/bin", "HOME": "/nowhere", **(extra or {})}
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, cwd=folder, env=environment, check=False, timeout=20,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    return done.stdout.decode(errors="replace")


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_no_value_becomes_a_command(template: str, tmp_path: Path) -> None:
    for value in HOSTILE:
        done = put(template, value)
        if not done.problems:
            printed(done.text, tmp_path)
            assert not (tmp_path / "HACKED").exists(), f"{value!r} broke out of {done.text!r}"


@pytest.mark.parametrize("place", PLAIN)
def test_every_value_arrives_as_it_is(place: str, tmp_path: Path) -> None:
    for value in HOSTILE:
        done = put(TEMPLATES[place], value)
        assert not done.problems, (value, done.problems)
        assert value in printed(done.text, tmp_path), done.text


@pytest.mark.parametrize("place", PLAIN)
def test_no_line_moves(place: str) -> None:
    for value in HOSTILE:
        template = f"echo one\n{TEMPLATES[place]}\necho three"
        assert put(template, value).text.count("\n") == template.count("\n")


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab '\"`$(){};&|<>\\\n*?~#!=[]-%é"), max_size=12))
def test_any_text_arrives_as_it_is_or_is_refused(value: str) -> None:
    for place in ("a word", "double quotes", "single quotes"):
        done = put(TEMPLATES[place], value)
        if value.startswith("-"):
            continue
        assert not done.problems
        assert printed(done.text, Path("/")) == f"{value}|"


@pytest.mark.parametrize(
    ("template", "value", "why"),
    [
        ("rm <x>", "-rf", "option"),
        ("rm '<x>'", "--no-preserve-root", "option"),
        ("cat <<EOF\n<x>\nEOF", "EOF", "end the here-document"),
        ("cat <<EOF\n<x>\nEOF", "a\nb", "end the here-document"),
        ("echo $((<x>))", "a", "whole number"),
        ("echo `echo <x>`", "a b", "backticks"),
        ("ssh web1 'ls <x>'", "a b", "shell"),
        ("ssh web1 bash -c <x>", "a b", "program"),
        ("awk '/<x>/' f", "a b/", "program text"),
        ("echo <x> | psql", "a b", "piped"),
        ("echo <x>", "a\0b", "control"),
        ("echo <x>", "\x1b[31m", "control"),
    ],
)
def test_what_cannot_be_written_safely_is_refused_with_its_reason(
    template: str, value: str, why: str
) -> None:
    (problem,) = put(template, value).problems
    assert why in problem.why
    assert put(template, value).text == template


def test_a_value_for_a_far_shell_is_quoted_twice() -> None:
    done = put("ssh web1 ls <x>", "a b; rm -rf /")
    assert subprocess.run(
        ["bash", "-c", done.text.replace("ssh web1", "eval")], capture_output=True, text=True, check=False
    ).stderr.count("a b; rm -rf /")


SQL = {
    "a string": ("SELECT * FROM t WHERE a = '<x>'", "' OR 1=1 --", "SELECT * FROM t WHERE a = ''' OR 1=1 --'"),
    "a bare value": ("SELECT * FROM t WHERE a = <x>", "'; DROP TABLE t; --", "SELECT * FROM t WHERE a = '''; DROP TABLE t; --'"),
    "a number": ("SELECT pg_terminate_backend(<x>)", "4711", "SELECT pg_terminate_backend(4711)"),
    "a negative number": ("SELECT 1-<x>", "-5", "SELECT 1- -5"),
    "a table": ("SELECT * FROM <x>", "orders", "SELECT * FROM orders"),
    "a table with a schema": ("SELECT * FROM <x>", "shop.orders", "SELECT * FROM shop.orders"),
    "a table with capitals": ("SELECT * FROM <x>", "Orders", 'SELECT * FROM "Orders"'),
    "a reserved word": ("SELECT * FROM <x>", "user", 'SELECT * FROM "user"'),
    "a hostile table": ("DROP TABLE <x>", 'a"; DROP TABLE b; --', 'DROP TABLE "a""; DROP TABLE b; --"'),
    "a quoted name": ('SELECT * FROM "<x>"', 'a"b', 'SELECT * FROM "a""b"'),
    "a statement": ("EXPLAIN ANALYZE <x>;", "SELECT 1", "EXPLAIN ANALYZE SELECT 1;"),
    "an escaped string": ("SELECT E'<x>'", "a'\\", "SELECT E'a''\\\\'"),
    "a comment": ("-- about <x>\nSELECT 1", "anything\n; DROP", "-- about <x>\nSELECT 1"),
}  # fmt: skip


@pytest.mark.parametrize(("template", "value", "wanted"), SQL.values(), ids=SQL)
def test_values_in_sql_are_written_for_their_place(template: str, value: str, wanted: str) -> None:
    done = put(template, value, "sql")
    assert not done.problems
    assert done.text == wanted


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("EXPLAIN ANALYZE <x>;", "SELECT 1; DROP TABLE t"),
        ("EXPLAIN <x>;", "SELECT 1 -- "),
        ("EXPLAIN <x>;", "DROP TABLE t"),
        ("SELECT $$<x>$$", "a$$; DROP TABLE t; --"),
        ("SELECT '<x>'", "a\n'; DROP"),
    ],
)
def test_values_that_would_change_a_statement_are_refused(template: str, value: str) -> None:
    assert put(template, value, "sql").problems


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet=st.sampled_from("ab '\"$;-/*\\()=%"), max_size=10))
def test_no_text_adds_a_statement_to_sql(value: str) -> None:
    for template in ("SELECT a FROM t WHERE b = '<x>' AND c = 1", "SELECT a FROM t WHERE b = <x> AND c = 1"):
        done = put(template, value, "sql")
        if not done.problems:
            (statement,) = sqlglot.parse(done.text, read="postgres")
            assert isinstance(statement, exp.Select)
            assert len(list(statement.find_all(exp.EQ))) == 2


def test_sql_in_the_words_of_psql_is_written_for_both() -> None:
    done = put("psql -c \"SELECT * FROM t WHERE a = '<x>'\"", "it's $HOME")
    assert done.text == "psql -c \"SELECT * FROM t WHERE a = 'it''s \\$HOME'\""
    assert (
        put('psql -c "SELECT a FROM t WHERE b = <x>"', "10.0.0.5").text
        == "psql -c \"SELECT a FROM t WHERE b = '10.0.0.5'\""
    )


SECRET = Bound(
    reference=Reference(secret_reference("env:PW") or pytest.fail("no reference")),
    variable="RUNWARD_SECRET_1",
)


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("tool -p <pw>", 'tool -p "$RUNWARD_SECRET_1"'),
        ("tool -p<pw>", 'tool -p"$RUNWARD_SECRET_1"'),
        ('tool "a <pw> b"', 'tool "a ${RUNWARD_SECRET_1} b"'),
        ("tool 'a <pw> b'", "tool 'a '\"$RUNWARD_SECRET_1\"' b'"),
        ("tool <<EOF\npw=<pw>\nEOF", "tool <<EOF\npw=${RUNWARD_SECRET_1}\nEOF"),
    ],
)
def test_a_secret_becomes_a_quoted_variable(template: str, wanted: str) -> None:
    done = filled(template, {"<pw>": SECRET}, "bash")
    assert done.text == wanted
    assert dict(done.variables or {}) == {"RUNWARD_SECRET_1": SECRET}


def test_a_secret_in_single_quotes_arrives(tmp_path: Path) -> None:
    done = filled("printf %s 'a <pw> b'", {"<pw>": SECRET}, "bash")
    assert printed(done.text, tmp_path, {"RUNWARD_SECRET_1": "x'y $z"}) == "a x'y $z b"


@pytest.mark.parametrize(
    "template", ["ssh web1 'tool <pw>'", "psql -c \"ALTER ROLE a PASSWORD '<pw>'\"", "cat <<'EOF'\n<pw>\nEOF"]
)
def test_a_secret_that_another_language_would_read_is_refused(template: str) -> None:
    assert filled(template, {"<pw>": SECRET}, "bash").problems


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("ALTER ROLE a PASSWORD '<pw>'", "ALTER ROLE a PASSWORD :'RUNWARD_SECRET_1'"),
        ("SELECT f(<pw>)", "SELECT f(:'RUNWARD_SECRET_1')"),
    ],
)
def test_a_secret_in_sql_becomes_a_variable_of_psql(template: str, wanted: str) -> None:
    assert filled(template, {"<pw>": SECRET}, "sql").text == wanted


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("your_table", "SELECT your_table.a FROM your_table", "SELECT V.a FROM V"),
        ("your_table", "echo your_table_2 my_your_table", "echo your_table_2 my_your_table"),
        ("example.org", "curl https://example.org/x", "curl https://V/x"),
        (
            "example.org",
            "curl https://api.example.org https://example.org.uk",
            "curl https://api.example.org https://example.org.uk",
        ),
        ("https://example.org", "curl https://example.org/x https://example.org", "curl V/x V"),
        ("<a b>", "echo <a b>", "echo V"),
        ("[Name]", "echo '[Name]'", "echo 'V'"),
    ],
)
def test_words_are_replaced_only_where_they_stand_by_themselves(name: str, text: str, wanted: str) -> None:
    assert filled(text, {name: Bound("V")}, "bash").text.replace('"V"', "V") == wanted


def test_the_longer_word_wins() -> None:
    words = {"example.org": Bound("short"), "https://example.org": Bound("http://localhost:8080")}
    assert (
        filled("curl https://example.org/x example.org", words, "bash").text
        == "curl http://localhost:8080/x short"
    )


@pytest.mark.parametrize("language", ["python", "powershell", "yaml"])
def test_other_languages_take_only_harmless_letters(language: str) -> None:
    assert put("HOST = '<x>'", "10.0.0.5", language).text == "HOST = '10.0.0.5'"
    assert put("HOST = '<x>'", "a'b", language).problems
    assert filled("P = '<x>'", {"<x>": SECRET}, language).problems
