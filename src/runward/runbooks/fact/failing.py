"""Read a condition that something fails: "Health check fails for 2 minutes", "Cannot connect to database"."""

import re

from runward.runbooks.fact.lengths import LENGTH, length_from
from runward.runbooks.fact.measures import known_measure, measure_of, measure_within

_FOR = re.compile(
    rf"[,(]?\s*\b(?:for|seit|für|durante|por)\s+(?:more than |over |at least |mehr als |más de |[>≥]=?\s*)?{LENGTH}\)?",
    re.IGNORECASE,
)
_FAILS = re.compile(
    r"^(?P<what>.+?)\s+(?:has |have |is |are |ist |sind |ha |está )?(?:fail(?:s|ed|ing|ures?|ure)?|not (?:responding|passing|succeeding)|schlägt fehl|fehlgeschlagen|fehlschlag|falla(?:n)?|fall(?:ó|o|ando)|fallid[oa]s?)$",
    re.IGNORECASE,
)
_UNREACHABLE = re.compile(
    r"^(?P<what>.+?)\s+(?:is |are |ist |nicht )?(?:unreachable|not reachable|inaccessible|not accessible|connection (?:lost|refused|failed|failures?|errors?)|nicht erreichbar|erreichbar|inaccesible)$"
    r"|^(?:cannot|can't|can not|unable to|failed to|fails to|kann (?:sich )?nicht|no se puede)\s+(?:connect(?:ed)?|reach|conectar|verbinden)\s+(?:to |with |mit |a |con |zu )?(?:the |der |la )?(?P<target>.+)$",
    re.IGNORECASE,
)
_CONNECTION = re.compile(
    r"^(?:the )?connections?(?: failures?| errors?| failed| lost| refused)?$", re.IGNORECASE
)
_DOWN = re.compile(r"\s*(?:is )?\b(?:down|unavailable|unreachable|outage|failed|failure|nicht erreichbar|caída|caído)$", re.IGNORECASE)  # fmt: skip
_SUSTAINED_USE = re.compile(r"\b(?:near|approaching|unusual|sustained|spikes?|trends?|patterns?|degradation|exhaust\w*|high|growing|increasing)\b", re.IGNORECASE)  # fmt: skip
_MOST_WORDS = 5

Items = tuple[tuple[str, object], ...]


def failing_of(words: str, known: str) -> Items | None:
    """The condition that something fails; `known` is what the alert's name speaks of. None if not understood."""
    lasting = _FOR.search(words)
    span = length_from(lasting["count"], lasting["unit"]) if lasting else ""
    bare = _FOR.sub("", words).strip(" .,()") if lasting else words
    what = _failing(bare, known)
    if not what:
        return None
    return (("measure", what), ("op", "fails"), *((("for", span),) if span else ()))


def _failing(words: str, known: str) -> str:
    unreachable = _UNREACHABLE.match(words)
    if unreachable:
        return _connection_to(unreachable["what"] or unreachable["target"])
    if _CONNECTION.match(words):
        subject = _DOWN.sub("", known).strip()
        return _connection_to(subject) if subject else ""
    fails = _FAILS.match(words)
    if not fails or len(fails["what"].split()) > _MOST_WORDS:
        return ""
    if fails["what"].lower() in {"connection", "connections"}:
        return _connection_to(_DOWN.sub("", known).strip())
    measure = measure_of(fails["what"])
    return measure.name if measure else ""


def _connection_to(what: str) -> str:
    what = re.sub(r"\s*\bconnections?$", "", what.strip(), flags=re.IGNORECASE)
    measure = measure_of(what)
    return f"{measure.name} connection" if what and measure and len(what.split()) <= _MOST_WORDS else ""


def unmeasured(text: str, known: str = "") -> dict[str, object]:
    """A condition in words without a figure: what it is about, where the words begin with it, and the words."""
    words = " ".join(text.split()).strip(" .,")
    measure, said = known_measure(known), words
    if not measure:
        measure, said = measure_within(words)
    return {"measure": measure, "text": said.lower()} if measure else {"text": words.lower()}
