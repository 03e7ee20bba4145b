"""Read a quantity with its unit: "200ms", "2x normal", "100 req/sec/pod", "5 per hour", "40-70 %"."""

import re
from dataclasses import dataclass
from functools import lru_cache

from runward.runbooks.expectation.claims import plain_number

NUMBER = r"\d{1,3}(?:[,'’]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?"
_UNITS: tuple[tuple[str, str], ...] = (
    ("%", r"%|percent|per ?cent|prozent|por ?ciento|pour ?cent"),
    ("x normal", r"(?:[x×]|times|mal|veces)[ -](?:the |das |lo |el )?(?:normal(?:en?)?|baseline|average|usual|typical|habitual)\w*(?: (?:level|rate|traffic|volume)s?)?"),
    ("x", r"[x×](?![\w])"),
    ("req/s", r"(?:req(?:uest)?s?|peticiones|anfragen)\s?(?:/|per|pro|por)\s?s(?:ec(?:ond)?|ekunde|egundo)?(?!\w)|rps|qps"),
    ("ms", r"ms|msecs?|milliseconds?|millisekunden?|milisegundos?"),
    ("us", r"µs|us|microseconds?"),
    ("s", r"s|secs?|seconds?|sek|sekunden?|segundos?"),
    ("m", r"m|mins?|minutes?|minuten?|minutos?"),
    ("h", r"h|hrs?|hours?|stunden?|std|horas?"),
    ("d", r"d|days?|tage?n?|d[ií]as?"),
    ("w", r"weeks?|wochen?|semanas?"),
    ("TB", r"tb"), ("GB", r"gb"), ("MB", r"mb"), ("KB", r"kb"), ("TiB", r"tib|ti"), ("GiB", r"gib|gi"), ("MiB", r"mib|mi"), ("KiB", r"kib|ki"),
    ("B", r"b(?:ytes?)?"),
)  # fmt: skip
_PER_UNITS: tuple[tuple[str, str], ...] = (
    ("second", r"s|secs?|seconds?|sekunde|segundo"),
    ("minute", r"m|mins?|minutes?|minute|minuto"),
    ("hour", r"h|hrs?|hours?|stunde|hora"),
    ("day", r"d|days?|tag|d[ií]a"),
    ("week", r"weeks?|woche|semana"),
    ("month", r"months?|monat|mes"),
)
_UNITS_IN_WORDS = tuple((short, re.compile(words)) for short, words in _UNITS)
_PERIODS = tuple((name, re.compile(words)) for name, words in _PER_UNITS)
_UNIT = "|".join(f"(?:{words})" for _, words in _UNITS)
_PER = r"(?:[a-z]+)"
# A number, its unit and what it is per; the names are free for use in other patterns.
QUANTITY = (
    rf"(?P<number>{NUMBER})(?P<thousand>(?-i:[kKM])(?![\w%]))?(?:\s?(?P<unit>{_UNIT})(?![\w]))?"
    rf"(?:\s?(?:/|\b(?:per|pro|por)\b)\s?(?P<per>{_PER})(?!\w))?"
)
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_MULTIPLES = {"": 1, "k": 1_000, "K": 1_000, "M": 1_000_000}
_RATE = {"B": "B/s", "KB": "KB/s", "MB": "MB/s", "GB": "GB/s", "req": "req/s"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit; `per` is "hour", "pod" or "" ."""

    value: int | float
    unit: str
    per: str = ""


def quantity_of(found: re.Match[str]) -> Quantity | None:
    """The quantity that a match of QUANTITY holds; None where the number can be read in two ways ("1.000 ms")."""
    unit = unit_named(found["unit"] or "")
    if _AMBIGUOUS.fullmatch(found["number"]) and unit != "%":
        return None
    return Quantity(
        number_of(found["number"], found["thousand"] or ""), unit or "count", _per_named(found["per"] or "")
    )


def number_of(digits: str, thousand: str = "") -> int | float:
    """The number in digits, with "k" or "M" behind it."""
    value = float(plain_number(digits)) * _MULTIPLES[thousand]
    return int(value) if value == int(value) else value


@lru_cache(maxsize=512)
def unit_named(word: str) -> str:
    """The short form of a unit, "" for none."""
    if not word:
        return ""
    return next((short for short, pattern in _UNITS_IN_WORDS if pattern.fullmatch(word.lower())), "")


@lru_cache(maxsize=512)
def _per_named(word: str) -> str:
    if not word:
        return ""
    small = word.lower()
    return next((name for name, pattern in _PERIODS if pattern.fullmatch(small)), small)
