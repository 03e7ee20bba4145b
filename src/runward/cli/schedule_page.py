"""Lay out what a runbook says is due when, with the time zone in which that is meant."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from runward.runbooks.fact.occasions import when_words
from runward.runbooks.model import Fact
from runward.runbooks.zone import Zone


def schedule_page(schedules: Sequence[Fact], zone: Zone) -> Iterator[RenderableType]:
    """The part of the page about schedules; nothing where there are none."""
    if not schedules:
        return
    yield Text()
    yield Rule(f"due when, times in {zone.name} ({zone.source})", style="dim", align="left")
    if zone.refused:
        yield Text(f"the front matter names “{zone.refused}”, which is no time zone", "yellow")
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", width=5, style="dim", no_wrap=True)
    grid.add_column(ratio=1)
    grid.add_column(ratio=1)
    for fact in schedules:
        grid.add_row(str(fact.line), Text(str(fact.value.get("task", ""))), Text(when_words(fact.value)))
    yield grid
