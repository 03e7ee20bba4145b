"""A long campaign of kills: a run of many changing steps, its worker killed again and again, repeats none."""

import random
import time
from pathlib import Path

import pytest

from flows.desk import Desk, until
from flows.test_run_crash import kill

STEPS = 40
KILLS = 15


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_worker_killed_at_random_moments_repeats_no_step(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    steps = "\n".join(
        f"{n}. Step {n}:\n```bash\necho {n} >> log.txt; sleep 0.2\n```\n" for n in range(1, STEPS + 1)
    )
    desk.write(f"# S\n\n## Fix the shop\n\n{steps}", "[approvals]\nchange = 0\n")
    chance = random.Random(20260301)  # noqa: S311  # moments, not secrets
    worker = desk.start("run", "RUNBOOK.md#fix", "--unattended")
    until(desk.newest, what="the run")
    for _ in range(KILLS):
        time.sleep(chance.uniform(1.5, 4.0))
        kill(worker)
        worker = desk.start("resume", desk.newest()["run"]["id"])
    assert worker.wait(300) == 0, desk.said()
    assert desk.newest()["run"]["verdict"] == "succeeded"
    assert desk.lines("log.txt") == [str(n) for n in range(1, STEPS + 1)]
    assert desk.runward("audit", "verify").returncode == 0
