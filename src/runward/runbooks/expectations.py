"""Read from a procedure what a good outcome is, and bind each statement to what can decide it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from runward.foundation.errors import Mistake
from runward.runbooks.annotations import annotated
from runward.runbooks.cautions import text_of
from runward.runbooks.claims import claim_of
from runward.runbooks.deciders import Decider, decider_of
from runward.runbooks.flowchart import boxes_of
from runward.runbooks.looks import (
    Look,
    asks_http,
    best_looks,
    decider_for_claim,
    looks_of,
    status_in,
)
from runward.runbooks.messages import messages_of
from runward.runbooks.model import Block, Document, Expectation, Node, NodeKind, Operator, Source, Step, StepKind
from runward.runbooks.outputs import expected_output, said_value
from runward.runbooks.particulars import conditions_of
from runward.runbooks.procedures import Blocks, Found
from runward.runbooks.sections import Section
from runward.runbooks.statements import needs_person, only_watches, shared, states_outcome, subjects_of, waits_for_less
from runward.runbooks.steps import Reading, ReadStep
from runward.runbooks.stretches import Command, Stretch, stretches_of
from runward.runbooks.titles import Role, plain

_LOOKS = frozenset({Source.STATUS, Source.COLUMN, Source.KEY, Source.ROWS})
# What a command that is only watched shows by the way.
_NOT_WATCHED = frozenset({(Source.OUTPUT, Operator.MATCHES), (Source.COLUMN, Operator.ABOVE), (Source.ROWS, Operator.AT_LEAST)})
_TARGET_TIME = re.compile(r"recovery_target_time\s*=?\s*'(?P<time>[^']+)'")
_TRAILING = re.compile(r"\s(?:#|--|//)\s*(?P<text>[^'\"]*)$")


@dataclass(frozen=True, slots=True)
class Expected:
    """The steps with what each must show, and what the procedure as a whole must show."""

    steps: tuple[Step, ...]
    expects: tuple[Expectation, ...]


def expectations_of(found: Found, reading: Reading, blocks: Blocks, document: Document) -> Expected:
    """The steps of a procedure with their expectations, and the procedure's own."""
    return _Judging(found, reading, blocks, document).expected()


