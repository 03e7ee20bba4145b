"""Look at a folder and write a commented runward.toml."""

import difflib
import os
import re
from pathlib import Path

from rich.markup import escape

from runward.cli.run_page import console_for
from runward.foundation.errors import Conflict, Mistake, RunwardError
from runward.inventory.bind import variable_name
from runward.inventory.detect import Found, detected, is_runbook
from runward.inventory.write import Blank, runward_toml
from runward.plugins.folders import texts_in
from runward.runbooks.model import Kind, Runbook
from runward.runbooks.read import read_runbook

_WANTED = re.compile(r"(?i)\.(md|markdown|ya?ml|py)$|(^|/)(\.env(\.[\w.-]+)?|\.envrc|Procfile)$")


def init_folder(folder: Path, *, force: bool = False) -> None:
    """Write a runward.toml into a folder and say what was found; one that is there is kept, and the difference shown."""
    if not folder.is_dir():
        raise Mistake("there is no such folder", file=str(folder))
    texts, skipped = texts_in(folder, _WANTED)
    books = sorted(path for path, text in texts.items() if is_runbook(path, text))
    blanks = _joined([blank for path in books for blank in _blanks_in(folder / path, path)])
    found = detected(texts, os.environ, [variable_name(one.name) for one in blanks])
    text = runward_toml(_service_name(folder), found, blanks)
    console = console_for()
    for line in (*_report(found, len(blanks)), *skipped):
        console.print(escape(line), soft_wrap=True)
    _save(folder / "runward.toml", text, force=force)
    console.print(escape(f"wrote {folder / 'runward.toml'}"), soft_wrap=True)


def _service_name(folder: Path) -> str:
    name = re.sub(r"[^a-z0-9_-]+", "-", folder.absolute().name.lower()).strip("-")
    return name or "service"


def _blanks_in(file: Path, shown: str) -> list[Blank]:
    """The placeholders of a runbook's commands; a file that cannot be read holds none."""
    try:
        runbook = read_runbook(file)
    except RunwardError:
        return []
    return [Blank(name, shown, tuple(lines)) for name, lines in _lines_by_name(runbook).items()]


def _lines_by_name(runbook: Runbook) -> dict[str, list[int]]:
    lines: dict[str, list[int]] = {}
    for block in runbook.blocks:
        for one in block.placeholders if block.kind is Kind.COMMAND else ():
            lines.setdefault(one.name, []).append(one.line)
    return {name: sorted(set(found)) for name, found in lines.items()}


def _joined(blanks: list[Blank]) -> list[Blank]:
    """One blank a name; the document that holds it first speaks for it."""
    first: dict[str, Blank] = {}
    for blank in blanks:
        first.setdefault(blank.name, blank)
    return list(first.values())


def _report(found: Found, placeholders: int) -> list[str]:
    books = [f"runbook  {path}" for path in found.runbooks] or [
        "no runbook was found; name yours under documents"
    ]
    targets = [f"target   {one.name}: {one.settings['kind']}, from {one.because}" for one in found.targets]
    return [
        *books,
        *targets,
        f"{placeholders} placeholders to fill in",
        *(f"not read: {one}" for one in found.unread),
    ]


def _save(path: Path, text: str, *, force: bool) -> None:
    try:
        old = path.read_text(encoding="utf-8", errors="replace") if path.exists() else None
        if old is not None and old != text and not force:
            _refuse(path, old, text)
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise Mistake(f"cannot be written: {problem.strerror}", file=str(path)) from problem


def _refuse(path: Path, old: str, text: str) -> None:
    difference = difflib.unified_diff(
        old.splitlines(), text.splitlines(), str(path), "what would be written", lineterm="", n=1
    )
    console = console_for()
    for line in difference:
        console.print(escape(line), soft_wrap=True)
    raise Conflict(
        f"{path} is there already and was left as it is\n  take over what you want, or use --force"
    )
