"""Decide when schedules meet each other and the hours that a change of the clocks skips or repeats."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import combinations
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runward.runbooks.finding.stated import word_of, words_in
from runward.runbooks.model import Fact

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EVERY_DAY = frozenset(range(7))
_SUNDAY = 6
_AN_HOUR_AROUND = (
    60,
    180,
)  # minutes of the day: clocks are changed between 01:00 and 03:00 where most people live
_YEARS = (2025, 2032)  # in which a zone's changes are looked for


@dataclass(frozen=True, slots=True)
class Slot:
    """When a task begins: on these weekdays, at this minute of the day."""

    days: frozenset[int]
    minute: int
    nth: frozenset[int]  # which of that weekday in the month; empty for all


def find_slot(schedule: Fact) -> Slot | None:
    """When a schedule falls due, None where it names no day or no time of day."""
    minute = minute_of(word_of(schedule, "at"))
    every = word_of(schedule, "every")
    on = frozenset(_DAYS.index(day.lower()) for day in words_in(schedule, "on") if day.lower() in _DAYS)
    if minute is None or every not in {"day", "week", "month"} or (every != "day" and not on):
        return None
    nth = schedule.value.get("nth")
    several = nth if isinstance(nth, list | tuple) else (nth,)
    return Slot(on or _EVERY_DAY, minute, frozenset(one for one in several if isinstance(one, int)))


def minute_of(clock: str) -> int | None:
    """The minute of the day of "02:30"."""
    hours, colon, minutes = clock.partition(":")
    if not colon or not hours.isdecimal() or not minutes.isdecimal():
        return None
    return int(hours) * 60 + int(minutes)


def meeting(one: Slot, other: Slot, lasts: int = 0) -> str:
    """The day on which two tasks meet ("sunday", "every day"), "" if they do not; `lasts` are minutes of the first."""
    days = one.days & other.days
    apart = other.minute - one.minute
    if not days or not 0 <= apart <= max(lasts - 1, 0):
        return ""
    if one.nth and other.nth and not one.nth & other.nth:
        return ""
    return (
        "every day" if days == _EVERY_DAY else " and ".join(_DAYS[day].capitalize() for day in sorted(days))
    )


def is_skipped_or_repeated(slot: Slot, zone: str) -> bool:
    """Whether there are days on which this time does not exist, or exists twice."""
    known = _changes_of(zone) if zone else None
    if known is not None:
        return any(day in slot.days and first <= slot.minute < last for day, first, last in known)
    first, last = _AN_HOUR_AROUND
    return _SUNDAY in slot.days and first <= slot.minute < last


@lru_cache(maxsize=16)
def _changes_of(zone: str) -> tuple[tuple[int, int, int], ...] | None:
    """Weekday and minutes of the day that a zone's changes skip or repeat; None for a zone that is not known."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return tuple(sorted({change for day in _each_day() for change in _change_on(day, place)}))


def _each_day() -> Iterator[date]:
    day = date(_YEARS[0], 1, 1)
    while day.year < _YEARS[1]:
        yield day
        day += timedelta(days=1)


def _change_on(day: date, place: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """What the clocks do on a day: nothing nearly always."""
    morning = datetime.combine(day, time(), place)
    evening = datetime.combine(day + timedelta(days=1), time(), place)
    if morning.utcoffset() == evening.utcoffset():
        return
    at, before = morning.astimezone(UTC), morning.utcoffset() or timedelta()
    while at < evening.astimezone(UTC):
        after = at.astimezone(place).utcoffset() or timedelta()
        if after != before:
            old, new = (at + before), (at + after)
            first, last = min(old, new), max(old, new)
            yield (
                day.weekday(),
                first.hour * 60 + first.minute,
                first.hour * 60 + first.minute + int((last - first).total_seconds() // 60),
            )
            return
        at += timedelta(minutes=15)


def list_pairs(slots: list[tuple[Fact, Slot]]) -> Iterator[tuple[tuple[Fact, Slot], tuple[Fact, Slot]]]:
    """Every two schedules, the earlier time first."""
    yield from combinations(sorted(slots, key=lambda one: (one[1].minute, one[0].line)), 2)
