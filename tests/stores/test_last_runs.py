"""When the procedures of a document were last done, from the runs that are kept, on both databases."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from runward.foundation.storage.database import Database
from runward.runbooks.model import Runbook
from runward.runbooks.read import read_runbook
from runward.runs import document_store, store
from runward.runs.freshness import Standing
from runward.runs.last_runs import list_freshness
from runward.runs.model import Plan, Run, RunState, Verdict

NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
SHOP = """# Shop

## Check the shop

1. Look:

   ```bash
   uptime
   ```

2. Ask the **clerk**

## Restart the shop

```bash
systemctl restart shop
```
"""


def document(folder: Path, text: str = SHOP) -> Runbook:
    path = folder / "RUNBOOK.md"
    path.write_text(text)
    return read_runbook(path)


def kept(  # what tells one run from another
    database: Database,
    runbook: Runbook,
    number: int,
    verdict: Verdict = Verdict.SUCCEEDED,
    *,
    service: str = "shop",
    drill: bool = False,
) -> None:
    path = str(Path(runbook.document.path).absolute())
    plan = Plan(service, path, runbook.document.digest, "check-the-shop", "Check the shop", 3, "check", ())
    at = NOW - timedelta(days=number)
    run = Run(f"run{number}", plan, "ada", RunState.ENDED, attended=True, created_at=at, drill=drill)
    with database.transaction() as tx:
        document_store.save_document(tx, runbook.document.digest, path, runbook.document.text)
        store.save_new_run(tx, replace(run, verdict=verdict, ended_at=at))


def standings(database: Database, runbook: Runbook, service: str = "") -> list[Standing]:
    found = list_freshness(database, runbook, service, now=NOW, stale_after=timedelta(days=90))
    return [one.standing for one in found]


def test_each_procedure_goes_by_its_own_runs(database: Database, tmp_path: Path) -> None:
    runbook = document(tmp_path)
    assert standings(database, runbook) == [Standing.NEVER, Standing.NEVER]
    kept(database, runbook, 3)
    assert standings(database, runbook) == [Standing.FRESH, Standing.NEVER]


def test_a_cancelled_run_and_one_that_goes_on_say_nothing(database: Database, tmp_path: Path) -> None:
    runbook = document(tmp_path)
    kept(database, runbook, 3)
    kept(database, runbook, 2, Verdict.CANCELLED)
    assert standings(database, runbook)[0] is Standing.FRESH
    kept(database, runbook, 1, Verdict.FAILED)
    assert standings(database, runbook)[0] is Standing.FAILING


def test_a_service_goes_by_its_own_runs(database: Database, tmp_path: Path) -> None:
    runbook = document(tmp_path)
    kept(database, runbook, 3, service="shop")
    assert standings(database, runbook, "shop")[0] is Standing.FRESH
    assert standings(database, runbook, "other")[0] is Standing.NEVER


def test_only_what_the_procedure_does_counts_as_a_change(database: Database, tmp_path: Path) -> None:
    kept(database, document(tmp_path), 3)
    elsewhere = document(tmp_path, SHOP.replace("systemctl restart shop", "systemctl reload shop"))
    assert standings(database, elsewhere)[0] is Standing.FRESH
    command = document(tmp_path, SHOP.replace("uptime", "uptime -p"))
    assert standings(database, command)[0] is Standing.CHANGED
    by_hand = document(tmp_path, SHOP.replace("**clerk**", "owner"))
    assert standings(database, by_hand)[0] is Standing.CHANGED


def test_a_drill_is_remembered(database: Database, tmp_path: Path) -> None:
    runbook = document(tmp_path)
    kept(database, runbook, 3, drill=True)
    kept(database, runbook, 1)
    found = list_freshness(database, runbook, "", now=NOW, stale_after=timedelta(days=90))[0]
    assert found.drilled is not None
    assert (found.drilled.id, found.last and found.last.id) == ("run3", "run1")
