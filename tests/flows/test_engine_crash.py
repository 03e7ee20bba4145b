"""Workers are killed, stopped and doubled; finished steps are not repeated and nothing is lost."""

import signal
import time
from functools import partial
from pathlib import Path

import pytest

from flows.engine_lab import Lab, bring_back
from lab.postgres import PostgresServer
from lab.processes import wait_until
from runward.foundation.errors import Unavailable


def test_a_killed_workers_segments_are_taken_up(lab: Lab) -> None:
    first = lab.work()
    lab.start("inside", steps=4, inside=2, child=True)
    lab.start("between", steps=4, before=2)
    lab.wait_for("begin", "inside", 2)
    lab.wait_for("end", "between", 1)
    lab.end(first, signal.SIGKILL)
    lab.open("inside")
    lab.open("between")
    lab.work()
    lab.wait_for_state("inside", "SUCCESS")
    lab.wait_for_state("between", "SUCCESS")
    assert lab.count("begin", "inside") == {0: 1, 1: 1, 2: 2, 3: 1}
    assert lab.count("end", "inside") == {0: 1, 1: 1, 2: 1, 3: 1}
    assert lab.count("begin", "between") == lab.count("end", "between") == {0: 1, 1: 1, 2: 1, 3: 1}
    assert lab.said() == ""


def test_a_second_worker_leaves_live_steps_alone_and_takes_them_up_after_a_crash(lab: Lab) -> None:
    first = lab.work()
    lab.start("live", inside=1, partition="db1")
    lab.start("next", partition="db1")
    lab.wait_for("begin", "live", 1)
    lab.work()
    time.sleep(3.5)  # several heartbeats, and longer than the worker's heartbeat may be stale
    assert lab.count("begin", "live") == {0: 1, 1: 1}
    assert lab.lines("begin", "next") == []  # its target is taken
    lab.end(first, signal.SIGKILL)
    lab.open("live")
    lab.wait_for_state("live", "SUCCESS")
    lab.wait_for_state("next", "SUCCESS")
    assert lab.count("begin", "live") == {0: 1, 1: 2, 2: 1}
    assert lab.count("begin", "next") == {0: 1, 1: 1, 2: 1}


def test_workers_share_segments_and_partitions_run_one_at_a_time(lab: Lab) -> None:
    workers = [lab.work(), lab.work()]
    names = [f"s{number:02}" for number in range(24)]
    for number, name in enumerate(names):
        lab.start(name, steps=2, seconds=0.15, partition=f"target{number % 4}")
        lab.start(name, steps=2, seconds=0.15, partition=f"target{number % 4}")  # twice is harmless
    for name in names:
        lab.wait_for_state(name, "SUCCESS", within=60)
    for name in names:
        assert lab.count("begin", name) == lab.count("end", name) == {0: 1, 1: 1}, name
    assert len({words[-1] for words in lab.lines("done")}) == 2, "one worker did everything"
    assert _overlaps(lab, names) == []
    for worker in workers:
        lab.end(worker)
        assert worker.returncode == 0
    assert {words[1] for words in lab.lines("network")} == {"none"}  # but for libpq's own, to the database
    assert all(int(words[1]) <= 40 for words in lab.lines("threads"))
    assert lab.said() == ""


def _overlaps(lab: Lab, names: list[str]) -> list[tuple[str, str]]:
    """Segments of one partition of which one began before the other was done."""
    found, open_by_target = [], dict[int, str]()
    for words in (line for line in lab.lines() if line[0] in ("begin", "done") and line[1] in names):
        target = names.index(words[1]) % 4
        running = open_by_target.get(target)
        if words[0] == "begin" and running not in (None, words[1]):
            found.append((str(running), words[1]))
        open_by_target[target] = words[1]
        if words[0] == "done":
            del open_by_target[target]
    return found


@pytest.mark.parametrize("lab", ["sqlite"], indirect=True)
def test_a_worker_that_ends_in_peace_leaves_its_segments_to_others(lab: Lab) -> None:
    first = lab.work()
    lab.start("left", inside=1)
    lab.wait_for("begin", "left", 1)
    first.send_signal(signal.SIGTERM)
    time.sleep(0.5)
    lab.open("left")  # ends within the time that the worker grants
    first.wait(30)
    assert lab.client.find_state("left") == "SUCCESS"
    assert lab.count("begin", "left") == {0: 1, 1: 1, 2: 1}


