"""Divide a block into its commands, each stretch under the comment that announces it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from runward.runbooks.model import Block
from runward.runbooks.procedure.cautions import COMMENT

SHELLS = frozenset(
    {
        "bash",
        "sh",
        "shell",
        "zsh",
        "console",
        "shell-session",
        "none",
        "terminal",
        "powershell",
        "pwsh",
        "ps1",
        "bat",
        "cmd",
        "batch",
        "fish",
        "ksh",
        "text",
    }
)
_PROMPT = re.compile(r"^\s*(?:\$|>|PS[^>]*>)\s+(?=\S)")
_CONTINUED = re.compile(r"\\\n\s*")
_ENDS_SQL = re.compile(r";\s*(--.*)?$")
_ESCAPED = re.compile(r"\\.", re.DOTALL)
_MARKS = re.compile("['\"]")
QUERIES = frozenset({"sql", "postgresql", "postgres", "mysql", "psql", "plpgsql", "tsql", "sqlite"})


@dataclass(frozen=True, slots=True)
class Command:
    """One command as written, continuation lines joined, with the document line on which it begins."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A comment and the commands up to the next comment; `comment` is "" before the first."""

    comment: str
    line: int
    commands: tuple[Command, ...]


def stretches_of(block: Block) -> tuple[Stretch, ...]:
    """The block in stretches, in order."""
    return _stretches(block.text, block.first_line, block.lang in QUERIES)


@lru_cache(maxsize=1024)
def _stretches(written: str, first_line: int, sql: bool) -> tuple[Stretch, ...]:
    stretches: list[Stretch] = []
    comment, line, commands = "", first_line, list[Command]()
    for number, text in _logical_lines(written, first_line, sql=sql):
        found = COMMENT.match(text)
        if found and "\n" not in text:
            if comment or commands:
                stretches.append(Stretch(comment, line, tuple(commands)))
            comment, line, commands = found["text"], number, []
        elif text.strip():
            commands.append(Command(number, text.strip()))
    return (*stretches, Stretch(comment, line, tuple(commands)))


def _logical_lines(text: str, first_line: int, *, sql: bool) -> Iterator[tuple[int, str]]:
    """Lines joined over backslashes, open quotes and, in SQL, up to the semicolon."""
    pending: list[str] = []
    start, quotes = 0, _Quotes()
    for number, raw in enumerate(text.split("\n"), first_line):
        line = raw if pending else _PROMPT.sub("", raw)
        if not pending and (COMMENT.match(line) or not line.strip()):
            yield number, line
            continue
        start = start if pending else number
        pending.append(line)
        if not _ENDS_SQL.search(line) if sql else quotes.goes_on(line):
            continue
        yield start, _CONTINUED.sub(" ", "\n".join(pending))
        pending, quotes = [], _Quotes()
    if pending:
        yield start, _CONTINUED.sub(" ", "\n".join(pending))


@dataclass(slots=True)
class _Quotes:
    """What the lines of a command so far have left open; each line is read once, however many there are."""

    single: bool = False
    double: bool = False
    end: str = ""  # the last letter that is no blank

    def goes_on(self, line: str) -> bool:
        """Whether the command goes on behind this further line of it."""
        self.end = line.rstrip()[-1:] or self.end
        if '"' in line or "'" in line:
            for mark in _MARKS.findall(_ESCAPED.sub("", line)):
                if mark == "'":
                    self.single = not self.single
                elif not self.single:
                    self.double = not self.double
        return self.single or self.double or self.end in {"\\", "|", "`"}
