"""Read how soon something is to be done: windows, deadlines, and answers such as "next business day"."""

import re
from dataclasses import dataclass
from functools import lru_cache

from runward.runbooks.fact.lengths import LENGTH, find_length, length_from, length_only

_LENGTH = re.compile(rf"(?<![\w.,/]){LENGTH}", re.IGNORECASE)
_UNIT = r"ms|s|secs?|seconds?|m|mins?|minutes?|minuten|minutos?|h|hrs?|hours?|stunden?|horas?|d|days?|tagen?|d[ií]as?|weeks?|wochen|semanas?"
_RANGE = re.compile(
    rf"(?<![\w.])(?P<start>\d+(?:\.\d+)?)\s*(?P<first>{_UNIT})?\s*(?:-|–|—|\bto\b|\bbis\b|\ba\b)\s*(?P<to>\d+(?:\.\d+)?)\s*-?(?P<unit>{_UNIT})(?!\w)",
    re.IGNORECASE,
)
_OPEN = re.compile(
    rf"(?:>=?|≥|\b(?:after|over|more than|beyond|nach|über|mehr als|más de|después de|tras)\b)\s*{LENGTH}",
    re.IGNORECASE,
)
_PLUS = re.compile(
    rf"(?<![\w.])(?P<count>\d+)\s*(?P<unit1>{_UNIT})?\s*\+\s*(?P<unit2>{_UNIT})?(?!\w)", re.IGNORECASE
)
_DEADLINE = re.compile(
    r"\b(?:within|in under|in less than|no later than|innerhalb(?: von)?|binnen|spätestens nach|en menos de|dentro de|en un plazo de)\b\s*"
    rf"{LENGTH}",
    re.IGNORECASE,
)
# Words that are an answer themselves, where they are all that is said.
_SAID = (
    (
        "immediate",
        r"immediate(?:ly)?(?: (?:page|response|action|attention))?|instant(?:ly)?|right away|now|asap|sofort(?:ig)?|unverzüglich|umgehend|inmediat[oa](?:mente)?",
    ),
    (
        "next business day",
        r"next (?:business|working) day|(?:am )?nächste[rn] (?:werk|arbeits)tag|(?:el )?siguiente día (?:hábil|laborable)|próximo día (?:hábil|laborable)",
    ),
    (
        "business hours",
        r"(?:during |within |in )?(?:business|working|office) hours|(?:während der )?(?:geschäfts|büro)zeiten|(?:en )?horario (?:laboral|de oficina)",
    ),
    ("same day", r"same day|am selben tag|(?:el )?mismo día"),
    ("same business day", r"same (?:business|working) day"),
    ("next day", r"next day|am nächsten tag|(?:el )?día siguiente"),
    ("within hours", r"within hours|innerhalb von stunden"),
    ("next sprint", r"(?:in the )?next sprint|(?:im )?nächste[rn] sprint|próximo sprint"),
    ("best effort", r"best[- ]effort|as time permits|when possible"),
    ("none", r"n/?a|none|no|never|not applicable|entfällt|keine|ninguno|no aplica|[-–—]"),
)
_WORDS = tuple((name, re.compile(rf"(?:{pattern})\.?", re.IGNORECASE)) for name, pattern in _SAID)
_WORKING = re.compile(
    r"(?:within |in )?(?P<count>\d+|one|two|three|five)\s+(?:business|working|work)[- ](?P<unit>day|hour)s?",
    re.IGNORECASE,
)
_COUNTS = {"one": "1", "two": "2", "three": "3", "five": "5"}
# What may stand beside a length without saying anything else.
_BESIDE = re.compile(
    r"within|in|under|less|than|up|to|max(?:imum|imal)?\.?|target|of|innerhalb|binnen|von|bis|zu|en|menos|de|dentro|immediate(?:ly)?|sofort|inmediat[oa]"
    r"|respon[sd]e?|reaktion|respuesta|24/7|24x7|24×7|ack(?:nowledge(?:ment)?)?|page|paging|pager|ticket|e-?mail|slack|phone|call|sms|on-call|bereitschaft|guardia|[<≤=~≈():,;+–—-]+",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time counted from a beginning; `to` is "" where it has no end."""

    start: str
    to: str


@lru_cache(maxsize=4096)
def window_of(text: str) -> Window | None:
    """The stretch that the text names: "0-30 min", "15–60 minutes", "> 120 min", "2h+"; None if it names none."""
    found = _RANGE.search(text)
    if found:
        first = found["first"] or found["unit"]
        return Window(length_from(found["start"], first), length_from(found["to"], found["unit"]))
    found = _OPEN.search(text)
    if found:
        return Window(length_from(found["count"], found["unit"]), "")
    found = _PLUS.search(text)
    unit = (found["unit1"] or found["unit2"]) if found else None
    return Window(length_from(found["count"], unit), "") if found and unit else None


@lru_cache(maxsize=4096)
def deadline_of(text: str) -> str:
    """The length within which something is to be done: "Within 5 minutes", "innerhalb von 15 Minuten"; "" if none."""
    found = _DEADLINE.search(text)
    return length_from(found["count"], found["unit"]) if found else ""


@lru_cache(maxsize=4096)
def answer_time_of(text: str) -> str:
    """How soon somebody answers, where that is all the text says: a length, "immediate", "next business day" ...

    "" where it says something else, or two lengths at once. Of "Immediate (within 15 minutes)" the length
    counts, because it can be held to.
    """
    words = " ".join(text.split()).strip(" .*_`")
    for name, pattern in _WORDS:
        if pattern.fullmatch(words):
            return name
    working = _WORKING.fullmatch(words)
    if working:
        count = _COUNTS.get(working["count"].lower(), working["count"])
        return f"{count} business {working['unit'].lower()}{'' if count == '1' else 's'}"
    return _length_alone(words)


def _length_alone(words: str) -> str:
    """The length, where no other word says anything."""
    length = length_only(words)
    if length:
        return length
    found = list(_LENGTH.finditer(words))
    if len(found) != 1 or _RANGE.search(words) or _OPEN.search(words):
        return ""
    around = f"{words[: found[0].start()]} {words[found[0].end() :]}"
    alone = all(
        _BESIDE.fullmatch(word)
        for word in re.findall(r"[()<≤=~≈:,;+–—-]+|[Oo]n-[Cc]all|[Ee]-[Mm]ail|[^\s()<≤=~≈:,;+–—-]+", around)
    )
    return find_length(words) or "" if alone else ""


@lru_cache(maxsize=4096)
def range_or_length_of(text: str) -> str | Window | None:
    """The length or the range that the text is: "30 minutes", "~1 hour", "15-30 min"; None if it says more."""
    words = " ".join(text.split()).strip(" .*_`~≈")
    between = _RANGE.fullmatch(
        re.sub(
            r"^(?:approx(?:imately)?\.?|about|ca\.?|etwa|aprox\.?|around|estimated)\s+",
            "",
            words,
            flags=re.IGNORECASE,
        )
    )
    return window_of(words) if between else (_length_alone(words) or None)