def test_cancel_reaches_a_running_step_and_keeps_a_waiting_segment_from_beginning(lab: Lab) -> None:
    lab.start("never")
    lab.client.cancel("never")
    lab.client.cancel("unheard-of")
    lab.work()
    lab.start("cut", inside=1)
    lab.wait_for("begin", "cut", 1)
    lab.client.cancel("cut")
    lab.wait_for("cancelled", "cut", 1)
    time.sleep(0.3)
    assert lab.count("begin", "cut") == {0: 1, 1: 1}
    assert (lab.client.find_state("cut"), lab.client.find_state("never")) == ("CANCELLED", "CANCELLED")
    assert lab.lines("begin", "never") == []
    lab.start("cut", inside=1)  # a cancelled segment does not begin again
    time.sleep(0.3)
    assert lab.client.list_pending() == []


@pytest.mark.parametrize("lab", ["sqlite"], indirect=True)
def test_a_stopped_worker_is_not_dead(lab: Lab) -> None:
    first = lab.work()
    lab.start("frozen", inside=1)
    lab.wait_for("begin", "frozen", 1)
    first.send_signal(signal.SIGSTOP)
    lab.work()
    time.sleep(3)
    assert lab.count("begin", "frozen") == {0: 1, 1: 1}
    first.send_signal(signal.SIGCONT)
    lab.open("frozen")
    lab.wait_for_state("frozen", "SUCCESS")
    assert lab.count("begin", "frozen") == {0: 1, 1: 1, 2: 1}
    assert {words[-1] for words in lab.lines("end", "frozen")} == {str(first.pid)}


def _server_of_its_own(tmp_path: Path) -> PostgresServer:
    return PostgresServer.start(tmp_path / "server", settings={"fsync": "on"})


def test_a_worker_that_slept_through_a_restart_of_the_server_gives_up_its_work(tmp_path: Path) -> None:
    server = _server_of_its_own(tmp_path)
    lab = Lab(server.url, tmp_path)
    try:
        first = lab.work()
        lab.start("frozen", inside=1)
        lab.wait_for("begin", "frozen", 1)
        first.send_signal(signal.SIGSTOP)
        server.stop()
        bring_back(server)  # no lock outlives it, and the worker cannot take its own anew
        second = lab.work()
        wait_until(lambda: lab.count("begin", "frozen").get(1) == 2, "the second worker takes up")
        first.send_signal(signal.SIGCONT)
        lab.wait_for("cancelled", "frozen", 1)
        lab.wait_for("lost")
        assert first.wait(30) == 0
        lab.open("frozen")
        lab.wait_for_state("frozen", "SUCCESS")
        assert lab.count("begin", "frozen") == {0: 1, 1: 2, 2: 1}
        assert [words[-1] for words in lab.lines("end", "frozen")] == [
            str(first.pid),
            str(second.pid),
            str(second.pid),
        ]
        assert len(lab.lines("done", "frozen")) == 1
    finally:
        lab.close()
        server.stop()


def test_a_stale_owner_cannot_record_its_step(tmp_path: Path) -> None:
    server = _server_of_its_own(tmp_path)
    lab = Lab(server.url, tmp_path)
    try:
        first = lab.work()
        lab.start("raced", inside=1)
        lab.wait_for("begin", "raced", 1)
        first.send_signal(signal.SIGSTOP)
        server.stop()
        bring_back(server)
        lab.work()
        wait_until(lambda: lab.count("begin", "raced").get(1) == 2, "the second worker takes up")
        lab.open("raced")  # both can end the step now: the sleeper when it wakes
        lab.wait_for_state("raced", "SUCCESS")
        first.send_signal(signal.SIGCONT)
        lab.wait_for("lost")
        assert lab.count("begin", "raced") == {0: 1, 1: 2, 2: 1}, "the stale owner went on to the next step"
        assert len(lab.lines("done", "raced")) == 1
    finally:
        lab.close()
        server.stop()


def test_the_server_crashes_under_load(tmp_path: Path) -> None:
    server = _server_of_its_own(tmp_path)
    lab = Lab(server.url, tmp_path)
    try:
        worker = lab.work()
        names = [f"s{number}" for number in range(6)]
        for name in names:
            lab.start(name, steps=40, seconds=0.02)
        lab.wait_for("end", "s3", 4)
        server.stop(signal.SIGKILL)
        bring_back(server)
        for name in names:
            wait_until(partial(_ended, lab, name), f"{name}: {lab.said()}", within=60)
        assert worker.poll() is None, "the worker died with the server"
        for name in names:
            assert lab.count("end", name) == dict.fromkeys(range(40), 1), name
    finally:
        lab.close()
        server.stop()


def _ended(lab: Lab, name: str) -> bool:
    try:
        return lab.client.find_state(name) == "SUCCESS"
    except Unavailable:  # the test's own connections died with the server too
        return False
