"""The hook for pre-commit takes the runbooks of a commit and no other file, and calls a verb that exists."""

import re
from pathlib import Path

import yaml
from typer.main import get_command

from runward.cli.main import app

(HOOK,) = yaml.safe_load(
    (Path(__file__).resolve().parent.parent.parent / ".pre-commit-hooks.yaml").read_text()
)


def test_it_takes_runbooks() -> None:
    taken = [
        "RUNBOOK.md",
        "docs/runbooks/redis.md",
        "ops/db-runbook.md",
        "Runbook/x.md",
        "services/a/RUNBOOK.md",
    ]
    left = ["README.md", "docs/design.md", "CHANGELOG.md"]
    assert [name for name in (*taken, *left) if re.search(HOOK["files"], name)] == taken


def test_it_calls_a_verb_that_exists() -> None:
    program, verb = HOOK["entry"].split()
    assert program == "runward"
    assert verb in get_command(app).commands  # type: ignore[attr-defined]
