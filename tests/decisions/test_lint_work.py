"""A document that cannot be looked at is told, and the others are looked at."""

from pathlib import Path

import pytest

from runward.cli import lint_work
from runward.cli.lint_work import Task, list_reports
from runward.runbooks.model import Policy, Runbook
from runward.runbooks.policy import policy_of as really

OLD = "# Shop\n\n## Look\n\n```sql\nSELECT mean_time FROM pg_stat_statements;\n```\n"
RULES = ("renamed-statistics-columns",)


def test_a_fault_in_one_document_does_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.md", "b.md", "c.md"):
        (tmp_path / name).write_text(OLD)

    def faulty(runbook: Runbook) -> Policy:
        if runbook.document.path.endswith("b.md"):
            raise IndexError("list index out of range")
        return really(runbook)

    monkeypatch.setattr(lint_work, "policy_of", faulty)
    reports = list(list_reports([Task(tmp_path / name, {}) for name in ("a.md", "b.md", "c.md")], RULES))
    assert [one.problem for one in reports] == [
        "",
        "a fault of Runward itself: IndexError: list index out of range",
        "",
    ]


def test_a_document_that_is_gone_is_told(tmp_path: Path) -> None:
    (report,) = list_reports([Task(tmp_path / "gone.md", {})], RULES)
    assert report.problem == "there is no such file"
