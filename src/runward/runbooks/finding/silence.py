"""Read the comments by which an author says that a finding is meant to be so, and hold findings against them.

`# runward: ignore=RULE reason` in a code block's own comment holds for its line, or for the command after it where it
stands alone. `<!-- runward: ignore=RULE reason -->` holds for its line and for the piece after it: a whole fence where
one follows. `ignore-block`, `ignore-section` and `ignore-file` hold for as much as they say.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runward.runbooks.model import Block, Node, NodeKind, Runbook

_COMMENT = re.compile(
    r"(?P<mark>#|--|//|;|::|\bREM\b|<!--|/\*)\s*runward:\s*ignore(?P<how>-block|-section|-file)?\s*=\s*(?P<rules>[\w-]+(?:\s*,\s*[\w-]+)*)(?P<reason>[^\n]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Silence:
    """A comment that says: in these lines, this rule is not to be held."""

    line: int  # where the comment stands
    column: int
    rule: str
    reason: str
    first: int
    last: int

    def covers(self, rule: str, line: int) -> bool:
        """Whether a finding of this rule at this line is meant."""
        return rule == self.rule and self.first <= line <= self.last


def silences_of(runbook: Runbook) -> tuple[Silence, ...]:
    """Every such comment of a document, one for each rule that it names."""
    if "runward:" not in runbook.document.text:
        return ()
    return tuple(
        one
        for line, text in enumerate(runbook.document.lines, 1)
        if "runward:" in text
        for found in _COMMENT.finditer(text)
        for one in _silences(runbook, line, text, found)
    )


def _silences(runbook: Runbook, line: int, text: str, found: re.Match[str]) -> Iterator[Silence]:
    block = _block_at(runbook.blocks, line)
    markdown = found["mark"] == "<!--"
    if markdown is not (block is None):
        return  # an example of such a comment inside a fence of Markdown, or prose about it
    first, last = _reach(runbook, line, text, found, block)
    reason = found["reason"].partition("-->")[0].partition("*/")[0].strip()
    for rule in re.split(r"\s*,\s*", found["rules"]):
        yield Silence(line, found.start() + 1, rule, reason, first, last)


def _reach(
    runbook: Runbook, line: int, text: str, found: re.Match[str], block: Block | None
) -> tuple[int, int]:
    how = (found["how"] or "").lower()
    if how == "-file":
        return 1, len(runbook.document.lines)
    if how == "-section":
        return _section(runbook.document.nodes, line, len(runbook.document.lines))
    if block is not None:
        if how == "-block":
            return block.line, block.end
        alone = not text[: found.start()].strip()
        return (line, _command_end(block, line)) if alone else (line, line)
    return line, _piece_end(runbook, line)


def _block_at(blocks: Sequence[Block], line: int) -> Block | None:
    return next((one for one in blocks if one.form != "inline" and one.line <= line <= one.end), None)


def _command_end(block: Block, line: int) -> int:
    """The last line of the command or statement that begins next."""
    starts = [(call.command.line, max(call.command.end, call.command.line)) for call in block.calls]
    starts += [(block.first_line + one.line, block.first_line + one.end) for one in block.statements]
    after = sorted(one for one in starts if one[0] > line)
    if not after:
        return line + 1
    first = after[0][0]
    return max(end for start, end in after if start == first)


def _piece_end(runbook: Runbook, line: int) -> int:
    """The last line of what follows a comment of Markdown: a fence as a whole, else one line of text."""
    lines = runbook.document.lines
    following = line + 1
    while following <= len(lines) and not lines[following - 1].strip():
        following += 1
    fence = next((one for one in runbook.blocks if one.form == "fence" and one.line == following), None)
    return fence.end if fence else min(following, len(lines))


def _section(nodes: Sequence[Node], line: int, count: int) -> tuple[int, int]:
    """From the heading above to the line before the next one that is not below it."""
    headings = [node for node in nodes if node.kind is NodeKind.HEADING]
    above = [node for node in headings if node.line <= line]
    if not above:
        return 1, count
    after = (node.line - 1 for node in headings if node.line > line and node.level <= above[-1].level)
    return above[-1].line, next(after, count)
