"""Show a person what they are asked to approve: the script, its dangers, and what it would hit right now."""

from collections.abc import Iterable, Sequence

from rich.markup import escape

from runward.cli.run_page import line_end, shortened
from runward.plugins.contracts import Table
from runward.runbooks.model import Risk
from runward.runs.model import PlannedStep
from runward.runs.previews import Look

_MOST_LINES = 12
_COLOUR = {Risk.READ: "dim", Risk.CHANGE: "yellow", Risk.DESTROY: "bold red"}


def approval_lines(step: PlannedStep, looks: Sequence[Look]) -> Iterable[str]:
    """The step as it would be executed, line by line."""
    for text in step.cautions:
        yield f"    [yellow]caution[/]  {escape(text)}"
    for line in step.script.rstrip().splitlines():
        yield f"    [cyan]>[/] {line_end(line)}"
    for risky in step.risks:
        if risky.risk is not Risk.READ:
            yield f"    [{_COLOUR[risky.risk]}]{risky.risk}[/]  line {risky.line}: {escape(risky.why)}"
    for look in looks:
        yield from _look_lines(look)


def _look_lines(look: Look) -> Iterable[str]:
    yield f"    [bold]{look.when}[/]  {escape(look.preview.shows)} [dim](line {look.preview.line})[/]"
    if look.trouble:
        yield f"      [yellow]could not look: {escape(look.trouble)}[/]"
        return
    for table in look.tables:
        yield from _table_lines(table)
    lines = look.text.splitlines() if not look.tables else []
    for line in lines[:_MOST_LINES]:
        yield f"      {line_end(shortened(line, 160))}"
    if len(lines) > _MOST_LINES:
        yield f"      [dim]… {len(lines) - _MOST_LINES} more[/]"
    if not lines and not look.tables:
        yield "      [dim]nothing[/]"


def _table_lines(table: Table) -> Iterable[str]:
    yield f"      [dim]{table.count} {'row' if table.count == 1 else 'rows'}[/]"
    for row in table.rows[:_MOST_LINES]:
        cells = (
            f"{name}={shortened(str(cell), 60)}"
            for name, cell in zip(table.columns, row, strict=False)
            if cell is not None
        )
        yield f"      {escape('  '.join(cells))}"
    if table.count > _MOST_LINES:
        yield f"      [dim]… {table.count - _MOST_LINES} more[/]"
