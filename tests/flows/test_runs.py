"""Runs from the command line, end to end: verdicts, approvals, answers, cancel, retry, undo."""

import json
import re
import signal
from pathlib import Path

import pytest

from flows.desk import Desk, states, until

CHECK = """# Shop

## Morning check

1. Look at the disk:
```bash
df -P / | tail -1
```

2. Look at the queue:
```bash
echo waiting=3
```
"""

FIX = """# Shop

## Restart

1. Look first:
```bash
echo looked >> looked.txt; cat looked.txt
```

2. Restart it:
```bash
touch restarted.txt
```

3. Look again:
```bash
ls restarted.txt
```
"""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_check_that_holds_succeeds_with_exit_code_zero(desk: Desk) -> None:
    desk.write(CHECK)
    view = desk.view("run", "RUNBOOK.md#morning-check", "--unattended", code=0)
    assert view["run"]["verdict"] == "succeeded"
    assert states(view) == ["done", "done"]
    assert view["records"][1]["result"]["exit"] == 0


def test_a_failed_command_in_the_middle_is_not_a_success(desk: Desk) -> None:
    desk.write("# S\n\n## Check the shop\n\n```bash\necho before\nls /no/such/place\necho after\n```\n")
    view = desk.view("run", "RUNBOOK.md#check", "--unattended", code=1)
    record = view["records"][0]
    assert record["state"] == "failed"
    assert record["result"]["failures"][0]["line"] == 7
    assert "no/such/place" in json.dumps(record["result"]["commands"])


def test_a_failed_member_of_a_pipe_is_not_a_success(desk: Desk) -> None:
    desk.write("# S\n\n## Backup check\n\n```bash\ncat /no/such/dump | gzip | wc -c\n```\n")
    view = desk.view("run", "RUNBOOK.md#backup-check", "--unattended", code=1)
    command = view["records"][0]["result"]["commands"][0]
    assert command["exits"] == [1, 0, 0]


def test_what_a_check_could_not_see_does_not_hide_the_other_looks(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Health check\n\n1. One:\n```bash\nls /no/such\n```\n\n2. Two:\n```bash\necho fine\n```\n"
    )
    view = desk.view("run", "RUNBOOK.md#health-check", "--unattended", code=1)
    assert states(view) == ["failed", "done"]


def test_a_change_waits_for_approval_and_nothing_is_done_before(desk: Desk) -> None:
    desk.write(FIX)
    waiting = desk.view("run", "RUNBOOK.md#restart", "--unattended", code=8)
    assert waiting["run"]["wait"]["kind"] == "approval"
    assert not (desk.folder / "restarted.txt").exists()
    done = desk.runward(
        "approve", waiting["run"]["id"], str(_waiting_number(waiting)), code=8 if _more(waiting) else 0
    )
    while "succeeded" not in done.stdout:
        view = desk.newest()
        done = desk.runward("approve", view["run"]["id"], str(_waiting_number(view)))
    assert (desk.folder / "restarted.txt").exists()
    assert desk.newest()["run"]["verdict"] == "succeeded"


def _waiting_number(view: dict) -> int:  # type: ignore[type-arg]
    step = view["run"]["wait"]["step"]
    return int(next(each["number"] for each in view["run"]["plan"]["steps"] if each["id"] == step))


def _more(view: dict) -> bool:  # type: ignore[type-arg]
    later = [each for each in view["run"]["plan"]["steps"] if each["needs_approval"]]
    return len(later) > 1


def test_yes_approves_a_change_but_never_what_destroys(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Fix the shop\n\n1. Make:\n```bash\ntouch made.txt\n```\n\n2. Remove:\n```bash\nrm -rf made.txt\n```\n"
    )
    waiting = desk.view("run", "RUNBOOK.md#fix", "--yes", "--unattended", code=8)
    assert states(waiting) == ["done"]
    assert waiting["run"]["wait"]["kind"] == "approval"
    assert (desk.folder / "made.txt").exists()
    refused = desk.runward("approve", waiting["run"]["id"], "2", code=5)
    assert "may not approve" in refused.stderr
    desk.runward(
        "approve", waiting["run"]["id"], "2", "--as", "bob", code=5
    )  # the same user under another name
    assert (desk.folder / "made.txt").exists()


