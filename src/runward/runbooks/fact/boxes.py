"""Read the boxes of a diagram drawn with lines: what stands inside each, and what an arrow beside it says."""

import re
from collections.abc import Iterator

from runward.runbooks.fact.model import Words

_SIDE = re.compile(r"[│┃║|]")
_TOP = re.compile(r"[┌╔╭]|\+-{3,}\+")
_BOTTOM = re.compile(r"[└╚╰]|\+-{3,}\+")
_ARROWS = " \t◄◀←<─━-–—│┃║|▼▲↓↑►▶→"
_BULLET = re.compile(r"[-*•]\s+")


def is_drawn(text: str) -> bool:
    """Whether the text holds at least one closed box."""
    return bool(_TOP.search(text) and _SIDE.search(text) and _BOTTOM.search(text))


def boxes_in(text: str, first_line: int) -> Iterator[tuple[Words, ...]]:
    """The boxes from top to bottom, one beside another read as one; a box without words is none."""
    held: list[Words] = []
    inside = False
    for number, line in enumerate(text.split("\n"), first_line):
        if not inside:
            inside = bool(_TOP.search(line))
            continue
        if _BOTTOM.search(line):
            inside = False
            if held:
                yield tuple(held)
            held = []
            continue
        held += _words(line, number, held)


def _words(line: str, number: int, held: list[Words]) -> list[Words]:
    sides = [place.start() for place in _SIDE.finditer(line)]
    if len(sides) < 2:
        return []
    within, beside = line[sides[0] + 1 : sides[-1]], line[sides[-1] + 1 :].strip(_ARROWS)
    text = " ".join(_SIDE.sub(" ", within).split())
    found: list[Words] = []
    last = next((place for place in range(len(held) - 1, -1, -1) if held[place].inside), None)
    if text and last is not None and _goes_on(within, held[last]):
        held[last] = Words(held[last].line, f"{held[last].text} {text}", inside=True)
    elif text:
        found.append(Words(number, text, inside=True))
    if beside:
        found.append(Words(number, beside, inside=False))
    return found


def _goes_on(within: str, before: Words) -> bool:
    """Whether a line inside the box, indented below a bullet, is the rest of that bullet."""
    return bool(_BULLET.match(before.text)) and not _BULLET.match(within.strip()) and within.startswith("   ")
