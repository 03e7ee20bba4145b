"""How often and when something is due, read from the words of policies."""

import pytest

from runward.runbooks.fact.clock_times import clock_time_of
from runward.runbooks.fact.deadlines import Window, answer_time_of, deadline_of, range_or_length_of, window_of
from runward.runbooks.fact.recurrences import recurrence_of, rhythm_of, without_recurrence

WHEN = {
    "Daily at 9:00 AM": {"every": "day", "at": "09:00", "cron": "0 9 * * *"},
    "Weekly on Sunday at 2:00 AM": {"every": "week", "on": "sunday", "at": "02:00", "cron": "0 2 * * 0"},
    "First Monday": {"every": "month", "nth": 1, "on": "monday"},
    "Monthly (first Monday of each month)": {"every": "month", "nth": 1, "on": "monday"},
    "last Friday of the month": {"every": "month", "nth": -1, "on": "friday"},
    "Friday 4 PM": {"every": "week", "on": "friday", "at": "16:00", "cron": "0 16 * * 5"},
    "Quarterly": {"every": "quarter"},
    "Annually": {"every": "year"},
    "hourly incremental": {"every": "hour"},
    "every 2 weeks": {"every": "week", "interval": 2},
    "every other Friday": {"every": "week", "interval": 2, "on": "friday"},
    "fortnightly": {"every": "week", "interval": 2},
    "Every six hours": {"every": "hour", "interval": 6},
    "Every 30 minutes": {"every": "minute", "interval": 30},
    "jeden Montag um 9 Uhr": {"every": "week", "on": "monday", "at": "09:00", "cron": "0 9 * * 1"},
    "täglich um 01:30": {"every": "day", "at": "01:30", "cron": "30 1 * * *"},
    "wöchentlich: So 02:00": {"every": "week", "on": "sunday", "at": "02:00", "cron": "0 2 * * 0"},
    "alle zwei Wochen": {"every": "week", "interval": 2},
    "am ersten Montag im Monat": {"every": "month", "nth": 1, "on": "monday"},
    "cada lunes a las 9:00": {"every": "week", "on": "monday", "at": "09:00", "cron": "0 9 * * 1"},
    "diariamente a las 3:00": {"every": "day", "at": "03:00", "cron": "0 3 * * *"},
    "Día 1 de cada mes": {"every": "month", "day": 1},
    "Monthly (1st of month)": {"every": "month", "day": 1},
    "First day of month at 04:00 UTC": {
        "every": "month",
        "day": 1,
        "at": "04:00",
        "zone": "UTC",
        "cron": "0 4 1 * *",
    },
    "on the 15th of every month at 3 am": {"every": "month", "day": 15, "at": "03:00", "cron": "0 3 15 * *"},
    "Mondays and Thursdays at 14:30 CET": {
        "every": "week",
        "on": ["monday", "thursday"],
        "at": "14:30",
        "zone": "CET",
        "cron": "30 14 * * 1,4",
    },
    "weekdays at noon": {"every": "day", "on": "weekdays", "at": "12:00", "cron": "0 12 * * 1-5"},
    "Mon-Fri 9:00": {"every": "day", "on": "weekdays", "at": "09:00", "cron": "0 9 * * 1-5"},
    "at midnight every day": {"every": "day", "at": "00:00", "cron": "0 0 * * *"},
    "11.30 Uhr täglich": {"every": "day", "at": "11:30", "cron": "30 11 * * *"},
    # A cron line is only told where nothing had to be guessed.
    "Weekly at 02:00": {"every": "week", "at": "02:00"},
    "Daily between 9 AM - 5 PM": {"every": "day"},
}
NEVER = [
    "Daily/Weekly",
    "every 5 blocks",
    "9 AM - 5 PM",
    "twice",
    "the sun was up and we sat down",
    "every alert",
    "weekly-report.sh",
    "after every deployment",
    "Week 2",
    "day-2 operations",
]


@pytest.mark.covers("TSK-35")
@pytest.mark.parametrize(("text", "wanted"), WHEN.items())
def test_when(text: str, wanted: dict[str, object]) -> None:
    assert dict(recurrence_of(text) or {}) == wanted


