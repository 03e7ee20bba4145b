"""Remember what was worked out of a runbook while its rules are asked, one runbook at a time."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from runward.runbooks.model import Runbook

T = TypeVar("T")


def once_a_runbook(work_out: Callable[[Runbook], T]) -> Callable[[Runbook], T]:
    """The same function, asked again only when another runbook is given than the last time.

    Every rule asks for the same lists of the same runbook; only the last one is kept, so that a thousand
    documents need no more memory than one.
    """
    held: list[tuple[Runbook, T]] = []

    @wraps(work_out)
    def answer(runbook: Runbook) -> T:
        last = held[-1] if held else None
        if last is None or last[0] is not runbook:
            last = (runbook, work_out(runbook))
            held[:] = [last]
        return last[1]

    return answer