def test_a_team_of_one_may_say_so(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Fix the shop\n\n```bash\nrm -rf old.txt\n```\n",
        '[approvals]\nrequester_may_approve = ["change", "destroy"]\n',
    )
    (desk.folder / "old.txt").write_text("x")
    view = desk.view("run", "RUNBOOK.md#fix", "--yes", "--unattended", code=0)
    assert view["approvals"][0]["comment"] == "--yes"
    assert not (desk.folder / "old.txt").exists()


def test_a_refusal_ends_the_run(desk: Desk) -> None:
    desk.write("# S\n\n## Fix the shop\n\n```bash\ntouch made.txt\n```\n")
    waiting = desk.view("run", "RUNBOOK.md#fix", "--unattended", code=8)
    desk.runward("approve", waiting["run"]["id"], "1", "--refuse", "-m", "not now", code=130)
    view = desk.newest()
    assert view["run"]["verdict"] == "cancelled"
    assert "not now" in view["run"]["because"]
    assert not (desk.folder / "made.txt").exists()


def test_an_edit_after_the_plan_was_made_voids_the_approval(desk: Desk) -> None:
    desk.write("# S\n\n## Fix the shop\n\n```bash\ntouch made.txt\n```\n")
    waiting = desk.view("run", "RUNBOOK.md#fix", "--unattended", code=8)
    desk.write("# S\n\n## Fix the shop\n\n```bash\ntouch made.txt other.txt\n```\n")
    desk.runward("approve", waiting["run"]["id"], "1", code=1)
    view = desk.newest()
    assert view["run"]["verdict"] == "failed"
    assert "changed since this plan was made" in view["run"]["because"]
    assert not (desk.folder / "made.txt").exists()


def test_an_edited_binding_voids_the_approval_too(desk: Desk) -> None:
    book = "# S\n\n## Fix the shop\n\n```bash\ntouch <name>.txt\n```\n"
    desk.write(book, '[services.shop.values]\n"<name>" = "one"\n')
    waiting = desk.view("run", "RUNBOOK.md#fix", "--unattended", code=8)
    desk.write(book, '[services.shop.values]\n"<name>" = "two"\n')
    desk.runward("approve", waiting["run"]["id"], "1", code=1)
    assert not list(desk.folder.glob("*.txt"))


def test_a_plan_with_a_gap_runs_nothing(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Check the shop\n\n1. One:\n```bash\ntouch made.txt\n```\n\n2. Two:\n```bash\ncat <name>.txt\n```\n"
    )
    done = desk.runward("run", "RUNBOOK.md#check", "--unattended", code=2)
    assert "<name>" in done.stdout
    assert "12" in done.stdout
    assert not (desk.folder / "made.txt").exists()
    assert desk.view("runs")["runs"] == []


def test_a_script_that_would_ask_is_answered_beforehand(desk: Desk) -> None:
    book = '# S\n\n## Check the shop\n\n```bash\nread -p "Which one? " name\necho "it is $name"\n```\n'
    desk.write(book)
    skipped = desk.view("run", "RUNBOOK.md#check", "--unattended", code=3)
    assert states(skipped) == ["skipped"]
    view = desk.view("run", "RUNBOOK.md#check", "--unattended", "--answer", "1=blue", code=0)
    shown = desk.runward("show-run", view["run"]["id"], code=0).stdout
    assert "it is blue" in shown


def test_folder_and_variables_are_carried_from_step_to_step(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Check the shop\n\n1. One:\n```bash\ncd /tmp\nexport COLOUR=blue\nplain=red\n```\n\n"
        "2. Two:\n```bash\npwd\necho $COLOUR $plain\n```\n"
    )
    view = desk.view("run", "RUNBOOK.md#check", "--unattended", code=0)
    shown = desk.runward("show-run", view["run"]["id"]).stdout
    assert "│ /tmp" in shown
    assert "blue red" in shown


