"""Read figures out of what was printed, in whatever form, and hold them against what is wanted."""

import math
import re
from dataclasses import dataclass
from datetime import datetime

from runward.runbooks.expectation.claims import plain_number, unit_of
from runward.runbooks.model import Operator

# Of each unit: the family within which it can be compared, and its size in the family's smallest named unit.
_UNITS: dict[str, tuple[str, float]] = {
    "us": ("time", 1e-6),
    "ms": ("time", 1e-3),
    "s": ("time", 1.0),
    "min": ("time", 60.0),
    "h": ("time", 3600.0),
    "d": ("time", 86400.0),
    "w": ("time", 604800.0),
    "%": ("share", 1.0),
    "B": ("size", 1.0),
    "k": ("size", 1e3),
    "K": ("size", 1024.0),
    "M": ("size", 1024.0**2),
    "G": ("size", 1024.0**3),
    "T": ("size", 1024.0**4),
    "Ki": ("size", 1024.0),
    "Mi": ("size", 1024.0**2),
    "Gi": ("size", 1024.0**3),
    "Ti": ("size", 1024.0**4),
}
_NUMBER = re.compile(
    r"(?P<value>[-+]?(?:\d{1,3}(?:[,'’\u202f ]\d{3})+(?:\.\d+)?|\d+[.,]\d+|\d+)(?:[eE][-+]?\d+)?)\s*(?P<unit>%|[A-Za-zµ]+(?:/s)?)?"
)
_INTERVAL = re.compile(
    r"(?P<sign>-?)(?:(?P<days>\d+) days?,? ?)?(?P<hours>\d{1,3}):(?P<minutes>\d{2}):(?P<seconds>\d{2}(?:\.\d+)?)"
)
_NO_VALUE = frozenset(
    {
        "",
        "-",
        "n/a",
        "na",
        "null",
        "none",
        "nan",
        "nil",
        "unknown",
        "undefined",
        "inf",
        "-inf",
        "infinity",
        "+inf",
        "<none>",
        "<unknown>",
        "(null)",
    }
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit; `shown` is how it stood in the output."""

    value: float
    unit: str
    shown: str


def figure_of(value: object) -> Figure | None:
    """The figure that a printed or returned value is; None for anything that is no finite number."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return (
            Figure(float(value), "", f"{value:g}" if isinstance(value, float) else str(value))
            if math.isfinite(value)
            else None
        )
    return _figure_in(str(value))


def _figure_in(text: str) -> Figure | None:
    word = text.strip().strip("\"'")
    if word.lower() in _NO_VALUE:
        return None
    interval = _INTERVAL.fullmatch(word)
    if interval:
        seconds = int(interval["days"] or 0) * 86400 + int(interval["hours"]) * 3600
        seconds += int(interval["minutes"]) * 60
        return Figure((seconds + float(interval["seconds"])) * (-1 if interval["sign"] else 1), "s", word)
    found = _NUMBER.fullmatch(word)
    if not found:
        return None
    if re.fullmatch(r"[-+]?\d+\.\d+(?:[eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+", found["value"]):
        value = float(found["value"])
    else:
        value = float(plain_number(found["value"]))
    unit = found["unit"] or ""
    if unit == "k" and re.search(r"[.,]\d", found["value"]) is not None:
        return Figure(value * 1000, "", word)
    return Figure(value, unit_of(unit) if unit else "", word) if math.isfinite(value) else None


def unit_in_name(name: str) -> str:
    """The unit that a column or key carries in its own name: "lag_seconds", "latency_ms", "used_percent"."""
    words = re.findall(r"[a-z%]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower())
    for word in reversed(words):
        if word in {"percent", "pct", "percentage", "%", "use%"}:
            return "%"
        if word in {
            "ms",
            "msec",
            "millis",
            "milliseconds",
            "us",
            "micros",
            "microseconds",
            "s",
            "sec",
            "secs",
            "seconds",
            "min",
            "mins",
            "minutes",
            "hours",
            "days",
        }:
            return {"millis": "ms", "micros": "us", "min": "min", "mins": "min"}.get(word) or unit_of(word)
        if word in {"bytes", "byte"}:
            return "B"
        if word in {"kb", "kib"}:
            return "K"
        if word in {"mb", "mib"}:
            return "M"
        if word in {"gb", "gib"}:
            return "G"
    return ""


def readings_of(figure: Figure, name: str, wanted_unit: str) -> tuple[float, ...]:
    """The values, in the wanted unit, that the figure can stand for; several where its unit is not known.

    A share may be told as a fraction or in percent; a time without a unit may be seconds or milliseconds.
    """
    unit = figure.unit or unit_in_name(name)
    if not wanted_unit:
        return (figure.value,)
    family, size = _UNITS.get(wanted_unit, ("", 1.0))
    if unit:
        own_family, own_size = _UNITS.get(unit, ("", 1.0))
        return (figure.value * own_size / size,) if own_family == family else ()
    if family == "share":
        return _shares(figure.value)
    if family == "time":
        return tuple(dict.fromkeys((figure.value / size, figure.value / 1000 / size)))
    return (figure.value,)


def _shares(value: float) -> tuple[float, ...]:
    """1 may be 1 % or the whole; anything between 0 and 1 is a fraction."""
    if value == 1.0:
        return (1.0, 100.0)
    return (value * 100,) if 0 < value < 1 else (value,)


def holds(value: float, operator: Operator, wanted: str) -> bool:
    """Whether a value holds against "2" or "40..70"; the bounds of a range belong to it."""
    if operator is Operator.BETWEEN:
        low, high = (float(part) for part in wanted.split(".."))
        return low <= value <= high
    limit = float(wanted)
    return {
        Operator.BELOW: value < limit,
        Operator.AT_MOST: value <= limit,
        Operator.ABOVE: value > limit,
        Operator.AT_LEAST: value >= limit,
        Operator.EQUAL: math.isclose(value, limit, rel_tol=1e-9, abs_tol=1e-12),
        Operator.NOT_EQUAL: not math.isclose(value, limit, rel_tol=1e-9, abs_tol=1e-12),
    }[operator]


def is_number(text: str) -> bool:
    """Whether a wanted value is a number or a range of numbers."""
    return bool(re.fullmatch(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?(?:\.\.-?\d+(?:\.\d+)?)?", text, re.IGNORECASE))


def moment_of(value: object) -> datetime | None:
    """The moment that a returned value is, without its zone; None if it is none."""
    try:
        return datetime.fromisoformat(str(value).strip()).replace(tzinfo=None)
    except ValueError:
        return None


def wanted_words(operator: Operator | None, value: str, unit: str) -> str:
    """What is wanted, for people: "below 2 s", "40 to 70 %", "200"."""
    shown = f"{value} {unit}".strip() if unit != "time" else value
    if operator is Operator.BETWEEN:
        low, high = value.split("..")
        return f"{low} to {high} {unit}".strip()
    words = {
        Operator.BELOW: "below ",
        Operator.AT_MOST: "at most ",
        Operator.ABOVE: "above ",
        Operator.AT_LEAST: "at least ",
        Operator.NOT_EQUAL: "other than ",
        Operator.MATCHES: "text like ",
        Operator.ABSENT: "no ",
    }
    return f"{words.get(operator, '') if operator else ''}{shown}"
