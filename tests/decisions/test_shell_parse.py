"""The commands of a script are all found, whatever stands around them."""

import random
import re

import pytest

from runward.runbooks.shell.calls import calls_of
from runward.runbooks.shell.model import Feed
from runward.runbooks.shell.parse import script_of

PLAIN = [
    "a",
    "-x",
    "--long=v",
    "/a/b",
    "a=b",
    "@x",
    "^a",
    "a#b",
    "\\#x",
    "a\\ b",
    "{}",
    "*.log",
    "[a-z]",
    "+x",
    "a,b",
    "http://x:80/a?b=c",
]
SINGLE = [
    "'q q'",
    "'#'",
    "'a\nb'",
    "'$('",
    "'\"'",
    "'`'",
    "';'",
    "'|'",
    "'\\'",
    "'<<EOF'",
    "''",
    "'{'",
    "'('",
]
DOUBLE = [
    '"a b"',
    '"#"',
    '"a\nb"',
    '"\'"',
    '"\\""',
    '"\\$("',
    '"\\`"',
    '";"',
    '"|"',
    '"$X"',
    '"${X:-a}"',
    '"${#X}"',
    '"<<EOF"',
    '"("',
    '"$((1+2))"',
]
EXPANDED = [
    "$X",
    "${X%.*}",
    "${X//a/b}",
    "$1",
    "$@",
    "$?",
    "$#",
    "$((1+2))",
    "${X[@]}",
    "${!X}",
    "$'a\\n'",
    "$'\\''",
    '$"a"',
]
REDIRECTED = ["", "", "", " > f", " >>f", " 2>&1", " 2>/dev/null", " <f", " &>f", ' <<<"a b"', " >&2"]
REMARKS = ["'", '"', "$(", "<<EOF", "it's", ")", "fi", "done"]


