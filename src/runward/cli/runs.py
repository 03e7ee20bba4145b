"""List runs, and show one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.markup import escape
from rich.table import Table

from runward.app import open_app
from runward.cli.run_page import (
    console_for,
    print_json,
)
from runward.foundation.tape import bytes_of
from runward.foundation.terminal import plain
from runward.runs import store
from runward.runs.digest import plain_shape
from runward.runs.model import Run, RunView, StepRecord
from runward.runs.places import tape_folder

_SHOWN_BYTES = 200_000
_SHOWN_LINES = 40


def list_all(limit: int, *, as_json: bool, config: Path | None) -> None:
    """Print runs, newest first."""
    database = open_app(config).open_database()
    with database.reading() as tx:
        found = store.list_runs(tx, limit)
    if as_json:
        print_json({"version": 1, "runs": [run_shape(run) for run in found]})
        return
    console = console_for()
    if not found:
        console.print("No runs yet. Begin with: runward run FILE#PROCEDURE")
        return
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("run", "began", "procedure", "service", "by", "state"):
        table.add_column(name, no_wrap=name in {"run", "began"})
    for run in found:
        state = (
            run.verdict.value
            if run.verdict
            else f"{run.state.value}{f' for {run.wait.kind.value}' if run.wait else ''}"
        )
        cells = (
            run.id,
            f"{run.created_at:%Y-%m-%d %H:%M}",
            run.plan.heading,
            run.plan.service,
            run.requester,
            state,
        )
        table.add_row(*(escape(cell) for cell in cells))
    console.print(table)


def run_shape(run: Run) -> dict[str, Any]:
    """A run as JSON, without its plan's steps."""
    shape = dict(plain_shape(run))
    shape["plan"] = {
        name: shape["plan"][name]
        for name in ("service", "path", "procedure", "heading", "line", "purpose", "digest")
    }
    return shape


def view_shape(view: RunView) -> dict[str, Any]:
    """A run with all that happened in it, as JSON."""
    shape: Mapping[str, Any] = plain_shape(view)
    return {"version": 1, **shape}


def print_view(view: RunView) -> None:
    """Print a run with all that happened in it as JSON."""
    print_json(view_shape(view))


def printed(state: Path, view: RunView, record: StepRecord) -> str:
    """What an attempt printed, masked, as far as it is kept and can be shown."""
    step = next((step for step in view.run.plan.steps if step.id == record.step), None)
    if step is None:
        return ""
    folder = tape_folder(state, view.run.id, step, record.attempt)
    return plain(bytes_of(folder, most=_SHOWN_BYTES)) if folder.is_dir() else ""
