"""Make expectations: a statement together with what decides it."""

from collections.abc import Sequence

from runward.runbooks.expectation.deciders import Decider
from runward.runbooks.expectation.looks import Look
from runward.runbooks.model import Block, Expectation, Operator, Source
from runward.runbooks.procedure.stretches import Command

NOTHING_DECIDES = "nothing that is executed here decides it"


def left_to_person(line: int, text: str, why: str = NOTHING_DECIDES) -> Expectation:
    """A statement that only a person can decide."""
    return Expectation(line, text, Source.HUMAN, why=why)


def bound(
    line: int, text: str, block: Block, decider: Decider, commands: Sequence[Command] = ()
) -> Expectation:
    """A statement decided by these commands of a block, or by the block as a whole."""
    at = tuple(command.line for command in commands)
    wanted = (decider.name, decider.operator, decider.value, decider.unit)
    return Expectation(line, text, decider.source, (block.number,), at, *wanted, decider.why)


def bound_to_all(line: int, text: str, decided: Sequence[tuple[Look, Decider]]) -> Expectation:
    """A statement decided by several looks that fit it equally well."""
    first = decided[0][1]
    alike = [
        look for look, decider in decided if (decider.source, decider.name) == (first.source, first.name)
    ]
    at = tuple(command.line for look in alike for command in look.commands)
    numbers = tuple(sorted({look.block.number for look in alike}))
    wanted = (first.name, first.operator, first.value, first.unit)
    return Expectation(line, text, first.source, numbers, at, *wanted, first.why)


def status_wanted(line: int, text: str, status: str, looks: Sequence[Look], name: str) -> Expectation:
    """A statement that names the HTTP status ("200", "2xx") of the requests of these looks."""
    at = tuple(command.line for look in looks for command in look.commands)
    numbers = tuple(sorted({look.block.number for look in looks}))
    exact = not status.endswith("xx")
    operator, value = (
        (Operator.EQUAL, status) if exact else (Operator.BETWEEN, f"{status[0]}00..{status[0]}99")
    )
    why = "the statement names the HTTP status"
    return Expectation(line, text, Source.STATUS, numbers, at, name, operator, value, "", why)


def compared(line: int, text: str, blocks: tuple[int, int], name: str, why: str) -> Expectation:
    """A figure that must be lower in the first block's outcome than in the second's."""
    return Expectation(line, text, Source.CHANGE, blocks, (), name, Operator.BELOW, "", "", why)
