"""Letters are delivered at least once, never marked before, and shared between relays."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

import runward
from lab.processes import wait_until
from runward.foundation.outbox import Letter, Patience, Relay, list_given_up, outbox, post, retry, wait_after
from runward.foundation.storage.database import Database

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Time:
    """A clock that tests turn on."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


def put(database: Database, *keys: str, due_at: datetime | None = None) -> list[bool]:
    with database.transaction() as tx:
        return [post(tx, "run", key, {"key": key}, due_at=due_at, clock=lambda: NOON) for key in keys]


def waiting(database: Database) -> int:
    with database.reading() as tx:
        return tx.execute(select(func.count()).where(outbox.c.done_at.is_(None))).scalar_one()


def relay(
    database: Database, deliver: Callable[[Letter], None], clock: Time | None = None, **patience: object
) -> Relay:
    kept = Patience(**patience)  # type: ignore[arg-type]
    return Relay(database, {"run": deliver}, patience=kept, clock=clock or Time())


def test_a_letter_is_delivered_once_and_then_done(database: Database) -> None:
    put(database, "a", "b")
    got: list[Letter] = []
    postman = relay(database, got.append)
    assert postman.run_once() == 2
    assert postman.run_once() == 0
    assert [(letter.key, letter.payload, letter.attempts) for letter in got] == [
        ("a", {"key": "a"}, 1),
        ("b", {"key": "b"}, 1),
    ]
    assert waiting(database) == 0


def test_a_letter_falls_with_its_cause(database: Database) -> None:
    with suppress(KeyError), database.transaction() as tx:
        post(tx, "run", "a", None)
        raise KeyError
    assert waiting(database) == 0


def test_a_key_is_posted_once(database: Database) -> None:
    assert put(database, "a", "a") == [True, False]
    assert relay(database, lambda _: None).run_once() == 1
    assert put(database, "a") == [False]  # done, and still known
    with database.transaction() as tx:
        assert post(tx, "other", "a", None)


def test_a_letter_waits_until_it_is_due(database: Database) -> None:
    clock, got = Time(), list[Letter]()
    put(database, "later", due_at=NOON + timedelta(hours=1))
    postman = relay(database, got.append, clock)
    assert postman.run_once() == 0
    clock.pass_(hours=1)
    assert postman.run_once() == 1


def test_a_topic_without_a_receiver_is_left_alone(database: Database) -> None:
    with database.transaction() as tx:
        post(tx, "unknown", "a", None, clock=lambda: NOON)
    assert relay(database, lambda _: None).run_once() == 0
    assert waiting(database) == 1


def test_it_is_not_done_before_it_is_delivered(database: Database) -> None:
    put(database, "a")
    seen: list[int] = []
    relay(database, lambda _: seen.append(waiting(database))).run_once()
    assert seen == [1]


def test_a_failed_delivery_is_tried_again_later_and_later(database: Database) -> None:
    clock, attempts = Time(), list[tuple[float, int]]()

    def fail(letter: Letter) -> None:
        attempts.append(((clock.now - NOON).total_seconds(), letter.attempts))
        raise ConnectionError("nobody there")

    put(database, "a")
    postman = relay(database, fail, clock, most_attempts=4, longest_retry=timedelta(seconds=3))
    with capture_logs():
        for _ in range(40):
            postman.run_once()
            clock.pass_(seconds=0.5)
    assert attempts == [(0, 1), (1, 2), (3, 3), (6, 4)]
    with database.reading() as tx:
        (poison,) = list_given_up(tx)
    assert (poison.key, poison.attempts, poison.trouble) == ("a", 4, "ConnectionError: nobody there")
    with database.transaction() as tx:
        assert retry(tx, poison.id, clock=clock)
        assert not retry(tx, poison.id + 1, clock=clock)
    assert relay(database, lambda _: None, clock).run_once() == 1


def test_poison_does_not_hold_up_the_rest(database: Database) -> None:
    got = []

    def pick(letter: Letter) -> None:
        if letter.key == "poison":
            raise ValueError("x\0" * 5000)
        got.append(letter.key)

    put(database, "poison", *[f"k{number}" for number in range(50)])
    postman = relay(database, pick)
    with capture_logs():
        while postman.run_once():
            pass
    assert len(got) == 50
    assert waiting(database) == 1


def test_relays_share_and_do_not_double(database: Database) -> None:
    put(database, *[f"k{number}" for number in range(120)])
    got: list[tuple[int, str]] = []

    def work(name: int) -> None:
        postman = relay(database, lambda letter: got.append((name, letter.key)))
        while postman.run_once(limit=5):
            pass

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(key for _, key in got) == Counter(f"k{number}" for number in range(120))
    assert waiting(database) == 0


def test_a_slow_relay_cannot_undo_what_another_finished(database: Database) -> None:
    clock = Time()
    put(database, "a")
    got = []

    def slow(letter: Letter) -> None:
        clock.pass_(seconds=61)  # longer than the claim
        assert relay(database, lambda again: got.append(again.key), clock).run_once() == 1
        raise TimeoutError(letter.key)

    with capture_logs():
        relay(database, slow, clock).run_once()
    clock.pass_(hours=1)
    assert relay(database, got.append, clock).run_once() == 0
    assert got == ["a"]


KILLED = """
import os, signal, sys
from datetime import timedelta
from runward.foundation.outbox import Patience, Relay
from runward.foundation.storage.database import Database
def deliver(letter):
    with open(sys.argv[2], "a") as file:
        file.write(f"{letter.key} {letter.attempts}\\n")
    if sys.argv[3] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
relay = Relay(Database(sys.argv[1]), {"run": deliver}, patience=Patience(claim=timedelta(seconds=0.5)))
relay.run_once()
"""


def test_a_relay_killed_after_delivery_delivers_again_with_the_same_key(
    database: Database, url: str, tmp_path: Path
) -> None:
    put(database, "a")
    journal = tmp_path / "journal"
    environment = {**os.environ, "PYTHONPATH": str(Path(runward.__file__).parent.parent)}

    def run(how: str) -> int:
        return subprocess.run(
            [sys.executable, "-c", KILLED, url, str(journal), how], env=environment, check=False
        ).returncode

    assert run("die") == -signal.SIGKILL
    assert waiting(database) == 1
    wait_until(lambda: run("live") == 0 and waiting(database) == 0, "the other relay takes over")
    assert journal.read_text().split() == ["a", "1", "a", "1"]


@pytest.mark.parametrize(
    ("attempts", "seconds"), [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (19, 300), (20, None), (500, None)]
)
def test_the_wait_doubles_up_to_a_limit(attempts: int, seconds: float | None) -> None:
    wait = wait_after(attempts, Patience())
    assert (wait.total_seconds() if wait else None) == seconds