class _Writer:
    """Writes random scripts in which every command that runs has a name of its own: m1, m2, m3 ..."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311  scripts to read, not secrets
        self.names = 0

    def simple(self, depth: int) -> str:
        self.names += 1
        name = f"m{self.names}"
        words = [self.word(depth) for _ in range(self.dice.randrange(4))]
        before = self.dice.choice(["", "", "A=1 ", "A=$X B='x y' "])
        return before + " ".join([name, *words]) + self.dice.choice(REDIRECTED)

    def word(self, depth: int) -> str:
        kind = self.dice.randrange(9 if depth > 0 else 5)
        if kind < 5:
            return self.dice.choice([PLAIN, SINGLE, DOUBLE, EXPANDED, PLAIN][kind])
        inner = self.chain(depth - 1)
        return [f"$({inner})", f'"x$({inner})y"', f"<({inner})", f"${{X:-$({inner})}}"][kind - 5]

    def chain(self, depth: int) -> str:
        stages = [self.unit(depth) for _ in range(self.dice.randrange(1, 4))]
        return self.dice.choice([" | ", " && ", " || ", " |\n  "]).join(stages)

    def unit(self, depth: int) -> str:
        if depth <= 0 or self.dice.random() < 0.6:
            return self.simple(depth)
        inner = depth - 1
        forms = [
            lambda: f"if {self.chain(inner)}; then{self.body(inner)}fi",
            lambda: f"while {self.chain(inner)}; do{self.body(inner)}done",
            lambda: f"for i in {self.word(inner)} b; do{self.body(inner)}done",
            lambda: f"case {self.word(0)} in\n a|b) {self.chain(inner)};;\n *){self.body(inner)};;\nesac",
            lambda: f"({self.body(inner)})",
            lambda: "{" + self.body(inner) + "}",
            lambda: f"[[ -f $X && -n $({self.chain(inner)}) ]]",
        ]
        return self.dice.choice(forms)()

    def body(self, depth: int) -> str:
        return "\n" + self.script(depth) + "\n"

    def heredoc(self) -> str:
        self.names += 1
        mark = self.dice.choice(["EOF", "'EOF'", '"EOF"'])
        body = self.dice.choice(["text", "it's", 'a "quote', "# c", "(", "fi", "EOFX", ""])
        return f"m{self.names} <<{mark}\n{body}\nEOF"

    def script(self, depth: int) -> str:
        made = []
        for _ in range(self.dice.randrange(1, 4)):
            remark = f"# {self.dice.choice(REMARKS)}\n" if self.dice.random() < 0.3 else ""
            after = self.dice.choice(["", "", " &", "  # note"])
            made.append(remark + (self.heredoc() if self.dice.random() < 0.1 else self.chain(depth) + after))
        return self.dice.choice(["\n", "\n\n"]).join(made)


@pytest.mark.parametrize("seed", range(400))
def test_no_command_of_a_script_is_overlooked(seed: int) -> None:
    """A command that is not found must at least show: the line is refused, or an odd program is called."""
    writer = _Writer(seed)
    script = script_of(writer.script(seed % 3))
    found = {command.words[0].text for command in script.commands if command.words}
    missing = {f"m{number}" for number in range(1, writer.names + 1)} - found
    odd = [name for name in found if not re.fullmatch(r"m\d+", name)]
    assert not missing or script.refused or odd


def _words(text: str) -> list[list[str]]:
    return [[word.text for word in command.words] for command in script_of(text).commands if command.words]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("r\\m 'a b' \"c $X\" $'\\x72'", [["rm", "a b", "c $X", "r"]]),
        ("a \\\n  b", [["a", "b"]]),
        ("X='a b'; c $X \"$X\"", [["c", "a", "b", "a b"]]),
        ("X=a; X=b; c $X", [["c", "$X"]]),
        ("a | wc -l\n\n# b\necho c", [["a"], ["wc", "-l"], ["echo", "c"]]),
        ("a <pod-name> -n <name space>", [["a", "_pod-name_", "-n", "_name_space_"]]),
        ("a && b || c; d & e", [["a"], ["b"], ["c"], ["d"], ["e"]]),
    ],
)
def test_words_are_what_bash_would_see(text: str, words: list[list[str]]) -> None:
    assert _words(text) == words


def _feeds(text: str) -> dict[str, Feed | None]:
    return {command.words[0].text: command.feed for command in script_of(text).commands if command.words}


def test_what_feeds_a_command_is_known() -> None:
    assert _feeds("a | b")["b"] == Feed("pipe", None, "a")
    assert _feeds("echo hi | b")["b"] == Feed("pipe", "hi", "echo")
    assert _feeds("a < f")["a"] == Feed("file", None, "f")
    assert _feeds("a <<EOF\nx\nEOF")["a"] == Feed("text", "x\n")
    assert _feeds("a <<EOF\n$X\nEOF")["a"] == Feed("text", None)
    assert _feeds("a | b <<EOF\nx\nEOF") == {"a": None, "b": Feed("text", "x\n")}
    assert _feeds("while read x; do b; done < f")["b"] == Feed("file", None, "f")


def test_lines_and_texts_are_those_of_the_document() -> None:
    script = script_of("# one\nls -l \\\n  /a > f\n\ncat <<EOF\nx\nEOF", 10)
    assert [(command.line, command.end, command.text) for command in script.commands] == [
        (11, 12, "ls -l \\\n  /a > f"),
        (14, 16, "cat <<EOF\nx\nEOF"),
    ]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("sudo -u a docker exec -it c sh -c 'ls; df -h'", ["sudo", "docker", "sh", "ls", "df"]),
        ("kubectl -n a exec deploy/b -c d -- psql -c 'x'", ["kubectl", "psql"]),
        ("ssh -p 22 a 'sudo systemctl status b'", ["ssh", "sudo", "systemctl"]),
        ("ls | xargs -0 -I % grep a %", ["ls", "xargs", "grep"]),
        ("find . -exec ls {} + -exec sh -c 'df' \\;", ["find", "ls", "sh", "df"]),
        ("timeout -k 1 5 nice -n 3 env A=b ls", ["timeout", "nice", "env", "ls"]),
        ("/usr/lib/postgresql/15/bin/pg_ctl status", ["pg_ctl"]),
        ("docker compose -f a.yml exec -T db pg_isready", ["docker", "pg_isready"]),
    ],
)
def test_wrappers_are_seen_through(text: str, seen: list[str]) -> None:
    assert [call.name for call in calls_of(script_of(text))] == seen


def test_what_runs_elsewhere_is_told_from_what_runs_here() -> None:
    calls = calls_of(script_of("sudo docker exec c psql; ssh a ls; df"))
    assert {call.name: call.local for call in calls if call.name} == {
        "sudo": True,
        "docker": True,
        "psql": False,
        "ssh": True,
        "ls": False,
        "df": True,
    }


@pytest.mark.parametrize(
    "text", ["(" * 40_000, "$(" * 20_000, '"' * 20_001, "if " * 5_000, "<<A " * 2_000, "`" * 5_001]
)
def test_wrecks_are_refused_in_good_time(text: str) -> None:
    script = script_of(text)
    assert script.refused