@pytest.mark.parametrize("text", NEVER)
def test_what_names_no_one_rhythm_is_none(text: str) -> None:
    assert recurrence_of(text) is None


def test_a_time_alone_takes_the_rhythm_of_the_title_above() -> None:
    assert recurrence_of("Morning check (9 AM)") is None
    assert dict(recurrence_of("Morning check (9 AM)", "day") or {}) == {
        "every": "day",
        "at": "09:00",
        "cron": "0 9 * * *",
    }


@pytest.mark.parametrize(
    ("text", "at"),
    {
        "9 AM": "09:00",
        "12:15 am": "00:15",
        "12 PM": "12:00",
        "21:05": "21:05",
        "um 7 Uhr": "07:00",
        "a las 18:30": "18:30",
        "24:00": "00:00",
        "noon": "12:00",
        "9.30": "",
        "25:00": "",
        "13 AM": "",
        "version 1.2": "",
        "10:00 and 16:00": "",
        "2026-02-04 10:30:00": "10:30",
    }.items(),
)
def test_time_of_day(text: str, at: str) -> None:
    found = clock_time_of(text)
    assert (found.at if found else "") == at


@pytest.mark.parametrize(
    ("text", "wanted"),
    {
        "0-30 min": Window("0m", "30m"),
        "15–60 minutes": Window("15m", "60m"),
        "> 120 min": Window("120m", ""),
        "after 2 hours": Window("2h", ""),
        "120+ min": Window("120m", ""),
        "30m - 2h": Window("30m", "2h"),
        "24 to 72 hours": Window("24h", "72h"),
        "15 bis 30 Minuten": Window("15m", "30m"),
        "within 5 minutes": None,
        "5 minutes": None,
        "P1-P2": None,
        "2-3 engineers": None,
    }.items(),
)
def test_window(text: str, wanted: Window | None) -> None:
    assert window_of(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    {
        "Within 48 hours": "48h",
        "innerhalb von 15 Minuten": "15m",
        "en menos de 15 minutos": "15m",
        "no later than 2 days after the incident": "2d",
        "every 5 minutes": "",
        "within SLA": "",
    }.items(),
)
def test_deadline(text: str, wanted: str) -> None:
    assert deadline_of(text) == wanted


@pytest.mark.covers("INC-01", "INC-02", "INC-03")
@pytest.mark.parametrize(
    ("text", "wanted"),
    {
        "15 minutes": "15m",
        "< 15 min": "15m",
        "Immediate (within 15 minutes)": "15m",
        "Immediate": "immediate",
        "sofort": "immediate",
        "Within 1 hour": "1h",
        "1 week": "7d",
        "Next business day": "next business day",
        "am nächsten Arbeitstag": "next business day",
        "5 business days": "5 business days",
        "one working day": "1 business day",
        "Business hours": "business hours",
        "N/A": "none",
        "—": "none",
        "15 min, 24/7": "15m",
        "en menos de 15 minutos": "15m",
        # Two lengths, or more than an answer, is not understood.
        "15 minutes / 1 hour": "",
        "15 minutes, then page the manager after 1 hour": "",
        "0-30 min": "",
        "when the database is down for 15 minutes": "",
        "Slack": "",
    }.items(),
)
def test_answer_time(text: str, wanted: str) -> None:
    assert answer_time_of(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    {
        "30 minutes": "30m",
        "~1 hour": "1h",
        "15-30 min": Window("15m", "30m"),
        "approximately 10-15 minutes": Window("10m", "15m"),
        "Varies": None,
        "10 minutes per node": None,
    }.items(),
)
def test_range_or_length(text: str, wanted: object) -> None:
    assert range_or_length_of(text) == wanted


def test_the_words_beside_a_rhythm() -> None:
    assert (rhythm_of("Daily Operations"), rhythm_of("Daily and weekly"), rhythm_of("Operations")) == (
        "day",
        "",
        "",
    )
    assert without_recurrence("Daily full backups") == "full backups"
