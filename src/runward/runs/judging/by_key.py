"""Judge a key of printed JSON, given as a path or in plain words."""

import re

from runward.runbooks.model import Expectation
from runward.runs.judging.keys import Missing, documents_in, figure_named, value_at
from runward.runs.judging.measured import ruling_on
from runward.runs.judging.ruling import Ruling, unknown
from runward.runs.outcome import Seen

_JQ = re.compile(r"\bjq\b[^|]*?['\"]?\.(?P<path>[\w.\[\]-]+)")


def key(expectation: Expectation, seen: Seen) -> Ruling:
    """The key, or the figure that the words name, in what the block printed."""
    where = f"block {seen.block}"
    commands = seen.commands_at(expectation.at)
    failed = next((command for command in commands if command.failed), None)
    if failed:
        return unknown(
            f"`{' '.join(failed.text.split())[:60]}` failed, so there is no answer to read (line {failed.line})"
        )
    text = seen.text_at(expectation.at)
    documents = documents_in(text)
    if expectation.name.startswith((".", "$")):
        return _at_path(expectation, text, documents, where)
    around = " ".join(command.text for command in commands)
    if not documents:
        return _single(expectation, text, around, where)
    found = figure_named(documents, expectation.name, _named_in(around), expectation.unit)
    if isinstance(found, Missing):
        return unknown(f"{found.why} ({where})")
    shown = f"{found.figure.value:g} %" if found.derived else found.figure.shown
    return ruling_on(
        shown, found.path, expectation, f"{where}, {found.figure.shown}" if found.derived else where
    )


def _at_path(expectation: Expectation, text: str, documents: tuple[object, ...], where: str) -> Ruling:
    """A path; where `jq` has already taken it out, what is printed is the value itself."""
    there, value = value_at(documents, expectation.name)
    if not there and expectation.name.startswith("."):
        there, value = bool(text.strip()), text.strip() if not documents else documents[-1]
    if not there:
        return unknown(f"the answer has no {expectation.name} ({where})")
    return ruling_on(value, expectation.name, expectation, where)


def _single(expectation: Expectation, text: str, around: str, where: str) -> Ruling:
    """What `jq` leaves of an answer may be a bare figure."""
    bare = text.strip()
    if bare and "\n" not in bare and _JQ.search(around):
        found = _JQ.search(around)
        return ruling_on(bare, found["path"] if found else expectation.name, expectation, where)
    return unknown(f"nothing printed is JSON ({where})")


def _named_in(around: str) -> str:
    """The words that the command itself says: its jq path and the path of its address."""
    paths = " ".join(found["path"] for found in _JQ.finditer(around))
    addresses = " ".join(re.findall(r"https?://[^/\s]+(/[^\s'\"?|]*)", around))
    return f"{paths} {addresses}"
