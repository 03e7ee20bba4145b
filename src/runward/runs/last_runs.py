"""Gather what the freshness of a document's procedures is decided on."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from runward.foundation.storage.database import Database, Transaction
from runward.runbooks.model import Procedure, Runbook
from runward.runs import document_store, store
from runward.runs.freshness import Freshness, freshness_of, last_success
from runward.runs.model import Ending


def list_freshness(
    database: Database, runbook: Runbook, service: str, *, now: datetime, stale_after: timedelta
) -> tuple[Freshness, ...]:
    """How fresh each procedure of a document is, for one service or, where none is named, for all together."""
    path = str(Path(runbook.document.path).absolute())
    with database.reading() as tx:
        endings = [one for one in store.list_endings(tx, path) if not service or one.service == service]
        return tuple(
            _freshness(tx, procedure, runbook, endings, now, stale_after) for procedure in runbook.procedures
        )


def _freshness(  # what a decision on one procedure is made from
    tx: Transaction,
    procedure: Procedure,
    runbook: Runbook,
    endings: list[Ending],
    now: datetime,
    stale_after: timedelta,
) -> Freshness:
    mine = [one for one in endings if one.procedure == procedure.id]
    good = last_success(mine)
    changed = good is not None and _is_changed(tx, good, procedure, runbook)
    return freshness_of(procedure.id, mine, changed=changed, now=now, stale_after=stale_after)


def _is_changed(tx: Transaction, ending: Ending, procedure: Procedure, runbook: Runbook) -> bool:
    """Whether something that the procedure would do now was not in the document when that run was made."""
    digest = store.get_run(tx, ending.id).plan.document_digest
    if digest == runbook.document.digest:
        return False
    then = _stripped(document_store.get_document(tx, digest).split("\n"))
    blocks = [
        _stripped(block.text.split("\n")) for block in runbook.blocks if block.number in procedure.blocks
    ]
    by_hand = [
        _stripped([runbook.document.lines[step.line - 1]]) for step in procedure.steps if not step.block
    ]
    return any(text not in then for text in (*blocks, *by_hand))


def _stripped(lines: Iterable[str]) -> str:
    """The lines without what indents them, so that a block within a list is found in its document."""
    return "\n".join(("", *(line.strip() for line in lines), ""))
