"""Write what placeholders stand for into scripts, quoted for the place where each stands."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from runward.inventory.bind import Bound
from runward.inventory.fill_shell import put_in_shell
from runward.inventory.fill_sql import put_in_sql
from runward.inventory.fill_yaml import put_in_yaml
from runward.inventory.spots import CannotWrite, Spot, spots_in

SHELL = frozenset({"bash", "sh", "shell", "zsh", "ksh", "dash", "console", "shell-session"})
ACTION = "runward"
SQL = frozenset({"sql", "postgresql", "postgres", "psql", "pgsql", "plpgsql"})

_SAFE = re.compile(r"[\w@%+=:,./ -]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Problem:
    """A value that could not be written safely, with the line of the script."""

    line: int
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Filled:
    """A script with its values written in, which names were used, and what could not be done."""

    text: str
    used: tuple[str, ...] = ()
    variables: Mapping[str, Bound] | None = None  # secrets that the text now names as variables
    problems: tuple[Problem, ...] = ()


def filled(
    text: str, words: Mapping[str, Bound], language: str, only: Mapping[str, frozenset[int]] | None = None
) -> Filled:
    """The text with every bound word replaced at word borders; `only` limits a word to certain lines."""
    spots = spots_in(text, words, only or {})
    if not spots:
        return Filled(text)
    put: Callable[[str, tuple[Spot, ...]], Iterable[str | CannotWrite]]
    put = put_in_shell if language in SHELL else put_in_sql if language in SQL else _put_in_other
    put = put_in_yaml if language == ACTION else put
    return _joined(text, spots, tuple(put(text, spots)))


def _joined(text: str, spots: tuple[Spot, ...], pieces: tuple[str | CannotWrite, ...]) -> Filled:
    problems: list[Problem] = []
    out, at = [], 0
    for spot, piece in zip(spots, pieces, strict=True):
        out.append(text[at : spot.start])
        if isinstance(piece, CannotWrite):
            problems.append(Problem(text.count("\n", 0, spot.start) + 1, spot.name, str(piece)))
        out.append(text[spot.start : spot.end] if isinstance(piece, CannotWrite) else piece)
        at = spot.end
    secrets = {spot.bound.variable: spot.bound for spot in spots if spot.bound.reference}
    whole = re.sub(r"'\0(\w+)\0'", r":'\1'", "".join([*out, text[at:]]))
    return Filled(whole, tuple(sorted({spot.name for spot in spots})), secrets, tuple(problems))


def _put_in_other(_text: str, spots: tuple[Spot, ...]) -> Iterable[str | CannotWrite]:
    """Into a language whose quoting we do not read only letters that no language reads as anything else."""
    for spot in spots:
        if spot.bound.reference:
            yield CannotWrite("a secret can be handed to this language only as an environment variable")
        elif _SAFE.fullmatch(spot.bound.text):
            yield spot.bound.text
        else:
            yield CannotWrite("it holds characters that this language may read as something else")