class _Judging:
    """Collects the statements of one procedure and looks for what decides each."""

    def __init__(self, found: Found, reading: Reading, blocks: Blocks, document: Document) -> None:
        inline = [block for several in blocks.inline.values() for block in several]
        self._blocks: Mapping[int, Block] = {block.number: block for block in (*blocks.fences.values(), *inline)}
        self._found, self._reading, self._file = found, reading, document.path
        self._lines = document.lines
        self._in_trouble = bool(conditions_of(found))
        self._done: list[Block] = []
        self._own: list[Expectation] = []
        self._looks = [look for one in reading.steps for look in self._looks_of(one)]

    def expected(self) -> Expected:
        steps: list[Step] = []
        for one in self._reading.steps:
            block = self._blocks.get(one.step.block or 0)
            if one.step.kind is StepKind.COMMAND and block:
                expects = [*self._of_command(one, block), *self._of_remarks(one, block)]
                self._done.append(block)
            else:
                expects = self._of_manual(one, block)
            steps.append(replace(one.step, expects=_unlike(expects)))
        self._own += [one for part in _sections(self._found.parts) for one in self._of_section(part)]
        return Expected(tuple(steps), _unlike(self._own))

    def _looks_of(self, one: ReadStep) -> Iterator[Look]:
        block = self._blocks.get(one.step.block or 0)
        if block and one.step.kind is StepKind.COMMAND:
            yield from looks_of(block, one.step.title)

    def _of_command(self, one: ReadStep, block: Block) -> list[Expectation]:
        """What the block says of itself, what its comments state, what it prints, and what its title states."""
        try:
            given = list(annotated(block, self._file))
        except Mistake as mistake:
            given = [Expectation(block.line, str(mistake.message), Source.HUMAN, why=mistake.hint)]
        stated = list(self._of_comments(one, block))
        messages = [
            Expectation(said.line, said.text, said.source, _numbers(said.source, block), said.at, said.text, said.operator, said.value, why=said.why)
            for said in messages_of(block)
        ]
        messages += [one for said in messages for one in self._beside(said, block)]
        titled = [] if stated or given else list(self._of_title(one, block))
        output = expected_output(block, tuple(self._blocks.values()), self._lines)
        return [*given, *titled, *stated, *messages, *([output] if output else [])]

    def _beside(self, said: Expectation, block: Block) -> Iterator[Expectation]:
        """The answer wanted from a command whose failure is announced after `||`: it may end with 0 and still say no."""
        line = block.text.split("\n")[said.line - block.first_line]
        if said.operator is Operator.ABSENT and "||" in line:
            command = Command(said.line, line.split("||", 1)[0])
            decider = decider_of([command], said.text, block.lang)
            if decider and decider.source is Source.OUTPUT and decider.operator is Operator.MATCHES:
                yield _bound(said.line, said.text, block, decider, (command,))

    def _of_comments(self, one: ReadStep, block: Block) -> Iterator[Expectation]:
        if block.form == "inline":
            return
        stretches = stretches_of(block)
        for stretch in stretches:
            weak = not states_outcome(stretch.comment) and one.line != one.step.line and len(stretches) == 1
            if stretch.comment and not weak and states_outcome(stretch.comment, within=one.step.title or one.within):
                yield from self._of_comment(stretch, block, first=stretch is stretches[0])
            for command in stretch.commands:
                trailing = _TRAILING.search(command.text)
                if trailing and re.search(r"\b(?:should|expect|must|erwart|soll|esper)", trailing["text"], re.I):
                    value = said_value(trailing["text"], ())
                    if value:
                        yield _bound(command.line, trailing["text"], block, Decider(Source.OUTPUT, "", Operator.MATCHES, value), (command,))

    def _of_comment(self, stretch: Stretch, block: Block, *, first: bool) -> Iterator[Expectation]:
        """A comment that states an outcome; the first one may speak of the whole block."""
        every = tuple(command for one in stretches_of(block) for command in one.commands)
        decider = decider_of(stretch.commands, stretch.comment, block.lang)
        if only_watches(stretch.comment) and stretch.commands:
            if decider and (decider.source, decider.operator) in _NOT_WATCHED:
                return
            if decider is None and self._in_trouble:
                return
        if first and decider is None and stretch.commands and len(every) > len(stretch.commands):
            whole = Decider(Source.EXIT, "", Operator.EQUAL, "0", why="every command of the block must end well")
            yield _bound(stretch.line, stretch.comment, block, whole, ())
            return
        yield from self._decided(stretch.line, stretch.comment, stretch.commands, block)

    def _of_title(self, one: ReadStep, block: Block) -> Iterator[Expectation]:
        said = one.step.instruction or one.step.title
        if states_outcome(said) or (said != one.within and states_outcome(one.step.title)):
            commands = tuple(command for stretch in stretches_of(block) for command in stretch.commands)
            text = plain(one.step.title)
            if only_watches(text) and self._in_trouble:
                return
            yield from self._decided(one.line, text, commands, block)

    def _decided(self, line: int, text: str, commands: Sequence[Command], block: Block) -> Iterator[Expectation]:
        """The statement bound to the commands below it; a person decides where none of them can."""
        decider = None if needs_person(text) else decider_of(commands, text, block.lang)
        if decider is None:
            yield Expectation(line, text, Source.HUMAN, why="nothing that is executed here decides it")
            return
        claim = claim_of(text)
        if claim and decider.source in _LOOKS - {Source.STATUS}:
            look = Look(block, tuple(commands), frozenset(), frozenset())
            decider = decider_for_claim(look, claim, text)
        if decider.source is Source.CHANGE:
            yield self._changed(line, text, block, decider)
            return
        if decider.name == "pg_last_xact_replay_timestamp":
            decider = self._with_target(decider)
        yield _bound(line, text, block, decider, commands)

    def _changed(self, line: int, text: str, block: Block, decider: Decider) -> Expectation:
        """A figure against the same figure of the nearest earlier block that printed it."""
        before = next((one for one in reversed(self._done) if re.search(r"\bexplain\b", one.text, re.I)), None)
        if before is None:
            return Expectation(line, text, Source.HUMAN, why="there is no earlier figure to hold it against")
        numbers = (block.number, before.number)
        return Expectation(line, text, Source.CHANGE, numbers, (), decider.name, decider.operator, "", "", decider.why)

    def _with_target(self, decider: Decider) -> Decider:
        """Where an earlier block sets the time to recover to, the replay must not have gone past it."""
        times = [found["time"] for block in self._done if (found := _TARGET_TIME.search(block.text))]
        if not times:
            return replace(decider, operator=Operator.NOT_EQUAL, value="null")
        return replace(decider, operator=Operator.AT_MOST, value=times[-1], unit="time")

    def _of_remarks(self, one: ReadStep, block: Block) -> Iterator[Expectation]:
        """Paragraphs below the block that say what it should have shown."""
        for remark in self._reading.remarks:
            text = " ".join(remark.node.text.split())
            if remark.after != one.step.number or not re.search(r"\b(?:should|expect\w*|must|will see|soll\w*|erwart\w*|debe\w*|esper\w*)\b", text, re.I):
                continue
            if remark.node.text.rstrip().endswith(":"):
                continue
            yield from self._said(remark.node.line, text, remark.node, block)

    def _said(self, line: int, text: str, node: Node, block: Block) -> Iterator[Expectation]:
        looks = [look for look in self._looks if look.block.number == block.number]
        status, claim, value = status_in(text), claim_of(text), said_value(text, node.codes)
        if status and any(asks_http(look) for look in looks):
            yield from self._status(line, text, status, [look for look in looks if asks_http(look)])
        elif re.search(r"\b(?:no rows|no output|nothing|empty|keine (?:zeilen|ausgabe)|vacío|sin resultados)\b", text, re.I):
            yield _bound(line, text, block, Decider(Source.ROWS, "rows", Operator.EQUAL, "0"), ())
        elif value:
            yield _bound(line, text, block, Decider(Source.OUTPUT, "", Operator.MATCHES, value, why="the text quoted must be printed"), ())
        elif claim and looks and not re.search(r"\b(?:minutes?|hours?|seconds?) (?:to|for)\b|\btakes?\b", text):
            yield _bound(line, text, block, decider_for_claim(looks[-1], claim, text), ())
        elif states_outcome(text):
            yield Expectation(line, text, Source.HUMAN, why="no figure and no quoted text says how to tell")

    def _of_manual(self, one: ReadStep, block: Block | None) -> list[Expectation]:
        """Statements among the things a person does; some are decided by what another step shows."""
        text = plain(one.step.title)
        boxed = [box for box in boxes_of(block) if box.line == one.step.line] if block else []
        if boxed:
            return [
                Expectation(line, note, Source.HUMAN, why="a step of a drawing; nothing is executed")
                for note, line in boxed[0].notes
                if states_outcome(note) and " " in note
            ]
        if not (states_outcome(text, within=self._found.section.title) or states_outcome(one.step.instruction) or one.is_state):
            return []
        if waits_for_less(text):
            lagging = [look for look in self._looks if re.search(r"lag|queue|backlog|pending|replay", look.text, re.I)]
            if lagging:
                self._own.append(_falling(one.line, text, lagging[-1]))
                return []
        decided = list(self._by_looks(one.line, text, needed=1.0))
        self._own += decided
        return [] if decided else [Expectation(one.line, text, Source.HUMAN, why="nothing that is executed here decides it")]

    def _by_looks(self, line: int, text: str, needed: float) -> Iterator[Expectation]:
        """The statement bound to the blocks that show what it speaks of, if any does."""
        if needs_person(text) or re.search(r"\btests?\b|\bsuite\b", text, re.I):
            return
        claim = claim_of(text)
        status = status_in(text)
        subjects = subjects_of(claim.name if claim and not status else text)
        if status:
            asking = [look for look in self._looks if asks_http(look)]
            yield from self._status(line, text, status, best_looks(asking, subjects_of(status and text), 0.0) or asking)
            return
        best = best_looks(self._looks, subjects, 0.3) if subjects and claim else []
        if claim and best:
            yield _merged(line, text, [(look, decider_for_claim(look, claim, text)) for look in best])
        elif not claim and subjects:
            yield from self._by_state(line, text, subjects, needed)

    def _by_state(self, line: int, text: str, subjects: frozenset[str], needed: float) -> Iterator[Expectation]:
        """A state without a figure ("all pods are running"), bound to the look that says it best."""
        fitting = [look for look in self._looks if shared(subjects, look.words | look.around) >= needed * len(subjects)]
        deciders = {number: decider_of(look.commands, text, look.block.lang) for number, look in enumerate(fitting)}
        telling = [look for number, look in enumerate(fitting) if (one := deciders[number]) and one.source in _LOOKS]
        able = telling or [look for number, look in enumerate(fitting) if deciders[number] and needed < 1.0]
        best = best_looks(able, subjects, needed)
        decided = [(look, decider) for look in best if (decider := decider_of(look.commands, text, look.block.lang))]
        if decided:
            yield _merged(line, text, decided)

    def _status(self, line: int, text: str, status: str, looks: Sequence[Look]) -> Iterator[Expectation]:
        if not looks:
            return
        paths = [decider for look in looks if (decider := decider_of(look.commands, text, look.block.lang)) and decider.source is Source.STATUS]
        name = paths[0].name if len({decider.name for decider in paths}) == 1 else ""
        low, high = (f"{status[0]}00", f"{status[0]}99") if status.endswith("xx") else (status, status)
        operator, value = (Operator.EQUAL, low) if low == high else (Operator.BETWEEN, f"{low}..{high}")
        at = tuple(command.line for look in looks for command in look.commands)
        numbers = tuple(sorted({look.block.number for look in looks}))
        yield Expectation(line, text, Source.STATUS, numbers, at, name, operator, value, "", "the statement names the HTTP status")

    def _of_section(self, section: Section) -> Iterator[Expectation]:
        """The items and sentences under "Expected Results" and the like."""
        for node in section.pieces:
            items = node.children if node.kind is NodeKind.LIST else (node,)
            for item in items:
                text = text_of(item)
                if not text or item.kind is NodeKind.FENCE:
                    continue
                found = list(self._by_looks(item.line, text, needed=0.5))
                yield from found or [Expectation(item.line, text, Source.HUMAN, why="no block here shows what it speaks of")]


