r"""Keep the book of every act: append-only, chained by hashes, provable without us.

An act is appended inside the transaction of what it tells of, as a row without a place in the chain. The
sealer, one at a time, gives the rows that have been committed their places (1, 2, 3 ... without gaps) in an
order that respects causes: what was appended after another act was committed stands after it.

The hash of an entry is SHA-256, in hexadecimal, over the canonical JSON of

    {"act", "actor", "at", "detail", "id", "previous", "sequence", "subject", "version": 1}

with keys sorted, no spaces, ASCII only (other characters as \uXXXX), no NaN; `at` is UTC with six decimals
and a Z; `previous` is the hash of the entry before, 64 zeros for the first. `export` writes these objects with
their "hash", one per line, and a last line {"count", "head", "version": 1}. Anyone can check that with a few
lines in any language; nobody can cut off the tail unseen who does not also hold the head you wrote down.

Never put a secret in: what is sealed stays, and is exported. Put in what was decided, by whom, about what.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Row,
    String,
    Table,
    Text,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)

from runward.foundation.clock import Clock, utc_now
from runward.foundation.errors import Mistake
from runward.foundation.storage.database import Database, Transaction, hold
from runward.foundation.storage.schema import Moment, Words, canonical_json, metadata

START = "0" * 64
VERSION = 1
Entry = dict[str, Any]
_BATCH = 1000
_EXPORT_HINT = "Export the book anew, and keep the file as it was written"
_MOST_TROUBLES = 100

ledger = Table(
    "ledger",
    metadata,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("actor", Words, nullable=False),
    Column("act", Words, nullable=False),
    Column("subject", Words, nullable=False),
    Column("detail", Text, nullable=False),
    Column("sequence", BigInteger, nullable=True, unique=True),
    Column("previous", String(64), nullable=True),
    Column("hash", String(64), nullable=True),
    Index("ix_ledger_subject", "subject"),
    Index(
        "ix_ledger_unsealed",
        "id",
        sqlite_where=text("sequence IS NULL"),
        postgresql_where=text("sequence IS NULL"),
    ),
    sqlite_autoincrement=True,
)


class Fault(StrEnum):
    """How a book differs from what was sealed."""

    CHANGED = "changed"  # the entry's hash is not that of its content
    REMOVED = "removed"  # places are missing
    REORDERED = "reordered"  # the entry does not follow the one before it
    TRUNCATED = "truncated"  # the book ends before, or differs at, the head that was written down


@dataclass(frozen=True, slots=True)
class Trouble:
    """One place where the book was tampered with."""

    fault: Fault
    sequence: int
    what: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last sealed entry: write it down elsewhere, and nobody can shorten the book unseen."""

    sequence: int = 0
    hash: str = START


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of the whole book found; `waiting` acts are committed but not yet sealed."""

    head: Head
    troubles: tuple[Trouble, ...] = ()
    waiting: int = 0

    @property
    def sound(self) -> bool:
        """Whether every entry is as it was sealed."""
        return not self.troubles


def append(
    tx: Transaction, actor: str, act: str, subject: str, detail: Mapping[str, Any], *, clock: Clock = utc_now
) -> None:
    """Enter an act, to stand or fall with the transaction; never a secret in any of it."""
    tx.execute(
        insert(ledger).values(
            at=clock(), actor=actor, act=act, subject=subject, detail=canonical_json(dict(detail))
        )
    )


def seal(database: Database) -> int:
    """Give every committed act its place in the chain; how many were sealed. Safe to call from anywhere, often."""
    with database.reading() as tx:
        if tx.execute(select(ledger.c.id).where(ledger.c.sequence.is_(None)).limit(1)).first() is None:
            return 0
    sealed = 0
    while True:
        with database.transaction() as tx:
            count = _seal_batch(tx)
        sealed += count
        if count < _BATCH:
            return sealed


def head_of(database: Database) -> Head:
    """The last sealed entry."""
    with database.reading() as tx:
        return _head(tx)


def list_about(tx: Transaction, subject: str) -> list[Entry]:
    """The sealed entries about one subject, in their order."""
    mine = select(ledger).where(ledger.c.subject == subject, ledger.c.sequence.is_not(None))
    rows = tx.execute(mine.order_by(ledger.c.sequence)).all()
    return [{**_content(row, row.sequence, row.previous or ""), "hash": row.hash or ""} for row in rows]


def verify(database: Database, head: Head | None = None) -> Verdict:
    """Check every entry against the chain, and the chain against a head that was written down."""
    with database.reading() as tx:
        waiting = tx.execute(select(func.count()).where(ledger.c.sequence.is_(None))).scalar_one()
        return verdict_of(_entries(tx), head, waiting)


def export(database: Database) -> Iterator[str]:
    """The sealed book as JSON lines, the last line its head."""
    last: dict[str, Any] = {"sequence": 0, "hash": START}
    with database.reading() as tx:
        for last in _entries(tx):  # the last one is the head
            yield canonical_json(last)
    yield canonical_json({"version": VERSION, "count": last["sequence"], "head": last["hash"]})


def verify_export(path: Path, head: Head | None = None) -> Verdict:
    """Check an exported book with nothing but the file, and a head that was written down if you have one."""
    told: list[Head] = []
    with path.open(encoding="utf-8", errors="replace") as lines:
        verdict = verdict_of(_read_entries(lines, path, told), head)
    if told != [verdict.head]:
        cut = Trouble(
            Fault.TRUNCATED, verdict.head.sequence, "the file does not end with the head of its last entry"
        )
        return replace(verdict, troubles=(*verdict.troubles, cut))
    return verdict


def verdict_of(entries: Iterable[Entry], head: Head | None = None, waiting: int = 0) -> Verdict:
    """What is wrong with these entries, in the order in which they stand."""
    last, troubles, witness = Head(), list[Trouble](), Head()
    for entry in entries:
        sequence = entry["sequence"]
        troubles += _troubles_at(entry, last)
        del troubles[_MOST_TROUBLES:]
        last = Head(sequence, entry["hash"])
        if head is not None and sequence == head.sequence:
            witness = last
    if head is not None and head != witness and head != Head():
        told = (
            f"the book ends at {last.sequence}"
            if last.sequence < head.sequence
            else "another entry stands there"
        )
        troubles.append(
            Trouble(Fault.TRUNCATED, head.sequence, f"the head written down is entry {head.sequence}; {told}")
        )
    return Verdict(last, tuple(troubles), waiting)


def hash_of(entry: Entry) -> str:
    """The hash that an entry should have, from its content and the hash before it."""
    content = {name: value for name, value in entry.items() if name != "hash"}
    return sha256(canonical_json(content).encode()).hexdigest()


def _troubles_at(entry: Entry, last: Head) -> list[Trouble]:
    sequence, found = entry["sequence"], []
    missing = sequence - last.sequence - 1
    if missing > 0:
        found.append(Trouble(Fault.REMOVED, sequence, f"{missing} before entry {sequence} are missing"))
    elif missing < 0:
        found.append(
            Trouble(Fault.REORDERED, sequence, f"entry {sequence} stands after entry {last.sequence}")
        )
    elif entry["previous"] != last.hash:
        found.append(
            Trouble(
                Fault.REORDERED,
                sequence,
                f"entry {sequence} was not sealed after the one that stands before it",
            )
        )
    if hash_of(entry) != entry["hash"]:
        found.append(Trouble(Fault.CHANGED, sequence, f"entry {sequence} is not as it was sealed"))
    return found


def _seal_batch(tx: Transaction) -> int:
    hold(tx, "ledger")
    rows = tx.execute(
        select(ledger).where(ledger.c.sequence.is_(None)).order_by(ledger.c.id).limit(_BATCH)
    ).all()
    head = _head(tx)
    places = []
    for row in rows:
        entry = _content(row, head.sequence + 1, head.hash)
        head = Head(head.sequence + 1, hash_of(entry))
        places.append({"row": row.id, "place": head.sequence, "before": entry["previous"], "own": head.hash})
    if places:
        _give_places(tx, places)
    return len(places)


def _give_places(tx: Transaction, places: Sequence[Mapping[str, Any]]) -> None:
    tx.execute(
        update(ledger)
        .where(ledger.c.id == bindparam("row"), ledger.c.sequence.is_(None))
        .values(sequence=bindparam("place"), previous=bindparam("before"), hash=bindparam("own")),
        list(places),
    )


def _head(tx: Transaction) -> Head:
    newest = select(ledger.c.sequence, ledger.c.hash).where(ledger.c.sequence.is_not(None))
    row = tx.execute(newest.order_by(ledger.c.sequence.desc()).limit(1)).first()
    return Head(row.sequence, row.hash) if row else Head()


def _entries(tx: Transaction) -> Iterator[Entry]:
    after = 0
    while True:
        page = (
            select(ledger)
            .where(ledger.c.sequence > after)
            .order_by(ledger.c.sequence, ledger.c.id)
            .limit(_BATCH)
        )
        rows = tx.execute(page).all()
        for row in rows:
            yield {**_content(row, row.sequence, row.previous or ""), "hash": row.hash or ""}
        if len(rows) < _BATCH:
            return
        after = rows[-1].sequence


def _content(row: Row[Any], sequence: int, previous: str) -> Entry:
    return {
        "version": VERSION,
        "sequence": sequence,
        "previous": previous,
        "id": row.id,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "actor": row.actor,
        "act": row.act,
        "subject": row.subject,
        "detail": _detail(row.detail),
    }


def _detail(written: str) -> Any:
    try:
        return json.loads(written)
    except ValueError:  # only a tampered row holds no JSON; its hash will say so
        return written


def _read_entries(lines: Iterable[str], path: Path, told: list[Head]) -> Iterator[Entry]:
    """The entries of an exported book; the heads that it states are put into `told`."""
    for number, line in enumerate(lines, start=1):
        entry = _read_line(line, path, number)
        if "head" in entry and "hash" not in entry:
            told.append(Head(entry.get("count"), entry["head"]))  # type: ignore[arg-type]  # compared, never used
        elif (
            isinstance(entry.get("sequence"), int)
            and isinstance(entry.get("hash"), str)
            and "previous" in entry
        ):
            yield entry
        else:
            raise Mistake("This is not an entry of a ledger", file=str(path), line=number, hint=_EXPORT_HINT)


def _read_line(line: str, path: Path, number: int) -> Entry:
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise Mistake("This line is not JSON", file=str(path), line=number, hint=_EXPORT_HINT) from error
    if not isinstance(entry, dict):
        raise Mistake("This is not an entry of a ledger", file=str(path), line=number, hint=_EXPORT_HINT)
    return entry
