"""The answer of a judgement: one of three values, and a sentence that says why."""

from collections.abc import Sequence
from dataclasses import dataclass

from runward.runs.model import Met

_WORST = (Met.NOT_MET, Met.COULD_NOT_TELL, Met.MET)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an expectation is met, and because of what: the figure, what was wanted, and where."""

    met: Met
    because: str


def met(because: str) -> Verdict:
    """It holds."""
    return Verdict(Met.MET, because)


def not_met(because: str) -> Verdict:
    """It does not hold."""
    return Verdict(Met.NOT_MET, because)


def unknown(because: str) -> Verdict:
    """Nothing that was seen decides it."""
    return Verdict(Met.COULD_NOT_TELL, because)


def decided(holds: bool, because: str) -> Verdict:
    """It holds, or it does not."""
    return met(because) if holds else not_met(because)


def worst_of(verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on all together: one that is not met decides, then one that could not be told."""
    return min(verdicts, key=lambda verdict: _WORST.index(verdict.met))
