"""Find in printed JSON the figure that plain words name, and derive it where only its parts are there."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runward.runbooks.expectation.statements import shared, subjects_of
from runward.runs.judging.figures import Figure, figure_of, unit_in_name

_USED = (
    "used",
    "active",
    "in_use",
    "current",
    "busy",
    "checked_out",
    "acquired",
    "open",
    "usage",
    "size_used",
    "allocated",
)
_WHOLE = (
    "max",
    "total",
    "limit",
    "capacity",
    "size",
    "maximum",
    "max_connections",
    "max_size",
    "quota",
    "allocatable",
)
_FREE = ("idle", "free", "available", "remaining")
_HITS = ("hits", "hit", "keyspace_hits", "hit_count", "cache_hits")
_MISSES = ("misses", "miss", "keyspace_misses", "miss_count", "cache_misses")
_PARTS = frozenset((*_USED, *_WHOLE, *_FREE, *_HITS, *_MISSES)) - {
    "usage"
}  # counts, of which a share is made
_SHARE = re.compile(
    r"utili[sz]ation|usage|used|percent|fill|occupancy|saturation|auslastung|uso", re.IGNORECASE
)
_HIT_RATE = re.compile(r"\bhit[ _-]?(?:rate|ratio)|trefferquote|tasa de aciertos", re.IGNORECASE)
_DEEPEST = 40
_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Found:
    """A figure with the path at which it stands; `derived` says from what it was made."""

    path: str
    figure: Figure
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """Why there is no such figure, in words."""

    why: str


def documents_in(text: str) -> tuple[Any, ...]:
    """Every JSON object or list in a text, in order."""
    decoder = json.JSONDecoder(parse_constant=lambda _: None)
    found: list[Any] = []
    place = 0
    while (start := _next_brace(text, place)) >= 0:
        try:
            value, place = decoder.raw_decode(text, start)
            found.append(value)
        except (ValueError, RecursionError):
            place = start + 1
    return tuple(found)


def _next_brace(text: str, place: int) -> int:
    found = re.compile(r"[\[{]").search(text, place)
    return found.start() if found else -1


def value_at(documents: Sequence[Any], path: str) -> tuple[bool, Any]:
    """The value at a path such as "$.cache.hit_rate" or ".items[0].name", and whether there is one."""
    steps = re.findall(r"[\w-]+", path.removeprefix("$"))
    for document in documents:
        value, there = document, True
        for step in steps:
            if isinstance(value, Mapping) and step in value:
                value = value[step]
            elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
                value = value[int(step)]
            else:
                there = False
                break
        if there:
            return True, value
    return False, None


def figure_named(documents: Sequence[Any], name: str, around: str, unit: str = "") -> Found | Missing:
    """The figure that the words name; `around` is the command, whose own words need not be repeated in the keys."""
    subjects = subjects_of(name)
    given = subjects_of(around)
    leaves = [leaf for document in documents for leaf in _leaves(document, (), 0)][:_MOST]
    derived = list(_derived(documents, name, subjects, given))
    leaves = [leaf for leaf in leaves if unit != "%" or leaf[0][-1] not in _PARTS]
    direct = _direct(leaves, subjects, given)
    if len(direct) == 1:
        return direct[0]
    if len(direct) > 1:
        return Missing(
            f"several figures could be meant by “{name}”: "
            + ", ".join(f"{one.path} = {one.figure.shown}" for one in direct[:4])
        )
    if len({one.figure.value for one in derived}) > 1:
        return Missing(
            f"“{name}” could be made of several: "
            + ", ".join(f"{one.path} = {one.figure.shown}" for one in derived[:4])
        )
    if derived:
        return derived[0]
    return Missing(f"no figure in the answer is named like “{name}”")


def _direct(
    leaves: Sequence[tuple[tuple[str, ...], Any]], subjects: frozenset[str], given: frozenset[str]
) -> list[Found]:
    """The leaves whose path, with the command's own words, names every subject, or most and the last of them."""
    scored: list[tuple[int, int, Found]] = []
    for path, value in leaves:
        figure = figure_of(value)
        words = subjects_of(" ".join(path))
        own = shared(subjects - given, words)
        if figure is None or own == 0:
            continue
        missing = len(subjects) - shared(subjects, words | given)
        if missing == 0:
            extra = len(subjects_of(path[-1]) - subjects - given)
            scored.append((shared(subjects, words), -extra, Found(".".join(path), figure)))
    best = max((score[:2] for score in scored), default=None)
    top = [found for hits, extra, found in scored if (hits, extra) == best]
    return _preferring_units(top)


def _preferring_units(found: list[Found]) -> list[Found]:
    """Of the same figure told twice, the one whose key names its unit."""
    named = [one for one in found if unit_in_name(one.path.rsplit(".", 1)[-1])]
    return named if len(found) > 1 and len(named) == 1 else found


def _derived(
    documents: Sequence[Any], name: str, subjects: frozenset[str], given: frozenset[str]
) -> Iterator[Found]:
    for path, value in (one for document in documents for one in _objects(document, (), 0)):
        around = subjects_of(" ".join(path)) | given
        topic = frozenset(
            word for word in subjects if not _SHARE.search(word) and word not in {"hit", "rate", "ratio"}
        )
        if shared(topic, around) < len(topic):
            continue
        where = ".".join(path) or "the answer"
        if _HIT_RATE.search(name):
            yield from _hit_rate(value, where)
        elif _SHARE.search(name):
            yield from _share(value, where)


def _share(value: Mapping[str, Any], where: str) -> Iterator[Found]:
    used, whole, free = (_first(value, names) for names in (_USED, _WHOLE, _FREE))
    if whole is None and used and free:
        whole = (f"{used[0]} + {free[0]}", used[1] + free[1])
    if used and whole and whole[1] > 0 and used[0] != whole[0]:
        share = used[1] / whole[1] * 100
        yield Found(
            f"{used[0]} / {whole[0]} of {where}",
            Figure(share, "%", f"{share:.1f} % ({used[1]:g} of {whole[1]:g})"),
            derived=True,
        )


def _hit_rate(value: Mapping[str, Any], where: str) -> Iterator[Found]:
    hits, misses = _first(value, _HITS), _first(value, _MISSES)
    if hits and misses and hits[1] + misses[1] > 0:
        rate = hits[1] / (hits[1] + misses[1]) * 100
        shown = f"{rate:.1f} % ({hits[1]:g} hits, {misses[1]:g} misses)"
        yield Found(
            f"{hits[0]} / ({hits[0]} + {misses[0]}) of {where}", Figure(rate, "%", shown), derived=True
        )


def _first(value: Mapping[str, Any], names: Sequence[str]) -> tuple[str, float] | None:
    """The first of these keys that holds a number, by its exact name, then as the end of a longer one."""
    for name in names:
        figure = figure_of(value.get(name))
        if figure:
            return name, figure.value
    for key, one in value.items():
        figure = figure_of(one)
        if figure and any(key.lower().endswith(f"_{name}") for name in names):
            return key, figure.value
    return None


def _leaves(value: Any, path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)), depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*path, str(number)), depth + 1)
    elif path:
        yield path, value


def _objects(
    value: Any, path: tuple[str, ...], depth: int
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    if depth > _DEEPEST:
        return
    if isinstance(value, Mapping):
        yield path, value
        for key, inner in value.items():
            yield from _objects(inner, (*path, str(key)), depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _objects(inner, (*path, str(number)), depth + 1)
