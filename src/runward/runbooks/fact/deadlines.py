"""Read lengths of time, windows and deadlines in the words in which policies state them."""

import re
from dataclasses import dataclass
from functools import lru_cache

# Months and years keep their own unit: their length in days is nowhere stated.
_UNITS: tuple[tuple[str, str], ...] = (
    ("ms", r"ms|millisec(?:ond)?s?|millisekunden?|milisegundos?"),
    ("s", r"s|secs?\.?|seconds?|sek\.?|sekunden?|segundos?|secondes?"),
    ("m", r"m|mins?\.?|minutes?|minuten?|minutos?"),
    ("h", r"h|hrs?\.?|hours?|std\.?|stunden?|horas?|heures?"),
    ("d", r"d|days?|tage?n?|d[ií]as?|jours?"),
    ("w", r"w|wks?|weeks?|wochen?|semanas?|semaines?"),
    ("mo", r"mo|months?|monate?n?|mes(?:es)?|mois"),
    ("y", r"y|yrs?|years?|jahre?n?|años?|ans?"),
)
_UNIT = "|".join(pattern for _, pattern in _UNITS)
_COUNTS = {
    **dict.fromkeys(("a", "an", "one", "ein", "eine", "einer", "einem", "un", "una", "uno"), 1),
    **dict.fromkeys(("two", "zwei", "dos"), 2),
    **dict.fromkeys(("three", "drei", "tres"), 3),
    **dict.fromkeys(("four", "vier", "cuatro"), 4),
    **dict.fromkeys(("five", "fünf", "cinco"), 5),
    **dict.fromkeys(("six", "sechs", "seis"), 6),
    **dict.fromkeys(("seven", "sieben", "siete"), 7),
    **dict.fromkeys(("ten", "zehn", "diez"), 10),
    **dict.fromkeys(("twelve", "zwölf", "doce"), 12),
}
_COUNT = rf"\d+(?:[.,]\d+)?|{'|'.join(sorted(_COUNTS, key=len, reverse=True))}"
_LENGTH = re.compile(rf"(?<![\w.])(?P<count>{_COUNT})(?:\s*|-)(?P<unit>{_UNIT})(?![\w/])", re.IGNORECASE)
_HALF = re.compile(
    r"\b(?:half an hour|(?:eine )?halbe stunde|media hora|une demi-heure)\b", re.IGNORECASE
)
_RANGE = re.compile(
    rf"(?<![\w.])(?P<from>\d+(?:\.\d+)?)\s*(?P<first>{_UNIT})?\s*(?:-|–|—|to|bis|a|à|until)\s*(?P<to>\d+(?:\.\d+)?)\s*(?P<unit>{_UNIT})(?!\w)",
    re.IGNORECASE,
)
_OPEN = re.compile(
    rf"(?:>=?|≥|after|over|more than|beyond|nach|über|mehr als|más de|después de)\s*(?P<count>{_COUNT})\s*(?P<unit>{_UNIT})(?!\w)"
    rf"|(?P<plus>\d+)(?:\s*(?P<unit1>{_UNIT}))?\s*\+\s*(?P<unit2>{_UNIT})?(?!\w)",
    re.IGNORECASE,
)
_DEADLINE = re.compile(
    r"\b(?:within|in under|in less than|no later than|up to|not? more than|innerhalb(?: von)?|binnen|spätestens nach|höchstens"
    r"|en menos de|dentro de|en un plazo de|antes de|dans les|sous)\b|<=?|≤|◄",
    re.IGNORECASE,
)
# Words that are an answer themselves, where they are all that is said.
_SAID = (
    ("immediate", r"immediate(?:ly)?|instant(?:ly)?|right away|now|asap|sofort(?:ig)?|unverzüglich|umgehend|inmediat[oa](?:mente)?|immédiate?(?:ment)?"),
    ("next business day", r"next (?:business|working) day|nächster (?:werk|arbeits)tag|am nächsten (?:werk|arbeits)tag|(?:el )?siguiente día (?:hábil|laborable)|próximo día (?:hábil|laborable)|jour ouvré suivant"),
    ("business hours", r"(?:during |within |in )?(?:business|working|office) hours|(?:während der )?(?:geschäfts|büro)zeiten|(?:en )?horario (?:laboral|de oficina)"),
    ("same day", r"same (?:business |working )?day|am selben tag|(?:el )?mismo día"),
    ("next sprint", r"next sprint|nächster sprint|próximo sprint"),
    ("best effort", r"best[- ]effort|as time permits|when possible"),
    ("none", r"n/?a|none|no|never|not applicable|nicht nötig|entfällt|keine|ninguno|no aplica|-|–|—"),
)
_WORDS = tuple((name, re.compile(rf"(?:{pattern})\.?", re.IGNORECASE)) for name, pattern in _SAID)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time counted from a beginning; `to` is "" where it has no end."""

    start: str
    to: str


@lru_cache(maxsize=4096)
def length_of(text: str) -> str:
    """The one length that the text states, as number and unit ("15m", weeks as days); "" if none or several."""
    if _HALF.search(text):
        return "30m"
    if _RANGE.search(text):
        return ""
    found = [(one["count"].lower(), _unit(one["unit"])) for one in _LENGTH.finditer(text) if _is_length(one)]
    if len(found) == 1:
        return _written(*found[0])
    return _summed(found) if _stands_together(text, len(found)) else ""


def _is_length(found: re.Match[str]) -> bool:
    """Whether it is one: a lone letter after a word ("a d", "one s") is not."""
    return found["count"][0].isdigit() or len(found["unit"]) > 2


def _stands_together(text: str, count: int) -> bool:
    """Whether two lengths are one, as in "1h 30m" and "1 hour and 30 minutes"."""
    return count == 2 and bool(
        re.search(rf"\d\s*(?:{_UNIT})\s*(?:and|und|y|et|,)?\s*\d+\s*(?:{_UNIT})(?!\w)", text, re.IGNORECASE)
    )


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def _summed(found: list[tuple[str, str]]) -> str:
    if not all(unit in _SECONDS and count.isdigit() for count, unit in found):
        return ""
    total = sum(int(count) * _SECONDS[unit] for count, unit in found)
    unit = found[-1][1]
    return f"{total // _SECONDS[unit]}{unit}" if total % _SECONDS[unit] == 0 else f"{total}s"


@lru_cache(maxsize=1024)
def _unit(word: str) -> str:
    return next(name for name, pattern in _UNITS if re.fullmatch(pattern, word, re.IGNORECASE))


def _written(count: str, unit: str) -> str:
    number = str(_COUNTS[count]) if count in _COUNTS else count.replace(",", ".")
    if unit == "w":
        return f"{float(number) * 7:g}d"
    return f"{number}{unit}"


@lru_cache(maxsize=4096)
def window_of(text: str) -> Window | None:
    """The stretch that the text names: "0-30 min", "15–60 minutes", "> 120 min"; None if it names none."""
    found = _RANGE.search(text)
    if found:
        unit = _unit(found["unit"])
        first = _unit(found["first"]) if found["first"] else unit
        return Window(_written(found["from"], first), _written(found["to"], unit))
    found = _OPEN.search(text)
    if not found:
        return None
    if found["count"]:
        return Window(_written(found["count"].lower(), _unit(found["unit"])), "")
    unit_word = found["unit1"] or found["unit2"]
    return Window(_written(found["plus"], _unit(unit_word)), "") if unit_word else None


@lru_cache(maxsize=4096)
def deadline_of(text: str) -> str:
    """The length within which something is to be done: "Within 5 minutes", "innerhalb von 15 Minuten"; "" if none."""
    found = _DEADLINE.search(text)
    return length_of(text[found.start() :]) if found else ""


_WORKING = re.compile(
    rf"(?:within |in )?(?P<count>{_COUNT})\s+(?:business|working|work)[- ](?P<unit>day|hour)s?", re.IGNORECASE
)


@lru_cache(maxsize=4096)
def answer_time_of(text: str) -> str:
    """How soon somebody answers, where that is all the text says: a length, "immediate", "next business day" ...

    "" where it says something else, or two things at once that differ ("15 minutes / 1 hour"). Of "Immediate
    (within 15 minutes)" the length counts, because it can be held to.
    """
    words = " ".join(text.split()).strip(" .*_`")
    for name, pattern in _WORDS:
        if pattern.fullmatch(words):
            return name
    working = _WORKING.fullmatch(words)
    if working:
        count = _COUNTS.get(working["count"].lower(), working["count"])
        return f"{count} business {working['unit'].lower()}{'' if str(count) == '1' else 's'}"
    length = length_of(words)
    if length and _only_a_length(words):
        return length
    return ""


_BESIDE_LENGTH = re.compile(
    rf"(?:{_COUNT}|{_UNIT}|within|in|under|less|than|up|to|max(?:imum)?|target|of|and|und|y|bis|zu|innerhalb|von|binnen|en|menos|de|dentro"
    r"|immediate(?:ly)?|sofort|inmediat[oa]|response|respond|24/7|24x7|business|working|hours?|acknowledge(?:ment)?|ack|half|halbe|media|hora|stunde|hour|an|eine)",
    re.IGNORECASE,
)


def _only_a_length(words: str) -> bool:
    return all(
        _BESIDE_LENGTH.fullmatch(word) for word in re.findall(r"[^\s()<>≤=~:,;-]+", re.sub(r"(\d)([a-z])", r"\1 \2", words))
    )
