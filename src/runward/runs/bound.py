"""Put the form that ends in place of commands that would follow for ever."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from runward.runbooks.model import Endless
from runward.runs.commands import script_of


@dataclass(frozen=True, slots=True)
class BoundedScript:
    """A script whose endless commands end, each with the form that it now has."""

    text: str
    bounds: tuple[Endless, ...]


def bounded_script(text: str, first_line: int, endless: Sequence[Endless], seconds: float) -> BoundedScript:
    """The script with every endless command bounded; what could not be bounded keeps an empty `bounded`."""
    done: list[Endless] = []
    for one in sorted(endless, key=lambda each: each.line, reverse=True):
        start = _offset(text, one.line - first_line)
        at = text.find(one.command, start)
        if at < 0 or not one.command:
            done.append(replace(one, bounded=""))
            continue
        form = one.bounded or _timed(one.command, seconds)
        text = text[:at] + (form or one.command) + text[at + len(one.command) :]
        done.append(replace(one, bounded=form))
    return BoundedScript(text, tuple(reversed(done)))


def _offset(text: str, lines: int) -> int:
    at = 0
    for _ in range(lines):
        newline = text.find("\n", at)
        if newline < 0:
            return at
        at = newline + 1
    return at


def _timed(command: str, seconds: float) -> str:
    """The first program of a command under `timeout`, whose end is no failure; "" if it is no program."""
    found = script_of(command)
    if not found.commands or found.functions or found.commands[0].start != 0:
        return ""
    first = found.commands[0]
    data = command.encode()
    program = data[: first.end].decode()
    return f"{{ timeout {seconds:g} {program} || [ $? -eq 124 ]; }}" + data[first.end :].decode()
