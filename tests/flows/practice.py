"""A real runbook put into practice: planned, carried out and approved from the command line, inside a house."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab.house import House

View = dict[str, Any]
REQUESTER, APPROVER = "alice", "bob"


@dataclass
class Practice:
    """A folder of a house with the settings for one book, which stays where it is."""

    house: House
    book: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/root/ops"

    def write(self, settings: str = "") -> None:
        """Write runward.toml for the book's service."""
        self.house.path(self.folder).mkdir(parents=True, exist_ok=True)
        text = f'[services.live]\ndocuments = ["{self._seen_from(self.folder)}"]\n{settings}'
        self.house.path(f"{self.folder}/runward.toml").write_text(text)

    def _seen_from(self, folder: str) -> str:
        depth = len(Path(folder).parts) - 1
        return "../" * depth + str(self.book).lstrip("/")

    def runward(
        self, *words: str, by: str = REQUESTER, code: int | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Use the command line as one of the machine's users, without a terminal; checks the exit code if given."""
        done = self.house.runward(
            *words,
            "--config",
            f"{self.folder}/runward.toml",
            env={**self.environment, "SUDO_USER": by, "NO_COLOR": "1"},
            cwd=self.folder,
        )
        if code is not None:
            told = f"{words} ended with {done.returncode}, not {code}:\n{done.stdout[-2000:]}\n{done.stderr}"
            assert done.returncode == code, told
        return done

    def view(self, *words: str, code: int | None = None) -> View:
        """Use the command line and read the JSON that it prints."""
        done = self.runward(*words, "--json", code=code)
        assert done.stdout.strip().startswith("{"), f"{words}: {done.stdout}\n{done.stderr}"
        read: View = json.loads(done.stdout)
        return read

    def plan(self, procedure: str, *words: str, code: int | None = None) -> View:
        """The plan of a procedure of the book."""
        return self.view("plan", f"{self.book}#{procedure}", *words, code=code)

    def run(self, procedure: str, *words: str, code: int | None = None) -> View:
        """Carry out a procedure of the book; somebody is there, yet answers nothing but what `words` say."""
        view = self.view("run", f"{self.book}#{procedure}", *words, code=code)
        assert "run" in view, f"nothing was run, for this is missing: {view.get('gaps', view)}"
        return view

    def look(self, view: View) -> View:
        """The run again as it stands now."""
        return self.view("show-run", view["run"]["id"], code=0)

    def approve(self, view: View, *, by: str = APPROVER, code: int | None = None) -> View:
        """Approve the step that the run waits for, carry the run on, and look at it."""
        wait = view["run"]["wait"]
        assert wait, f"it waits for nothing: {view['run']['verdict']} {view['run']['because']}"
        assert wait["kind"] == "approval", f"it waits for {wait}"
        self.runward("approve", view["run"]["id"], wait["step"], by=by, code=code)
        return self.look(view)

    def answer(self, view: View, value: str, *, by: str = REQUESTER) -> View:
        """Answer what the run waits for, carry it on, and look at it."""
        self.runward("answer", view["run"]["id"], value, by=by)
        return self.look(view)


def record(view: View, line: int) -> View:
    """The newest attempt at the step whose block holds a line of the document."""
    steps: Mapping[str, View] = {step["id"]: step for step in view["run"]["plan"].get("steps", ())}
    near = [one for one in view["records"] if _holds(steps.get(one["step"]), one, line)]
    assert near, f"no attempt holds line {line}: {[one['step'] for one in view['records']]}"
    newest: View = max(near, key=lambda one: one["attempt"])
    return newest


def _holds(step: View | None, one: View, line: int) -> bool:
    if step is None:
        return False
    last = step["first_line"] + step["written"].count("\n") + 1
    return bool(step["line"] <= line <= max(last, step["line"]) and one["step"] == step["id"])


def command(view: View, line: int) -> View:
    """What became of the command on a line of the document."""
    every = [each for one in view["records"] for each in one["result"].get("commands", ())]
    found = [each for each in every if each["line"] == line]
    assert found, f"no command was seen on line {line}: {[each['line'] for each in every]}"
    return dict(found[-1])


def failures(view: View) -> dict[int, str]:
    """Why the run's newest attempts did not go well, by line of the document."""
    newest = {one["step"]: one for one in sorted(view["records"], key=lambda one: one["attempt"])}
    found = [each for one in newest.values() for each in one["result"].get("failures", ())]
    return {each["line"]: f"{each['why']} {each.get('hint', '')}".strip() for each in found}


def judged(view: View) -> dict[int, str]:
    """What was decided of each expectation of the document, by its line."""
    return {each["line"]: each["met"] for one in view["records"] for each in one["judgements"]}


def because(view: View, line: int) -> str:
    """The reason for what was decided of the expectation on a line."""
    return next(
        str(each["because"]) for one in view["records"] for each in one["judgements"] if each["line"] == line
    )


def printed(practice: Practice, view: View) -> str:
    """The page of a run as people read it, with what its steps printed."""
    return practice.runward("show-run", view["run"]["id"], code=0).stdout
