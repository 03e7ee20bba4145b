"""The book of acts: sealed in order whoever writes, and unable to hide a change."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, StatementError

import runward
from runward.foundation import ledger
from runward.foundation.errors import Mistake
from runward.foundation.ledger import START, Fault, Head, append, export, head_of, seal, verify, verify_export
from runward.foundation.storage.database import Database, Transaction

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fill(database: Database, count: int) -> None:
    """So many sealed acts."""
    for number in range(count):
        with database.transaction() as tx:
            append(
                tx,
                "ann",
                "run.started",
                f"run/{number}",
                {"step": number, "note": "é\0\ud800"},
                clock=lambda: NOON,
            )
    seal(database)


def subjects(database: Database) -> list[str]:
    return [json.loads(line)["subject"] for line in export(database) if "subject" in line]


def test_an_empty_book_is_sound(database: Database) -> None:
    assert seal(database) == 0
    assert verify(database) == ledger.Verdict(Head(0, START))
    assert list(export(database)) == [f'{{"count":0,"head":"{START}","version":1}}']


def test_acts_are_sealed_in_order_and_the_hash_is_what_the_page_says(database: Database) -> None:
    fill(database, 3)
    lines = [json.loads(line) for line in export(database)]
    assert [(line["sequence"], line["subject"]) for line in lines[:-1]] == [
        (1, "run/0"),
        (2, "run/1"),
        (3, "run/2"),
    ]
    before = "0" * 64
    for line in lines[:-1]:  # by hand, as a stranger would
        told = line.pop("hash")
        assert line["previous"] == before
        assert sorted(line) == [
            "act",
            "actor",
            "at",
            "detail",
            "id",
            "previous",
            "sequence",
            "subject",
            "version",
        ]
        assert line["at"] == "2026-03-01T12:00:00.000000Z"
        before = sha256(json.dumps(line, sort_keys=True, separators=(",", ":")).encode("ascii")).hexdigest()
        assert told == before
    assert lines[-1] == {"count": 3, "head": before, "version": 1}
    assert verify(database) == ledger.Verdict(Head(3, before))


def test_an_act_stands_or_falls_with_its_cause(database: Database) -> None:
    with suppress(KeyError), database.transaction() as tx:
        append(tx, "ann", "run.started", "run/1", {})
        raise KeyError
    fill(database, 2)
    verdict = verify(database)
    assert (verdict.sound, verdict.head.sequence, subjects(database)) == (True, 2, ["run/0", "run/1"])


def test_what_is_not_json_is_refused(database: Database) -> None:
    with pytest.raises((TypeError, StatementError)), database.transaction() as tx:
        append(tx, "ann", "x", "y", {"at": NOON})


def test_unsealed_acts_are_told_of(database: Database) -> None:
    with database.transaction() as tx:
        append(tx, "ann", "x", "y", {})
    assert (verify(database).waiting, verify(database).head.sequence) == (1, 0)


def test_more_than_a_batch_is_sealed_at_once(database: Database) -> None:
    with database.transaction() as tx:
        for number in range(2500):
            append(tx, "ann", "x", str(number), {})
    assert seal(database) == 2500
    assert verify(database).sound
    assert subjects(database) == [str(number) for number in range(2500)]


def test_threads_that_write_and_seal_at_once_leave_no_gap(database: Database) -> None:
    undone = threading.Barrier(6)

    def write(writer: int) -> None:
        undone.wait()
        for number in range(30):
            with database.transaction() as tx:
                append(tx, str(writer), "wrote", f"{writer}/{number}", {})
                if number % 5 == 4:
                    tx.rollback()
            if number % 3 == 0:
                seal(database)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal(database)
    verdict = verify(database)
    assert (verdict.sound, verdict.head.sequence, verdict.waiting) == (True, 6 * 24, 0)
    _each_writer_in_order(subjects(database), writers=6, numbers=[n for n in range(30) if n % 5 != 4])


WRITER = """
import sys
from runward.foundation.ledger import append, seal
from runward.foundation.storage.database import Database
database = Database(sys.argv[1])
for number in range(40):
    with database.transaction() as tx:
        append(tx, sys.argv[2], "wrote", f"{sys.argv[2]}/{number}", {"n": number})
    if number % 4 == 0:
        seal(database)