def _sections(parts: Sequence[Section]) -> Iterator[Section]:
    for part in parts:
        if part.role is Role.EXPECTED:
            yield part
        else:
            yield from _sections(part.sections)


def _bound(line: int, text: str, block: Block, decider: Decider, commands: Sequence[Command]) -> Expectation:
    at = tuple(command.line for command in commands)
    return Expectation(line, text, decider.source, (block.number,), at, decider.name, decider.operator, decider.value, decider.unit, decider.why)


def _merged(line: int, text: str, decided: Sequence[tuple[Look, Decider]]) -> Expectation:
    """One expectation over all blocks that fit equally well."""
    first = decided[0][1]
    alike = [look for look, decider in decided if (decider.source, decider.name) == (first.source, first.name)]
    at = tuple(command.line for look in alike for command in look.commands)
    numbers = tuple(sorted({look.block.number for look in alike}))
    return Expectation(line, text, first.source, numbers, at, first.name, first.operator, first.value, first.unit, first.why)


def _falling(line: int, text: str, look: Look) -> Expectation:
    """A figure of the look that must be lower when it is looked at again."""
    named = re.search(r"\bas\s+(\w*(?:lag|pending|backlog|queue)\w*)", look.text, re.I)
    why = "the figure must be lower when this block is executed again"
    number = look.block.number
    return Expectation(line, text, Source.CHANGE, (number, number), (), named[1] if named else "lag", Operator.BELOW, "", "", why)


def _numbers(source: Source, block: Block) -> tuple[int, ...]:
    return () if source is Source.HUMAN else (block.number,)


def _unlike(expects: Sequence[Expectation]) -> tuple[Expectation, ...]:
    """Each expectation once, in the order of the document."""
    return tuple(sorted(dict.fromkeys(expects), key=lambda one: one.line))
