"""Read a length of time as people write it."""

import re
from datetime import timedelta

_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
_PIECE = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")
_WORDS = re.compile(r"(?<=\d)\s*(milliseconds?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?)\b")
_LETTER = {"mil": "ms", "sec": "s", "min": "m", "hou": "h", "hrs": "h", "hr": "h", "day": "d"}


def span_in(text: str | float | timedelta) -> timedelta:
    """The length of time that `90`, `90s`, `1h 30m` or `10 minutes` says; ValueError if it says none."""
    if isinstance(text, timedelta):
        return _positive(text.total_seconds(), str(text))
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        return _positive(float(text), str(text))
    plain = _WORDS.sub(lambda word: _LETTER[word[1][:3]], str(text).strip().lower())
    if re.fullmatch(r"\d+(\.\d+)?", plain):
        return _positive(float(plain), str(text))
    pieces = _PIECE.findall(plain)
    if not pieces or _PIECE.sub("", plain).strip():
        raise ValueError(f"“{text}” is not a length of time; write it like 90s, 5m or 1h 30m")
    return _positive(sum(float(number) * _SECONDS[unit] for number, unit in pieces), str(text))


def _positive(seconds: float, text: str) -> timedelta:
    if not 0 < seconds <= 30 * 86400:
        raise ValueError(f"“{text}” is not between a moment and 30 days")
    return timedelta(seconds=seconds)


def words_of(span: timedelta) -> str:
    """A length of time as `1h 30m`, the way it is written in runward.toml."""
    seconds = span.total_seconds()
    if seconds < 1 or seconds != int(seconds):
        return f"{seconds:g}s"
    left, words = int(seconds), []
    for letter in ("d", "h", "m", "s"):
        count, left = divmod(left, int(_SECONDS[letter]))
        if count:
            words.append(f"{count}{letter}")
    return " ".join(words)
