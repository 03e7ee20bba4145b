"""What code plans: crontab lines, timers, log rotation and jobs."""

import pytest

from runward.runbooks.fact.crontab import calendar_of, cron_of, planned_in


@pytest.mark.covers("TSK-35")
@pytest.mark.parametrize(
    ("expression", "wanted"),
    {
        "0 2 * * *": {"every": "day", "at": "02:00"},
        "30 4 * * 0": {"every": "week", "on": "sunday", "at": "04:30"},
        "30 4 * * 7": {"every": "week", "on": "sunday", "at": "04:30"},
        "0 6 * * Mon,Thu": {"every": "week", "on": ["monday", "thursday"], "at": "06:00"},
        "15 8 * * 1-5": {"every": "day", "on": "weekdays", "at": "08:15"},
        "0 3 1 * *": {"every": "month", "day": 1, "at": "03:00"},
        "0 3 1 */3 *": {"every": "quarter", "day": 1, "at": "03:00"},
        "*/15 * * * *": {"every": "minute", "interval": 15},
        "0 */6 * * *": {"every": "hour", "interval": 6},
        "5 * * * *": {"every": "hour"},
        # Days of the month and of the week at once have no simple word: the line itself is told.
        "0 9 1 1,4,7,10 1": {"at": "09:00"},
    }.items(),
)
def test_expression(expression: str, wanted: dict[str, object]) -> None:
    assert dict(cron_of(expression) or {}) == {**wanted, "cron": expression}


@pytest.mark.parametrize(
    "text", ["0 2 * *", "61 2 * * *", "0 25 * * *", "1 2 3 4 5 6", "daily", "10 * 20 = 200"]
)
def test_what_is_no_expression(text: str) -> None:
    assert cron_of(text) is None


@pytest.mark.parametrize(
    ("code", "wanted"),
    {
        "# Add to crontab\n0 0 * * 0 renew-all --quiet && systemctl reload web": [
            (1, "renew-all --quiet", "0 0 * * 0")
        ],
        "# Nightly copy of the shop\n30 1 * * * root /opt/copy.sh >> /var/log/copy.log 2>&1": [
            (1, "Nightly copy of the shop", "30 1 * * *")
        ],
        "*/5 * * * * cd /opt/app && ./look.sh || ./tell.sh": [(0, "./look.sh", "*/5 * * * *")],
        "10 2 * * * cd /opt/app && \\\n  ./copy.sh --all": [(0, "./copy.sh --all", "10 2 * * *")],
        "0 3 1 */3 * /opt/quarter.sh": [(0, "/opt/quarter.sh", "0 3 1 */3 *")],
        "@daily /opt/tidy.sh": [(0, "/opt/tidy.sh", "0 0 * * *")],
        "# Daily part, weekly whole\n0 2 * * * part.sh\n0 3 * * 0 whole.sh": [
            (1, "part.sh", "0 2 * * *"),
            (2, "whole.sh", "0 3 * * 0"),
        ],
        "[Unit]\nDescription=Copy the orders\n[Timer]\nOnCalendar=Sun *-*-* 03:00:00": [
            (3, "Copy the orders", "0 3 * * 0")
        ],
        "kind: CronJob\nmetadata:\n  name: orders-copy\nspec:\n  schedule: '0 4 * * *'": [
            (4, "orders-copy", "0 4 * * *")
        ],
        "/var/log/shop/*.log {\n    weekly\n    rotate 4\n}": [
            (1, "log rotation of /var/log/shop/*.log", None)
        ],
        # Neither sums nor columns of a listing are crontab lines.
        "echo $((2 * 3 * 4 * 5)) here": [],
        "1 2 3 4 5 6 7": [],
        "weekly": [],
        "ls * * * * *": [],
    }.items(),
)
def test_code(code: str, wanted: list[tuple[int, str, str | None]]) -> None:
    assert [(one.line, one.task, one.when.get("cron")) for one in planned_in(code)] == wanted


@pytest.mark.parametrize(
    ("text", "cron"),
    {
        "*-*-* 02:30:00": "30 2 * * *",
        "Mon *-*-* 05:00": "0 5 * * 1",
        "*-*-01 04:00:00": "0 4 1 * *",
        "weekly": "0 0 * * 1",
        "Mon..Fri 10:00": None,
    }.items(),
)
def test_calendar_of_systemd(text: str, cron: str | None) -> None:
    found = calendar_of(text)
    assert (found["cron"] if found else None) == cron
