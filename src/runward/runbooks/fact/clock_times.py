"""Read times of day: "9 AM", "02:00 UTC", "um 9 Uhr", "a las 9:00"."""

import re
from dataclasses import dataclass
from functools import lru_cache

_ZONE = r"UTC|GMT|CES?T|E[SD]T|P[SD]T|C[SD]T|M[SD]T|BST|IST|JST|AE[SD]T|[A-Z][a-z]+/[A-Z][A-Za-z_]+|(?:UTC|GMT)[+-]\d{1,2}"
_CLOCK = re.compile(
    rf"""(?<![\d:.,/-])(?:
        (?P<hour>[01]?\d|2[0-4])[:.h](?P<minute>[0-5]\d)(?::00)?\s*(?P<half>[ap]\.?\ ?m\b\.?)?
        |(?P<hour12>1[0-2]|0?[1-9])\s*(?P<half12>[ap]\.?\ ?m\b\.?)
        |(?<!for\ )(?<!next\ )(?<!last\ )(?<!first\ )(?<!durante\ )(?<!für\ )(?P<uhr>[01]?\d|2[0-4])(?:\s*(?:uhr)|h(?=\s|$|[,;.)]))
        |(?<=las\ )(?P<las>[01]?\d|2[0-4])(?!\d)
    )(?:\s*(?:uhr|h|hrs|hours|o'clock)\b)?(?:\s*\(?(?P<zone>{_ZONE})\b\)?)?(?![\d:])""",
    re.IGNORECASE | re.VERBOSE,
)
_NAMED = (
    (re.compile(r"\b(?:at )?noon\b|\bmittags\b|\bal mediodía\b"), "12:00"),
    (
        re.compile(r"\b(?:at )?midnight\b|\b(?:um )?mitternacht\b|\b(?:a )?medianoche\b"),
        "00:00",
    ),
)
_DIGIT = re.compile(r"\d")
_DOTTED = re.compile(r"\d\.\d")


@dataclass(frozen=True, slots=True)
class ClockTime:
    """A time of day as HH:MM, the zone written beside it, and where in the text it stands."""

    at: str
    zone: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def clock_times_in(text: str) -> tuple[ClockTime, ...]:
    """Every time of day that the text names, from its left."""
    found = [one for match in _CLOCK.finditer(text) if (one := _of(match))] if _DIGIT.search(text) else []
    if not found:
        words = text.lower()
        named = [(pattern.search(words), at) for pattern, at in _NAMED]
        found = [ClockTime(at, "", match.start(), match.end()) for match, at in named if match]
    return tuple(found)


@lru_cache(maxsize=4096)
def clock_time_of(text: str) -> ClockTime | None:
    """The one time of day that the text names; None if none or several ("9 AM - 5 PM" is a stretch, not a time)."""
    found = clock_times_in(text)
    return found[0] if len({one.at for one in found}) == 1 else None


def _of(match: re.Match[str]) -> ClockTime | None:
    hour = int(match["hour"] or match["hour12"] or match["uhr"] or match["las"])
    half = (match["half"] or match["half12"] or "").lower()
    if _DOTTED.match(match[0]) and not half and "uhr" not in match[0].lower():
        return None  # 9.30 without more is a number
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    return ClockTime(
        f"{hour % 24:02d}:{match['minute'] or '00'}", match["zone"] or "", match.start(), match.end()
    )
