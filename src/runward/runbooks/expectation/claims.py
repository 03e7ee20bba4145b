"""Read a figure that a sentence demands: "Replication lag < 2 seconds", "between 40 and 70 %", "at least 3 nodes"."""

import re
from dataclasses import dataclass

from runward.runbooks.model import Operator

_NUMBER = r"[-+]?(?:\d{1,3}(?:[,'’ \u202f]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)\s?(?:k|K)?(?![\w.]*\w)|[-+]?\d+(?:[.,]\d+)?"
_UNIT = (
    r"%|percent|per ?cent|prozent|por ciento|pour ?cent"
    r"|milliseconds?|millisekunden|milisegundos|msecs?|ms|microseconds?|µs|us|seconds?|sekunden?|segundos?|secondes?|secs?|s"
    r"|minutes?|minuten?|minutos?|mins?|m|hours?|stunden?|horas?|heures?|hrs?|h|days?|tage?n?|d[ií]as?|jours?|d|weeks?|wochen?|w"
    r"|bytes?|[KMGT]i?B|[KMGT]i|[kKMGT](?=\b)"
)
_VALUE = rf"(?P<value>{_NUMBER})\s*(?P<unit>{_UNIT})?(?![\w])"
ABOVE = r"more than|greater than|higher than|larger than|older than|longer than|above|over|exceeds?|exceeding|mehr als|größer als|über|más de|mayor (?:que|a)|superior a|plus de"
BELOW = r"less than|fewer than|lower than|smaller than|younger than|shorter than|below|under|within|weniger als|kleiner als|unter|innerhalb(?: von)?|menos de|menor (?:que|a)|inferior a|dentro de|moins de"
AT_LEAST = (
    r"at least|no(?:t)? (?:less|fewer) than|minimum(?: of)?|min\.?|mindestens|al menos|como mínimo|au moins"
)
AT_MOST = r"at most|no(?:t)? (?:more|greater|higher) than|up to|maximum(?: of)?|max\.?|höchstens|maximal|como máximo|no más de|au plus"
_EQUAL = r"equals?(?: to)?|is exactly|exactly|is|are|be|==?|returns?|shows?|prints?|reports?|status(?: code)?|code|beträgt|ist|sind|es|son|est"
_OPERATORS: tuple[tuple[Operator, str], ...] = (
    (Operator.AT_LEAST, rf">=|≥|=>|{AT_LEAST}"),
    (Operator.AT_MOST, rf"<=|≤|=<|{AT_MOST}"),
    (Operator.NOT_EQUAL, r"!=|≠|<>|is not|not equal to"),
    (Operator.ABOVE, rf">|{ABOVE}"),
    (Operator.BELOW, rf"<|{BELOW}"),
    (Operator.EQUAL, rf":|{_EQUAL}"),
)
_BETWEEN = re.compile(
    rf"(?:between|from|zwischen|entre)?\s*(?P<low>{_NUMBER})\s*(?P<unit1>{_UNIT})?\s*(?:-|–|—|\.\.|to|and|und|bis|y|a|et)\s*(?P<high>{_NUMBER})\s*(?P<unit>{_UNIT})?(?!\w)",
    re.IGNORECASE,
)
_COMPARED = tuple(
    (operator, re.compile(rf"(?<![\w<>=!])(?:{words})\s*{_VALUE}", re.IGNORECASE))
    for operator, words in _OPERATORS
)
_ZERO = re.compile(r"\b(?:zero|null|kein[e]?|cero|ningún|aucun)\b", re.IGNORECASE)
_UNITS: tuple[tuple[str, str], ...] = (
    ("%", r"%|per ?cent|percent|prozent|por ciento|pour ?cent"),
    ("ms", r"ms|msecs?|milli.*|mili.*"),
    ("us", r"us|µs|micro.*"),
    ("s", r"s|secs?|seconds?|sekunden?|segundos?|secondes?"),
    ("min", r"m|mins?|minute.*|minuto.*"),
    ("h", r"h|hrs?|hours?|stunden?|horas?|heures?"),
    ("d", r"d|days?|tage?n?|d[ií]as?|jours?"),
    ("w", r"w|weeks?|wochen?"),
    ("B", r"bytes?|b"),
)
_SPACES = re.compile(r"[\s'’\u202f]")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_LEADING = re.compile(
    r"^(?:verify|check|confirm|ensure|make sure|validate|assert|expected?|the|that|all|each|every|there (?:is|are|should be)|prüfen|verificar|alle)\b\s*(?:that\s+)?(?:the\s+)?",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"\s+(?:should|must|shall|has to|have to|soll(?:te)?|muss|debe)?\s*(?:be|stays?|remains?|is|are|stay|remain|returns?|shows?|sein|bleiben|ser|estar)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A name, a comparison and a value; `value` is "40..70" for a range."""

    name: str
    operator: Operator
    value: str
    unit: str


def claim_of(text: str) -> Claim | None:
    """The figure that the sentence demands; None when it demands none."""
    line = " ".join(text.replace("`", "").replace("**", "").split())
    between = _BETWEEN.search(line)
    if between and not _is_clock(line, between):
        unit = unit_of(between["unit"] or between["unit1"] or "")
        value = f"{plain_number(between['low'])}..{plain_number(between['high'])}"
        return Claim(_name_before(line, between.start()), Operator.BETWEEN, value, unit)
    hits = [
        (found.start(), operator, found) for operator, pattern in _COMPARED if (found := pattern.search(line))
    ]
    if hits:
        _, operator, found = min(hits, key=lambda hit: (hit[1] is Operator.EQUAL, hit[0]))
        name = _name_before(line, found.start()) or line[found.end() :].strip(" .,;")
        return Claim(name, operator, plain_number(found["value"]), unit_of(found["unit"] or ""))
    if _ZERO.search(line):
        name = _ZERO.sub("", line).strip()
        return Claim(_name_before(name, len(name)), Operator.EQUAL, "0", "")
    return None


def unit_of(word: str) -> str:
    """The unit in its short form; sizes keep their letter ("GiB" is "Gi", "MB" is "M")."""
    for short, pattern in _UNITS:
        if re.fullmatch(pattern, word, re.IGNORECASE) and word not in {"M", "B"}:
            return short
    return word.removesuffix("B")


def plain_number(text: str) -> str:
    """The number without thousands separators, with a point: "1,200" is "1200", "1,5" is "1.5", "1.2k" is "1200"."""
    word = _SPACES.sub("", text)
    factor = 1000 if word[-1:] in "kK" else 1
    word = word.rstrip("kK")
    if _GROUPED.fullmatch(word):
        word = word.replace(",", "")
    elif word.count(",") == 1 and "." not in word:
        word = word.replace(",", ".")
    value = float(word) * factor
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _name_before(line: str, end: int) -> str:
    """What the figure is of: the words before it, without verbs of looking."""
    words = line[:end].strip(" :–—-=")
    words = _LEADING.sub("", words)
    return _TRAILING.sub("", words).strip(" :,")


def _is_clock(line: str, found: re.Match[str]) -> bool:
    """Whether the two numbers are a date or an address and not a range ("2026-02", "10-20-30")."""
    after, before = line[found.end() : found.end() + 1], line[max(found.start() - 1, 0) : found.start()]
    return (
        after in {"-", "/", ":"}
        or before in {"-", "/", ":", "."}
        or bool(re.fullmatch(r"\d{4}", found["low"]))
    )
