"""Show one run, and what a person is asked to approve in it."""

from collections.abc import Iterator
from pathlib import Path

from runward.app import App, open_app
from runward.cli.approval_page import approval_lines
from runward.cli.run_page import (
    closing_lines,
    console_for,
    end_lines,
    head_lines,
    line_end,
    part_lines,
    record_lines,
    step_line,
)
from runward.cli.runs import print_view, printed
from runward.foundation.storage.database import Database
from runward.runs import store
from runward.runs.model import PlannedStep, RunView, WaitKind
from runward.runs.previews import looks_ahead
from runward.world import outside_of

_SHOWN_LINES = 40


def show_one(run_id: str, *, as_json: bool, config: Path | None) -> None:
    """Print a run: its steps, what they printed, what was expected, what it waits for."""
    app = open_app(config)
    database = app.open_database()
    with database.reading() as tx:
        view = store.get_view(tx, run_id)
    if as_json:
        print_view(view)
        return
    console = console_for()
    for line in run_lines(app, database, view):
        console.print(line, soft_wrap=True)


def run_lines(app: App, database: Database, view: RunView) -> Iterator[str]:
    """A run as people read it: head, steps with what they printed, expectations, end."""
    yield from head_lines(view.run)
    for step in view.run.plan.steps:
        yield step_line(step)
        attempts = [record for record in view.records if record.step == step.id]
        for record in attempts:
            shown = printed(app.settings.state, view, record).splitlines()[-_SHOWN_LINES:]
            yield from (f"    [dim]│[/] {line_end(line)}" for line in shown)
            yield from (*part_lines(step, record), *record_lines(record))
        if not attempts:
            yield "    [dim]not begun[/]"
        yield from _waiting_lines(app, database, view, step)
    for record in (record for record in view.records if record.step == ""):
        yield from closing_lines(record)
    yield from end_lines(view)


def _waiting_lines(app: App, database: Database, view: RunView, step: PlannedStep) -> Iterator[str]:
    """What waits for approval, as it would be executed, with what it would hit right now."""
    wait = view.run.wait
    if wait is not None and wait.step == step.id and wait.kind is WaitKind.APPROVAL:
        outside = outside_of(app, database)
        yield from approval_lines(step, looks_ahead(outside, view, step))
        outside.shell.close()
