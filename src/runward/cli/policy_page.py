"""Lay out in short what a runbook states as policy: how many of each sort, and the first of them in words."""

from collections.abc import Sequence

from rich.table import Table

from runward.runbooks.fact.sentences import sentence_of
from runward.runbooks.model import Fact, FactType

_SHOWN = 3
_LONGEST = 60
_SORTS = [
    kind for kind in FactType if kind is not FactType.SCHEDULE
]  # what is due when has a part of its own


def policy_table(facts: Sequence[Fact]) -> Table:
    """A row for each sort: the first line, how many, and the first few in words; --json gives them all."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", width=5, style="dim", no_wrap=True)
    grid.add_column(justify="right", width=3, no_wrap=True)
    grid.add_column(width=13, no_wrap=True)
    grid.add_column(ratio=1)
    for kind in _SORTS:
        mine = [fact for fact in facts if fact.type is kind]
        if mine:
            grid.add_row(str(mine[0].line), str(len(mine)), kind.value.replace("_", " "), _told(mine))
    return grid


def _told(facts: Sequence[Fact]) -> str:
    words = list(dict.fromkeys(_cut(sentence_of(fact)) for fact in facts))
    more = f"; and {len(words) - _SHOWN} more" if len(words) > _SHOWN else ""
    return "; ".join(words[:_SHOWN]) + more


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else words[: _LONGEST - 1].rstrip() + "…"
