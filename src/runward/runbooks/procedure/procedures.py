"""Find which headings and labels of a document are procedures, and which sections belong to each."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from runward.runbooks.model import Block, Node, NodeKind
from runward.runbooks.procedure.flowchart import boxes_of
from runward.runbooks.procedure.instructions import POINTS_ELSEWHERE, is_instruction
from runward.runbooks.procedure.sections import Section
from runward.runbooks.procedure.titles import (
    Role,
    means_collection,
    means_reference,
    means_time,
    means_trouble,
    means_work,
    number_of,
)
from runward.runbooks.procedure.worklist import fences_of, has_commands, has_work

_APART = frozenset({Role.NAME, Role.REFERENCE})
_SHAPES = frozenset(
    {
        Role.CONDITION,
        Role.STEPS,
        Role.VERIFICATION,
        Role.PREREQUISITE,
        Role.EXPECTED,
        Role.ROLLBACK,
        Role.OPTION,
    }
)
# A list under these is read or is said of something else; only commands make them procedures.
_READ = frozenset(
    {
        Role.CONDITION,
        Role.PREREQUISITE,
        Role.BACKGROUND,
        Role.METADATA,
        Role.EXPECTED,
        Role.ESCALATION,
        Role.AFTERWARDS,
        Role.CAUTION,
        Role.REFERENCE,
    }
)
# Under these, a sentence may tell what to do without a list.
_DONE = frozenset({Role.STEPS, Role.VERIFICATION, Role.ROLLBACK, Role.STEP})
_GENERIC = (
    "runbook",
    "playbook",
    "handbook",
    "operations",
    "guide",
    "manual",
    "readme",
    "documentation",
    "betriebshandbuch",
)


@dataclass(frozen=True, slots=True)
class Found:
    """A procedure as it lies in the document, before its steps are read."""

    section: Section
    parts: tuple[Section, ...]  # the sections below it that belong to it, in order
    path: tuple[str, ...]  # the titles above it and its own, the document's own title left out
    beside: tuple[Section, ...]  # sections beside it that hold for it too, such as prerequisites


@dataclass(frozen=True, slots=True)
class Blocks:
    """The blocks of a document by the line on which they open, fences and inline commands apart."""

    fences: Mapping[int, Block]
    inline: Mapping[int, tuple[Block, ...]]
    inline_lines: frozenset[int]
    numbers: Mapping[int, Block]
    below: Mapping[int, Block]  # by a block's number: the next fence or indented code


def blocks_by_line(blocks: Sequence[Block]) -> Blocks:
    """The blocks as `Blocks`."""
    inline: dict[int, list[Block]] = {}
    for block in blocks:
        if block.form == "inline":
            inline.setdefault(block.line, []).append(block)
    fences = {
        block.line: block for block in sorted(blocks, key=lambda one: one.line) if block.form != "inline"
    }
    ordered = list(fences)
    below: dict[int, Block] = {}
    for block in blocks:
        place = bisect_right(ordered, block.end)
        if place < len(ordered):
            below[block.number] = fences[ordered[place]]
    by_line = {line: tuple(found) for line, found in inline.items()}
    return Blocks(fences, by_line, frozenset(by_line), {block.number: block for block in blocks}, below)


def list_found(root: Section, blocks: Blocks) -> tuple[Found, ...]:
    """The procedures of a document, in its order."""
    found = list(_Search(blocks).below(root, (), ()))
    return tuple(sorted(found, key=lambda one: one.section.line))


def answers_trouble(section: Section) -> bool:
    """Whether a section is divided as an answer to an alert or incident: meaning, impact, diagnosis, mitigation."""
    return sum(means_trouble(part.title) for part in section.sections) > 1


def _once(answer: Callable[[Section], bool]) -> Callable[[Section], bool]:
    """The same answer, worked out once for each section; sections live as long as the search does."""
    known: dict[int, bool] = {}

    def of(section: Section) -> bool:
        if id(section) not in known:
            known[id(section)] = answer(section)
        return known[id(section)]

    return of


class _Search:
    """Walks the sections from the top and decides for each."""

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks
        self.works = _once(self._works)
        self.works_below = _once(self._works_below)
        self._has_commands_below = _once(self._commands_below)
        self._answers_trouble = _once(answers_trouble)
        self._is_shaped = _once(self._shaped)
        self._is_ordered = _once(self._ordered)

    def below(self, section: Section, path: tuple[str, ...], beside: tuple[Section, ...]) -> Iterator[Found]:
        if section.role is Role.REFERENCE and not self._has_commands_below(section):
            return
        sequence = _is_sequence(section)
        belonging = [part for part in section.sections if self._belongs(part, section, sequence=sequence)]
        belonging = self._settled(section, belonging)
        here = (*path, section.title) if section.level > 1 or not path else path
        if self.works(section) or any(self.works_below(part) for part in belonging):
            yield Found(section, tuple(belonging), here, beside)
        mine = {id(part) for part in belonging}
        needed = [part for part in section.sections if part.role is Role.PREREQUISITE]
        for part in section.sections:
            if id(part) not in mine:
                near = (other for other in needed if other is not part)
                yield from self.below(part, here if section.level > 1 else (), (*beside, *near))

    def _works(self, section: Section) -> bool:
        """Whether the section's own pieces are something to do."""
        fences = self._blocks.fences
        if has_commands(section.pieces, fences):
            return True
        if has_work(section, self._blocks.inline_lines):
            return section.role not in _READ
        if section.role in _DONE and any(_tells(piece) for piece in section.pieces):
            return True
        return means_work(section.title) and any(boxes_of(block) for block in self._of(section))

    def _works_below(self, section: Section) -> bool:
        """Whether the section or one below it is something to do."""
        return self.works(section) or any(self.works_below(part) for part in section.sections)

    def _of(self, section: Section) -> list[Block]:
        return [
            self._blocks.fences[one.line]
            for one in fences_of(section.pieces)
            if one.line in self._blocks.fences
        ]

    def _commands_below(self, section: Section) -> bool:
        here = has_commands(section.pieces, self._blocks.fences)
        return here or any(self._has_commands_below(part) for part in section.sections)

    def _settled(self, section: Section, belonging: list[Section]) -> list[Section]:
        """Where headings with names of their own stand beside "Rollback" or "Verification", each is its own."""
        mine = {id(part) for part in belonging}
        apart = [part for part in section.sections if id(part) not in mine and not part.is_label]
        if (
            self.works(section)
            or self._answers_trouble(section)
            or not any(self.works_below(part) for part in apart)
        ):
            return belonging
        return [part for part in belonging if part.is_label]

    def _belongs(self, part: Section, parent: Section, *, sequence: bool) -> bool:
        if parent.level == 0 or part.role is Role.REFERENCE:
            return False
        if part.role in {Role.BRANCH, Role.OPTION} and not part.is_label and parent.role is Role.NAME:
            return self._answers_trouble(parent) or self.works(parent)
        if part.role is not Role.NAME:
            return self._answers_trouble(parent) or not self._holds_procedures(part)
        return self._is_step_label(part, parent) if part.is_label else sequence

    def _holds_procedures(self, part: Section) -> bool:
        """Whether a "Troubleshooting" is no part of a procedure but a chapter with procedures of its own."""
        named = [one for one in part.sections if not one.is_label and one.role is Role.NAME]
        return any(
            self.works_below(one) and not is_instruction(one.title) and number_of(one.title) is None
            for one in named
        )

    def _is_step_label(self, part: Section, parent: Section) -> bool:
        """Whether a bold label with a name of its own titles a step, and not a procedure."""
        if means_time(part.title) or means_reference(part.title):
            return False
        return self._is_shaped(parent) or (_is_ordered_to(part.title) and self._is_ordered(parent))

    def _shaped(self, parent: Section) -> bool:
        """Whether labels beside it say what parts of one procedure they are, or the section itself works."""
        beside = {one.role for one in parent.sections if one.is_label} | {one.role for one in parent.fields}
        return bool(beside & _SHAPES) or self.works(parent)

    def _ordered(self, parent: Section) -> bool:
        """Whether every label below that works tells what to do, or is numbered."""
        return not means_collection(parent.title) and all(
            _is_ordered_to(one.title)
            for one in parent.sections
            if one.is_label and one.role is Role.NAME and self.works_below(one)
        )


def _tells(piece: Node) -> bool:
    """Whether a paragraph begins by telling somebody what to do, and does not only point elsewhere."""
    return (
        piece.kind is NodeKind.PARAGRAPH
        and is_instruction(piece.text)
        and not POINTS_ELSEWHERE.match(piece.text)
    )


def _is_ordered_to(title: str) -> bool:
    return is_instruction(title) or number_of(title) is not None


def _is_sequence(parent: Section) -> bool:
    """Whether the headings below are the numbered steps of one procedure ("1. Stop", "2. Copy")."""
    beside = [one for one in parent.sections if not one.is_label]
    if len(beside) < 2 or number_of(beside[0].title) not in {0, 1}:
        return False
    if means_collection(parent.title) or any(word in parent.title.lower() for word in _GENERIC):
        return False
    if any(number_of(one.title) is None for one in beside):
        return False
    if any(below.role in _SHAPES | _APART for one in beside for below in one.sections):
        return False
    return sum(is_instruction(one.title) for one in beside) * 2 > len(beside)
