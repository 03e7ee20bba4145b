"""What is due when, read from titles, fields, tables, lists and sentences."""

from typing import Any

import pytest

from decisions.arranged import facts, notices, values

WEEK = {"every": "week"}


def test_a_named_task_takes_the_rhythm_above_it_and_its_own_time() -> None:
    text = """\
# Shop

## Daily Tasks

### Look at the queues (7:30 AM)
```sh
shopctl queues
```

## Weekly Tasks

### Prune the cache
```sh
shopctl prune
```

### Drill (Thursday 3 PM)
- Restore the newest copy
- Count the orders
"""
    assert values(text, "schedule") == [
        {"task": "Look at the queues", "every": "day", "at": "07:30", "cron": "30 7 * * *"},
        {"task": "Prune the cache", "every": "week"},
        {
            "task": "Drill",
            "every": "week",
            "on": "thursday",
            "at": "15:00",
            "cron": "0 15 * * 4",
            "tasks": ["Restore the newest copy", "Count the orders"],
        },
    ]


@pytest.mark.covers("TSK-01", "TSK-13")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "# Shop\n## Weekly Tasks\n**Tuesday**\n- Read the slow queries\n- Sweep the bucket\n",
            [
                (4, {"task": "Read the slow queries", "every": "week", "on": "tuesday"}),
                (5, {"task": "Sweep the bucket", "every": "week", "on": "tuesday"}),
            ],
        ),
        (
            "# Shop\n## Monthly Tasks\n**Second Friday**\n- Load test\n- Cost of the month\n",
            [
                (4, {"task": "Load test", "every": "month", "nth": 2, "on": "friday"}),
                (5, {"task": "Cost of the month", "every": "month", "nth": 2, "on": "friday"}),
            ],
        ),
        (
            "# Laden\n## Tägliche Aufgaben\n- Warteschlangen ansehen\n- Sicherung prüfen\n",
            [
                (3, {"task": "Warteschlangen ansehen", "every": "day"}),
                (4, {"task": "Sicherung prüfen", "every": "day"}),
            ],
        ),
        (
            "# Tienda\n## Mantenimiento\n- **Semanal**: revisar los discos llenos\n",
            [(3, {"task": "revisar los discos llenos", "every": "week"})],
        ),
        (
            "# Shop\n## Maintenance\n| Task | Frequency |\n|---|---|\n| Rotate keys | Quarterly |\n| Look | often |\n",
            [(5, {"task": "Rotate keys", "every": "quarter"})],
        ),
        (
            "# Shop\n## Capacity\n**Yearly Review**:\n- Read the trends\n- Ask for money\n",
            [(3, {"task": "Yearly Review", "every": "year", "tasks": ["Read the trends", "Ask for money"]})],
        ),
        (
            "# Laden\n## Automatik\n| Komponente | Zeitplan |\n|---|---|\n| Aufräumen | Sonntag 03:00 |\n",
            [(5, {"task": "Aufräumen", "every": "week", "on": "sunday", "at": "03:00", "cron": "0 3 * * 0"})],
        ),
        (
            "# Shop\n## Copies\n| Data | Backup Frequency | Kept |\n|---|---|---|\n| Orders | Hourly | 30 days |\n",
            [(5, {"task": "backup of Orders", "every": "hour"})],
        ),
        (
            "# Tienda\n## Copias\n### Pedidos\n```yaml\nFrecuencia: Diaria\nHora: 03:00 UTC\n```\n",
            [(5, {"task": "Pedidos", "every": "day", "at": "03:00", "zone": "UTC", "cron": "0 3 * * *"})],
        ),
        (
            "# Shop\n## Copies\n```yaml\nOrders:\n  Frequency: Weekly\nStock:\n  Frequency: Daily\n```\n",
            [(5, {"task": "Orders", "every": "week"}), (7, {"task": "Stock", "every": "day"})],
        ),
        ("# Shop\n## Bots\n```yaml\nschedule: daily\n```\n", []),
        # Who works on which days is no task.
        ("# Shop\n## Duty Schedule\n- **Weekdays**: Monday - Friday\n", []),
        # A list to be ticked is one task; its items are told by the checklist.
        (
            "# Shop\n## Evening Round (Daily 6 PM)\n- [ ] Lock the door\n- [ ] Count the till\n",
            [(2, {"task": "Evening Round", "every": "day", "at": "18:00", "cron": "0 18 * * *"})],
        ),
        # An everyday title that stands alone, and lists that say how long something is kept.
        ("# Shop\n## Daily Operations\n### Restart the shop\n```sh\nshopctl restart\n```\n", []),
        ("# Shop\n## Retention\n- Daily: 7 copies\n- Weekly: keep 4 of them\n", []),
        ("# Shop\n## Links\n- [Daily report](x)\n- Monthly: costs are in the sheet\n", []),
    ],
)
def test_titles_lists_and_tables(text: str, wanted: list[tuple[int, dict[str, Any]]]) -> None:
    assert facts(text, "schedule") == wanted


