"""Say in which time zone a document means its times of day, and who says so."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runward.runbooks.model import Runbook

DEFAULT = "UTC"
_KEYS = frozenset({"timezone", "time_zone", "tz"})


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone by its IANA name; `source` is "front matter", "runward.toml" or "default".

    `refused` is what the front matter names where that is no time zone: it was not taken.
    """

    name: str
    source: str
    refused: str = ""


def zone_of(runbook: Runbook, service_zone: str = "") -> Zone:
    """The zone of a document: its front matter's, else its service's (a known one, "" if not set), else UTC."""
    named = _in_front_matter(runbook)
    if named and is_zone(named):
        return Zone(named, "front matter")
    if service_zone:
        return Zone(service_zone, "runward.toml", refused=named)
    return Zone(DEFAULT, "default", refused=named)


def _in_front_matter(runbook: Runbook) -> str:
    for key, value in runbook.document.front_matter.items():
        if key.lower().replace("-", "_") in _KEYS and isinstance(value, str):
            return value.strip()
    return ""


def is_zone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
