"""Read how often something is due: "Weekly on Sunday at 2:00 AM", "First Monday", "jeden Montag um 9 Uhr"."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from runward.runbooks.fact.clock_times import clock_time_of

DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_CLOCK_NEXT = (
    r"(?=\.?,?\s+(?:um\s+)?\d{1,2}:\d\d)"  # German short names only where a time follows: "So 02:00"
)
_DAY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "sunday": rf"so{_CLOCK_NEXT}|sun(?:day)?s?|sonntags?|domingos?",
        "monday": rf"mo{_CLOCK_NEXT}|mon(?:day)?s?|montags?|lunes",
        "tuesday": rf"di{_CLOCK_NEXT}|tue(?:s(?:day)?)?s?|dienstags?|martes",
        "wednesday": rf"mi{_CLOCK_NEXT}|wed(?:nesday)?s?|mittwochs?|mi[ée]rcoles",
        "thursday": rf"do{_CLOCK_NEXT}|thu(?:r(?:s(?:day)?)?)?s?|donnerstags?|jueves",
        "friday": rf"fr{_CLOCK_NEXT}|fri(?:day)?s?|freitags?|viernes",
        "saturday": rf"sa{_CLOCK_NEXT}|sat(?:urday)?s?|samstags?|sonnabends?|s[áa]bados?",
    }
)
_DAY = re.compile(
    r"(?<![\w.-])(?:" + "|".join(f"(?P<{day}>{words})" for day, words in _DAY_WORDS.items()) + r")(?![\w-])",
    re.IGNORECASE,
)
_SHORT = frozenset(
    {
        "sun",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "suns",
        "sats",
        "weds",
        "mons",
        "fris",
        "so",
        "mo",
        "di",
        "mi",
        "do",
        "fr",
        "sa",
    }
)
_EVERY: tuple[tuple[str, str], ...] = (
    ("minute", r"every minute|each minute|jede minute|cada minuto"),
    (
        "hour",
        r"hourly|every hour|each hour|per hour|once an hour|stündlich\w*|jede stunde|cada hora|por hora",
    ),
    (
        "day",
        (
            r"daily|nightly|every (?:single )?(?:day|night|morning|evening|shift)|each (?:day|night|morning)|once (?:a|per) day|day-to-day"
            r"|täglich\w*|jeden (?:tag|morgen|abend)|tägl\.|diari[oa]s?|diariamente|cada (?:día|mañana|noche)|todos los días|quotidien(?:ne)?(?:s|ment)?"
        ),
    ),
    (
        "week",
        r"weekly|every week|each week|once (?:a|per) week|wöchentlich\w*|jede woche|semanal(?:es|mente)?|cada semana|hebdomadaire(?:s|ment)?",
    ),
    (
        "month",
        r"monthly|every month|each month|once (?:a|per) month|monatlich\w*|jeden monat|mensual(?:es|mente)?|cada mes|mensuel(?:le)?(?:s|ment)?",
    ),
    (
        "quarter",
        r"quarterly|every quarter|each quarter|once (?:a|per) quarter|(?:viertel|quartals)jährlich\w*|quartalsweise|jedes quartal|trimestral(?:es|mente)?|cada trimestre|trimestriel(?:le)?(?:s|ment)?",
    ),
    (
        "year",
        r"yearly|annual(?:ly)?|every year|each year|once (?:a|per) year|jährlich\w*|jedes jahr|anual(?:es|mente)?|cada año|annuel(?:le)?(?:s|ment)?",
    ),
)
_RHYTHM = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"(?P<{unit}>{words})" for unit, words in _EVERY) + r")(?![\w-])",
    re.IGNORECASE,
)
_UNITS: tuple[tuple[str, str], ...] = (
    ("minute", r"min(?:ute)?s?|minuten?|minutos?"),
    ("hour", r"h|hrs?|hours?|stunden?|horas?"),
    ("day", r"d|days?|tage?n?|días?"),
    ("week", r"w|weeks?|wochen?|semanas?"),
    ("month", r"months?|monate?n?|mes(?:es)?"),
    ("quarter", r"quarters?|quartale?n?|trimestres?"),
    ("year", r"years?|jahre?n?|años?"),
)
_NUMBERS = MappingProxyType(
    {
        "other": 2,
        "second": 2,
        "two": 2,
        "zwei": 2,
        "dos": 2,
        "three": 3,
        "third": 3,
        "drei": 3,
        "tres": 3,
        "four": 4,
        "six": 6,
        "sechs": 6,
        "seis": 6,
        "twelve": 12,
        "zweite": 2,
        "zweiten": 2,
    }
)
_INTERVAL = re.compile(
    r"(?<![\w-])(?:every|each|alle|jede[nrs]?|cada|toutes les|once every|at least every)\s+(?P<count>\d+|"
    + "|".join(_NUMBERS)
    + r")(?:\s*|-)(?:"
    + "|".join(f"(?P<{unit}>{words})" for unit, words in _UNITS)
    + r")(?![\w-])",
    re.IGNORECASE,
)
_TIMES = MappingProxyType({"twice": 2, "two": 2, "three": 3, "four": 4, "zwei": 2, "drei": 3, "vier": 4, "dos": 2, "tres": 3, "cuatro": 4})  # fmt: skip
_OFTEN: tuple[tuple[str, str], ...] = (
    ("hour", r"(?:an|per|each|pro|die|por) (?:hour|stunde|hora)|stündlich"),
    ("day", r"(?:a|per|each|every|pro|am|al|por) (?:day|tag|día)|daily|täglich|diarias"),
    (
        "week",
        r"(?:a|per|each|every|pro|die|in der|a la|por) (?:week|woche|semana)|weekly|wöchentlich|semanales",
    ),
    ("month", r"(?:a|per|each|every|pro|im|al|por) (?:month|monat|mes)|monthly|monatlich|mensuales"),
    ("quarter", r"(?:a|per|each|every|pro|im|al|por) (?:quarter|quartal|trimestre)"),
)
_SEVERAL = re.compile(
    r"(?<![\w-])(?P<times>twice|(?:two|three|four|[2-9]) times|(?:zwei|drei|vier|[2-9]) ?mal|(?:dos|tres|cuatro|[2-9]) veces)[\s-]+(?:"
    + "|".join(f"(?P<{unit}>{words})" for unit, words in _OFTEN)
    + r")(?![\w-])",
    re.IGNORECASE,
)
_FIXED: tuple[tuple[re.Pattern[str], str, int], ...] = (
    (re.compile(r"\b(?:fortnightly|zweiwöchentlich|alle zwei wochen|quincenal)\b"), "week", 2),
    (
        re.compile(
            r"\b(?:semi-?annual(?:ly)?|half-?yearly|twice (?:a|per) year|halbjährlich\w*|semestral(?:mente)?)\b"
        ),
        "month",
        6,
    ),
)
_NTH: tuple[tuple[int, str], ...] = (
    (1, r"first|1st|ersten?r?|primer[oa]?|1er"),
    (2, r"second|2nd|zweiten?r?|segund[oa]"),
    (3, r"third|3rd|dritten?r?|tercer[oa]?"),
    (4, r"fourth|4th|vierten?r?|cuart[oa]"),
    (-1, r"last|letzten?r?|últim[oa]"),
)
_NTH_WORD = re.compile(
    r"(?<!\w)(?:"
    + "|".join(f"(?P<n{abs(number)}{'m' if number < 0 else ''}>{words})" for number, words in _NTH)
    + r")\s+$",
    re.IGNORECASE,
)
_DATE = re.compile(
    r"\b(?:on |am |el |every |jeden )?(?:the )?(?P<day>[12]?\d|3[01])(?:st|nd|rd|th|\.)?\s+(?:day )?(?:(?:of|in) (?:(?:the|each|every|a) )?month|(?:eines |des |jeden )monats|de cada mes)"
    r"|\b(?P<first>first (?:day )?of (?:(?:the|each|every) )?month|ersten tag (?:des|jeden) monats|primer día (?:de cada|del) mes)",
    re.IGNORECASE,
)
_WEEKDAYS = re.compile(
    r"(?<!\d )(?<!\d-)\b(?<!one )(?<!two )(?<!three )(?<!five )(?<!next )(?:(?:every |each )?(?:weekdays?|business days?|working days?)|werktags|an werktagen|montags? bis freitags?|mon(?:day)?\s*(?:-|–|to|through)\s*fri(?:day)?|lunes a viernes|días (?:hábiles|laborables))\b",
    re.IGNORECASE,
)
_ALTERNATE = re.compile(r"\b(?:every (?:other|second)|jeden zweiten|cada dos)\s+$", re.IGNORECASE)


@lru_cache(maxsize=4096)
def recurrence_of(text: str, under: str = "") -> Mapping[str, object] | None:
    """How often and when, as `every`, `interval`, `on`, `nth`, `day`, `at`, `zone` and `cron`; None if it says nothing of the sort.

    `under` is the rhythm ("day", "week" ...) of the title above, which holds where the text names only a time
    or a weekday. A text that names two rhythms ("daily/weekly") says nothing that could be acted on.
    """
    several = _several(text)
    said = (several[0], 1) if several else _interval(text) or _rhythm(text)
    if said is None:
        return None
    days = _days(text)
    every, interval = said if said[0] else (_implied(text, days, under), 1)
    if not every or (days and every in {"hour", "minute"}):
        return None
    when: dict[str, object] = {"every": every}
    if interval != 1:
        when["interval"] = interval
    if several:
        return MappingProxyType(when | {"times": several[1]} | _on(text, days, every))
    when |= _on(text, days, every)
    when |= _at(text)
    cron = _cron(when)
    return MappingProxyType(when | ({"cron": cron} if cron else {}))


def _rhythm(text: str) -> tuple[str, int] | None:
    """The rhythm that is named, ("", 1) where none is, None where several are."""
    words = text.lower()
    for pattern, unit, count in _FIXED:
        if pattern.search(words):
            return unit, count
    units = {one.lastgroup or "" for one in _RHYTHM.finditer(text)}
    if len(units) > 1:
        return None
    return (units.pop() if units else ""), 1


def _several(text: str) -> tuple[str, int] | None:
    """The unit and how often in it: ("day", 2) for "twice a day"."""
    found = _SEVERAL.search(text)
    if not found:
        return None
    word = re.sub(r"\s*(?:times?|mal|veces|-|x)$", "", found["times"].lower()).strip()
    unit = found.lastgroup or ""
    return (unit, _TIMES.get(word) or int(word)) if unit != "times" else None


def _interval(text: str) -> tuple[str, int] | None:
    found = _INTERVAL.search(text)
    if not found:
        return None
    word = found["count"].lower()
    return found.lastgroup or "", int(word) if word.isdigit() else _NUMBERS[word]


def _days(text: str) -> list[re.Match[str]]:
    return [
        one
        for one in _DAY.finditer(text)
        if one[0].lower() not in _SHORT or (one[0][0].isupper() and not one[0][1:].isupper())
    ]


def _implied(text: str, days: list[re.Match[str]], under: str) -> str:
    """The rhythm of a text that names only a weekday, a date or a time."""
    if _WEEKDAYS.search(text):
        return "day"
    if _DATE.search(text) or (days and _nth(text, days[0])):
        return under if under in {"month", "quarter", "year"} else "month"
    if days:
        return "week"
    return under if clock_time_of(text) else ""


def _nth(text: str, day: re.Match[str]) -> re.Match[str] | None:
    """The "first" or "last" right before a weekday."""
    return _NTH_WORD.search(text[: day.start()])


def _on(text: str, days: list[re.Match[str]], every: str) -> dict[str, object]:
    if every == "day" and _WEEKDAYS.search(text):
        return {"on": "weekdays"}
    if not days:
        date = _DATE.search(text) if every in {"month", "quarter", "year"} else None
        return {"day": int(date["day"]) if date["day"] else 1} if date else {}
    names = list(dict.fromkeys(one.lastgroup or "" for one in days))
    said: dict[str, object] = {}
    if _ALTERNATE.search(text[: days[0].start()]):
        said["interval"] = 2
    nth = _nth(text, days[0])
    if nth and every != "week":
        said["nth"] = -1 if nth.lastgroup == "n1m" else int((nth.lastgroup or "n1")[1:])
    return said | {"on": names[0] if len(names) == 1 else names}


def _at(text: str) -> dict[str, str]:
    one = clock_time_of(text)
    if not one:
        return {}
    return {"at": one.at} | ({"zone": one.zone} if one.zone else {})


def _cron(when: Mapping[str, object]) -> str:
    """The schedule as a cron line, where day and time are exact."""
    at, on = when.get("at"), when.get("on")
    if not isinstance(at, str) or {"interval", "nth"} & set(when):
        return ""
    hour, minute = (int(part) for part in at.split(":"))
    if when["every"] == "day":
        return f"{minute} {hour} * * {'1-5' if on == 'weekdays' else '*'}"
    if when["every"] == "week" and on:
        names = [on] if isinstance(on, str) else list(on) if isinstance(on, list) else []
        return f"{minute} {hour} * * {','.join(str(DAYS.index(name)) for name in names)}"
    if when["every"] == "month" and "day" in when:
        return f"{minute} {hour} {when['day']} * *"
    return ""


@lru_cache(maxsize=4096)
def rhythm_of(text: str) -> str:
    """The one rhythm a text names, "day" of "Daily Operations"; "" if none or several."""
    said = _rhythm(text)
    return said[0] if said and said[1] == 1 else ""


@lru_cache(maxsize=4096)
def without_recurrence(text: str) -> str:
    """The text without the words that say how often: "Daily full backups" is "full backups"."""
    words = _RHYTHM.sub(" ", _INTERVAL.sub(" ", text))
    return " ".join(words.split()).strip(" ,;:–—-")
