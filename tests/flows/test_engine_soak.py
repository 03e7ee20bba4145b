"""Long campaigns: workers killed again and again under load, and an engine whose file is locked for long."""

import random
import signal
import sqlite3
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from flows.engine_lab import Lab, bring_back
from lab.postgres import PostgresServer
from lab.processes import wait_until
from runward.foundation.errors import Unavailable

pytestmark = pytest.mark.soak


@pytest.mark.timeout(600)
def test_workers_are_killed_again_and_again(lab: Lab) -> None:
    chance = random.Random(7)  # noqa: S311  # the same campaign each time
    names = [f"s{number:03}" for number in range(120)]
    workers = [lab.work(), lab.work()]
    for number, name in enumerate(names):
        lab.start(name, steps=8, seconds=0.2, partition=f"target{number % 6}")
    kills = 0
    until = time.monotonic() + 300
    while any(not _succeeded(lab, name) for name in names) and time.monotonic() < until:
        if kills < 12:
            time.sleep(chance.uniform(0.2, 1.5))
            victim = chance.randrange(len(workers))
            lab.end(workers[victim], signal.SIGKILL)
            workers[victim] = lab.work()
            kills += 1
        time.sleep(0.2)
    for name in names:
        assert lab.client.find_state(name) == "SUCCESS", name
        began, ended = lab.count("begin", name), lab.count("end", name)
        assert set(began) == set(ended) == set(range(8)), name
    again = sum(times - 1 for name in names for times in lab.count("begin", name).values())
    assert kills >= 10
    assert again <= kills * 7, "more was repeated than could have been under way"
    assert _finished_and_repeated(lab, names) == []


def _finished_and_repeated(lab: Lab, names: list[str]) -> list[tuple[str, int]]:
    """Steps that began again although a later step of their segment had begun: their end was on record."""
    found, furthest = [], dict.fromkeys(names, -1)
    for words in lab.lines("begin"):
        name, number = words[1], int(words[2])
        if number < furthest[name]:
            found.append((name, number))
        furthest[name] = max(furthest[name], number)
    return found


@pytest.mark.timeout(600)
def test_the_server_restarts_again_and_again_under_load(tmp_path: Path) -> None:
    server = PostgresServer.start(tmp_path / "server", settings={"fsync": "on"})
    lab = Lab(server.url, tmp_path)
    try:
        workers = [lab.work(), lab.work()]
        names = [f"s{number:03}" for number in range(30)]
        for number, name in enumerate(names):
            lab.start(name, steps=30, seconds=0.05, partition=f"target{number % 10}")
        for how in (signal.SIGINT, signal.SIGKILL, signal.SIGKILL, signal.SIGINT):
            time.sleep(1.5)
            server.stop(how)
            bring_back(server)
        for name in names:
            wait_until(partial(_succeeded, lab, name), f"{name}: {lab.said()}", within=120)
        assert [worker.poll() for worker in workers] == [None, None]
        assert _finished_and_repeated(lab, names) == []
        assert [len(lab.lines("done", name)) for name in names] == [1] * len(names)
    finally:
        lab.close()
        server.stop()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("lab", ["sqlite"], indirect=True)
def test_the_engines_file_is_locked_for_35_seconds(lab: Lab) -> None:
    worker = lab.work()
    lab.start("held", inside=1)
    lab.wait_for("begin", "held", 1)
    with closing(sqlite3.connect(lab.folder / "engine.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        lab.open("held")
        time.sleep(35)
        other.execute("ROLLBACK")
    lab.wait_for_state("held", "SUCCESS", within=90)
    assert lab.count("end", "held") == {0: 1, 1: 1, 2: 1}
    assert worker.poll() is None


def _succeeded(lab: Lab, name: str) -> bool:
    try:
        return lab.client.find_state(name) == "SUCCESS"
    except Unavailable:
        return False
