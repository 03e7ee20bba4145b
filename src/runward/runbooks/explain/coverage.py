"""Decide which lines of a document say how to operate something, and which of these were understood."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runward.runbooks.model import Block, FactType, Kind, Node, NodeKind, Policy, Procedure, Runbook

# What makes a line of prose one that somebody acts on: a limit, a length, a moment, a level, a way to
# reach somebody, a command, or an order.
_OPERATIONAL = re.compile(
    r"[<>≤≥]=?\s*\d"
    r"|\b\d+(?:\.\d+)?\s*(?:%|ms\b|s\b|sec|min|hours?\b|hrs?\b|h\b|days?\b|d\b|weeks?\b|months?\b|[KMGT]i?B\b)"
    r"|\b\d{1,2}:\d{2}\b|\b\d{1,2}\s*[AaPp]\.?[Mm]\b"
    r"|\bSEV-?[0-5]\b"
    r"|[\w.+-]+@[\w-]+\.\w+|(?<!\w)\+\d[\d -]{6,}|(?<![\w/])#[a-z][\w-]{2,}"
    r"|\b[PS][0-5]\b",
    re.IGNORECASE,
)
_ORDER = re.compile(
    r"\b(?:daily|hourly|weekly|monthly|quarterly|täglich|wöchentlich|monatlich|diario|semanal|mensual"
    r"|must|never|always|ensure|verify|escalate|notify|page|contact|roll ?back|restart)\b",
    re.IGNORECASE,
)
_RUN = frozenset({Kind.COMMAND, Kind.TRANSCRIPT})
# What is read from lines that stand together; any other fact draws on its heading and its own line only.
_TOGETHER = frozenset(
    {FactType.ALERT, FactType.CHECKLIST, FactType.STAGE, FactType.TEMPLATE, FactType.THRESHOLD}
)
_MARKS = re.compile(r"[*_`~]|^\s*(?:[-+*]|\d+[.)])\s+(?:\[[ xX]\]\s+)?|^\s*#+\s+|^\s*>\s?")


@dataclass(frozen=True, slots=True)
class Coverage:
    """The lines that say how to operate something, and those of them that were understood."""

    operational: frozenset[int]
    understood: frozenset[int]

    @property
    def missed(self) -> tuple[int, ...]:
        """The lines that mean something to an operator and nothing to us."""
        return tuple(sorted(self.operational - self.understood))

    @property
    def percent(self) -> int:
        """How much was understood, rounded down so that 100 means all; 100 where there was nothing to understand."""
        if not self.operational:
            return 100
        return 100 * len(self.operational & self.understood) // len(self.operational)


def coverage_of(runbook: Runbook, policy: Policy) -> Coverage:
    """What of this document was understood, by lines."""
    understood = frozenset(_understood(runbook, policy))
    lines = runbook.document.lines
    code = {
        number
        for block in runbook.blocks
        if block.form != "inline"
        for number in range(block.line, block.end + 1)
    }
    operational = frozenset(_commands(runbook.blocks, lines)) | frozenset(
        number for number in _prose(runbook.document.nodes, lines) if number not in code
    )
    stepped = {step.line for one in runbook.procedures for step in one.steps if lines[step.line - 1].strip()}
    return Coverage(operational | (stepped - code), understood)


def _commands(blocks: Iterable[Block], lines: tuple[str, ...]) -> Iterator[int]:
    """The lines of code that would be executed; comments and blank lines are none."""
    for block in blocks:
        if block.kind in _RUN and block.form != "inline":
            inside = range(block.first_line, min(block.end, len(lines)) + 1)
            yield from (
                number
                for number in inside
                if (text := lines[number - 1].strip()) and not text.startswith(("#", "--", "```", "~~~"))
            )


def _prose(nodes: Iterable[Node], lines: tuple[str, ...]) -> Iterator[int]:
    """The lines of text that somebody acts on; an order counts where orders stand, in a list."""
    for node in nodes:
        if node.kind in {NodeKind.PARAGRAPH, NodeKind.TABLE}:
            spread = range(node.line, min(node.end, len(lines)) + 1)
            yield from (number for number in spread if _OPERATIONAL.search(lines[number - 1]))
        elif node.kind in {NodeKind.ITEM, NodeKind.HEADING} and not _is_link(node):
            text = lines[node.line - 1]
            if _OPERATIONAL.search(text) or (node.kind is NodeKind.ITEM and _ORDER.search(text)):
                yield node.line
        yield from _prose(node.children, lines)


def _is_link(node: Node) -> bool:
    """Whether it only leads elsewhere, as the items of a table of contents do."""
    return any(link.text.strip() == node.text.strip() for link in node.links)


def _understood(runbook: Runbook, policy: Policy) -> Iterator[int]:
    for fact in policy.facts:
        first, last = fact.start or fact.line, fact.end or fact.line
        yield from range(first, last + 1) if fact.type in _TOGETHER else (first, fact.line, last)
    held = {number for one in runbook.procedures for number in one.blocks}
    held |= {step.block for one in runbook.procedures for step in one.steps if step.block}
    for block in runbook.blocks:
        if block.number in held or block.kind not in _RUN:
            yield from range(block.line, block.end + 1)
    for procedure in runbook.procedures:
        yield procedure.line
        yield from (one.line for one in procedure.expects)
        for step in procedure.steps:
            yield step.line
            yield from (one.line for one in step.expects)
        yield from _told(procedure, runbook.document.lines)


def _told(procedure: Procedure, lines: tuple[str, ...]) -> Iterator[int]:
    """The lines of a procedure whose words became a particular of it or of a step."""
    steps = [
        text
        for step in procedure.steps
        for text in (step.title, step.instruction, step.condition, step.option, *step.cautions)
    ]
    said = "\n".join(
        _plain(text)
        for text in (
            *(*procedure.conditions, *procedure.prerequisites, *procedure.cautions, *procedure.afterwards),
            *(
                procedure.escalation,
                procedure.owner,
                procedure.duration,
                procedure.downtime,
                procedure.frequency,
            ),
            *(procedure.severity, *steps),
        )
        if text
    )
    conditions = [_plain(step.condition) for step in procedure.steps if step.condition]
    for number in range(procedure.line + 1, min(procedure.end, len(lines)) + 1):
        text = _plain(lines[number - 1])
        if (len(text) > 3 and (text in said or text.partition(":")[2].strip() in said.split("\n"))) or any(
            condition in text for condition in conditions
        ):
            yield number


def _plain(text: str) -> str:
    return " ".join(_MARKS.sub("", text).split()).casefold()
