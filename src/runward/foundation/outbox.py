"""Hand over what a transaction has decided: rows committed with their cause, delivered at least once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import BigInteger, Column, Index, Integer, Table, UniqueConstraint, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as insert_on_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

from runward.foundation.clock import Clock, utc_now
from runward.foundation.ids import new_id
from runward.foundation.storage.database import Database, Transaction, claimable
from runward.foundation.storage.schema import JsonText, Moment, Words, metadata

_WAITING = text("done_at IS NULL AND given_up_at IS NULL")

outbox = Table(
    "outbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("topic", Words, nullable=False),
    Column("key", Words, nullable=False),
    Column("payload", JsonText, nullable=True),
    Column("made_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("claimed_by", Words, nullable=True),
    Column("claimed_until", Moment, nullable=True),
    Column("attempts", Integer, nullable=False),
    Column("trouble", Words, nullable=False),
    Column("done_at", Moment, nullable=True),
    Column("given_up_at", Moment, nullable=True),
    UniqueConstraint("topic", "key"),
    Index("ix_outbox_due", "due_at", sqlite_where=_WAITING, postgresql_where=_WAITING),
    sqlite_autoincrement=True,
)

_log = structlog.get_logger("runward.outbox")


@dataclass(frozen=True, slots=True)
class Letter:
    """One hand-over; `key` is the same at every attempt, so that its receiver can be idempotent."""

    id: int
    topic: str
    key: str
    payload: Any
    attempts: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a relay keeps a letter for itself, and how often and how soon it tries again."""

    claim: timedelta = timedelta(seconds=60)
    first_retry: timedelta = timedelta(seconds=1)
    longest_retry: timedelta = timedelta(minutes=5)
    most_attempts: int = 20


Deliver = Callable[[Letter], None]


def post(
    tx: Transaction,
    topic: str,
    key: str,
    payload: Any,
    *,
    due_at: datetime | None = None,
    clock: Clock = utc_now,
) -> bool:
    """Put a letter into the transaction; False if one with this topic and key is there already."""
    now = clock()
    dialect = insert_on_sqlite if tx.dialect.name == "sqlite" else insert_on_postgresql
    row = {"topic": topic, "key": key, "payload": payload, "made_at": now, "due_at": due_at or now}
    made = dialect(outbox).values(**row, attempts=0, trouble="")
    made = made.on_conflict_do_nothing(index_elements=["topic", "key"])
    return tx.execute(made.returning(outbox.c.id)).first() is not None


def wait_after(attempts: int, patience: Patience) -> timedelta | None:
    """How long to wait after this many failed attempts; None to give up."""
    if attempts >= patience.most_attempts:
        return None
    return min(patience.first_retry * (1 << min(attempts - 1, 30)), patience.longest_retry)


def list_given_up(tx: Transaction) -> list[Letter]:
    """The letters that no attempt could deliver, oldest first."""
    rows = tx.execute(select(outbox).where(outbox.c.given_up_at.is_not(None)).order_by(outbox.c.id)).all()
    return [Letter(row.id, row.topic, row.key, row.payload, row.attempts, row.trouble) for row in rows]


def retry(tx: Transaction, letter_id: int, *, clock: Clock = utc_now) -> bool:
    """Let a letter that was given up be tried anew; False if there is no such letter."""
    again = update(outbox).where(outbox.c.id == letter_id, outbox.c.given_up_at.is_not(None))
    return tx.execute(again.values(given_up_at=None, attempts=0, due_at=clock())).rowcount == 1


class Relay:
    """Takes due letters and delivers them, at least once each; as many relays as you like share the work.

    A letter is marked done only after its delivery returned. A relay that dies in between leaves the letter
    to the others once the claim runs out (`patience.claim`): then it is delivered again, with the same key.
    Deliveries must end within that time.
    """

    def __init__(
        self,
        database: Database,
        deliver: Mapping[str, Deliver],
        *,
        patience: Patience | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._database, self._deliver, self._clock = database, dict(deliver), clock
        self._patience = patience or Patience()
        self._name = new_id(clock())

    def run_once(self, limit: int = 20) -> int:
        """Deliver what is due now; how many letters were handed over. Raises only for the database."""
        letters = self._claim(limit)
        return sum(self._hand_over(letter) for letter in letters)

    def _claim(self, limit: int) -> list[Letter]:
        now = self._clock()
        free = or_(outbox.c.claimed_until.is_(None), outbox.c.claimed_until <= now)
        due = select(outbox).where(_WAITING, outbox.c.due_at <= now, free, outbox.c.topic.in_(self._deliver))
        with self._database.reading() as tx:
            if tx.execute(due.with_only_columns(outbox.c.id).limit(1)).first() is None:
                return []
        with self._database.transaction() as tx:
            rows = tx.execute(claimable(due.order_by(outbox.c.due_at, outbox.c.id), limit)).all()
            mine = update(outbox).where(outbox.c.id.in_([row.id for row in rows]))
            tx.execute(mine.values(claimed_by=self._name, claimed_until=now + self._patience.claim))
        return [Letter(row.id, row.topic, row.key, row.payload, row.attempts + 1) for row in rows]

    def _hand_over(self, letter: Letter) -> bool:
        try:
            self._deliver[letter.topic](letter)
        except Exception as error:  # noqa: BLE001  # whatever a delivery raises is written down and tried again
            self._put_back(letter, error)
            return False
        done = {"done_at": self._clock(), "trouble": ""}
        self._database.insist(lambda tx: self._mark(tx, letter, done))
        return True

    def _put_back(self, letter: Letter, error: Exception) -> None:
        wait, now = wait_after(letter.attempts, self._patience), self._clock()
        told = f"{type(error).__name__}: {error}"[:2000]
        fate = {"given_up_at": now} if wait is None else {"due_at": now + wait}
        _log.warning(
            "delivery_failed",
            topic=letter.topic,
            key=letter.key,
            attempts=letter.attempts,
            trouble=told,
            given_up=wait is None,
        )
        self._database.insist(lambda tx: self._mark(tx, letter, {**fate, "trouble": told}))

    def _mark(self, tx: Transaction, letter: Letter, values: Mapping[str, Any]) -> None:
        """Only while the claim is ours: whoever took the letter over writes its fate."""
        mine = update(outbox).where(outbox.c.id == letter.id, outbox.c.claimed_by == self._name)
        tx.execute(mine.values(**values, attempts=letter.attempts, claimed_by=None, claimed_until=None))
