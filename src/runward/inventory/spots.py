"""Find where bound words stand by themselves in a text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from runward.inventory.bind import Bound


class CannotWrite(Exception):  # said where a value cannot be written safely; caught by the filler
    """A value that cannot be written into its place without the danger that it is read as something else."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A stretch of a script that stands for a value."""

    start: int
    end: int
    name: str
    bound: Bound


def spots_in(text: str, words: Mapping[str, Bound], only: Mapping[str, frozenset[int]]) -> tuple[Spot, ...]:
    """Where bound words stand: the longest first, none inside another."""
    taken: list[Spot] = []
    for name in sorted(words, key=lambda word: (-len(word), word)):
        for match in border_pattern(name).finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            free = all(match.end() <= spot.start or match.start() >= spot.end for spot in taken)
            if free and line in only.get(name, frozenset({line})):
                taken.append(Spot(match.start(), match.end(), name, words[name]))
    return tuple(sorted(taken, key=lambda spot: spot.start))


def border_pattern(name: str) -> re.Pattern[str]:
    """What finds a word where it stands by itself: not `example.com` in `api.example.com` or `example.com.au`."""
    host = "." in name and re.fullmatch(r"[\w.-]+", name) is not None
    before = (r"(?<![\w-])" + (r"(?<!\w\.)" if host else "")) if re.match(r"\w", name[0]) else ""
    after = (
        (r"(?![\w-])" + (r"(?!\.\w)" if host or "://" in name else "")) if re.match(r"\w", name[-1]) else ""
    )
    return re.compile(before + re.escape(name) + after)
