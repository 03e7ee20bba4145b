"""Know what a document says that a command is for: the comment, headline or sentence right above it."""

import re

from runward.runbooks.finding.around import block_at
from runward.runbooks.model import Block, NodeKind, Runbook

_COMMENT = re.compile(r"^\s*(?:#(?!!)|--|//|REM\b|::)\s?(.*)$", re.IGNORECASE)
_HEADLINE = re.compile(r"^\s*(?:echo|printf|Write-Host|\\echo)\b(?:\s+-\w+)*\s*(.*)$", re.IGNORECASE)
_MOST = 4  # lines of a paragraph that are still about what follows it


def said_above(runbook: Runbook, line: int) -> str:
    """What stands right above a line about it: its comments or headline, else the sentence before its block.

    A line of prose with a command in it is its own claim.
    """
    block = block_at(runbook, line)
    if block is None:
        return runbook.document.lines[line - 1] if line <= len(runbook.document.lines) else ""
    said, reaches_the_top = _within(runbook, block, line)
    if said or not reaches_the_top:
        return said
    return _before(runbook, block)


def _within(runbook: Runbook, block: Block, line: int) -> tuple[str, bool]:
    """The comments and headlines above a line of a block; and whether nothing else stands before it."""
    said: list[str] = []
    for number in range(min(line - 1, len(runbook.document.lines)), block.first_line - 1, -1):
        text = runbook.document.lines[number - 1]
        found = _COMMENT.match(text) or _HEADLINE.match(text)
        if found:
            said.insert(0, found[1])
        elif text.strip() and not _begins(text):
            return " ".join(said), False
        elif said:
            break
    return " ".join(said), True


def _begins(text: str) -> bool:
    """Whether a line only begins the command that goes on below it, or says how the script is run."""
    return text.startswith("#!") or text.rstrip().endswith(("\\", '"', "'", "("))


def _before(runbook: Runbook, block: Block) -> str:
    """The end of the paragraph, item or title before a block."""
    lines = runbook.document.lines
    number = min(block.line - 1, len(lines))
    while number > 0 and not lines[number - 1].strip():
        number -= 1
    said: list[str] = []
    while number > 0 and len(said) < _MOST:
        text = lines[number - 1].strip()
        if not text or text.startswith(("```", "~~~", "|")):
            break
        said.insert(0, text)
        number -= 1
    return " ".join(said)


def title_above(runbook: Runbook, line: int) -> str:
    """The nearest title above a line, without those around its section."""
    titles = [node for node in runbook.document.nodes if node.kind is NodeKind.HEADING and node.line <= line]
    return titles[-1].text if titles else ""


def purpose_of(runbook: Runbook, line: int) -> str:
    """What is said right above a line, and its title."""
    return f"{title_above(runbook, line)}\n{said_above(runbook, line)}"
