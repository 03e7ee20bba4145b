"""Say whether a sentence states what a good outcome is, and which words of it name the thing meant."""

import re
from functools import lru_cache

from runward.runbooks.procedure.titles import plain

_VERBS = (
    r"verif(?:y|ies)|validate|confirm|ensure|make sure|assert|prove|double-check|überprüfen|verifizieren|sicherstellen|bestätigen"
    r"|verificar?|verifique|confirmar?|confirme|asegur\w+|comprobar|compruebe|validar|vérifier|vérifiez"
)
_STRONG = re.compile(rf"(?:^|[:,.]\s+|\band\s+)(?:{_VERBS})\b")
_TEST = re.compile(
    r"(?:^|:\s+)(?:test(?:e|en)?\s+(?!database|server|environment|data|user|account|system)\w+"
    r"|run\b.{0,40}\b(?:tests?|scans?|checks?|suite|validation|verification)\b|(?:comprehensive |full )?health checks?$)"
)
_WAIT = re.compile(
    r"^(?:monitor|watch|observe|wait (?:for|until)|track|beobachten|warten|monitorear|esperar)\b"
)
_WATCH = re.compile(r"(?:monitor|watch|observe|track|beobachten|monitorear)\b", re.IGNORECASE)
_SHOULD = re.compile(
    r"\b(?:should|must|shall|has to|have to|needs? to|expected?|soll(?:te[n]?)?|muss|müssen|erwartet|debe[nr]?|se espera|doit)\b"
)
_CHECK = re.compile(
    r"^(?:check|review|inspect)\b.*(?:\b(?:integrity|checksums?)\b|\b(?:backups?|dumps?|snapshots?|archives?)\b.*\b(?:age|sizes?|timestamps?|dates?)\b"
    r"|\b(?:is|are|has|have)\s+\w+)"
)
_BARE = re.compile(r"confirm(?:ation)?|monitor|watch|observe|wait|test|track")
_LOOK = re.compile(r"^(?:check|review|monitor|inspect|test)\b")
_VERIFIES = re.compile(
    rf"^(?:{_VERBS}|verification|validation)\b|\b(?:verification|validation)$", re.IGNORECASE
)
_AFTER = re.compile(r"^(?:after|post[- ])", re.IGNORECASE)
_UNMEASURED = re.compile(
    r"\b(?:normal (?:range|level|value|limit)s?|within (?:normal|range|limits)|as expected|look(?:s|ing)? (?:good|ok|right|healthy)|no anomal|reasonable|acceptable|matches)\b",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"\b(?:stopped|gone|removed|deleted|terminated|killed|no longer|not running|shut ?down|is down|drained|disabled|no more)\b",
    re.IGNORECASE,
)
_STOP = frozenset(
    [
        "verify",
        "check",
        "confirm",
        "ensure",
        "make",
        "sure",
        "validate",
        "test",
        "monitor",
        "watch",
        "wait",
        "the",
        "a",
        "an",
        "all",
        "any",
        "each",
        "every",
        "no",
        "not",
        "is",
        "are",
        "be",
        "been",
        "has",
        "have",
        "should",
        "must",
        "shall",
        "that",
        "this",
        "it",
        "its",
        "of",
        "for",
        "to",
        "in",
        "on",
        "at",
        "and",
        "or",
        "with",
        "by",
        "from",
        "as",
        "latest",
        "current",
        "new",
        "successfully",
        "successful",
        "completed",
        "complete",
        "completes",
        "running",
        "runs",
        "run",
        "healthy",
        "ready",
        "up",
        "ok",
        "good",
        "active",
        "working",
        "works",
        "work",
        "still",
        "within",
        "than",
        "less",
        "more",
        "least",
        "most",
        "return",
        "returns",
        "shows",
        "show",
        "results",
        "result",
        "expected",
        "below",
        "above",
        "under",
        "over",
        "between",
        "status",
        "success",
        "check",
        "checks",
        "exist",
        "exists",
        "find",
    ]
)
_SYNONYMS = (
    frozenset(
        {"database", "db", "postgres", "postgresql", "mysql", "mariadb", "mongo", "mongodb", "psql", "pg"}
    ),
    frozenset({"cache", "redis", "memcached", "valkey"}),
    frozenset({"application", "app", "api", "service", "backend"}),
    frozenset({"utilization", "utilisation", "usage", "used", "percent"}),
    frozenset({"cert", "certificate", "tls", "ssl"}),
    frozenset({"memory", "mem", "ram"}),
    frozenset({"connection", "conn", "connections"}),
)


_GROUPS = {word: group for group in reversed(_SYNONYMS) for word in group}
_ASIDE = re.compile(r"\([^()]*\)")
_WATCHED = re.compile(r"\b(?:metrics|logs?|dashboards?|alerts?|errors?)\b", re.IGNORECASE)
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z](?!QL\b))")  # CamelCase, but not PostgreSQL
_NAMED = re.compile(r"[^\W\d_]{2,}")
_WAITS_FOR_LESS = re.compile(
    r"\b(?:wait|monitor|watch|until)\b.*\b(?:catch(?:es)?[- ]?up|caught up|drain\w*|drops?|decreas\w*|goes down|falls?|clears?|empt\w+)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def states_outcome(text: str, *, within: str = "") -> bool:
    """Whether the sentence says what must hold; `within` is the title it stands under."""
    words = plain(_ASIDE.sub("", " ".join(text.split()))).lower()
    if _BARE.fullmatch(words):
        return False
    if (
        _WAIT.match(words)
        or _CHECK.match(words)
        or any(one.search(words) for one in (_STRONG, _TEST, _SHOULD))
    ):
        return True
    if not _LOOK.match(words):
        return False
    if _VERIFIES.search(plain(within)):
        return True
    return bool(_AFTER.match(plain(within)) and _WATCHED.search(words))


def only_watches(text: str) -> bool:
    """Whether the sentence asks to look on for a while, not to find something."""
    return bool(_WATCH.match(plain(text)))


def is_verification(title: str) -> bool:
    """Whether the title announces that something is verified."""
    return bool(_VERIFIES.search(plain(title)))


def needs_person(text: str) -> bool:
    """Whether the sentence demands a judgement that no figure in it makes."""
    return bool(_UNMEASURED.search(text))


def says_gone(text: str) -> bool:
    """Whether what the sentence speaks of must be there no longer."""
    return bool(_GONE.search(text))


def waits_for_less(text: str) -> bool:
    """Whether the sentence waits until a figure has gone down: "wait for catch-up", "until the queue drains"."""
    return bool(_WAITS_FOR_LESS.search(text))


@lru_cache(maxsize=4096)
def subjects_of(text: str) -> frozenset[str]:
    """The words that name what the sentence is about, in the singular."""
    words = _NAMED.findall(_HUMP.sub(" ", text).replace("_", " ").lower())
    return frozenset(singular(word) for word in words if word not in _STOP)


def singular(word: str) -> str:
    """The word without the ending of an English plural."""
    if word in _GROUPS:
        return word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return (
        word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")) else word
    )


def shared(subjects: frozenset[str], words: frozenset[str]) -> int:
    """How many of the subjects the words name, counting words that mean the same."""
    return sum(bool(_alike(subject) & words) for subject in subjects)


def _alike(word: str) -> frozenset[str]:
    return _GROUPS.get(word) or frozenset({word})
