"""Divide a block into its commands, each stretch under the comment that announces it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

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
    stretches: list[Stretch] = []
    comment, line, commands = "", block.first_line, list[Command]()
    for number, text in _logical_lines(block):
        found = COMMENT.match(text)
        if found and "\n" not in text:
            if comment or commands:
                stretches.append(Stretch(comment, line, tuple(commands)))
            comment, line, commands = found["text"], number, []
        elif text.strip():
            commands.append(Command(number, text.strip()))
    return (*stretches, Stretch(comment, line, tuple(commands)))


def _logical_lines(block: Block) -> Iterator[tuple[int, str]]:
    """Lines joined over backslashes, open quotes and, in SQL, up to the semicolon."""
    sql = block.lang in QUERIES
    pending, start = "", 0
    for number, raw in enumerate(block.text.split("\n"), block.first_line):
        line = re.sub(r"^\s*(?:\$|>|PS[^>]*>)\s+(?=\S)", "", raw) if not pending else raw
        if not pending and (COMMENT.match(line) or not line.strip()):
            yield number, line
            continue
        pending, start = (f"{pending}\n{line}", start) if pending else (line, number)
        if _goes_on(pending, sql=sql):
            continue
        yield start, re.sub(r"\\\n\s*", " ", pending)
        pending = ""
    if pending:
        yield start, re.sub(r"\\\n\s*", " ", pending)


def _goes_on(text: str, *, sql: bool) -> bool:
    if sql:
        return not re.search(r";\s*(--.*)?$", text)
    bare = re.sub(r"\\.", "", text, flags=re.DOTALL)
    bare = re.sub(r"'[^']*'", "", bare)
    return text.rstrip().endswith(("\\", "|", "`")) or bare.count('"') % 2 == 1 or bare.count("'") % 2 == 1
