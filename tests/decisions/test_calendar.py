"""Schedules meet, and fall into the hours that a change of the clocks takes away or gives twice."""

import pytest

from runward.runbooks.finding.calendar import Slot, find_slot, is_skipped_or_repeated, meeting, minute_of
from runward.runbooks.model import Fact, FactType

DAILY, SUNDAY, MONDAY = frozenset(range(7)), frozenset({6}), frozenset({0})
ALL: frozenset[int] = frozenset()


def schedule(**value: object) -> Fact:
    return Fact(FactType.SCHEDULE, 1, "", value)


@pytest.mark.parametrize(
    ("value", "slot"),
    [
        ({"every": "day", "at": "02:00"}, Slot(DAILY, 120, ALL)),
        ({"every": "week", "on": "sunday", "at": "02:30"}, Slot(SUNDAY, 150, ALL)),
        ({"every": "week", "on": ["Monday", "Sunday"], "at": "00:05"}, Slot(frozenset({0, 6}), 5, ALL)),
        ({"every": "month", "on": "monday", "nth": 1, "at": "09:00"}, Slot(MONDAY, 540, frozenset({1}))),
        ({"every": "week", "at": "02:00"}, None),
        ({"every": "day"}, None),
        ({"every": "hour", "at": "02:00"}, None),
        ({"every": "quarter", "on": "monday", "at": "02:00"}, None),
        ({"every": "day", "at": "at night"}, None),
    ],
)
def test_a_schedule_falls_due(value: dict[str, object], slot: Slot | None) -> None:
    assert find_slot(schedule(**value)) == slot


@pytest.mark.parametrize(
    ("clock", "minute"), [("02:30", 150), ("00:00", 0), ("noon", None), ("2", None), ("a:b", None)]
)
def test_a_clock_time_is_a_minute(clock: str, minute: int | None) -> None:
    assert minute_of(clock) == minute


@pytest.mark.parametrize(
    ("one", "other", "lasts", "day"),
    [
        (Slot(DAILY, 120, ALL), Slot(SUNDAY, 120, ALL), 1, "Sunday"),
        (Slot(DAILY, 120, ALL), Slot(DAILY, 120, ALL), 1, "every day"),
        (Slot(DAILY, 120, ALL), Slot(SUNDAY, 135, ALL), 30, "Sunday"),
        (Slot(DAILY, 120, ALL), Slot(SUNDAY, 150, ALL), 30, ""),
        (Slot(DAILY, 120, ALL), Slot(SUNDAY, 121, ALL), 1, ""),
        (Slot(MONDAY, 120, ALL), Slot(SUNDAY, 120, ALL), 60, ""),
        (Slot(MONDAY, 120, frozenset({1})), Slot(MONDAY, 120, frozenset({3})), 60, ""),
        (Slot(MONDAY, 120, frozenset({1})), Slot(MONDAY, 120, ALL), 60, "Monday"),
    ],
)
def test_two_tasks_meet(one: Slot, other: Slot, lasts: int, day: str) -> None:
    assert meeting(one, other, lasts) == day


@pytest.mark.parametrize(
    ("days", "clock", "zone", "hit"),
    [
        (DAILY, "02:00", "", True),
        (SUNDAY, "02:30", "", True),
        (DAILY, "01:00", "", True),
        (DAILY, "03:00", "", False),
        (MONDAY, "02:00", "", False),
        (DAILY, "02:00", "UTC", False),
        (DAILY, "02:00", "Asia/Tokyo", False),
        (DAILY, "02:30", "Europe/Berlin", True),
        (DAILY, "01:30", "Europe/Berlin", False),
        (DAILY, "01:30", "Europe/London", True),
        (DAILY, "02:30", "Europe/London", False),
        (DAILY, "01:30", "America/New_York", True),
        (DAILY, "02:30", "America/New_York", True),
        (MONDAY, "02:30", "America/New_York", False),
        (DAILY, "02:30", "No/Where", True),
    ],
)
def test_the_hour_of_the_change(days: frozenset[int], clock: str, zone: str, hit: bool) -> None:
    assert is_skipped_or_repeated(Slot(days, minute_of(clock) or 0, ALL), zone) is hit
