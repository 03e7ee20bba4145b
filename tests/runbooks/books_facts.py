"""Hold what was read of a book's policy against the table of what it states."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runward.runbooks.model import Fact

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of the table."""

    book: str
    line: int
    type: str
    value: Mapping[str, object]
    rows: tuple[str, ...]  # ids of the mission

    @property
    def lines(self) -> tuple[int, int]:
        """The lines that are right for it."""
        first, last = self.value.get("lines", (self.line, self.line))  # type: ignore[misc]
        return min(first, self.line), max(last, self.line)


@dataclass(frozen=True, slots=True)
class Held:
    """What became of the table's rows and of what was reported."""

    pairs: tuple[
        tuple[Row, Fact], ...
    ]  # found by type and line; several facts of a line go by the likest value
    missed: tuple[Row, ...]
    extra: tuple[Fact, ...]

    @property
    def equal(self) -> tuple[tuple[Row, Fact], ...]:
        """The pairs whose values say the same."""
        return tuple((row, fact) for row, fact in self.pairs if says_the_same(row.value, fact.value))


def list_rows(path: Path, book: str) -> list[Row]:
    """The table's facts of one book."""
    cells = [line.split("\t") for line in path.read_text().splitlines()[1:]]
    return [
        Row(one[0], int(one[1]), one[2], json.loads(one[3]), tuple(one[4].split(",")))
        for one in cells
        if one[0] == book
    ]


def held(rows: Sequence[Row], facts: Sequence[Fact]) -> Held:
    """Pair the table's rows with the facts of the same type on a line of theirs, the likest first."""
    candidates = sorted(
        (
            (-_likeness(row.value, fact.value), abs(row.line - fact.line), number, other)
            for number, row in enumerate(rows)
            for other, fact in enumerate(facts)
            if fact.type == row.type and row.lines[0] <= fact.line <= row.lines[1]
        ),
    )
    taken: dict[int, int] = {}
    for _, _, number, other in candidates:
        if number not in taken and other not in taken.values():
            taken[number] = other
    return Held(
        tuple((rows[number], facts[other]) for number, other in sorted(taken.items())),
        tuple(row for number, row in enumerate(rows) if number not in taken),
        tuple(fact for other, fact in enumerate(facts) if other not in taken.values()),
    )


def says_the_same(wanted: object, got: object) -> bool:
    """Whether two values are equal: lengths by their length, names without regard to case."""
    if isinstance(wanted, Mapping) and isinstance(got, Mapping):
        keys = (set(wanted) | set(got)) - {"lines", "stated"}
        return all(key in wanted and key in got and says_the_same(wanted[key], got[key]) for key in keys)
    if isinstance(wanted, Sequence) and isinstance(got, Sequence) and not isinstance(wanted, str):
        return len(wanted) == len(got) and all(map(says_the_same, wanted, got))
    if isinstance(wanted, str) and isinstance(got, str):
        return _plain(wanted) == _plain(got)
    return wanted == got


def _plain(text: str) -> str | float:
    length = _LENGTH.fullmatch(text)
    return float(length[1]) * _SECONDS[length[2]] if length else " ".join(text.casefold().split())


def _likeness(wanted: Mapping[str, object], got: Mapping[str, object]) -> int:
    same = sum(says_the_same(wanted[key], got[key]) for key in wanted.keys() & got.keys())
    return 1000 if says_the_same(wanted, got) else same
