"""Mend documents: show the difference, and write it only when that is asked for."""

import os
import shutil
import tempfile
from collections.abc import Sequence
from difflib import unified_diff
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.text import Text

from runward.cli.lint_work import Task, findings_in
from runward.foundation.errors import Mistake, RunwardError
from runward.foundation.terminal import plain
from runward.runbooks.document.encoding import text_of
from runward.runbooks.document.writing import bytes_like
from runward.runbooks.finding.mending import mended_text

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def fix_documents(tasks: Sequence[Task], rules: tuple[str, ...], console: Console, *, write: bool) -> int:
    """Show what would be mended and, if asked, write it; 2 where a document could not be read or written, else 0."""
    mended, changed, trouble = 0, 0, 0
    for task in tasks:
        try:
            old = text_of(task.path)[0]
            new, done = mended_text(old, partial(findings_in, task=task, rules=rules))
            if new == old:
                continue
            content = bytes_like(new, task.path)
        except RunwardError as problem:
            console.print(Text(f"not mended: {problem}", style="red"), soft_wrap=True)
            trouble += 1
            continue
        _print_difference(old, new, str(task.path), console)
        mended, changed = mended + len(done), changed + 1
        if write:
            write_atomically(task.path, content)
    console.print(_summary(mended, changed, write=write), soft_wrap=True)
    return 2 if trouble else 0


def _summary(mended: int, changed: int, *, write: bool) -> Text:
    if not mended:
        return Text("Nothing to mend.", style="green")
    what = f"{mended} place{'s' if mended > 1 else ''} in {changed} document{'s' if changed > 1 else ''}"
    if write:
        return Text(f"Mended {what}.", style="bold green")
    return Text(f"Would mend {what}; nothing was written. Add --write to write it.", style="bold")


def _print_difference(old: str, new: str, path: str, console: Console) -> None:
    lines = unified_diff(_lines(old), _lines(new), f"a/{path}", f"b/{path}", lineterm="")
    for line in lines:
        text = plain(line.expandtabs(4).encode("utf-8", "replace"))
        console.print(Text(text, style=_STYLES.get(line[:1], "")), soft_wrap=True)


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def write_atomically(path: Path, content: bytes) -> None:
    """Put the content in the file's place: whole or not at all, with the rights that it had."""
    real = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
    try:
        with os.fdopen(handle, "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        if real.exists():
            shutil.copymode(real, name)
        else:
            Path(name).chmod(0o644)
        Path(name).replace(real)
    except OSError as problem:
        Path(name).unlink(missing_ok=True)
        raise Mistake(
            f"the file cannot be written: {problem.strerror}", file=str(path), hint="Check its permissions."
        ) from problem
