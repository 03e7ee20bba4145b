"""A run survives the death of its worker, and nothing that changed the world is done twice unasked."""

import itertools
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from flows.desk import Desk, states, until

_numbers = itertools.count(1)


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A desk whose runs are kept on either database."""
    if request.param == "sqlite":
        yield Desk(tmp_path)
        return
    server = request.getfixturevalue("postgres")
    yield Desk(tmp_path, server.create_database(f"runs_{os.getpid()}_{next(_numbers)}"))


def born(desk: Desk) -> bool:
    """Whether the process of the first step is known."""
    records = desk.newest().get("records", [])
    return bool(records and records[0]["birth"])


def kill(process: Any) -> None:
    """End a process as a crash would: no handler runs."""
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_worker_killed_inside_a_step_leaves_its_command_which_is_found_again(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Fix the shop\n\n1. Slow:\n```bash\necho begun >> log.txt\nuntil [ -e go ]; do sleep 0.1; done\necho ended >> log.txt\n"
        "```\n\n2. Next:\n```bash\necho next >> log.txt\n```\n",
        "[approvals]\nchange = 0\n",
    )
    worker = desk.start("run", "RUNBOOK.md#fix", "--unattended")
    until(lambda: desk.lines("log.txt") == ["begun"], what="the step to begin")
    kill(worker)
    run_id = desk.newest()["run"]["id"]
    second = desk.start("resume", run_id)
    until(
        lambda: "Fix the shop" in desk.said().partition(run_id)[2], seconds=60, what="the run to be taken up"
    )
    assert desk.lines("log.txt") == ["begun"], "no second copy beside the living one"
    (desk.folder / "go").touch()
    assert second.wait(60) == 0, desk.said()
    assert desk.lines("log.txt") == ["begun", "ended", "next"]
    assert states(desk.newest()) == ["done", "done"]


def test_a_change_whose_command_died_too_is_asked_about(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Fix the shop\n\n```bash\necho $$ > pid.txt\necho begun >> log.txt\nsleep 300\n```\n",
        "[approvals]\nchange = 0\n",
    )
    worker = desk.start("run", "RUNBOOK.md#fix")
    until(lambda: desk.lines("log.txt") == ["begun"], what="the step to begin")
    birth = desk.newest()["records"][0]["birth"]
    kill(worker)
    script = int(desk.lines("pid.txt")[0])
    os.kill(birth["pid"], signal.SIGKILL)
    os.killpg(os.getpgid(script), signal.SIGKILL)
    run_id = desk.newest()["run"]["id"]
    assert desk.runward("resume", run_id).returncode == 8
    view = desk.newest()
    assert view["run"]["wait"]["kind"] == "interrupted"
    assert desk.lines("log.txt") == ["begun"]
    desk.runward("answer", run_id, "skip", code=3)
    assert desk.newest()["run"]["verdict"] == "could not tell"


def test_a_read_whose_command_died_too_is_done_again(desk: Desk) -> None:
    desk.write("# S\n\n## Check the shop\n\n```bash\nuntil [ -e go ]; do sleep 0.1; done\necho fine\n```\n")
    worker = desk.start("run", "RUNBOOK.md#check", "--unattended")
    until(lambda: born(desk), what="a birth")
    birth = desk.newest()["records"][0]["birth"]
    kill(worker)
    until(lambda: _end_group(birth["pid"]), what="the keeper to end")
    (desk.folder / "go").touch()
    desk.runward("resume", desk.newest()["run"]["id"], code=0)
    assert states(desk.newest()) == ["interrupted", "done"]


def _end_group(pid: int) -> bool:
    """End a keeper first, and then what it keeps, so that nobody sees how that ends."""
    children = [int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if _parent(stat) == pid]
    for each in (pid, *children):
        with suppress(ProcessLookupError):
            os.kill(each, signal.SIGKILL)
    return not Path(f"/proc/{pid}").exists()


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def test_a_worker_killed_between_steps_repeats_none(desk: Desk) -> None:
    count = 12
    steps = "\n".join(
        f"{n}. Step {n}:\n```bash\necho {n} >> log.txt; sleep 0.05\n```\n" for n in range(1, count + 1)
    )
    desk.write(f"# S\n\n## Fix the shop\n\n{steps}", "[approvals]\nchange = 0\n")
    worker = desk.start("run", "RUNBOOK.md#fix", "--unattended")
    for done in (2, 5, 8) if not desk.database else (4,):
        until(lambda done=done: len(desk.lines("log.txt")) >= done, seconds=60, what=f"{done} steps")
        kill(worker)
        worker = desk.start("resume", desk.newest()["run"]["id"])
    assert worker.wait(60) == 0, desk.said()
    assert desk.lines("log.txt") == [str(n) for n in range(1, count + 1)]


def test_a_waiting_run_needs_no_worker(desk: Desk) -> None:
    desk.write("# S\n\n## Fix the shop\n\n```bash\ntouch made.txt\n```\n")
    worker = desk.start("run", "RUNBOOK.md#fix")
    until(lambda: desk.newest().get("run", {}).get("state") == "waiting", seconds=60, what="the run to wait")
    kill(worker)
    desk.runward("approve", desk.newest()["run"]["id"], "1", code=0)
    assert (desk.folder / "made.txt").exists()
    assert states(desk.newest()) == ["done"]


def test_a_second_process_started_during_a_run_leaves_it_alone(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Fix the shop\n\n```bash\necho begun >> log.txt\nuntil [ -e go ]; do sleep 0.1; done\n```\n\n"
        "## Check the shop\n\n```bash\necho ok\n```\n",
        "[approvals]\nchange = 0\n",
    )
    first = desk.start("run", "RUNBOOK.md#fix", "--unattended")
    try:
        until(lambda: desk.lines("log.txt") == ["begun"], what="the step to begin")
        desk.runward("run", "RUNBOOK.md#check", "--unattended", code=0)
        busy = desk.runward(
            "resume", next(each for each in desk.view("runs")["runs"] if each["state"] == "running")["id"]
        )
        assert busy.returncode == 6
        (desk.folder / "go").touch()
        assert first.wait(60) == 0
    finally:
        first.kill()
        first.wait()
    assert desk.lines("log.txt") == ["begun"]


def test_two_runs_do_not_change_one_target_at_once(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Fix the shop\n\n```bash\necho in >> log.txt\nsleep 1\necho out >> log.txt\n```\n",
        "[approvals]\nchange = 0\n",
    )
    both = [desk.start("run", "RUNBOOK.md#fix", "--unattended") for _ in range(2)]
    assert [each.wait(120) for each in both] == [0, 0], desk.said()
    assert desk.lines("log.txt") == ["in", "out", "in", "out"]


def test_approving_and_cancelling_at_once_ends_in_one_of_the_two(desk: Desk) -> None:
    desk.write("# S\n\n## Fix the shop\n\n```bash\necho done >> log.txt\n```\n")
    run_id = desk.view("run", "RUNBOOK.md#fix", "--unattended", code=8)["run"]["id"]
    codes: dict[str, int] = {}

    def say(name: str, *words: str) -> None:
        codes[name] = desk.runward(*words).returncode

    threads = [
        threading.Thread(target=say, args=("approve", "approve", run_id, "1")),
        threading.Thread(target=say, args=("cancel", "cancel", run_id)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    view = desk.newest()
    assert view["run"]["state"] == "ended"
    if view["run"]["verdict"] == "succeeded":
        assert desk.lines("log.txt") == ["done"]
    else:
        assert view["run"]["verdict"] == "cancelled"
        assert len(desk.lines("log.txt")) <= 1
    assert desk.runward("audit", "verify").returncode == 0
