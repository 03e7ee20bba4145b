"""Read times that are told from an event: "1 week before", "during maintenance", "after every change"."""

import re
from dataclasses import dataclass
from functools import lru_cache

from runward.runbooks.fact.lengths import LENGTH, length_from
from runward.runbooks.procedure.titles import plain

_OFFSET = re.compile(
    rf"{LENGTH}\s*(?P<side>before|prior(?: to)?|ahead(?: of)?|after|vor(?:her)?|nach(?:her)?|antes(?: de(?:l)?)?|después(?: de(?:l)?)?)\b\s*(?P<event>.*)",
    re.IGNORECASE,
)
_SIDE = re.compile(
    r"(?P<side>before|prior to|during|after|vor|während|nach|antes de(?:l)?|durante|después de(?:l)?)\s+(?:the |a |each |every |any |der |dem |des |el |la )?(?P<event>[\w -]{3,40})",
    re.IGNORECASE,
)
_BEFORE = frozenset(
    {"before", "prior", "prior to", "ahead", "ahead of", "vor", "vorher", "antes", "antes de", "antes del"}
)
_DURING = frozenset({"during", "während", "durante"})
_EVENTS: tuple[tuple[str, str], ...] = (
    (
        "maintenance window",
        r"maintenance(?: windows?)?|wartungs?(?:fenster|arbeiten)?|ventana de mantenimiento|mantenimiento",
    ),
    ("deployment", r"deployments?|deploys?|rollouts?|despliegues?"),
    ("release", r"releases?"),
    ("launch", r"launch(?:es)?|go-?live"),
    ("migration", r"migrations?|migración"),
    ("upgrade", r"upgrades?|updates?"),
    ("cutover", r"cut-?over"),
    ("failover", r"fail-?over"),
    ("drill", r"drills?|exercises?|game ?days?"),
    ("rotation", r"rotations?"),
    ("switchover", r"switch-?over"),
)
_EVENT = tuple(
    (name, re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)) for name, words in _EVENTS
)
_TRIGGER = re.compile(
    r"(?P<when>(?:after|before|on|upon|following|prior to|at|nach|vor|bei|después de|antes de|tras)\s+(?:each |every |any |all |major |jede[rmn]? |cada )?[\w /-]{3,50})",
    re.IGNORECASE,
)
_NEEDED = re.compile(
    r"as needed|on[- ]demand|ad[- ]hoc|when needed|if needed|as required|per (?:deployment|release|incident|change)|bei bedarf|nach bedarf|según (?:sea necesario|necesidad)",
    re.IGNORECASE,
)
_LONGEST_TRIGGER = 60


@dataclass(frozen=True, slots=True)
class Moment:
    """A time told from an event: `offset` is "-7d", "2h", "before", "during" or "after"; `event` may be ""."""

    offset: str
    event: str


@lru_cache(maxsize=2048)
def moment_of(title: str) -> Moment | None:
    """The moment that a title is: "1 Week Before", "During Maintenance"; None if it is none."""
    words = plain(title)
    found = _OFFSET.fullmatch(words)
    if found:
        length = length_from(found["count"], found["unit"])
        before = found["side"].lower() in _BEFORE
        return Moment(f"-{length}" if before else length, event_named(found["event"]))
    found = _SIDE.fullmatch(words)
    if not found:
        return None
    event = event_named(found["event"])
    side = found["side"].lower()
    offset = "before" if side in _BEFORE else "during" if side in _DURING else "after"
    return Moment(offset, event) if event else None


@lru_cache(maxsize=2048)
def event_named(text: str) -> str:
    """The event that the words name; "" if none of those that are planned."""
    found = [(match.start(), name) for name, pattern in _EVENT if (match := pattern.search(text))]
    return max(found)[1] if found else ""


@lru_cache(maxsize=2048)
def trigger_of(text: str) -> str:
    """The happening after or before which something is due: "After every change"; "" if the text says more or else."""
    if _NEEDED.fullmatch(text.strip(" .")):
        return text.strip(" .").lower()
    found = _TRIGGER.fullmatch(text.strip(" ."))
    words = found["when"].lower() if found else ""
    return (
        words
        if words and len(words) <= _LONGEST_TRIGGER and not any(letter.isdigit() for letter in words)
        else ""
    )
