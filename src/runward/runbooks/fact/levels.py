<<<<<<< HEAD
"""Read levels of severity: "P1 - Critical", "SEV-2: High", "Critical (P1)", "hoch"."""

import re
from dataclasses import dataclass
from functools import lru_cache

from runward.runbooks.procedure.titles import plain

_MARK = r"(?:P|SEV|S)[- ]?[0-5]|(?:severity|priority|prio|priorität|prioridad|severidad|schweregrad)[- ]?[0-5]"
_NAME = (
    r"critical|blocker|emergency|urgent|severe|high|major|medium|moderate|normal|low|minor|trivial|informational|info|warning|page|none"
    r"|kritisch|hoch|mittel|niedrig|gering|warnung|crític[oa]|alt[oa]|medi[oa]|baj[oa]|advertencia"
)
_MARKED = re.compile(
    rf"(?P<mark>{_MARK})(?!\w)\s*(?:[-–—:|/]\s*|\()?\s*(?P<name>[^\W\d_][\w /&-]{{0,28}}?)?\s*\)?", re.IGNORECASE
)
_NAMED = re.compile(
    rf"(?P<name>{_NAME})(?:[ -](?:severity|priority))?\s*(?:[-–—:/]\s*)?(?:\(\s*(?P<mark>{_MARK})\s*\)|(?P<bare>{_MARK}))?",
    re.IGNORECASE,
)
_SIGNS = re.compile(r"[\u2100-\u214f\ufe0f]")  # letter-like signs such as the information mark
_SPOKEN = re.compile(r"(?:severity|priority|prio|priorität|prioridad|severidad|schweregrad)[- ]?", re.IGNORECASE)
_INCIDENTS = re.compile(
    rf"(?P<name>{_NAME})(?:[ -](?:severity|priority))?\s+(?:incidents?|issues?|störungen|vorfälle|incidentes?)\s*\(\s*(?P<mark>{_MARK})\s*\)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Level:
    """A level as the document writes it, and the name beside it ("P1", "Critical")."""

    level: str
    name: str = ""


@lru_cache(maxsize=4096)
def level_of(text: str) -> Level | None:
    """The level that the text is; None if it says anything else."""
    words = " ".join(_SIGNS.sub(" ", plain(text)).split()).strip(" .:")
    found = _MARKED.fullmatch(words)
    if found:
        return Level(_marked(found["mark"]), (found["name"] or "").strip())
    found = _NAMED.fullmatch(words)
    if not found:
        return None
    mark = found["mark"] or found["bare"]
    return Level(_marked(mark), found["name"]) if mark else Level(found["name"])


@lru_cache(maxsize=4096)
def level_of_incidents(title: str) -> Level | None:
    """The level of the incidents that a title gathers: "Critical Incidents (P1)"; None if it gathers none."""
    found = _INCIDENTS.fullmatch(plain(title))
    return Level(_marked(found["mark"]), found["name"]) if found else None


def _marked(mark: str) -> str:
    """P1 and SEV-2 in capitals; "Severity 1" as it stands."""
    return mark if _SPOKEN.match(mark) and not mark.lower().startswith("sev-") else mark.upper()
=======
"""Read how bad a figure or an alert is from the words that label it: "Warning threshold", "Kritisch", "P1"."""

import re
from functools import lru_cache

_SUFFIX = re.compile(
    r"[ -]?(?:thresholds?|levels?|limits?|values?|range|alerts?|alarms?|alarme?|alertas?|wert|schwelle|schwellwert|at|if|when|\(.*\))$",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:umbral(?: de)?|nivel|valor|schwelle|alertas?)\s+", re.IGNORECASE)
_LEVELS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("critical", re.compile(r"crit(?:ical)?|kritische?r?|crític[oa]s?|page|paging|red|rot|roj[oa]|emergency|severe", re.IGNORECASE)),
    ("warning", re.compile(r"warn(?:ing)?s?|warnung|advertencia|aviso|yellow|gelb|amarill[oa]|caution", re.IGNORECASE)),
    ("informational", re.compile(r"info(?:rmational|rmation)?s?|hinweise?|informativ[ao]s?", re.IGNORECASE)),
    ("normal", re.compile(r"normal(?:bereich|wert)?|healthy|ok(?:ay)?|good|green|grün|expected|targets?|ziel(?:wert)?|soll(?:wert)?|objetivo|acceptable|esperado", re.IGNORECASE)),
)  # fmt: skip
_SEVERITY = re.compile(r"(?<![\w-])(?:P[0-5]|SEV-?\s?[0-5]|S[1-4])(?![\w-])", re.IGNORECASE)
_ARROW = re.compile(r"\s*(?:→|->|=>|⇒)\s*(?P<level>[\w ]+?)\.?$")


@lru_cache(maxsize=4096)
def level_of(label: str) -> str:
    """The level that a label names: "warning", "critical", "informational", "normal"; "" if it names none."""
    words = re.sub(r"[^\w\s()/-]", "", label).strip()
    bare = _PREFIX.sub("", words)
    for _ in range(2):
        bare = _SUFFIX.sub("", bare).strip()
    return next((name for name, pattern in _LEVELS if pattern.fullmatch(bare)), "")


def severity_in(text: str) -> str:
    """The first severity mark in a text ("P1", "SEV-2"), in capitals; "" if there is none."""
    found = _SEVERITY.search(text)
    return found[0].upper() if found else ""


def with_level(text: str) -> tuple[str, str]:
    """The text without the level that an arrow at its end leads to, and the level ("> 85% → Warning")."""
    found = _ARROW.search(text)
    level = level_of(found["level"]) if found else ""
    return (text[: found.start()], level) if found and level else (text, "")
>>>>>>> facts-figures
