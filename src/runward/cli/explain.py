"""`runward explain`: the document as written, beside what Runward understood of it."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from runward.app import App, open_app
from runward.cli.explain_page import page_of
from runward.cli.freshness import freshness_in
from runward.cli.lint_work import case_of, task_of
from runward.cli.pages import write_page
from runward.cli.run_page import console_for
from runward.foundation.errors import Mistake, Unavailable
from runward.inventory.read import service_for
from runward.runbooks.explanation import explanation_of, explanation_page
from runward.runbooks.linting import findings_of
from runward.runbooks.model import Runbook
from runward.runbooks.read import read_runbook
from runward.runbooks.zone import zone_of


def explain_runbook(
    path: Path, out: Path | None, *, service: str, config: Path | None, console: Console | None = None
) -> None:
    """Print the explanation, or write it as one HTML page; a page that cannot be written is a `Mistake`."""
    if out is not None and out.suffix.lower() not in {".html", ".htm"}:
        raise Mistake(f"“{out.name}” does not say what to write", hint="end it in .html")
    runbook = read_runbook(path)
    app = open_app(config, path)
    owner = service_for(app.services, path.absolute(), app.config, service)
    task = task_of(path, owner)
    case = case_of(runbook, task)
    zone = zone_of(runbook, task.zone)
    explanation = explanation_of(runbook, case.policy, findings_of(case), _freshness(app, runbook, service))
    console = console or console_for()
    if out is None:
        for piece in page_of(explanation, zone):
            console.print(piece)
        return
    write_page(out, explanation_page(explanation, zone))
    console.print(f"wrote {escape(str(out))}: {explanation.coverage.percent} % understood")


def _freshness(app: App, runbook: Runbook, service: str) -> Mapping[str, str]:
    """When each procedure was last done, in words; nothing where no run was ever kept, or cannot be read now."""
    with suppress(Unavailable):
        database = app.find_database()
        if database is not None:
            return {one.procedure: one.words for one in freshness_in(database, app, runbook, service)}
    return {}
