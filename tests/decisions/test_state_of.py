"""The state that a finished script amounts to: a last word of no is good only where nothing was to be found."""

import pytest

from runward.plugins.contracts import CommandResult, Ended, Failure, Outcome
from runward.runbooks.model import Expectation, Operator, Source
from runward.runs.model import Judgement, Met, StepState
from runward.runs.result import silent_lines, state_of

DONE, FAILED = StepState.DONE, StepState.FAILED
GREP = CommandResult(7, "journal | grep -i error", (0, 1), why="grep says no (exit 1)")
TEST = CommandResult(9, "[ -f /backups/last ]", (1,), why="[ says no (exit 1)")
BROKEN = Failure(5, "vacuum", "vacuum ended with exit 2", 2, "exit")


@pytest.mark.parametrize(
    ("exit_code", "commands", "failures", "silent", "state", "because"),
    [
        pytest.param(0, (), (), (), DONE, "", id="well"),
        pytest.param(3, (), (), (), FAILED, "exited 3", id="nobody knows why"),
        pytest.param(1, (GREP,), (), (7,), DONE, "line 7: grep says no (exit 1), as it should", id="no errors found"),
        pytest.param(1, (GREP,), (), (), FAILED, "line 7: grep says no (exit 1)", id="nothing was expected of it"),
        pytest.param(1, (GREP,), (), (6,), FAILED, "line 7: grep says no (exit 1)", id="silence was due elsewhere"),
        pytest.param(1, (GREP, TEST), (), (7,), FAILED, "line 9: [ says no (exit 1)", id="the last word counts"),
        pytest.param(2, (GREP,), (), (7,), FAILED, "exited 2", id="another exit than the answer's"),
        pytest.param(1, (GREP,), (BROKEN,), (7,), FAILED, "line 5: vacuum ended with exit 2", id="something failed"),
    ],
)  # fmt: skip
def test_a_finished_script(
    exit_code: int, commands: tuple[CommandResult, ...], failures: tuple[Failure, ...],
    silent: tuple[int, ...], state: StepState, because: str,
) -> None:  # fmt: skip
    outcome = Outcome(Ended.FINISHED, exit=exit_code, commands=commands, failures=failures)
    assert state_of(outcome, 60, silent) == (state, because)


@pytest.mark.parametrize(
    ("operator", "met", "lines"),
    [
        (Operator.ABSENT, Met.MET, {7, 8}),
        (Operator.ABSENT, Met.NOT_MET, set()),
        (Operator.ABSENT, Met.COULD_NOT_TELL, set()),
        (Operator.MATCHES, Met.MET, set()),
    ],
)
def test_silence_is_good_where_it_was_expected_and_seen(
    operator: Operator, met: Met, lines: set[int]
) -> None:
    expectation = Expectation(6, "no errors", Source.OUTPUT, (1,), (7, 8), "grep", operator, "/error/")
    assert silent_lines([expectation], [Judgement(6, "no errors", met, "")]) == lines
