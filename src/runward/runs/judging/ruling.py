"""The answer of a judgement: one of three values, and a sentence that says why."""

from collections.abc import Sequence
from dataclasses import dataclass

from runward.runs.model import Met

_WORST = (Met.NOT_MET, Met.COULD_NOT_TELL, Met.MET)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether an expectation is met, and because of what: the figure, what was wanted, and where."""

    met: Met
    because: str


def met(because: str) -> Ruling:
    """It holds."""
    return Ruling(Met.MET, because)


def not_met(because: str) -> Ruling:
    """It does not hold."""
    return Ruling(Met.NOT_MET, because)


def unknown(because: str) -> Ruling:
    """Nothing that was seen decides it."""
    return Ruling(Met.COULD_NOT_TELL, because)


def decided(holds: bool, because: str) -> Ruling:
    """It holds, or it does not."""
    return met(because) if holds else not_met(because)


def worst_of(rulings: Sequence[Ruling]) -> Ruling:
    """The ruling on all together: one that is not met decides, then one that could not be told."""
    return min(rulings, key=lambda ruling: _WORST.index(ruling.met))
