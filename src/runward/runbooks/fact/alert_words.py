"""Read the parts of an alert: what its name speaks of, its condition, whom it tells, how soon it escalates."""

import re

from runward.runbooks.fact.conditions import condition_of
from runward.runbooks.fact.failing import unmeasured
from runward.runbooks.fact.lengths import find_length
from runward.runbooks.fact.levels import level_of, severity_in
from runward.runbooks.fact.measures import known_measure, measure_of, spoken

PARTS: dict[str, re.Pattern[str]] = {
    "condition": re.compile(r"(?:alert |trigger )?conditions?|triggers?|thresholds?|fires when|triggered when|bedingung|auslöser|schwell(?:en)?wert|condición|umbral|disparador", re.IGNORECASE),
    "channels": re.compile(r"notif(?:y|ications?)|(?:alert |notification )?channels?|benachrichtigung(?:en)?|kan[aä]le?|notificaci(?:ón|ones)|canal(?:es)?", re.IGNORECASE),
    "escalation": re.compile(r"escalat(?:ion|e)(?: after)?|eskalation(?: nach)?|escal(?:ación|ado|amiento)", re.IGNORECASE),
    "severity": re.compile(r"(?:default )?severity|priority|schweregrad|priorität|severidad|prioridad|gravedad", re.IGNORECASE),
    "metric": re.compile(r"metric(?: name)?|metrik|métrica", re.IGNORECASE),
    "for": re.compile(r"for|duration|dauer|duración|pending for", re.IGNORECASE),
}  # fmt: skip
ALERTS = re.compile(r"\b(?:alerts?|alerting|alarms?|alarme|alarmierung|warnmeldungen|alertas?|alarmas?)\b", re.IGNORECASE)  # fmt: skip
IMPERATIVE = re.compile(
    r"^(?:check|review|verify|ensure|open|set|use|add|configure|run|see|go|look|create|update|confirm|identify|acknowledge|silence|restart|investigate|notify|send|reload|test|enable|disable|page|escalate|click|navigate|prüfe[n]?|revisar|verificar|monitor|do|don't|make|follow|contact|get|include|route|tune|document|avoid|define|reduce)\b",
    re.IGNORECASE,
)
_IMMEDIATE = re.compile(r"^(?:immediate(?:ly)?|sofort|inmediat[oa](?:mente)?)\b", re.IGNORECASE)
_CHANNELS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("pagerduty", re.compile(r"pager\s?duty", re.IGNORECASE)),
    ("opsgenie", re.compile(r"opsgenie", re.IGNORECASE)),
    ("slack", re.compile(r"slack", re.IGNORECASE)),
    ("teams", re.compile(r"(?:ms |microsoft )?teams\b", re.IGNORECASE)),
    ("email", re.compile(r"e-?mail|correo", re.IGNORECASE)),
    ("sms", re.compile(r"\bsms\b", re.IGNORECASE)),
    (
        "phone",
        re.compile(
            r"\bphone\b|\b(?<!on-)(?<!on )calls?\b(?! on)|anruf|telefon|llamada|teléfono", re.IGNORECASE
        ),
    ),
    ("telegram", re.compile(r"telegram", re.IGNORECASE)),
    ("discord", re.compile(r"discord", re.IGNORECASE)),
    ("webhook", re.compile(r"webhook", re.IGNORECASE)),
)
_PARTED = re.compile(r"\s*(?:,|\+|;|&|/|\band\b|\bund\b|\by\b)\s*", re.IGNORECASE)
_NUMBERED = re.compile(r"^\(?\d+(?:\.\d+)*[.)]?\s+")
_MARKED = re.compile(
    r"\s*[(\[](?P<mark>P[0-5]|SEV-?\s?[0-5]|critical|warning|info\w*|high|medium|low)[)\]]", re.IGNORECASE
)
_ANNOUNCED = re.compile(r"^(?:alert|alarm|alerta)(?: name)?\s*[:：–-]\s*", re.IGNORECASE)
_LOUD = re.compile(r"\b(?:high|low|slow|excessive|elevated|hohe[rs]?|niedrige[rs]?)\b\s*", re.IGNORECASE)
_EMOJI = re.compile(r"[^\w\s<>≤≥=%/.,:;'\"#@&+*()\[\]{}$|~^–—-]")
_GENERAL = re.compile(
    r"(?:alert |alerting |alarm )?(?:config(?:uration)?|settings?|set-?up|labels?|annotations?|messages?|formats?|names?|types?|levels?|states?|request(?: body)?|response|descriptions?|details?|conditions?|thresholds?|detection|overview|examples?|symptoms?|severity|notifications?|parameters?|procedure|steps?|triggers?|summary|information|rules?|definitions?|metrics?|policy|policies|channels?)|(?:metric|new|test|sample|primary|secondary) alert|konfiguration|einstellungen|configuración",
    re.IGNORECASE,
)
_SHORT = re.compile(r"S[1-5]", re.IGNORECASE)
_MOST_WORDS = 9
_MOST_OF_CONDITION = 25
_LONGEST = 400  # what is longer is neither a name nor a condition


