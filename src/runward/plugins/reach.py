"""Try whether a target can be reached, without doing anything to it."""

from datetime import timedelta
from urllib.parse import urlsplit

import psycopg

from runward.plugins.machine import resolved, why_closed

_PORTS = {"postgresql": 5432, "postgres": 5432, "redis": 6379, "rediss": 6379, "http": 80, "https": 443}


def why_unreachable(kind: str, place: str, patience: timedelta = timedelta(seconds=3)) -> str:
    """Why a target does not answer, an empty text if it does; never holds a password."""
    if kind == "postgresql":
        return _postgresql(place, patience)
    if kind == "host":
        host = place.partition(":")[0]
        known = host in {"", "local", "localhost"} or resolved([host], patience)[host]
        return "" if known else f"no address is known for {host}"
    host, port = _place(place)
    return why_closed(host, port, patience) if host else f"{kind} target says no host"


def _place(text: str) -> tuple[str, int]:
    """Host and port of a URL or of `host:port`; 443 where only a host stands."""
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 443)
    except ValueError:
        return "", 0


def _postgresql(url: str, patience: timedelta) -> str:
    """Whether the server lets us in, by a real connection."""
    try:
        with psycopg.connect(
            url, connect_timeout=max(2, int(patience.total_seconds())), autocommit=True
        ) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as problem:
        said = str(problem).strip().splitlines()
        return (said[-1] if said else type(problem).__name__)[:200]
    return ""
