"""Point at the very words of a line that a finding is about."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.commands import Placed
from runward.runbooks.finding.latest import once_a_runbook
from runward.runbooks.finding.model import Case, Found, Mend
from runward.runbooks.model import Block, Runbook
from runward.runbooks.shell.model import Call


def line_of(runbook: Runbook, line: int) -> str:
    """The text of a 1-based line, "" beyond the document's end."""
    lines = runbook.document.lines
    return lines[line - 1] if 0 < line <= len(lines) else ""


def found_at(case: Case, line: int, words: str, said: str, mend: Mend | None = None) -> Found:
    """A finding about these words of a line; about the whole line where they do not stand there as such."""
    column = line_of(case.runbook, line).find(words) + 1 if words else 0
    return Found(line, said, column=column, width=len(words) if column else 0, mend=mend)


def found_in(case: Case, first: int, last: int, words: str, said: str) -> Found:
    """The same, on the first of these lines that holds the words."""
    line = next(
        (number for number in range(first, last + 1) if words in line_of(case.runbook, number)), first
    )
    return found_at(case, line, words, said)


def found_call(case: Case, one: Placed, words: str, said: str) -> Found:
    """A finding about words of a call, on the line of the call's command where they stand."""
    command = one.call.command
    return found_in(case, command.line, max(command.end, command.line), words, said)


def replaced(case: Case, line: int, old: str, new: str) -> Mend | None:
    """A mend that puts one text in the place of another, if it stands exactly once in the line."""
    text = line_of(case.runbook, line)
    return Mend(line, line, text.replace(old, new)) if old and text.count(old) == 1 else None


def verb_of(call: Call, valued: frozenset[str] = frozenset()) -> list[str]:
    """The words of a call that are no flags, so that the first is its verb."""
    rest: list[str] = []
    skip = False
    for word in call.arguments:
        if skip:
            skip = False
        elif word.text.startswith("-") and len(word.text) > 1:
            skip = word.text in valued
        else:
            rest.append(word.text)
    return rest


def lines_of(block: Block) -> Iterator[tuple[int, str]]:
    """The lines of a block with their numbers in the document."""
    yield from enumerate(block.text.split("\n"), block.first_line)


@once_a_runbook
def lowered(runbook: Runbook) -> str:
    """The document's text in small letters: there a pattern need not ignore case, and is found several times as quickly."""
    return runbook.document.text.lower()


def mentions(runbook: Runbook, pattern: str) -> bool:
    """Whether the document says this anywhere; the pattern is written in small letters."""
    return re.search(pattern, lowered(runbook)) is not None
