"""`runward show`: what Runward understands of a runbook, for people or as JSON."""

import json
from pathlib import Path

from rich.console import Console

from runward.cli.run_page import console_for
from runward.cli.show_page import page_of
from runward.runbooks.read import read_runbook
from runward.runbooks.show import shown


def show_runbook(path: Path, *, as_json: bool, console: Console | None = None) -> None:
    """Print the runbook's procedures, loose blocks and notices; a file that cannot be read is a `Mistake`."""
    runbook = read_runbook(path)
    console = console or console_for()
    if as_json:
        text = json.dumps(shown(runbook), ensure_ascii=False, indent=2)
        console.file.write(text.encode("utf-8", "replace").decode("utf-8") + "\n")
        return
    for piece in page_of(runbook):
        console.print(piece)
