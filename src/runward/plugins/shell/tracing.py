"""Turn a script into one that tells what each of its commands did, proven to be the same program.

The tree that guides the recorders comes from a grammar that can be wrong; bash itself decides. Bash prints
the script and the recorded script in its own canonical form, and a recorder counts as well placed only
where bash reads it as a command: anywhere else (in a string, in a here-document) it keeps its odd spacing.
Where the two forms differ by more than recorders, the recorders of that statement are left out.
"""

import os
import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from runward.plugins.shell.parsing import parsed
from runward.plugins.shell.recording import CALLS, QUIET_CALLS, Insertion, Mark, Recorder

_WATCHES_ITSELF = re.compile(
    r"\bset\s+(?:-\w+\s+|-o\s+\w+\s+)*(?:-\w*[kvT]|-o\s+(?:keyword|verbose|functrace))"
    r"|\btrap\b[^\n]*\b(?:DEBUG|RETURN)\b|\bextdebug\b|\bBASH_COMMAND\b",
)
_TRACES = re.compile(r"\bset\s+(?:-\w+\s+|-o\s+\w+\s+)*(?:-\w*x|-o\s+xtrace)")
_SHOWS_FUNCTIONS = re.compile(r"\b(?:declare|typeset|export)\s+-\w*[fF]|\btype\s+\w")
_PLACE = re.compile(r"line (\d+): (.*)")
_ENDS_EARLY = re.compile(r"here-document .*delimited by end-of-file")
_TIMEOUT = 20


@dataclass(frozen=True, slots=True)
class Observed:
    """A script ready to be run: its text with recorders, what they tell of, and what cannot be told."""

    text: str
    marks: tuple[Mark, ...] = ()
    last: int = 0  # the mark of the last top-level statement, for the script's end to tell of
    doubts: tuple[str, ...] = ()
    syntax: tuple[int, str] | None = None  # line of the document and words, if bash refuses it
    open_ended: bool = False  # nothing may be put behind it: a here-document is never closed
    bare: bool = False  # nothing at all may be put around it


def observed(script: str, first_line: int = 1) -> Observed:
    """The script with recorders wherever bash agrees that they change nothing."""
    found, down = _observed(script), first_line - 1
    marks = tuple(replace(mark, line=mark.line + down, end=mark.end + down) for mark in found.marks)
    syntax = (found.syntax[0] + down, found.syntax[1]) if found.syntax else None
    return replace(found, marks=marks, syntax=syntax)


@lru_cache(maxsize=256)
def _observed(script: str) -> Observed:
    """The script as one that begins on line 1, wherever in its document it stands: it is proven once."""
    refusal, open_ended = _syntax(script)
    if refusal is not None:
        return Observed(script, syntax=refusal)
    if _WATCHES_ITSELF.search(script):
        doubt = "the script traces itself, so its commands are not recorded one by one"
        return Observed(script, doubts=(doubt,), bare=True)
    try:
        return replace(_recorded(script), open_ended=open_ended)
    except (RecursionError, subprocess.TimeoutExpired):
        doubt = "the script is too long or nests too deeply for its commands to be recorded one by one"
        return Observed(script, doubts=(doubt,), open_ended=open_ended)


def _syntax(script: str) -> tuple[tuple[int, str] | None, bool]:
    """What bash has against the script, and whether a here-document runs to its end."""
    found = _bash("-n", script)
    if found.returncode == 0:
        return None, bool(_ENDS_EARLY.search(found.stderr))
    place = _PLACE.search(found.stderr)
    if place is None:
        return (1, found.stderr.strip() or "bash refuses the script"), False
    return (int(place[1]), place[2]), False


