"""Judge a step that ended well by what its document's own commands can prove."""

from collections.abc import Sequence

from runward.runs.model import Doubt, Judgement, Met
from runward.runs.outcome import Seen


def doubted(doubts: Sequence[Doubt], seen: Seen) -> tuple[Judgement, ...]:
    """What cannot be told although the step ended well; a command that was not reached leaves no doubt."""
    return tuple(
        Judgement(one.line, one.text, Met.COULD_NOT_TELL, one.because, rule=one.rule)
        for one in doubts
        if _was_reached(one, seen) and not (one.only_silent and _spoke(one, seen))
    )


def _was_reached(doubt: Doubt, seen: Seen) -> bool:
    last = max(doubt.end, doubt.line)
    return not seen.sections or any(one.line <= last and doubt.line <= one.end for one in seen.sections)


def _spoke(doubt: Doubt, seen: Seen) -> bool:
    """Whether the command printed something: what a loop or condition around it printed may be of others."""
    near = [one for one in seen.sections if one.line <= doubt.line <= one.end]
    return len(near) == 1 and near[0].line == doubt.line and bool(near[0].text.strip())
