"""Bash surely stops at a misplaced parenthesis and at a quote that is never closed, and at nothing else we say."""

import subprocess

import pytest

from runward.runbooks.finding.shell_stop import shell_stop

GOOD = [
    "foo() { ls; }\nfoo",
    "function foo () { ls; }",
    "a=(1 2 3)\necho ${a[@]}",
    "for i in $(seq 1 3); do (cd x && ls); done",
    "x=$((1 + (2*3)))",
    "x=$(( (1 + 2) * 3 ))",
    "if (true); then echo; fi",
    "diff <(ls) <(ls b)",
    'echo "$(date "+%Y")" # it\'s (fine)',
    "find . \\( -name x \\)",
    "awk '{print $(NF)}' f",
    'echo "${x:-"y (z)"}"',
    "cat <<EOF\nit's (x\nEOF\nls",
    "test -f x || (echo no && exit 1)",
    "echo `date`",
    "(( i++ ))",
    "while ((i<3)); do ((i++)); done",
    "[ -z x ] && ( ls )",
    "ls | (cat)",
    "PIDS=$(ps | grep x | awk '{print $2}')",
    "! (false)",
    "time (sleep 0)",
    "case $x in a) ls;; (b) ls;; esac",
    "[[ $x =~ (a|b) ]]",
    "echo $'it\\'s (fine)'",
    'echo "a \\" (b)"',
    "echo 'a'\\''(b)'",
    "{ (ls); }",
]
BAD = [
    ("ls\nopen http://x/graph?g0 expr=rate(a[5m])", 1),
    ("echo it's\nls", 0),
    ("SELECT count(*) FROM orders", 0),
    ('ls\necho "never closed\nls', 1),
    ("echo `date", 0),
    ("echo one (two)", 0),
    ("ls )", 0),
    ('echo "$(ls (x))"', 0),
]


@pytest.mark.parametrize("text", GOOD)
def test_what_bash_takes_is_left_alone(text: str) -> None:
    assert subprocess.run(["bash", "-O", "extglob", "-n", "-c", text], check=False).returncode == 0
    assert shell_stop(text) is None


@pytest.mark.parametrize(("text", "line"), BAD)
def test_what_bash_refuses_is_found_at_its_line(text: str, line: int) -> None:
    assert subprocess.run(["bash", "-n", "-c", text], capture_output=True, check=False).returncode != 0
    stop = shell_stop(text)
    assert stop is not None
    assert stop.line == line
