"""Read the rhythm that a title names, and tell titles that gather tasks from those that name one."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from runward.runbooks.fact.recurrences import recurrence_of, rhythm_of, without_recurrence
from runward.runbooks.procedure.titles import plain

# Nouns that gather work of any kind; of the second group only beside titles of another rhythm.
_SURE = r"tasks?|checks?|checklists?|routines?|activities|duties|to-?dos?|maintenance(?: tasks?| checklist)?|responsibilities|(?:ops|operational|maintenance|operations) (?:tasks?|checks?|checklist|activities)|aufgaben|prüfungen|wartung(?:saufgaben)?|tareas|mantenimiento|revisiones"
_LOOSE = r"operations?|ops|procedures?|actions?|work|jobs?|items|betrieb|operaciones|rutinas?"
_GENERIC = re.compile(rf"(?:{_SURE}|{_LOOSE})?", re.IGNORECASE)
_CERTAIN = re.compile(_SURE, re.IGNORECASE)
_ASIDE = re.compile(r"\s*\((?P<aside>[^()]*)\)\s*$")
_NAMED = re.compile(
    r"(?:[\w&/-]+ ){0,4}(?:reviews?|audits?|drills?|backups?|tests?|verifications?|rotations?|clean-?ups?|scans?|vacuum|restore|health[- ]?checks?|walkthroughs?|prüfung|überprüfung|sicherung|revisión|auditoría)",
    re.IGNORECASE,
)
_LEADING = re.compile(
    r"(?:daily|weekly|monthly|quarterly|annual|yearly|hourly|nightly|tägliche[rs]?|wöchentliche[rs]?|monatliche[rs]?)\s",
    re.IGNORECASE,
)
_MORNING = re.compile(r"\b(?:morning|evening|nightly)\b", re.IGNORECASE)

_MOMENT_COLUMN = re.compile(
    r"(?:(?:week)?day|time|(?:wochen)?tag|uhrzeit|día|hora)(?:\s*\((?P<zone>\w+)\))?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a title says about time; `bare` if it says nothing else, `sure` if what it gathers is surely due then."""

    unit: str
    when: Mapping[str, object]
    bare: bool
    sure: bool


@lru_cache(maxsize=4096)
def rhythm_title_of(title: str) -> Rhythm | None:
    """The rhythm of a title that names one: "Weekly Tasks", "Monday", "First Monday"; None if it names none."""
    words = plain(title)
    aside = _ASIDE.search(words)
    bare = words[: aside.start()] if aside else words
    unit = rhythm_of(bare)
    when = recurrence_of(bare) if len(bare) <= 60 else None
    if not when:
        return None
    if not unit:
        return Rhythm(str(when["every"]), when, bare=True, sure=True) if _is_day(bare, when) else None
    left = without_recurrence(bare)
    if not _GENERIC.fullmatch(left):
        return Rhythm(unit, when, bare=False, sure=False)
    return Rhythm(unit, when, bare=True, sure=bool(left and _CERTAIN.fullmatch(left)))


def _is_day(words: str, when: Mapping[str, object]) -> bool:
    """Whether the words are a weekday and nothing else ("Monday", "First Monday")."""
    return "on" in when and len(words.split()) <= 2 + ("nth" in when) and "at" not in when


@lru_cache(maxsize=4096)
def title_and_time(title: str, under: str) -> tuple[str, Mapping[str, object]]:
    """The name of a task and the time in brackets behind it: "Security Updates (Monday 2 AM)"; no time, no brackets."""
    words = plain(title)
    aside = _ASIDE.search(words)
    if not aside:
        return words, MappingProxyType({})
    name = words[: aside.start()]
    own = rhythm_of(name) or ("day" if _MORNING.search(name) else "") or under
    when = recurrence_of(aside["aside"], own)
    return (name, when) if when and _is_only_time(aside["aside"]) else (words, MappingProxyType({}))


def _is_only_time(text: str) -> bool:
    """Whether the brackets hold a time and no sentence that names one by the way."""
    return len(text.split()) <= 6 and not re.search(
        r"\b(?:review|retention|keep|if|when|since|until|summary|digest|report|average|budget|limit|max)\b",
        text,
        re.IGNORECASE,
    )


@lru_cache(maxsize=4096)
def is_named_task(title: str) -> bool:
    """Whether the title names one recurring task: "Quarterly Review", "Weekly Restore Drill"."""
    words = plain(title)
    return bool(_LEADING.match(words)) and bool(_NAMED.fullmatch(without_recurrence(words)))


def day_and_time_in(cells: Sequence[tuple[str, str]]) -> str:
    """What the columns of a row say about day and time, a zone in a column's name behind its cell."""
    found = [(_MOMENT_COLUMN.fullmatch(name.strip()), cell) for name, cell in cells]
    return " ".join(f"{cell} {one['zone'] or ''}".strip() for one, cell in found if one)