def test_a_condition_not_met_skips_its_step(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Fix the shop\n\n1. Act:\n\n   **If the queue is full**:\n   ```bash\n   echo acted > acted.txt\n   ```\n"
    )
    view = desk.view("run", "RUNBOOK.md#fix", "--answer", "1=no")
    assert states(view) == ["skipped"]
    assert not (desk.folder / "acted.txt").exists()


def test_a_manual_step_waits_for_a_person_whose_word_is_evidence(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Check the shop\n\n1. Open the dashboard and look at the graphs\n2. Look:\n```bash\necho ok\n```\n"
    )
    waiting = desk.view("run", "RUNBOOK.md#check", code=8)
    assert waiting["run"]["wait"]["kind"] == "manual"
    wrong = desk.runward("answer", waiting["run"]["id"], "perhaps", code=2)
    assert "done | failed | skip" in wrong.stderr
    desk.runward("answer", waiting["run"]["id"], "done", "--note", "all green", code=0)
    view = desk.newest()
    assert states(view) == ["done", "done"]
    assert "all green" in view["records"][0]["because"]


def test_cancel_stops_the_command_and_says_what_was_left(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Check the shop\n\n```bash\necho begun > begun.txt\nsleep 300\necho never > never.txt\n```\n"
    )
    running = desk.start("run", "RUNBOOK.md#check", "--yes")
    try:
        until((desk.folder / "begun.txt").exists, what="the step to begin")
        desk.runward("cancel", desk.newest()["run"]["id"], code=0)
        assert running.wait(30) == 130
    finally:
        running.kill()
        running.wait()
    view = desk.newest()
    assert view["run"]["verdict"] == "cancelled"
    assert states(view) == ["cancelled"]
    assert "sleep 300" in view["records"][0]["because"]
    assert not (desk.folder / "never.txt").exists()


def test_interrupt_from_the_keyboard_cancels(desk: Desk) -> None:
    desk.write("# S\n\n## Check the shop\n\n```bash\necho begun > begun.txt\nsleep 300\n```\n")
    running = desk.start("run", "RUNBOOK.md#check", "--yes")
    try:
        until((desk.folder / "begun.txt").exists, what="the step to begin")
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 130
    finally:
        running.kill()
        running.wait()
    assert desk.newest()["run"]["verdict"] == "cancelled"


def test_cancelling_a_run_that_waits_beats_an_approval(desk: Desk) -> None:
    desk.write("# S\n\n## Fix the shop\n\n```bash\ntouch made.txt\n```\n")
    run_id = desk.view("run", "RUNBOOK.md#fix", "--unattended", code=8)["run"]["id"]
    desk.runward("cancel", run_id, code=0)
    desk.runward("approve", run_id, "1", code=6)
    assert not (desk.folder / "made.txt").exists()


def test_retry_begins_where_it_failed(desk: Desk) -> None:
    desk.write(
        "# S\n\n## Check the shop\n\n1. One:\n```bash\necho one; echo x >> one.txt\n```\n\n2. Two:\n```bash\ncat there.txt\n```\n",
        "[approvals]\nchange = 0\n",
    )
    failed = desk.view("run", "RUNBOOK.md#check", "--unattended", code=1)
    (desk.folder / "there.txt").write_text("now")
    desk.runward("retry", failed["run"]["id"], code=0)
    view = desk.newest()
    assert view["run"]["follows"] == failed["run"]["id"]
    assert desk.lines("one.txt") == ["x"], "what was done is not done again"


def test_undo_unwinds_in_reverse_order(desk: Desk) -> None:
    desk.write(
        '# S\n\n## Deploy the shop\n\n1. One:\n```bash { undo="echo undo-one >> log.txt" }\necho one >> log.txt\n```\n\n'
        '2. Two:\n```bash { undo="echo undo-two >> log.txt" }\necho two >> log.txt\n```\n',
        "[approvals]\nchange = 0\n",
    )
    done = desk.view("run", "RUNBOOK.md#deploy", "--unattended", code=0)
    desk.runward("undo", done["run"]["id"], code=0)
    assert desk.lines("log.txt") == ["one", "two", "undo-two", "undo-one"]