def name_of(title: str) -> str:
    """The name of an alert without number, severity and the word alert; "" where the title is no name."""
    if len(title) > _LONGEST:
        return ""
    words = " ".join(_EMOJI.sub("", title).split())
    words = _ANNOUNCED.sub("", _NUMBERED.sub("", words)).removeprefix("name: ")
    words = _MARKED.sub("", words).strip(" :\"'`")
    if _GENERAL.fullmatch(words) or IMPERATIVE.match(words) or ":" in words:
        return ""
    return words if 0 < len(words.split()) <= _MOST_WORDS and not words.endswith((".", "?")) else ""


def mark_of(title: str) -> str:
    """How bad an alert is by what stands in brackets in its title ("BackupFailed (Critical)"), "" if nothing does."""
    found = _MARKED.search(title)
    return found["mark"] if found else ""


def subject_of(name: str) -> str:
    """The measure that an alert's name speaks of; the words of the name where none of the usual ones."""
    measure = measure_of(name)
    if measure and measure.known:
        return measure.name
    calm = measure_of(_LOUD.sub("", spoken(name)))
    return calm.name if calm else ""


def condition_from(text: str, name: str) -> dict[str, object] | None:
    """What must hold for the alert; in words where it names no figure. None where it says too much."""
    words = text.strip().strip("`\"'").strip()
    if len(words) > _LONGEST:
        return None
    subject = subject_of(name)
    known = subject if known_measure(subject) else ""
    condition = condition_of(words, known) or condition_of(words, subject) or condition_of(words, name)
    if condition:
        return condition
    if not re.search(r"[^\W\d_]{3}", words) or len(words.split()) > _MOST_OF_CONDITION:
        return None
    return unmeasured(words, "")


def condition_in_name(name: str) -> dict[str, object]:
    """What the name alone says: "Database unreachable", "Connection pool near capacity"."""
    return condition_of(spoken(name)) or unmeasured(name)


def channels_of(text: str, *, nothing_else: bool = False) -> list[str]:
    """The channels that a text names, each by its usual word; none where `nothing_else` is asked and it says more."""
    parts = [part for part in _PARTED.split(text) if part]
    named = [next((name for name, pattern in _CHANNELS if pattern.search(part)), "") for part in parts]
    if nothing_else and not all(named):
        return []
    return list(dict.fromkeys(one for one in named if one))


def escalation_after(text: str) -> str:
    """After how long an alert goes to the next; "" where no time is given."""
    return "immediate" if _IMMEDIATE.match(text.strip()) else find_length(text) or ""


def badness(text: str) -> dict[str, object]:
    """The class ("critical") or the severity ("P1") that a text names."""
    severity = severity_in(text) or (text.strip().upper() if _SHORT.fullmatch(text.strip()) else "")
    bare = re.sub(r"[^\w\s-]", "", _EMOJI.sub("", text)).strip()
    level = level_of(bare)
    if severity:
        return {"severity": severity}
    if level and level != "normal":
        return {"class": level}
    return (
        {"class": bare.lower()}
        if re.fullmatch(
            r"high|medium|low|major|minor|hoch|mittel|niedrig|alta|media|baja", bare, re.IGNORECASE
        )
        else {}
    )
