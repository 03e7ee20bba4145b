"""What `runward show` says of times: what is due when, and in which time zone."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from runward.cli.schedule_page import when_words
from runward.cli.show import show_runbook

BOOK = """\
# Shop

## Copy the orders

**Frequency**: Daily at 2:00 AM

```sh
shopctl copy
```
"""


def shown(path: Path, *, as_json: bool = False) -> str:
    out = io.StringIO()
    show_runbook(path, as_json=as_json, console=Console(file=out, width=100))
    return out.getvalue()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "RUNBOOK.md").write_text(BOOK)
    return tmp_path / "RUNBOOK.md"


def zone(path: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(shown(path, as_json=True))["timezone"]
    return found


def test_without_settings_times_are_in_utc_and_it_is_said(book: Path) -> None:
    assert zone(book) == {"name": "UTC", "from": "default"}
    page = shown(book)
    assert "due when, times in UTC (default)" in page
    assert "Copy the orders" in page.split("due when")[1]
    assert "every day at 02:00" in page


def test_the_service_says_the_zone(book: Path) -> None:
    settings = '[services.shop]\ndocuments = ["RUNBOOK.md"]\ntime_zone = "Europe/Berlin"\n'
    (book.parent / "runward.toml").write_text(settings)
    assert zone(book) == {"name": "Europe/Berlin", "from": "runward.toml"}
    assert "times in Europe/Berlin (runward.toml)" in shown(book)


def test_a_service_that_sets_no_zone_leaves_the_default(book: Path) -> None:
    (book.parent / "runward.toml").write_text('[services.shop]\ndocuments = ["RUNBOOK.md"]\n')
    assert zone(book) == {"name": "UTC", "from": "default"}


def test_front_matter_goes_before_the_service(book: Path) -> None:
    (book.parent / "runward.toml").write_text('[services.shop]\ntime_zone = "Europe/Berlin"\n')
    book.write_text(f"---\ntimezone: America/Lima\n---\n{BOOK}")
    assert zone(book) == {"name": "America/Lima", "from": "front matter"}


def test_front_matter_that_names_no_zone_is_told(book: Path) -> None:
    book.write_text(f"---\ntimezone: Mars/Base\n---\n{BOOK}")
    assert zone(book) == {"name": "UTC", "from": "default"}
    assert "the front matter names “Mars/Base”, which is no time zone" in shown(book)


def test_broken_settings_keep_nobody_from_looking(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (book.parent / "runward.toml").write_text('[services.shop]\ntime_zone = "Mars/Base"\n')
    assert zone(book) == {"name": "UTC", "from": "default"}
    assert "times of day are shown without runward.toml" in capsys.readouterr().err


def test_a_document_without_schedules_has_no_such_part(book: Path) -> None:
    book.write_text("# Shop\n\n## Look\n1. Look\n")
    assert "due when" not in shown(book)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"every": "day", "at": "09:00"}, "every day at 09:00"),
        ({"every": "week", "interval": 2, "on": "friday"}, "every 2 weeks on friday"),
        ({"every": "week", "on": ["monday", "thursday"], "at": "06:00"}, "every week on monday and thursday at 06:00"),
        ({"every": "month", "nth": -1, "on": "friday"}, "every month on the last friday"),
        ({"every": "month", "day": 3, "at": "01:00", "zone": "CET"}, "every month on day 3 at 01:00 CET"),
        ({"trigger": "after every release"}, "after every release"),
        ({"relative_to": "release", "offset": "-7d"}, "7d before the release"),
        ({"relative_to": "release", "offset": "2h"}, "2h after the release"),
        ({"relative_to": "maintenance window", "offset": "during"}, "during the maintenance window"),
        ({"relative_to": "start of onboarding", "week": 2}, "in week 2 from the start of onboarding"),
        ({"cron": "0 9 1 1,7 1"}, "cron 0 9 1 1,7 1"),
    ],
)  # fmt: skip
def test_a_schedule_in_words(value: dict[str, object], words: str) -> None:
    assert when_words(value) == words
