"""Steps that call actions, end to end: what was shown is what is approved, and nothing else is touched."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest

from flows.desk import Desk, states, until
from lab.load import is_alive, running_query
from lab.postgres import PostgresServer
from lab.processes import fresh_folder
from lab.web import WebServer

SETTINGS = """
[services.shop.targets.db]
kind = "postgresql"
url = "env:LAB_ACTIONS_URL"
[approvals]
requester_may_approve = ["read", "change", "destroy"]
destroy = 1
"""
END = """# Shop

## End what sits idle

1. **Have a look first**: tell the others.

2. **End them**:

```runward
action: postgres.terminate
state: idle in transaction
```
"""
DIRECT = END.replace("1. **Have a look first**: tell the others.\n\n2.", "1.")


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    folder = fresh_folder("flow")
    started = PostgresServer.start(folder / "pg")
    yield started
    started.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def desk(tmp_path: Path, server: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("LAB_ACTIONS_URL", server.url)
    made = Desk(tmp_path)
    made.write(DIRECT, SETTINGS)
    return made


@pytest.fixture
def idler(server: PostgresServer) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    yield from idle_in_transaction(server, "shop")


def idle_in_transaction(server: PostgresServer, name: str) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    with suppress(psycopg.OperationalError), server.connect(application_name=name) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT 1")
        yield connection


def fates(view: dict[str, Any], attempt: int = 1) -> dict[int, str]:
    record = next(one for one in view["records"] if not one["step"].startswith("preview:") and one["attempt"] == attempt
                  and one["result"].get("tables"))  # fmt: skip
    table = record["result"]["tables"][0]
    return {row[0]: row[table["columns"].index("outcome")] for row in table["rows"]}


def approve(desk: Desk, step: str = "1") -> dict[str, Any]:
    view = desk.newest()
    desk.runward("approve", view["run"]["id"], step)
    return desk.newest()


def test_what_was_shown_is_what_is_approved(
    desk: Desk, server: PostgresServer, idler: psycopg.Connection[dict[str, Any]]
) -> None:
    desk.runward("run", "RUNBOOK.md", code=8)
    shown = desk.runward("show-run", desk.newest()["run"]["id"], code=0).stdout
    assert f"pid={idler.info.backend_pid}" in shown
    assert "the sessions that would be ended" in shown
    assert "backend_start" not in shown, "what only tells rows apart need not be read"
    for later in idle_in_transaction(server, "later"):
        later_pid = later.info.backend_pid
        view = approve(desk)
        assert view["run"]["verdict"] == "succeeded"
        assert fates(view) == {idler.info.backend_pid: "ended"}
        assert is_alive(server, later_pid), "it was not shown, so it was not approved"
    page = desk.folder / "evidence.md"
    desk.runward("evidence", view["run"]["id"], "--out", str(page), code=0)
    text = page.read_text()
    assert "Shown before it was approved" in text
    assert text.count(str(idler.info.backend_pid)) >= 2
    assert str(later_pid) not in text
    assert "lab-secret" not in text
    html = desk.folder / "evidence.html"
    desk.runward("evidence", view["run"]["id"], "--out", str(html), code=0)
    assert "Shown before it was approved" in html.read_text()
    desk.runward("audit", "verify", code=0)
    exported = desk.folder / "ledger.jsonl"
    desk.runward("audit", "export", "--out", str(exported), code=0)
    (entry,) = (line for line in exported.read_text().splitlines() if "step.shown" in line)
    assert '"rows":1' in entry.replace(" ", "").replace("\\", "")
    assert "sha256" in entry


def test_an_approval_from_before_the_look_approves_nothing(
    desk: Desk, idler: psycopg.Connection[dict[str, Any]]
) -> None:
    desk.write(END, SETTINGS)
    desk.runward("run", "RUNBOOK.md", code=8)
    run = desk.newest()["run"]
    assert run["wait"]["kind"] == "manual"
    desk.runward("approve", run["id"], "2", "--no-follow", code=0)
    desk.runward("answer", run["id"], "done", code=8)
    view = desk.newest()
    assert view["run"]["wait"]["kind"] == "approval", "nobody had seen then what would be ended"
    assert fates(approve(desk, "2")) == {idler.info.backend_pid: "ended"}


def test_where_there_is_nothing_to_act_on_nobody_is_asked(desk: Desk) -> None:
    view = desk.view("run", "RUNBOOK.md", code=0)
    assert view["run"]["verdict"] == "succeeded"
    assert view["approvals"] == []
    assert fates(view) == {}


def test_a_look_that_fails_is_a_failure_of_the_step(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_ACTIONS_URL", "postgresql://lab:lab-secret@127.0.0.1:1/postgres")
    view = desk.view("run", "RUNBOOK.md", "--unattended", code=1)
    assert states(view) == ["failed"]
    assert (
        "it could not be seen what it would act on: no connection: nothing listens there"
        in view["run"]["because"]
    )
    assert "lab-secret" not in str(view)


def test_another_attempt_takes_another_look(
    desk: Desk,
    server: PostgresServer,
    monkeypatch: pytest.MonkeyPatch,
    idler: psycopg.Connection[dict[str, Any]],
) -> None:
    monkeypatch.setenv("LAB_ACTIONS_URL", "postgresql://lab@127.0.0.1:1/postgres")
    desk.runward("run", "RUNBOOK.md", code=8)
    assert desk.newest()["run"]["wait"]["kind"] == "failure"
    monkeypatch.setenv("LAB_ACTIONS_URL", server.url)
    desk.runward("answer", desk.newest()["run"]["id"], "retry", code=8)
    assert desk.newest()["run"]["wait"]["kind"] == "approval"
    view = approve(desk)
    assert fates(view, 2) == {idler.info.backend_pid: "ended"}
    looks = [one["attempt"] for one in view["records"] if one["step"].startswith("preview:")]
    assert looks == [2]


def test_a_look_that_was_interrupted_is_taken_again_and_a_read_is_repeated(
    desk: Desk, web: WebServer
) -> None:
    desk.write("# S\n\n## Look at it\n\n```runward\naction: http.probe\ntries: 10\npause: 300ms\n```\n",
               f'[services.shop.targets.web]\nkind = "http"\nurl = "{web.url}/health"\n')  # fmt: skip
    worker = desk.start("run", "RUNBOOK.md")
    until(lambda: list(desk.folder.rglob("001-1/tape/*")), what="the step")
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    desk.runward("resume", desk.newest()["run"]["id"], code=0)
    view = desk.newest()
    assert states(view) == ["interrupted", "done"]
    assert view["run"]["verdict"] == "succeeded"


def test_a_change_that_was_interrupted_is_never_repeated_unasked(desk: Desk, server: PostgresServer) -> None:
    """Its session is frozen, so that the end is waited for when the worker is killed."""
    with running_query(server, name="frozen") as frozen:
        desk.write(DIRECT.replace("state: idle in transaction", "application: frozen"), SETTINGS)
        desk.runward("run", "RUNBOOK.md", code=8)
        run = desk.newest()["run"]["id"]
        os.kill(frozen, signal.SIGSTOP)
        try:
            worker = desk.start("approve", run, "1")
            until(lambda: "running" in states(desk.newest()), what="the act")
            until(
                lambda: any(
                    "ended" in path.read_bytes().decode() for path in desk.folder.rglob("001-1/tape/*")
                ),
                what="the signal",
            )
            worker.send_signal(signal.SIGKILL)
            worker.wait(10)
        finally:
            os.kill(frozen, signal.SIGCONT)
        desk.runward("resume", run, code=8)
        view = desk.newest()
        assert view["run"]["wait"]["kind"] == "interrupted"
        assert states(view) == ["done", "interrupted"]
        desk.runward("answer", run, "rerun", code=0)
        view = desk.newest()
        assert fates(view, 2) == {}, "the second look finds it gone"
        assert view["run"]["verdict"] == "succeeded"


@pytest.mark.parametrize(
    ("fence", "line", "said"),
    [
        ("action: postgres.kill", 6, "there is no action postgres.kill"),
        ("action: postgres.terminate\nage: 5m", 7, "postgres.terminate has no setting age"),
        ("action: postgres.terminate\nolder_than: long", 7, "“long” is not a length of time"),
        ("action: redis.memory", 6, "a redis for redis.memory"),
        ("action: postgres.locks\ntarget: replica", 7, "target replica"),
        ("action: postgres.locks\n  x: 1", 7, "this is not YAML"),
        ("nothing here", 6, "it does not say which action is meant"),
        ("action: redis.expire\nmatch: <pattern>\nafter: 1h\ntarget: db", 7, "unbound: <pattern>"),
        ("action: redis.expire\nmatch: a*\nafter: 1h\ntarget: db", 9, "target db is of kind postgresql"),
    ],
)
def test_what_cannot_be_meant_is_a_gap_at_its_line(desk: Desk, fence: str, line: int, said: str) -> None:
    desk.write(f"# S\n\n## Look at it\n\n```runward\n{fence}\n```\n", SETTINGS)
    done = desk.runward("plan", "RUNBOOK.md", code=2)
    assert said in done.stdout
    assert f"RUNBOOK.md:{line}:" in done.stdout
    desk.runward("run", "RUNBOOK.md", code=2)
    desk.runward("show", "RUNBOOK.md", code=0)


def test_the_plan_shows_action_target_settings_and_what_will_be_shown(desk: Desk) -> None:
    said = desk.runward("plan", "RUNBOOK.md", code=0).stdout
    assert "destroy · on db" in said
    assert "action: postgres.terminate" in said
    assert "state: idle in transaction" in said
    assert "would be preceded by a look at the sessions that would be ended" in said
    assert "not said, so: at_most 20" in said


def test_the_plan_says_what_can_be_taken_back(desk: Desk) -> None:
    desk.write("# S\n\n## Clean up\n\n```runward\naction: redis.expire\nmatch: a*\nafter: 1h\n```\n",
               '[services.shop.targets.cache]\nkind = "redis"\nurl = "redis://127.0.0.1:1/0"\n')  # fmt: skip
    said = desk.runward("plan", "RUNBOOK.md", code=0).stdout
    assert "runward undo: makes the keys last again, as long as they are still there" in said
    assert "not said, so: spread_percent 10, at_most 1000, most_time 30s" in said


def test_the_policy_of_approvals_holds_for_actions(
    desk: Desk, idler: psycopg.Connection[dict[str, Any]]
) -> None:
    desk.write(DIRECT, SETTINGS.replace('requester_may_approve = ["read", "change", "destroy"]\n', ""))
    desk.runward("run", "RUNBOOK.md", "--yes", code=8)
    refused = desk.runward("approve", desk.newest()["run"]["id"], "1", code=5)
    assert refused.stderr
    assert idler.execute("SELECT 1").fetchone()
