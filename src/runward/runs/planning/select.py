"""Find the procedure that somebody means by an id, a heading, or the beginning of one."""

from collections.abc import Callable, Sequence
from difflib import SequenceMatcher

from runward.foundation.errors import Mistake
from runward.runbooks.model import Procedure, Runbook


def chosen(runbook: Runbook, wanted: str) -> Procedure:
    """The one procedure that is meant; a Mistake names the nearest ones."""
    path, every = runbook.document.path, runbook.procedures
    if not every:
        raise Mistake(
            "no procedure was found in this document",
            file=path,
            hint="`runward show` says what was understood",
        )
    if not wanted.strip():
        if len(every) == 1:
            return every[0]
        raise Mistake("say which procedure is meant", file=path, hint=_list(every))
    found = _meant(every, wanted.strip())
    if len(found) == 1:
        return found[0]
    if found:
        raise Mistake(f"“{wanted}” may be any of {len(found)} procedures", file=path, hint=_list(found))
    raise Mistake(f"there is no procedure “{wanted}”", file=path, hint=_list(_nearest(every, wanted)))


def _meant(every: Sequence[Procedure], wanted: str) -> list[Procedure]:
    """The procedures that a word names, by the strictest reading that finds any."""
    folded = _folded(wanted)
    readings: tuple[Callable[[Procedure], bool], ...] = (
        lambda one: one.id == wanted,
        lambda one: one.id == wanted.lower() or _folded(one.heading) == folded,
        lambda one: one.id.startswith(wanted.lower()) or _folded(one.heading).startswith(folded),
        lambda one: folded in _folded(one.heading),
    )
    for meant in readings:
        found = [one for one in every if meant(one)]
        if found:
            return found
    return []


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _nearest(every: Sequence[Procedure], wanted: str, count: int = 5) -> list[Procedure]:
    def likeness(one: Procedure) -> float:
        return max(
            SequenceMatcher(None, wanted.lower(), text.lower()).ratio() for text in (one.id, one.heading)
        )

    best = sorted(every, key=likeness, reverse=True)[:count]
    return sorted(best, key=lambda one: one.line)


def _list(procedures: Sequence[Procedure], most: int = 20) -> str:
    lines = [f"{one.id}  (line {one.line}: {one.heading})" for one in procedures[:most]]
    more = [f"and {len(procedures) - most} more; `runward show` lists them"] if len(procedures) > most else []
    return "\n  ".join(["there are:" if len(procedures) > 1 else "there is:", *lines, *more])
