"""Read from a procedure what a good outcome is, and bind each statement to what can decide it."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from runward.runbooks.expectation.binding import left_to_person
from runward.runbooks.expectation.looks import Look, looks_of
from runward.runbooks.expectation.outputs import expected_output
from runward.runbooks.expectation.spoken import falling, said_below, spoken
from runward.runbooks.expectation.stated import Around, stated_by
from runward.runbooks.expectation.statements import states_outcome, waits_for_less
from runward.runbooks.model import Block, Document, Expectation, NodeKind, Step, StepKind
from runward.runbooks.procedure.cautions import text_of
from runward.runbooks.procedure.flowchart import boxes_of
from runward.runbooks.procedure.particulars import conditions_of
from runward.runbooks.procedure.procedures import Blocks, Found
from runward.runbooks.procedure.sections import Section
from runward.runbooks.procedure.steps import Reading, ReadStep
from runward.runbooks.procedure.titles import Role, plain

_DEMANDS = re.compile(
    r"\b(?:should|expect\w*|must|will see|soll\w*|erwart\w*|debe\w*|esper\w*)\b", re.IGNORECASE
)
_AROUND = 200  # looks before and after a statement


@dataclass(frozen=True, slots=True)
class Expected:
    """The steps with what each must show, and what the procedure as a whole must show."""

    steps: tuple[Step, ...]
    expects: tuple[Expectation, ...]


def expectations_of(found: Found, reading: Reading, blocks: Blocks, document: Document) -> Expected:
    """The steps of a procedure with their expectations, and the procedure's own."""
    return _Reader(found, reading, blocks, document).expected()


class _Reader:
    """Collects the statements of one procedure and looks for what decides each."""

    def __init__(self, found: Found, reading: Reading, blocks: Blocks, document: Document) -> None:
        self._blocks = blocks
        self._found, self._reading, self._document = found, reading, document
        self._earlier: list[Block] = []
        self._around = Around(document.path, self._earlier, bool(conditions_of(found)))
        self._own: list[Expectation] = []

    @cached_property
    def _looks(self) -> list[Look]:
        """The looks of all steps; many procedures state nothing that needs them."""
        return [look for one in self._reading.steps for look in self._looks_of(one)]

    def expected(self) -> Expected:
        steps: list[Step] = []
        for one in self._reading.steps:
            block = self._blocks.numbers.get(one.step.block or 0)
            if one.step.kind is StepKind.COMMAND and block:
                expects = list(self._of_command(one, block))
                self._earlier.append(block)
            else:
                expects = list(self._of_manual(one, block))
            steps.append(replace(one.step, expects=_unlike(expects)) if expects else one.step)
        self._own += [one for part in _sections(self._found.parts) for one in self._of_section(part)]
        return Expected(tuple(steps), _unlike(self._own))

    def _near(self, line: int) -> Sequence[Look]:
        """The looks among which a statement's own is sought: in a procedure of thousands, those around it."""
        if len(self._looks) <= 2 * _AROUND:
            return self._looks
        place = bisect_right(self._looks, line, key=lambda look: look.block.line)
        first = max(0, min(place - _AROUND, len(self._looks) - 2 * _AROUND))
        return self._looks[first : first + 2 * _AROUND]

    def _looks_of(self, one: ReadStep) -> Iterator[Look]:
        block = self._blocks.numbers.get(one.step.block or 0)
        if block and one.step.kind is StepKind.COMMAND:
            yield from looks_of(block, one.step.title)

    def _of_command(self, one: ReadStep, block: Block) -> Iterator[Expectation]:
        """What the block and its title state, the output shown below it, and the sentences below it."""
        yield from stated_by(one, block, self._around)
        output = expected_output(block, self._blocks.below.get(block.number), self._document.lines)
        if output:
            yield output
        for remark in self._reading.remarks:
            said = remark.node.text.rstrip()
            if remark.after == one.step.number and _DEMANDS.search(said) and not said.endswith(":"):
                looks = [look for look in self._looks if look.block.number == block.number]
                yield from said_below(remark.node.line, remark.node, block, looks)

    def _of_manual(self, one: ReadStep, block: Block | None) -> Iterator[Expectation]:
        """Statements among the things a person does; some are decided by what another step shows."""
        box = next((box for box in boxes_of(block) if box.line == one.step.line), None) if block else None
        if box:
            for note, line in box.notes:
                if states_outcome(note) and " " in note:
                    yield left_to_person(line, note, "a step of a drawing; nothing is executed")
            return
        text = plain(one.step.title)
        within = self._found.section.title
        if not (states_outcome(text, within=within) or states_outcome(one.step.instruction) or one.is_state):
            return
        near = self._near(one.line)
        decided = list(falling(one.line, text, near)) if waits_for_less(text) else []
        decided = decided or list(spoken(one.line, text, near, needed=1.0))
        self._own += decided
        if not decided:
            yield left_to_person(one.line, text)

    def _of_section(self, section: Section) -> Iterator[Expectation]:
        """The items and sentences under "Expected Results" and the like."""
        for node in section.pieces:
            for item in node.children if node.kind is NodeKind.LIST else (node,):
                text = text_of(item)
                if not text or item.kind is NodeKind.FENCE:
                    continue
                found = list(spoken(item.line, text, self._near(item.line), needed=0.5))
                yield from found or [left_to_person(item.line, text, "no block here shows what it speaks of")]


def _sections(parts: Sequence[Section]) -> Iterator[Section]:
    for part in parts:
        if part.role is Role.EXPECTED:
            yield part
        else:
            yield from _sections(part.sections)


def _unlike(expects: Sequence[Expectation]) -> tuple[Expectation, ...]:
    """Each expectation once, in the order of the document."""
    return tuple(sorted(dict.fromkeys(expects), key=lambda one: one.line))
