"""`runward freshness`: when each procedure was last done, by whom, how it ended, when it was drilled."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from rich.table import Table
from rich.text import Text

from runward.app import App, open_app
from runward.cli.run_page import console_for, print_json
from runward.foundation.clock import utc_now
from runward.foundation.storage.database import Database
from runward.inventory.read import service_for
from runward.runbooks.model import Runbook
from runward.runbooks.read import read_runbook
from runward.runs.digest import plain_shape
from runward.runs.freshness import Freshness, Standing
from runward.runs.last_runs import list_freshness

_STYLES = {
    Standing.FRESH: ("✓", "green"),
    Standing.CHANGED: ("≠", "yellow"),
    Standing.STALE: ("…", "yellow"),
    Standing.FAILING: ("✗", "red"),
    Standing.NEVER: ("–", "dim"),
}


def show_freshness(file: Path, *, service: str, as_json: bool, config: Path | None) -> int:
    """Print how fresh each procedure is; 1 if one of them failed last, is stale, or was changed since it succeeded."""
    app = open_app(config, file)
    runbook = read_runbook(file)
    found = freshness_in(app.open_database(), app, runbook, service)
    if as_json:
        print_json({"version": 1, "path": str(file), "procedures": [_shape(one) for one in found]})
    else:
        console_for().print(_page(runbook, found))
    return int(any(one.standing in {Standing.FAILING, Standing.STALE, Standing.CHANGED} for one in found))


def freshness_in(database: Database, app: App, runbook: Runbook, service: str) -> tuple[Freshness, ...]:
    """How fresh the procedures of a document are, for the service that it belongs to."""
    owner = service_for(app.services, Path(runbook.document.path).absolute(), app.config, service)
    limit = timedelta(days=owner.stale_after_days)
    return list_freshness(database, runbook, owner.name, now=utc_now(), stale_after=limit)


def _shape(one: Freshness) -> Mapping[str, object]:
    return {**plain_shape(one), "words": one.words}


def _page(runbook: Runbook, found: Sequence[Freshness]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("line", "procedure", "standing", "the last time", "last drill"):
        table.add_column(name, justify="right" if name == "line" else "left", no_wrap=name != "the last time")
    lines = {one.id: one for one in runbook.procedures}
    for one in found:
        mark, style = _STYLES[one.standing]
        procedure = lines[one.procedure]
        drilled = f"{one.drilled.ended_at:%Y-%m-%d}" if one.drilled else "never"
        last = one.words.partition("; drilled")[0].partition("; never drilled")[0]
        standing = Text(f"{mark} {one.standing.value}", style)
        table.add_row(
            str(procedure.line), Text(procedure.heading), standing, last if one.last else "–", drilled
        )
    return table
