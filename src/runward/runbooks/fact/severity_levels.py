"""Read levels of severity: "P1 - Critical", "SEV-2: High", "Critical (P1)", "hoch"."""

import re
from dataclasses import dataclass
from functools import lru_cache

from runward.runbooks.procedure.titles import plain

_MARK = (
    r"(?:P|SEV|S)[- ]?[0-5]|(?:severity|priority|prio|priorität|prioridad|severidad|schweregrad)[- ]?[0-5]"
)
_NAME = (
    r"critical|blocker|emergency|urgent|severe|high|major|medium|moderate|normal|low|minor|trivial|informational|info|warning|page|none"
    r"|kritisch|hoch|mittel|niedrig|gering|warnung|crític[oa]|alt[oa]|medi[oa]|baj[oa]|advertencia"
)
_MARKED = re.compile(
    rf"(?P<mark>{_MARK})(?!\w)(?:\s*[-–—:|/(]\s*(?P<name>[^\W\d_][\w /&-]{{0,28}}?)|\s+(?P<known>{_NAME})(?: \w+)?)?\s*\)?",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"(?P<name>{_NAME})(?:[ -](?:severity|priority))?\s*(?:[-–—:/]\s*)?(?:\(\s*(?P<mark>{_MARK})\s*\)|(?P<bare>{_MARK}))?",
    re.IGNORECASE,
)
_OF_WHAT = re.compile(r"\s+(?:alerts?|incidents?|issues?|severity|priority)$", re.IGNORECASE)
_SIGNS = re.compile(r"[\u2100-\u214f\ufe0f]")  # letter-like signs such as the information mark
_SPOKEN = re.compile(
    r"(?:severity|priority|prio|priorität|prioridad|severidad|schweregrad)[- ]?", re.IGNORECASE
)
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
        return Level(_marked(found["mark"]), _OF_WHAT.sub("", found["name"] or found["known"] or "").strip())
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
