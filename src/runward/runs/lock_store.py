"""Keep which run holds which target: one run at a time works on one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Column, ForeignKey, String, Table, delete, insert, select

from runward.foundation.storage.database import Transaction, hold
from runward.foundation.storage.schema import Moment, metadata

target_locks = Table(
    "target_locks",
    metadata,
    Column("target", String(255), primary_key=True),
    Column("run_id", ForeignKey("runs.id"), nullable=False),
    Column("since_at", Moment, nullable=False),
)


def save_locks(tx: Transaction, run_id: str, targets: Sequence[str], now: datetime) -> str:
    """Take every target for a run, or none: the id of a run that holds one of them, "" when all are ours."""
    hold(tx, "target_locks")
    held = tx.execute(
        select(target_locks.c.run_id).where(
            target_locks.c.target.in_(targets), target_locks.c.run_id != run_id
        )
    )
    holder = held.scalar()
    if holder:
        return str(holder)
    mine = set(tx.execute(select(target_locks.c.target).where(target_locks.c.run_id == run_id)).scalars())
    for target in sorted(set(targets) - mine):
        tx.execute(insert(target_locks).values(target=target, run_id=run_id, since_at=now))
    return ""


def release_locks(tx: Transaction, run_id: str) -> bool:
    """Give back every target that a run holds; False if it held none."""
    hold(tx, "target_locks")
    return tx.execute(delete(target_locks).where(target_locks.c.run_id == run_id)).rowcount > 0


def find_lock(tx: Transaction, run_id: str) -> str | None:
    """One target that a run holds."""
    hold(tx, "target_locks")
    found = tx.execute(select(target_locks.c.target).where(target_locks.c.run_id == run_id).limit(1)).scalar()
    return None if found is None else str(found)