"""


def test_processes_that_write_and_seal_at_once_leave_no_gap(database: Database, url: str) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(runward.__file__).parent.parent)}
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITER, url, str(writer)], env=environment)
        for writer in range(3)
    ]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    seal(database)
    verdict = verify(database)
    assert (verdict.sound, verdict.head.sequence, verdict.waiting) == (True, 120, 0)
    _each_writer_in_order(subjects(database), writers=3, numbers=list(range(40)))


def _each_writer_in_order(found: list[str], writers: int, numbers: list[int]) -> None:
    """Nothing lost, nothing twice, and what one writer did later stands later."""
    for writer in range(writers):
        assert [one for one in found if one.startswith(f"{writer}/")] == [f"{writer}/{n}" for n in numbers]


def test_an_act_that_is_committed_late_gets_its_place_late(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has one writer at a time: nothing is committed out of order")
    early, entered = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with database.transaction() as tx:
            append(tx, "slow", "x", "first id", {})
            entered.set()
            early.wait(10)

    thread = threading.Thread(target=write_slowly)
    thread.start()
    entered.wait(10)
    fill(database, 1)
    assert subjects(database) == ["run/0"]
    early.set()
    thread.join()
    assert seal(database) == 1
    assert subjects(database) == ["run/0", "first id"]
    assert verify(database).sound


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET actor = 'eve' WHERE sequence = 2",
        "UPDATE ledger SET sequence = 9 WHERE sequence = 2",
        "DELETE FROM ledger WHERE sequence = 2",
        "DELETE FROM ledger WHERE sequence IS NULL",
        "UPDATE ledger SET actor = 'eve' WHERE sequence IS NULL",
        "UPDATE ledger SET sequence = NULL, hash = NULL, previous = NULL WHERE sequence = 2",
        (
            "INSERT INTO ledger (at, actor, act, subject, detail, sequence) "
            "VALUES ('2026-01-01T00:00:00.000000Z', 'eve', 'x', 'y', '{}', 77)"
        ),
    ],
)
def test_the_database_itself_refuses_to_change_the_book(database: Database, statement: str) -> None:
    fill(database, 3)
    with database.transaction() as tx:
        append(tx, "ann", "waits", "unsealed", {})
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as tx:
        tx.execute(text(statement))


def test_the_database_itself_refuses_to_replace_or_empty_the_book(database: Database) -> None:
    fill(database, 2)
    statement = (
        "INSERT OR REPLACE INTO ledger (id, at, actor, act, subject, detail) VALUES (1, 'x', 'eve', 'x', 'y', '{}')"
        if database.is_sqlite
        else "TRUNCATE ledger"
    )
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as tx:
        tx.execute(text(statement))


def _disarm(tx: Transaction) -> None:
    """Take the triggers away, as somebody with every right can."""
    for name in ("keeps", "stays", "enters", "remains"):
        if tx.dialect.name == "sqlite":
            tx.execute(text(f"DROP TRIGGER IF EXISTS ledger_{name}"))
        else:
            tx.execute(text(f"DROP TRIGGER IF EXISTS ledger_{name} ON ledger"))


def _rechain(tx: Transaction) -> None:
    """Make the whole book consistent again, as somebody who knows how can."""
    last = Head()
    for row in tx.execute(ledger.ledger.select().order_by(ledger.ledger.c.sequence)).all():
        entry = ledger._content(row, row.sequence, last.hash)
        last = Head(row.sequence, ledger.hash_of(entry))
        values = {"previous": entry["previous"], "hash": last.hash}
        tx.execute(ledger.ledger.update().where(ledger.ledger.c.id == row.id).values(**values))


TAMPERINGS: list[tuple[str, list[str], list[tuple[Fault, int]]]] = [
    ("a word changed", ["UPDATE ledger SET actor = 'eve' WHERE sequence = 2"], [(Fault.CHANGED, 2)]),
    (
        "the detail changed",
        ["UPDATE ledger SET detail = '[9]' WHERE sequence = 3"],
        [(Fault.CHANGED, 3)],
    ),
    ("the detail spoilt", ["UPDATE ledger SET detail = '{' WHERE sequence = 3"], [(Fault.CHANGED, 3)]),
    ("one removed", ["DELETE FROM ledger WHERE sequence = 2"], [(Fault.REMOVED, 3)]),
    ("the first removed", ["DELETE FROM ledger WHERE sequence <= 2"], [(Fault.REMOVED, 3)]),
    (
        "one removed, the rest moved up",
        [
            "DELETE FROM ledger WHERE sequence = 2",
            "UPDATE ledger SET sequence = 2 WHERE sequence = 3",
            "UPDATE ledger SET sequence = 3 WHERE sequence = 4",
            "UPDATE ledger SET sequence = 4 WHERE sequence = 5",
        ],
        [(Fault.REORDERED, 2), (Fault.CHANGED, 2), (Fault.CHANGED, 3), (Fault.CHANGED, 4)],
    ),
    (
        "two exchanged",
        [
            "UPDATE ledger SET sequence = 99 WHERE sequence = 2",
            "UPDATE ledger SET sequence = 2 WHERE sequence = 3",
            "UPDATE ledger SET sequence = 3 WHERE sequence = 99",
        ],
        [
            (Fault.REORDERED, 2),
            (Fault.CHANGED, 2),
            (Fault.REORDERED, 3),
            (Fault.CHANGED, 3),
            (Fault.REORDERED, 4),
        ],
    ),
    (
        "one put in",
        [
            "UPDATE ledger SET sequence = 6 WHERE sequence = 5",
            (
                "INSERT INTO ledger (at, actor, act, subject, detail, sequence, previous, hash) "
                "SELECT at, 'eve', act, subject, detail, 5, previous, hash FROM ledger WHERE sequence = 6"
            ),
        ],
        [(Fault.CHANGED, 5), (Fault.REORDERED, 6), (Fault.CHANGED, 6)],
    ),
]


@pytest.mark.parametrize(
    ("statements", "faults"), [row[1:] for row in TAMPERINGS], ids=[row[0] for row in TAMPERINGS]
)
def test_every_tampering_is_found(
    database: Database, tmp_path: Path, statements: list[str], faults: list[tuple[Fault, int]]
) -> None:
    fill(database, 5)
    with database.transaction() as tx:
        _disarm(tx)
        for statement in statements:
            tx.execute(text(statement))
    assert [(trouble.fault, trouble.sequence) for trouble in verify(database).troubles] == faults
    path = tmp_path / "book.jsonl"
    path.write_text("\n".join(export(database)))
    found = [(trouble.fault, trouble.sequence) for trouble in verify_export(path).troubles]
    assert [fault for fault in found if fault[0] is not Fault.TRUNCATED] == faults


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM ledger WHERE sequence > 3", "the book ends at 3"),
        ("UPDATE ledger SET actor = 'eve' WHERE sequence = 2", "another entry stands there"),
        ("DELETE FROM ledger", "the book ends at 0"),
    ],
)
def test_a_book_made_consistent_again_is_found_out_by_its_head(
    database: Database, statement: str, told: str
) -> None:
    fill(database, 5)
    head = head_of(database)
    with database.transaction() as tx:
        _disarm(tx)
        tx.execute(text(statement))
        _rechain(tx)
    assert verify(database).sound
    (trouble,) = verify(database, head).troubles
    assert (trouble.fault, trouble.sequence) == (Fault.TRUNCATED, 5)
    assert told in trouble.what


def test_a_head_of_long_ago_still_holds(database: Database) -> None:
    fill(database, 2)
    head = head_of(database)
    fill(database, 3)
    assert verify(database, head).sound


def _last_line_gone(lines: list[str]) -> list[str]:
    return lines[:-1]


def _last_entry_gone(lines: list[str]) -> list[str]:
    return [*lines[:-2], lines[-1]]


def _changed(lines: list[str]) -> list[str]:
    return [lines[0].replace("ann", "eve"), *lines[1:]]


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [(_last_line_gone, Fault.TRUNCATED), (_last_entry_gone, Fault.TRUNCATED), (_changed, Fault.CHANGED)],
)
def test_an_exported_book_is_checked_without_the_database(
    database: Database, tmp_path: Path, spoil: Callable[[list[str]], list[str]], fault: Fault
) -> None:
    fill(database, 3)
    head = head_of(database)
    path = tmp_path / "book.jsonl"
    lines = list(export(database))
    path.write_text("\n".join(lines) + "\n")
    assert verify_export(path, head) == ledger.Verdict(head)
    path.write_text("\n".join(spoil(lines)) + "\n")
    assert [trouble.fault for trouble in verify_export(path).troubles] == [fault]


@pytest.mark.parametrize(
    ("written", "line", "said"),
    [
        ("{\n", 1, "not JSON"),
        ("[1]\n", 1, "not an entry"),
        ('{"sequence": "1", "hash": "x", "previous": "y"}\n', 1, "not an entry"),
        ("", 0, ""),
        ("\0\xff\n", 1, "not JSON"),
    ],
)
def test_a_file_that_is_no_book_is_a_mistake(tmp_path: Path, written: str, line: int, said: str) -> None:
    path = tmp_path / "book.jsonl"
    path.write_text(written, encoding="latin-1")
    if not line:
        assert not verify_export(path).sound
        return
    with pytest.raises(Mistake, match=said) as caught:
        verify_export(path)
    assert caught.value.line == line


def test_troubles_without_number_are_cut_short(database: Database) -> None:
    entries: list[dict[str, Any]] = [
        {"sequence": number, "previous": "x", "hash": "y", "at": NOON + timedelta(number)}
        for number in range(5, 900, 2)
    ]
    entries = [{**entry, "at": "z"} for entry in entries]
    assert len(ledger.verdict_of(entries).troubles) == ledger._MOST_TROUBLES
