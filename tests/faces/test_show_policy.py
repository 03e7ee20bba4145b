"""`runward show` tells in short what a document states as policy."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from runward.cli.show import show_runbook

BOOK = """\
# Shop

## Alerts
### Critical Alerts
- Shop down (health check fails)

## Metrics
| Metric | Warning | Critical |
|---|---|---|
| CPU | > 70% | > 90% |
| Disk | baseline ±5% | > 95% |

## Order Backups
**Retention**: 28 days
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "RUNBOOK.md"
    path.write_text(BOOK, encoding="utf-8")
    return path


def shown(path: Path, *, as_json: bool) -> str:
    out = io.StringIO()
    show_runbook(path, as_json=as_json, console=Console(file=out, width=110))
    return out.getvalue()


def test_the_page_lists_each_sort_in_short(book: Path) -> None:
    page = shown(book, as_json=False)
    assert "stated as policy" in page
    lines = [" ".join(line.split()) for line in page.splitlines()]
    assert (
        "10 3 threshold cpu usage > 70% is a warning; cpu usage > 90% is critical; disk usage > 95% is"
        in lines
    )
    assert any(line.startswith("5 1 alert Shop down when") for line in lines)
    assert "14 1 retention keep order backups for 28d" in lines


def test_what_was_not_understood_is_among_the_notices(book: Path) -> None:
    assert "11 the limit “baseline ±5%” of disk usage is not one that could be read" in " ".join(
        shown(book, as_json=False).split()
    )


def test_json_gives_every_fact_with_its_line_and_words(book: Path) -> None:
    facts = json.loads(shown(book, as_json=True))["facts"]
    assert facts[0] == {
        "type": "alert",
        "line": 5,
        "start": 5,
        "end": 5,
        "quote": "- Shop down (health check fails)",
        "value": {
            "name": "Shop down",
            "class": "critical",
            "condition": {"measure": "health check", "op": "fails"},
        },
    }
    assert [(one["type"], one["line"]) for one in facts] == [
        ("alert", 5), ("threshold", 10), ("threshold", 10), ("threshold", 11), ("retention", 14),
    ]  # fmt: skip


def test_a_document_without_policy_says_nothing_of_it(tmp_path: Path) -> None:
    path = tmp_path / "RUNBOOK.md"
    path.write_text("# Shop\n\n1. Run `systemctl restart shop`\n", encoding="utf-8")
    assert "stated as policy" not in shown(path, as_json=False)
    assert json.loads(shown(path, as_json=True))["facts"] == []
