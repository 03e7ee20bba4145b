"""How fresh procedures are, from runs that really happened."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from flows.desk import Desk
from runward.foundation.storage.database import Database
from runward.runs import store

SHOP = "# Shop\n\n## Check the shop\n\n```bash\ntrue\n```\n\n## Restart the shop\n\n```bash\ntest -e {there}\n```\n"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def standings(desk: Desk, code: int) -> dict[str, tuple[str, bool]]:
    found = desk.view("freshness", "RUNBOOK.md", code=code)["procedures"]
    return {one["procedure"]: (one["standing"], one["drilled"] is not None) for one in found}


def test_runs_and_edits_make_a_procedure_fresh_failing_or_changed(desk: Desk) -> None:
    desk.write(SHOP.format(there="nothing-there"))
    assert standings(desk, 0) == {
        "check-the-shop": ("never run", False),
        "restart-the-shop": ("never run", False),
    }
    desk.runward("run", "RUNBOOK.md#check-the-shop", "--drill", code=0)
    desk.runward("run", "RUNBOOK.md#restart-the-shop", "--unattended", code=1)
    assert standings(desk, 1) == {"check-the-shop": ("fresh", True), "restart-the-shop": ("failing", False)}
    desk.write(SHOP.format(there="RUNBOOK.md").replace("true", "true; true"))
    desk.runward("run", "RUNBOOK.md#restart-the-shop", "--unattended", code=0)
    assert standings(desk, 1) == {"check-the-shop": ("changed", True), "restart-the-shop": ("fresh", False)}
    page = desk.runward("freshness", "RUNBOOK.md", code=1).stdout
    assert "≠ changed" in page
    assert "✓ fresh" in page
    assert "changed since" in desk.runward("explain", "RUNBOOK.md", code=0).stdout


def test_a_procedure_grows_stale(desk: Desk) -> None:
    desk.write(SHOP.format(there="RUNBOOK.md"), "stale_after_days = 30\n")
    desk.runward("run", "RUNBOOK.md#check-the-shop", code=0)
    (state,) = desk.folder.rglob("runward.db")
    database = Database(f"sqlite:///{state}")
    with database.transaction() as tx:
        tx.execute(update(store.runs).values(ended_at=datetime(2026, 1, 1, tzinfo=UTC)))
    database.close()
    assert standings(desk, 1)["check-the-shop"] == ("stale", False)


def test_looking_at_a_document_leaves_nothing_behind(desk: Desk) -> None:
    desk.write(SHOP.format(there="RUNBOOK.md"))
    desk.runward("explain", "RUNBOOK.md", code=0)
    assert list(desk.folder.rglob("runward.db")) == []