def _recorded(script: str) -> Observed:
    text = script.encode("utf-8", "surrogateescape")
    root, readable = parsed(text)
    recorder = Recorder(text, readable, 1, traced=bool(_TRACES.search(script)))
    last = recorder.walk(root)
    marks = _with_callers(recorder)
    if _SHOWS_FUNCTIONS.search(script):
        recorder.insertions = _outside_functions(recorder)
    kept, doubts = _proven(script, text, recorder.insertions)
    told = _told(text, kept)
    whole = len(kept) == len(recorder.insertions)
    return Observed(told, marks, last if whole else 0, doubts)


def _outside_functions(recorder: Recorder) -> list[Insertion]:
    """Without those within functions, which the script shows or hands to other shells."""
    numbers = {mark.id for mark in recorder.marks if mark.function}
    inside = {str(number).encode() for number in numbers}
    return [
        insertion
        for insertion in recorder.insertions
        if not inside & set(re.findall(rb"\b\d+\b", insertion.text.partition(b'"')[0]))
    ]


def _proven(script: str, text: bytes, insertions: list[Insertion]) -> tuple[list[Insertion], tuple[str, ...]]:
    """As many of the recorders as bash proves harmless."""
    wanted = _skeleton(script)
    if wanted is None:
        return [], ("bash could not print the script back, so its commands are not recorded one by one",)

    def harmless(some: list[Insertion]) -> bool:
        return _skeleton(_told(text, some)) == wanted

    if harmless(insertions):
        return insertions, ()
    shallow = [insertion for insertion in insertions if not insertion.deep]
    if harmless(shallow):
        return shallow, ("commands within $(...) are not recorded",)
    groups = sorted({insertion.group for insertion in insertions})
    good = {group for group in groups if harmless([some for some in shallow if some.group == group])}
    kept = [insertion for insertion in shallow if insertion.group in good]
    if good and harmless(kept):
        return kept, ("some commands could not be recorded one by one",)
    return [], ("the script's commands could not be recorded one by one",)


def _told(text: bytes, insertions: Iterable[Insertion]) -> str:
    pieces: list[bytes] = []
    place = 0
    for insertion in sorted(insertions, key=lambda some: some.place):
        pieces += [text[place : insertion.place], insertion.text]
        place = insertion.place
    pieces.append(text[place:])
    return b"".join(pieces).decode("utf-8", "surrogateescape")


_BRACES = re.compile(r"(?<![^\s(])[{}](?![^\s;)])")
_SPACES = re.compile(r"[ \t]+")
_SEPARATORS = re.compile(r"[ \t]*(?:[;\n]+[ \t]*)+")
_TIGHT = re.compile(r"\s*(&&|\|\||[|()])\s*")


def _skeleton(script: str) -> str | None:
    """Bash's own reading of the script, without recorders, braces and layout; None if it has none."""
    found = _bash("--pretty-print", script)
    if found.returncode != 0:
        return None
    text, count = CALLS.subn(r"\g<lead>", QUIET_CALLS.sub(r"\1", found.stdout))
    while count:
        text, count = CALLS.subn(r"\g<lead>", text)
    text = _SEPARATORS.sub("\n", _BRACES.sub("", text))
    return _TIGHT.sub(r"\1", _SPACES.sub(" ", text)).strip()


def _bash(option: str, script: str) -> "subprocess.CompletedProcess[str]":
    """Bash reading a script that it does not run."""
    return subprocess.run(
        ["bash", "--norc", option, "/dev/stdin"],
        input=script + "\n",
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=_TIMEOUT,
        check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": os.environ.get("PATH", os.defpath)},
    )


def _with_callers(recorder: Recorder) -> tuple[Mark, ...]:
    """The marks, those within functions handled where every caller handles the function's failure."""
    marks = []
    for mark in recorder.marks:
        calls = recorder.calls.get(mark.function, []) if mark.function else []
        if calls and all(calls) and not mark.handled:
            marks.append(
                replace(mark, handled=f"{mark.function} is called where failure is handled: {calls[0]}")
            )
        else:
            marks.append(mark)
    return tuple(marks)
