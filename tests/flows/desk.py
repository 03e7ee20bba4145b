"""A desk with a runbook on it, from which the command line is used as a person or a program would."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parent.parent.parent / "src"


@dataclass
class Desk:
    """A folder with RUNBOOK.md, runward.toml and the state that runs leave."""

    folder: Path
    database: str = ""

    def write(self, runbook: str, settings: str = "") -> None:
        """Put the documents on the desk."""
        (self.folder / "RUNBOOK.md").write_text(runbook)
        (self.folder / "runward.toml").write_text('[services.shop]\ndocuments = ["RUNBOOK.md"]\n' + settings)

    @property
    def environment(self) -> dict[str, str]:
        """What the command line is started with."""
        found = {name: value for name, value in os.environ.items() if not name.startswith("RUNWARD")}
        found |= {"PYTHONPATH": str(SOURCE), "NO_COLOR": "1", "COLUMNS": "140"}
        return found | ({"RUNWARD_DATABASE": self.database} if self.database else {})

    def command(self, *words: str) -> list[str]:
        """The command line, as the shell would have it."""
        return [sys.executable, "-m", "runward", *words]

    def runward(self, *words: str, code: int | None = None) -> subprocess.CompletedProcess[str]:
        """Use the command line, without a terminal; checks the exit code if one is given."""
        done = subprocess.run(
            self.command(*words), cwd=self.folder, env=self.environment, capture_output=True, text=True,
            stdin=subprocess.DEVNULL, check=False, timeout=120,
        )  # fmt: skip
        if code is not None:
            assert done.returncode == code, (
                f"{words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
            )
        return done

    def view(self, *words: str, code: int | None = None) -> dict[str, Any]:
        """Use the command line and read the JSON that it prints."""
        read: dict[str, Any] = json.loads(self.runward(*words, "--json", code=code).stdout)
        return read

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Use the command line and do not wait for it; the caller ends it. What it says is kept in a file."""
        with (self.folder / f"said-{time.monotonic_ns()}.txt").open("w") as said:
            return subprocess.Popen(
                self.command(*words), cwd=self.folder, env=self.environment, text=True,
                stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            )  # fmt: skip

    def said(self) -> str:
        """Everything that started processes said."""
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("said-*.txt")))

    def newest(self) -> dict[str, Any]:
        """The newest run with all that happened in it; empty while there is none."""
        runs = self.view("runs", code=0)["runs"]
        return self.view("show-run", runs[0]["id"], code=0) if runs else {}

    def lines(self, name: str) -> list[str]:
        """The lines of a file on the desk; none if it is not there."""
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []


def until(ready: Callable[[], object], seconds: float = 30.0, what: str = "") -> None:
    """Wait until something holds; fails with a word on what was waited for."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if ready():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:g} s in vain for {what or ready}")


def states(view: dict[str, Any]) -> list[str]:
    """The states of a run's attempts, in order."""
    return [record["state"] for record in view["records"]]
