"""Read what a command's own block and title state: annotations, comments, messages, the title of its step."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from runward.foundation.errors import Mistake
from runward.runbooks.expectation.annotations import annotated
from runward.runbooks.expectation.binding import bound, compared, left_to_person
from runward.runbooks.expectation.claims import claim_of
from runward.runbooks.expectation.deciders import Decider, decider_of
from runward.runbooks.expectation.looks import Look, decider_for_claim
from runward.runbooks.expectation.messages import Message, messages_of
from runward.runbooks.expectation.outputs import said_value
from runward.runbooks.expectation.spoken import LOOKS
from runward.runbooks.expectation.statements import (
    is_verification,
    needs_person,
    only_watches,
    states_outcome,
)
from runward.runbooks.model import Block, Expectation, Operator, Source
from runward.runbooks.procedure.steps import ReadStep
from runward.runbooks.procedure.stretches import Command, Stretch, stretches_of
from runward.runbooks.procedure.titles import plain

# What a command that is only watched shows by the way.
_BY_THE_WAY = frozenset(
    {(Source.OUTPUT, Operator.MATCHES), (Source.COLUMN, Operator.ABOVE), (Source.ROWS, Operator.AT_LEAST)}
)
_TARGET_TIME = re.compile(r"recovery_target_time\s*=?\s*'(?P<time>[^']+)'")
_TRAILING = re.compile(r"\s(?:#|--|//)\s*(?P<text>[^'\"]*)$")
_DEMANDS = re.compile(r"\b(?:should|expect|must|erwart|soll|esper)", re.IGNORECASE)
_EXPLAIN = re.compile(r"\bexplain\b", re.IGNORECASE)
_WHOLE = Decider(Source.EXIT, "", Operator.EQUAL, "0", why="every command of the block must end well")


@dataclass(frozen=True, slots=True)
class Around:
    """What else of the procedure matters to a block's statements."""

    file: str
    earlier: Sequence[Block]  # executed before it
    in_trouble: bool  # it is carried out because something is wrong, so not every look must look good


def stated_by(one: ReadStep, block: Block, around: Around) -> Iterator[Expectation]:
    """The expectations that a step's block and title state themselves."""
    given = list(_annotated(block, around.file))
    commented = list(_of_comments(one, block, around))
    yield from given
    yield from commented
    yield from _of_messages(block)
    if not given and not commented:
        yield from _of_title(one, block, around)


def _annotated(block: Block, file: str) -> Iterator[Expectation]:
    """The fence's own demands; what cannot be read is left to a person, with the reason."""
    try:
        yield from annotated(block, file)
    except Mistake as mistake:
        yield left_to_person(block.line, mistake.message, mistake.hint)


def _of_messages(block: Block) -> Iterator[Expectation]:
    for said in messages_of(block):
        if said.source is Source.HUMAN:
            yield left_to_person(said.line, said.text, said.why)
            continue
        wanted = (said.source, (block.number,), said.at, said.text, said.operator, said.value)
        yield Expectation(said.line, said.text, *wanted, why=said.why)
        yield from _beside(said, block)


def _beside(said: Message, block: Block) -> Iterator[Expectation]:
    """The answer wanted from a command whose failure is announced after `||`: it may end with 0 and still say no."""
    line = block.text.split("\n")[said.line - block.first_line]
    if said.operator is not Operator.ABSENT or "||" not in line:
        return
    command = Command(said.line, line.split("||", 1)[0])
    decider = decider_of([command], said.text, block.lang)
    if decider and (decider.source, decider.operator) == (Source.OUTPUT, Operator.MATCHES):
        yield bound(said.line, said.text, block, decider, (command,))


def _of_comments(one: ReadStep, block: Block, around: Around) -> Iterator[Expectation]:
    if block.form == "inline":
        return
    stretches = stretches_of(block)
    for stretch in stretches:
        # Where an item has a title and its block a single comment that only looks, the title is the statement.
        weak = not states_outcome(stretch.comment) and one.line != one.step.line and len(stretches) == 1
        within = one.step.title or one.within
        if stretch.comment and not weak and states_outcome(stretch.comment, within=within):
            yield from _of_comment(stretch, stretches, block, around, verifying=is_verification(within))
        for command in stretch.commands:
            yield from _of_trailing(command, block)


def _of_comment(
    stretch: Stretch, stretches: Sequence[Stretch], block: Block, around: Around, *, verifying: bool
) -> Iterator[Expectation]:
    """A comment that states an outcome; the first one may speak of the whole block."""
    decider = decider_of(stretch.commands, stretch.comment, block.lang)
    if only_watches(stretch.comment) and stretch.commands:
        by_the_way = decider is not None and (decider.source, decider.operator) in _BY_THE_WAY
        if by_the_way or (decider is None and not verifying):
            return
    more = any(other.commands for other in stretches if other is not stretch)
    if stretch is stretches[0] and decider is None and stretch.commands and more:
        yield bound(stretch.line, stretch.comment, block, _WHOLE)
        return
    yield _decided(stretch.line, stretch.comment, stretch.commands, block, around)


def _of_trailing(command: Command, block: Block) -> Iterator[Expectation]:
    """A comment at the end of a command: "# should print PONG"."""
    trailing = _TRAILING.search(command.text)
    if trailing and _DEMANDS.search(trailing["text"]):
        value = said_value(trailing["text"], ())
        if value:
            decider = Decider(
                Source.OUTPUT, "", Operator.MATCHES, value, why="the comment says what must be printed"
            )
            yield bound(command.line, trailing["text"], block, decider, (command,))


def _of_title(one: ReadStep, block: Block, around: Around) -> Iterator[Expectation]:
    said, title = one.step.instruction or one.step.title, plain(one.step.title)
    if only_watches(title) and around.in_trouble:
        return
    if states_outcome(said) or (said != one.within and states_outcome(title)):
        commands = tuple(command for stretch in stretches_of(block) for command in stretch.commands)
        yield _decided(one.line, title, commands, block, around)


def _decided(line: int, text: str, commands: Sequence[Command], block: Block, around: Around) -> Expectation:
    """The statement bound to the commands below it; a person decides where none of them can."""
    decider = None if needs_person(text) else decider_of(commands, text, block.lang)
    if decider is None:
        return left_to_person(line, text)
    claim = claim_of(text)
    if claim and decider.source in LOOKS - {Source.STATUS}:
        look = Look(block, tuple(commands), frozenset(), frozenset())
        decider = decider_for_claim(look, claim, text)
    if decider.source is Source.CHANGE:
        return _changed(line, text, block, decider, around)
    if decider.name == "pg_last_xact_replay_timestamp":
        decider = _with_target(decider, around)
    return bound(line, text, block, decider, commands)


def _changed(line: int, text: str, block: Block, decider: Decider, around: Around) -> Expectation:
    """A figure against the same figure of the nearest earlier block that printed it."""
    before = next((one for one in reversed(around.earlier) if _EXPLAIN.search(one.text)), None)
    if before is None:
        return left_to_person(line, text, "there is no earlier figure to hold it against")
    return compared(line, text, (block.number, before.number), decider.name, decider.why)


def _with_target(decider: Decider, around: Around) -> Decider:
    """Where an earlier block sets the time to recover to, the replay must not have gone past it."""
    times = [found["time"] for block in around.earlier if (found := _TARGET_TIME.search(block.text))]
    if not times:
        return replace(decider, operator=Operator.NOT_EQUAL, value="null")
    return replace(decider, operator=Operator.AT_MOST, value=times[-1], unit="time")