def field(said: str, heading: str = "Sweep the bucket") -> str:
    return f"# Shop\n\n## {heading}\n\n**Frequency**: {said}\n\n```sh\nshopctl sweep\n```\n"


@pytest.mark.covers("BAK-07", "BAK-09", "BAK-10")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            field("Weekly on Saturday at 1:00 AM"),
            [{"task": "Sweep the bucket", **WEEK, "on": "saturday", "at": "01:00", "cron": "0 1 * * 6"}],
        ),
        (
            field("`0 1 * * 6`"),
            [{"task": "Sweep the bucket", **WEEK, "on": "saturday", "at": "01:00", "cron": "0 1 * * 6"}],
        ),
        (field("After every release"), [{"task": "Sweep the bucket", "trigger": "after every release"}]),
        (field("as needed"), [{"task": "Sweep the bucket", "trigger": "as needed"}]),
        (
            field("Weekly full copies + daily incremental", "Order Backups"),
            [
                {"task": "full copies order backup", "every": "week"},
                {"task": "incremental order backup", "every": "day"},
            ],
        ),
        (field("when the moon is full"), []),
    ],
)
def test_fields(text: str, wanted: list[dict[str, Any]]) -> None:
    assert values(text, "schedule") == wanted


def test_a_rhythm_that_was_not_understood_is_said() -> None:
    assert notices(field("when the moon is full")) == [
        (5, "when “Sweep the bucket” is due was not understood: “when the moon is full”")
    ]


@pytest.mark.covers("MNT-17", "MNT-18", "MNT-19", "MNT-20", "RBK-23")
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            "# Shop\n## Release\n**2 Days Before:**\n- [ ] Freeze\n- [ ] Tell sales\n",
            [{"task": "Release: 2 Days Before", "relative_to": "release", "offset": "-2d"}],
        ),
        (
            "# Shop\n## Windows\n**During Maintenance:**\n- [ ] Stop\n- [ ] Start\n",
            [
                {
                    "task": "Windows: During Maintenance",
                    "relative_to": "maintenance window",
                    "offset": "during",
                }
            ],
        ),
        (
            "# Shop\n## Slow disk\n```sh\n# Run a full vacuum during the maintenance window\nvacuumdb --all\n```\n",
            [{"task": "a full vacuum", "relative_to": "maintenance window", "offset": "during"}],
        ),
        (
            "# Shop\n## Onboarding\n1. **Week 1**: Read everything\n2. **Week 2**: Go along\n",
            [
                {"task": "Read everything", "relative_to": "start of onboarding", "week": 1},
                {"task": "Go along", "relative_to": "start of onboarding", "week": 2},
            ],
        ),
        ("# Shop\n## Alarms\n- Skip alarms during maintenance windows\n", []),
        ("# Shop\n## Before you begin\n- Have a key\n- Have coffee\n", []),
    ],
)
def test_times_told_from_an_event(text: str, wanted: list[dict[str, Any]]) -> None:
    assert values(text, "schedule") == wanted


def test_a_backup_whose_rhythm_is_told_where_it_is_checked() -> None:
    text = "# Shop\n## Look\n```sh\n# Verify nightly backup completed\nls /copies\n```\n"
    assert values(text, "schedule") == [{"task": "backup", "every": "day"}]


def test_what_code_plans_is_told_as_code() -> None:
    text = "# Shop\n## Certificates\n```\n0 5 * * 1 renew-all\n```\n"
    assert values(text, "schedule") == [
        {"task": "renew-all", **WEEK, "on": "monday", "at": "05:00", "cron": "0 5 * * 1", "stated": "code"}
    ]
