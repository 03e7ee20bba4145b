"""Decide whether an alert and a procedure speak of the same trouble."""

import re
from functools import lru_cache

_SAME = (
    ("application", "app", "api", "service", "backend", "web"),
    ("database", "db", "postgres", "postgresql", "mysql"),
    ("certificate", "ssl", "tls", "cert", "certs"),
    (
        "down",
        "unavailable",
        "unreachable",
        "outage",
        "failure",
        "failed",
        "fails",
        "failing",
        "dead",
        "missing",
        "absent",
        "failover",
    ),
    ("slow", "latency", "performance", "degraded", "degradation", "response", "lagging"),
    ("full", "space", "exhausted", "exhaustion", "pressure", "saturation", "limit"),
    ("expiring", "expiry", "expired", "expires", "expiration", "renewal"),
    ("error", "errors", "5xx", "500", "500s", "exceptions"),
    ("memory", "oom", "oomkilled", "ram"),
    ("cache", "redis", "memcached"),
    ("crash", "crashloop", "crashlooping", "crashloopbackoff", "restarts", "restarting"),
    ("replication", "replica", "standby"),
    ("connection", "connections", "pool"),
    ("queue", "backlog", "lag", "consumer"),
)
_MEANT = {word: group[0] for group in _SAME for word in group}
_EMPTY = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "for",
        "in",
        "on",
        "to",
        "and",
        "or",
        "is",
        "are",
        "with",
        "alert",
        "alerts",
        "issue",
        "issues",
        "problem",
        "runbook",
        "procedure",
        "high",
        "low",
        "rate",
        "usage",
        "too",
        "many",
        "time",
        "times",
        "condition",
        "state",
        "detected",
        "response_time",
    ]
)
_WORDS = re.compile(r"[^\W_]+")
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+[a-z]*", re.UNICODE)


@lru_cache(maxsize=2048)
def trouble_in(text: str) -> frozenset[str]:
    """The words of a title that tell its trouble, like ones as one: "HighDBLatency" is database and slow."""
    words = (part for word in _WORDS.findall(text) for part in _parts_of(word))
    return frozenset(_MEANT.get(word, word.rstrip("s")) for word in words if word not in _EMPTY)


def _parts_of(word: str) -> list[str]:
    """The words that a name in capitals is made of; a word that is known stays whole."""
    return [word.lower()] if word.lower() in _MEANT else [part.lower() for part in _PARTS.findall(word)]


def speaks_of(trouble: str, texts: tuple[str, ...]) -> bool:
    """Whether one of these texts names most of what a trouble consists of."""
    wanted = trouble_in(trouble)
    if not wanted:
        return True
    return any(_is_of(wanted, trouble_in(text)) for text in texts)


def _is_of(wanted: frozenset[str], spoken: frozenset[str]) -> bool:
    """Whether most of the trouble is spoken of, or the part that it happens to and nothing else ("Database issues")."""
    return len(wanted & spoken) * 2 > len(wanted) or (bool(spoken) and spoken <= wanted)
