"""Put the form that ends in place of commands that would follow for ever."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runward.runbooks.model import Endless


@dataclass(frozen=True, slots=True)
class BoundedScript:
    """A script whose endless commands end, each with the form that it now has."""

    text: str
    bounds: tuple[Endless, ...]


def bounded_script(text: str, first_line: int, endless: Sequence[Endless]) -> BoundedScript:
    """The script with the forms that end; where `bounded` stays empty, the runner ends the command after a while."""
    done: list[Endless] = []
    for one in sorted(endless, key=lambda each: each.line, reverse=True):
        start = _offset(text, one.line - first_line)
        at = text.find(one.command, start)
        if at < 0 or not one.command:
            done.append(replace(one, bounded=""))
            continue
        if one.bounded:
            text = text[:at] + one.bounded + text[at + len(one.command) :]
        done.append(one)
    return BoundedScript(text, tuple(reversed(done)))


def _offset(text: str, lines: int) -> int:
    at = 0
    for _ in range(lines):
        newline = text.find("\n", at)
        if newline < 0:
            return at
        at = newline + 1
    return at
