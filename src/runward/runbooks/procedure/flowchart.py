"""Read the steps out of a process drawn with box characters."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from runward.runbooks.model import Block

_TOP = re.compile(r"[┌╔╭+][─═-]{3,}.*[┐╗╮+]")
_BOTTOM = re.compile(r"[└╚╰+][─═┬╤-]{3,}.*[┘╝╯+]")
_WORD = re.compile(r"[^\W\d_]{2}")
_EDGES = re.compile(r"[│║|┌┐└┘├┤┬┴┼─═╔╗╚╝╭╮╰╯▼▲►◄→←↓↑◀▶]+|\s{2,}")


@dataclass(frozen=True, slots=True)
class Box:
    """One box of a drawn process, with the notes in it and beside it; each with its line."""

    title: str
    line: int
    end: int
    notes: tuple[tuple[str, int], ...]


def boxes_of(block: Block) -> tuple[Box, ...]:
    """The boxes of a drawing from top to bottom; nothing for a block that is no drawing of a single column."""
    boxes: list[Box] = []
    opened = 0
    lines = block.text.split("\n")
    for number, line in enumerate(lines):
        if _BOTTOM.search(line) and opened:
            box = _box(lines[opened:number], block.first_line + opened)
            boxes.extend([box] if box else [])
            opened = 0
        elif _TOP.search(line):
            if len(_TOP.findall(line)) != 1 or line.count("┌") > 1:
                return ()
            opened = number + 1
    return tuple(boxes) if len(boxes) > 1 else ()


def _box(lines: Sequence[str], first: int) -> Box | None:
    words = [(word, first + place) for place, line in enumerate(lines) for word in _words(line)]
    if not words:
        return None
    (title, line), *notes = words
    return Box(title, line, first + len(lines) - 1, tuple(notes))


def _words(line: str) -> list[str]:
    return [word for part in _EDGES.split(line) if (word := part.strip(" -•*")) and _WORD.search(word)]
