"""Read how bad a figure or an alert is from the words that label it: "Warning threshold", "Kritisch", "P1"."""

import re
from functools import lru_cache

_SIGNS = re.compile(r"[^\w\s()/-]")
_SUFFIX = re.compile(
    r"[ -]?(?:thresholds?|levels?|limits?|values?|range|alerts?|alarms?|alarme?|alertas?|wert|schwelle|schwellwert|at|if|when|\(.*\))$"
)
_PREFIX = re.compile(r"^(?:umbral(?: de)?|nivel|valor|schwelle|alertas?)\s+")
_LEVELS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("critical", re.compile(r"crit(?:ical)?|kritische?r?|crític[oa]s?|page|paging|red|rot|roj[oa]|emergency|severe|unhealthy|ungesund")),
    ("warning", re.compile(r"warn(?:ing)?s?|warnung|advertencia|aviso|yellow|gelb|amarill[oa]|caution|degraded|eingeschränkt|degradad[oa]")),
    ("informational", re.compile(r"info(?:rmational|rmation)?s?|hinweise?|informativ[ao]s?")),
    ("normal", re.compile(r"normal(?:bereich|wert)?|healthy|ok(?:ay)?|good|green|grün|expected|targets?|ziel(?:wert)?|soll(?:wert)?|objetivo|acceptable|esperado")),
)  # fmt: skip
_SEVERITY = re.compile(r"(?<![\w-])(?:P[0-5]|SEV-?\s?[0-5])(?![\w-])", re.IGNORECASE)
_ARROW = re.compile(r"\s*(?:→|->|=>|⇒)\s*(?P<level>[\w ]+?)\.?$")


@lru_cache(maxsize=4096)
def level_of(label: str) -> str:
    """The level that a label names: "warning", "critical", "informational", "normal"; "" if it names none."""
    words = _SIGNS.sub("", label).strip().lower()
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