def test_an_endless_command_is_bounded_and_no_failure(desk: Desk) -> None:
    desk.write("# S\n\n## Check the shop\n\n```bash\ntail -f app.log\n```\n")
    (desk.folder / "app.log").write_text("line one\n")
    view = desk.view("run", "RUNBOOK.md#check", "--unattended", code=0)
    assert "line one" in desk.runward("show-run", view["run"]["id"]).stdout


def test_a_secret_reaches_the_command_and_nothing_else(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "s3cr3t-Value/42")
    desk.write(
        '# S\n\n## Check the shop\n\n```bash\necho token=$API_TOKEN\nprintf %s "$API_TOKEN" | base64\n```\n',
        '[services.shop.environment]\nAPI_TOKEN = "env:SHOP_TOKEN"\n',
    )
    view = desk.view("run", "RUNBOOK.md#check", "--unattended", code=0)
    shown = desk.runward("show-run", view["run"]["id"]).stdout
    assert "token=" in shown
    kept = b"".join(path.read_bytes() for path in desk.folder.rglob("*") if path.is_file())
    for form in (b"s3cr3t-Value/42", b"czNjcjN0LVZhbHVlLzQy", b"s3cr3t-Value%2F42"):
        assert form not in kept


def test_evidence_is_one_page_of_either_kind(desk: Desk) -> None:
    desk.write(CHECK)
    run_id = desk.view("run", "RUNBOOK.md#morning-check", "--unattended", code=0)["run"]["id"]
    desk.runward("evidence", run_id, "--out", "e.html", code=0)
    desk.runward("evidence", run_id, "--out", "e.md", code=0)
    html, text = (desk.folder / "e.html").read_text(), (desk.folder / "e.md").read_text()
    for page in (html, text):
        assert "waiting=3" in page
        assert "succeeded" in page
        assert run_id in page
    assert not re.search(r"(src|href)=\"https?:", html), "the page needs no network"
    wrong = desk.runward("evidence", run_id, "--out", "e.pdf", code=2)
    assert ".html or .md" in wrong.stderr


def test_the_ledger_tells_it_all_and_can_be_proved_offline(desk: Desk) -> None:
    desk.write("# S\n\n## Fix the shop\n\n```bash\ntouch made.txt\n```\n")
    run_id = desk.view("run", "RUNBOOK.md#fix", "--unattended", code=8)["run"]["id"]
    desk.runward("approve", run_id, "1", code=0)
    desk.runward("audit", "verify", code=0)
    desk.runward("audit", "export", "--out", "ledger.jsonl", code=0)
    acts = [json.loads(line).get("act") for line in desk.lines("ledger.jsonl")]
    assert acts[:-1] == [
        "run.requested",
        "run.waits",
        "step.approved",
        "step.started",
        "step.ended",
        "run.ended",
    ]
    desk.runward("audit", "verify", "ledger.jsonl", code=0)
    forged = (desk.folder / "ledger.jsonl").read_text().replace("step.approved", "step.refused")
    (desk.folder / "forged.jsonl").write_text(forged)
    assert "changed" in desk.runward("audit", "verify", "forged.jsonl", code=1).stdout


def test_a_password_typed_for_a_script_is_neither_kept_nor_shown(desk: Desk) -> None:
    desk.write(
        '# S\n\n## Check the shop\n\n```bash\nread -s -p "Password: " word\necho "it has ${#word} letters: $word"\n```\n'
    )
    waiting = desk.view("run", "RUNBOOK.md#check", code=8)
    assert waiting["run"]["wait"]["secret"] is True
    desk.runward("answer", waiting["run"]["id"], "hunter2-and-more", code=0)
    shown = desk.runward("show-run", waiting["run"]["id"], code=0).stdout
    assert "it has 16 letters" in shown
    kept = b"".join(path.read_bytes() for path in desk.folder.rglob("*") if path.is_file())
    assert b"hunter2" not in kept
