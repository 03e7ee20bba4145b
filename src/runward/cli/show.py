"""`runward show`: what Runward understands of a runbook, for people or as JSON."""

import json
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from runward.app import open_app
from runward.cli.run_page import console_for
from runward.cli.show_page import page_of
from runward.foundation.errors import Mistake
from runward.inventory.read import service_for
from runward.runbooks.read import read_runbook
from runward.runbooks.show import shown


def show_runbook(path: Path, *, as_json: bool, console: Console | None = None) -> None:
    """Print the runbook's procedures, loose blocks and notices; a file that cannot be read is a `Mistake`."""
    runbook = read_runbook(path)
    console = console or console_for()
    zone = _service_zone(path)
    if as_json:
        text = json.dumps(shown(runbook, zone), ensure_ascii=False, indent=2)
        console.file.write(text.encode("utf-8", "replace").decode("utf-8") + "\n")
        return
    for piece in page_of(runbook, zone):
        console.print(piece)


def _service_zone(path: Path) -> str:
    """The time zone that runward.toml sets for the document's service, "" if it sets none.

    A runward.toml that cannot be read keeps nobody from looking at a document: what is wrong is said beside it.
    """
    try:
        app = open_app(beside=path.absolute())
        service = service_for(dict(app.services), path, app.config)
    except Mistake as mistake:
        console_for(stderr=True).print(f"times of day are shown without runward.toml: {escape(str(mistake))}")
        return ""
    return service.time_zone if "time_zone" in service.model_fields_set else ""
