"""Decide whether what was seen of a procedure's blocks meets what the document expects of them.

There are three answers. What is missing, empty, null, not a number, or could mean two things that would
be judged differently, is "could not tell": it never counts as met.
"""

from collections.abc import Callable, Mapping, Sequence

from runward.runbooks.model import Expectation, Source
from runward.runs.judging.by_change import change
from runward.runs.judging.by_column import column
from runward.runs.judging.by_exit import exits, rows, statuses
from runward.runs.judging.by_key import key
from runward.runs.judging.by_output import output
from runward.runs.judging.ruling import Ruling, unknown, worst_of
from runward.runs.outcome import Seen

_RULES: Mapping[Source, Callable[[Expectation, Seen], Ruling]] = {
    Source.EXIT: exits,
    Source.STATUS: statuses,
    Source.ROWS: rows,
    Source.COLUMN: column,
    Source.KEY: key,
    Source.OUTPUT: output,
}


def judge(expectation: Expectation, seen: Mapping[int, Sequence[Seen]]) -> Ruling:
    """Whether the expectation is met; `seen` holds the executions of each block, the oldest first.

    Where several blocks decide it, all of them must meet it.
    """
    if expectation.source is Source.HUMAN:
        return unknown(f"a person must say: {expectation.why}" if expectation.why else "a person must say")
    if expectation.source is Source.CHANGE:
        return change(expectation, seen)
    if not expectation.blocks:
        return unknown("no block is known whose outcome decides it")
    return worst_of([_of_block(expectation, number, seen) for number in dict.fromkeys(expectation.blocks)])


def _of_block(expectation: Expectation, number: int, seen: Mapping[int, Sequence[Seen]]) -> Ruling:
    executions = seen.get(number, ())
    if not executions:
        return unknown(f"block {number}, which decides it, was not executed")
    last = executions[-1]
    if last.exit is None and not (last.commands or last.sections or last.tables):
        return unknown(f"nothing was seen of block {number}, which decides it")
    return _RULES[expectation.source](expectation, last)
