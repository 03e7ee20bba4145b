"""Ask a document's policy for what rules hold against each other: facts of a type, words, lengths of time."""

import re
from collections.abc import Iterator

from runward.runbooks.model import Fact, FactType, Policy

_SECONDS = {
    "ms": 0.001,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
    "mo": 2592000.0,
    "y": 31536000.0,
}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)(ms|mo|[smhdwy])")
_LEVEL = re.compile(
    r"(?<!\w)(?:(P|SEV|SEVERITY|PRIO|PRIORITY)[\s_-]*|(?:^|severity[:\s]+)(S))(\d)(?!\w)", re.IGNORECASE
)


def facts_of(policy: Policy, *types: FactType) -> tuple[Fact, ...]:
    """The facts of these types, in the order of their lines."""
    return tuple(fact for fact in policy.facts if fact.type in types)


def word_of(fact: Fact, key: str) -> str:
    """The text that a fact gives for this key, "" where it gives none."""
    value = fact.value.get(key)
    return value if isinstance(value, str) else ""


def words_in(fact: Fact, key: str) -> tuple[str, ...]:
    """The texts that a fact gives for this key, be it one or a list."""
    value = fact.value.get(key)
    if isinstance(value, str):
        return (value,)
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list | tuple) else ()


def number_of(fact: Fact, key: str) -> float | None:
    """The number that a fact gives for this key."""
    value = fact.value.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def seconds_of(length: str) -> float | None:
    """How long "15m" or "2h" is; "immediate" is nothing, and None is what has no length, such as a business day."""
    if length == "immediate":
        return 0.0
    found = _LENGTH.fullmatch(length)
    return float(found[1]) * _SECONDS[found[2]] if found else None


def spoken(length: str) -> str:
    """A length as it is said: "15m" is "15 minutes"."""
    names = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week", "mo": "month", "y": "year"}
    found = _LENGTH.fullmatch(length)
    if not found or found[2] not in names:
        return length
    return f"{found[1]} {names[found[2]]}{'' if found[1] == '1' else 's'}"


def level_of(text: str) -> str:
    """A severity label in one spelling ("Sev 2", "SEV2" and "SEV-2" are "SEV-2"), "" where it holds none."""
    found = _LEVEL.search(text)
    if not found:
        return ""
    return f"P{found[3]}" if (found[1] or "").upper().startswith("P") else f"SEV-{found[3]}"


def levels_in(texts: list[str]) -> Iterator[str]:
    """The severity labels of several texts, each once."""
    seen: set[str] = set()
    for text in texts:
        level = level_of(text)
        if level and level not in seen:
            seen.add(level)
            yield level
