"""List our own procedures, and print one."""

import sys
from pathlib import Path

from rich.markup import escape

from runward import library
from runward.cli.run_page import console_for, print_json
from runward.foundation.errors import NotFound
from runward.runbooks.read import read_runbook


def list_library(*, as_json: bool) -> None:
    """Print what there is, each with the sentence that says what it is for."""
    found = {name: _purpose_of(path) for name, path in library.procedures().items()}
    if as_json:
        print_json(
            {"version": 1, "procedures": [{"name": name, "purpose": text} for name, text in found.items()]}
        )
        return
    console = console_for()
    width = max(map(len, found))
    for name, text in found.items():
        console.print(f"[bold]{name.ljust(width)}[/]  {escape(text)}", soft_wrap=True)
    console.print(
        "\n[dim]runward library show NAME · runward plan library:NAME · runward run library:NAME[/]"
    )


def _purpose_of(path: Path) -> str:
    """The first sentence below the title."""
    said = next(node.text for node in read_runbook(path).document.nodes if node.kind == "paragraph")
    return " ".join(said.split()).split(". ", 1)[0].rstrip(".") + "."


def show_text(name: str) -> None:
    """Print a procedure's document as it is written."""
    path = library.find_procedure(name)
    if path is None:
        raise NotFound(f"the library has no procedure “{name}”; `runward library` lists them")
    sys.stdout.write(path.read_text(encoding="utf-8"))
