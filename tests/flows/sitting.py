"""A sitting inside a house: many uses of the command line, one after the other, in one process that starts but once."""

import json
import sys
from typing import Self

from flows.practice import APPROVER, REQUESTER, Practice, View

PROGRAM = """
import json, sys
from typer.testing import CliRunner
from runward.cli.main import app
for line in sys.stdin:
    words, person = json.loads(line)
    done = CliRunner().invoke(app, words, env={"SUDO_USER": person, "NO_COLOR": "1"})
    print("said", json.dumps([done.exit_code, done.stdout, repr(done.exception)]), flush=True)
"""


class Sitting:
    """Plans, runs and approvals of one book; leave it to end its process."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice

    def __enter__(self) -> Self:
        words = [sys.executable, "-c", PROGRAM]
        self.process = self.practice.house.start(words, self.practice.environment, cwd=self.practice.folder)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def say(self, *words: str, by: str = REQUESTER) -> tuple[int, View]:
        """Use the command line as a person; its exit code and the JSON that it printed."""
        given = [*words, "--config", f"{self.practice.folder}/runward.toml", "--json"]
        self.process.stdin.write(json.dumps([given, by]).encode() + b"\n")
        self.process.stdin.flush()
        code, said, raised = json.loads(self._line().removeprefix("said "))
        assert said.startswith("{"), f"{words} ended with {code}: {said} {raised}"
        return code, json.loads(said)

    def _line(self) -> str:
        """The next line that answers; what is said beside it, such as a warning, is shown where the test fails."""
        for line in iter(self.process.stdout.readline, b""):
            if line.startswith(b"said "):
                return line.decode()
            sys.stderr.write(line.decode())
        raise AssertionError("the sitting ended by itself")

    def plan(self, procedure: str) -> tuple[int, View]:
        """The plan of a procedure of the book."""
        return self.say("plan", f"{self.practice.book}#{procedure}")

    def run(self, procedure: str, *words: str) -> View:
        """Carry out a procedure with nobody there; what may destroy is approved by another person."""
        _, view = self.say("run", f"{self.practice.book}#{procedure}", "--unattended", "--yes", *words)
        assert "run" in view, f"nothing of {procedure} was run, for this is missing: {view.get('gaps', view)}"
        if wait := view["run"]["wait"]:
            assert wait["kind"] == "approval", wait
            _, view = self.say("approve", view["run"]["id"], wait["step"], by=APPROVER)
        assert view["run"]["state"] == "ended", view["run"]["wait"]
        return view
