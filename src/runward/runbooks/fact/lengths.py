"""Read a length of time in words: "15 minutes" is "15m", "one week" is "7d", "media hora" is "30m"."""

import re
from functools import lru_cache

_UNITS: tuple[tuple[str, str], ...] = (
    ("ms", r"milliseconds?|msecs?|ms|millisekunden?|milisegundos?|millisecondes?"),
    ("s", r"seconds?|secs?|s|sekunden?|sek\.?|segundos?|seg\.?|secondes?"),
    ("m", r"minutes?|mins?\.?|m|minuten?|minutos?"),
    ("h", r"hours?|hrs?\.?|h|stunden?|std\.?|horas?|heures?"),
    ("d", r"(?:calendar |kalender)?(?:days?|tage?n?)|d|d[ií]as?(?: naturales)?|jours?"),
    ("w", r"weeks?|wks?|w|wochen?|semanas?|semaines?"),
    ("mo", r"months?|monate?n?|mes(?:es)?|mois"),
    ("y", r"years?|yrs?|y|jahre?n?|años?|ans?"),
)
_UNITS_IN_WORDS = tuple((short, re.compile(words)) for short, words in _UNITS)
_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10, "twelve": 12,
    "eine": 1, "einer": 1, "einem": 1, "einen": 1, "ein": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7, "zehn": 10,
    "un": 1, "una": 1, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7, "diez": 10,
}  # fmt: skip
_HALVES = re.compile(r"half an hour|(?:eine )?halbe stunde|media hora|une demi-heure", re.IGNORECASE)
_UNIT = "|".join(f"(?:{words})" for _, words in _UNITS)
_SPOKEN = "|".join(sorted(_WORDS, key=len, reverse=True))
COUNT = rf"\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+(?:[.,]\d+)?|(?:{_SPOKEN})(?=[\s-]+[^\W\d_]{{3}})"
# The groups are named for use inside other patterns: rf"within {LENGTH}" then `length_from(found)`.
LENGTH = rf"(?P<count>{COUNT})[\s-]*(?P<unit>{_UNIT})(?![\w%/])"
_LENGTH = re.compile(rf"(?<![\w.,/])(?:{LENGTH})", re.IGNORECASE)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+")
_DAYS = {"w": 7}


@lru_cache(maxsize=4096)
def find_length(text: str) -> str | None:
    """The first length that a text names, None if it names none; weeks are told as days."""
    half = _HALVES.search(text)
    found = _LENGTH.search(text)
    if half and (not found or half.start() <= found.start()):
        return "30m"
    return length_from(found["count"], found["unit"]) if found else None


@lru_cache(maxsize=4096)
def length_only(text: str) -> str | None:
    """The length that a text is, apart from white space and a full stop; None if it says anything else."""
    words = text.strip().rstrip(".")
    if _HALVES.fullmatch(words):
        return "30m"
    found = _LENGTH.fullmatch(words)
    return length_from(found["count"], found["unit"]) if found else None


def length_from(count: str, unit: str) -> str:
    """The short form of a count and a unit as they were matched by LENGTH: "2", "weeks" is "14d"."""
    short = next(short for short, pattern in _UNITS_IN_WORDS if pattern.fullmatch(unit.lower()))
    digits = count.replace(",", "") if _GROUPED.fullmatch(count) else count.replace(",", ".")
    number = float(_WORDS.get(count.lower(), 0) or digits)
    if short in _DAYS:
        number, short = number * _DAYS[short], "d"
    return f"{number:g}{short}"
