"""What a run does next, as a table: given what has happened -> the next thing."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from runward.people.model import People
from runward.runbooks.model import Expectation, Question, Risk, Source, StepKind
from runward.runs.advance import Close, Do, End, Next, Pause, Probe, Skip, TakeUp, next_of
from runward.runs.model import (
    Answer,
    Approval,
    Judgement,
    Met,
    OnInterrupt,
    Plan,
    PlannedStep,
    Run,
    RunState,
    RunView,
    StepRecord,
    StepState,
    Verdict,
    WaitKind,
)

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
DIGEST = "d1"
NOBODY_LISTED = People()


def step(number: int, **more: object) -> PlannedStep:
    base = PlannedStep(f"s{number}", number, number * 10, f"Step {number}", StepKind.COMMAND, "bash", number)
    return replace(base, **{"on_interrupt": OnInterrupt.RERUN, **more})  # type: ignore[arg-type]


def view(*steps: PlannedStep, purpose: str = "fix", attended: bool = True, **more: object) -> RunView:
    plan = Plan("shop", "RUNBOOK.md", "doc", "p", "P", 1, purpose, steps, digest=DIGEST)
    plan = replace(plan, expects=more.pop("expects", ()))  # type: ignore[arg-type]
    run = Run("r1", plan, "ada", RunState.RUNNING, attended, NOW, "ada")
    if "cancelled_by" in more:
        run = replace(run, cancelled_by=str(more.pop("cancelled_by")))
    return RunView(run, **more)  # type: ignore[arg-type]


def record(number: int, state: StepState, attempt: int = 1, **more: object) -> StepRecord:
    return StepRecord(f"s{number}", attempt, state, "exit 3", NOW - timedelta(minutes=5), **more)  # type: ignore[arg-type]


def answer(key: str, value: str) -> Answer:
    return Answer(key, value, "ada", NOW)


def approval(person: str, **more: object) -> Approval:
    base = Approval("s1", DIGEST, person, approved=True, at=NOW, user=person)
    return replace(base, **more)  # type: ignore[arg-type]


CHANGE = step(1, risk=Risk.CHANGE, needs_approval=True, quorum=1, on_interrupt=OnInterrupt.ASK)
DESTROY = replace(CHANGE, risk=Risk.DESTROY)
WHOLE = (Expectation(9, "all is well", Source.HUMAN),)
DONE, FAILED, RUNNING, CUT = StepState.DONE, StepState.FAILED, StepState.RUNNING, StepState.INTERRUPTED
DOUBT = (Judgement(7, "lag < 2 s", Met.COULD_NOT_TELL, "no figure"),)
MISSED = (Judgement(7, "lag < 2 s", Met.NOT_MET, "lag is 9 s"),)

TABLE: list[tuple[str, RunView, type[Next], str]] = [
    ("a fresh run starts its first step", view(step(1), step(2)), Do, "s1"),
    ("a finished step lets the next one start", view(step(1), step(2), records=(record(1, DONE),)), Do, "s2"),
    ("all done is a success", view(step(1), records=(record(1, DONE),)), End, "succeeded"),
    ("a condition is asked", view(step(1, condition="slow query identified")), Pause, "condition"),
    ("a condition answered no skips", view(step(1, condition="x"), answers=(answer("condition:s1", "no"),)), Skip, "s1"),
    ("a condition answered yes goes on", view(step(1, condition="x"), answers=(answer("condition:s1", "yes"),)), Do, "s1"),
    ("a condition with nobody there skips", view(step(1, condition="x"), attended=False), Skip, "s1"),
    (
        "neighbours under one condition are asked once",
        view(step(1, condition="x"), step(2, condition="x"), answers=(answer("condition:s1", "yes"),), records=(record(1, DONE),)),
        Do,
        "s2",
    ),
    ("options are one question", view(step(1, option="A"), step(2, option="B")), Pause, "option"),
    ("an option not chosen is skipped", view(step(1, option="A"), step(2, option="B"), answers=(answer("option:s1", "B"),)), Skip, "s1"),
    (
        "the option chosen is done",
        view(step(1, option="A"), step(2, option="B"), answers=(answer("option:s1", "B"),), records=(record(1, StepState.SKIPPED),)),
        Do,
        "s2",
    ),
    ("a manual step is asked", view(step(1, kind=StepKind.MANUAL)), Pause, "manual"),
    ("a manual step done is recorded", view(step(1, kind=StepKind.MANUAL), answers=(answer("manual:s1", "done"),)), Do, "s1"),
    ("a manual step with nobody there", view(step(1, kind=StepKind.MANUAL), attended=False), Skip, "s1"),
    ("a question of the script is asked first", view(step(1, questions=(Question(3, "Sure?", "ok"),))), Pause, "question"),
    ("an answered question goes on", view(step(1, questions=(Question(3, "Sure?"),)), answers=(answer("question:s1:0", "yes"),)), Do, "s1"),
    ("a change waits for approval", view(CHANGE), Pause, "approval"),
    ("even with nobody there", view(CHANGE, attended=False), Pause, "approval"),
    ("an approval lets it go", view(CHANGE, approvals=(approval("bob"),)), Do, "s1"),
    ("an approval of another plan does not", view(CHANGE, approvals=(approval("bob", digest="d0"),)), Pause, "approval"),
    ("an approval of another step does not", view(CHANGE, approvals=(approval("bob", step="s9"),)), Pause, "approval"),
    ("an expired approval does not", view(CHANGE, approvals=(approval("bob", at=NOW - timedelta(hours=8)),)), Pause, "approval"),
    ("a quorum counts people, not clicks", view(replace(CHANGE, quorum=2), approvals=(approval("bob"), approval("bob"))), Pause, "approval"),
    ("a quorum is reached by two people", view(replace(CHANGE, quorum=2), approvals=(approval("bob"), approval("cy"))), Do, "s1"),
    ("who asked may approve a change", view(CHANGE, approvals=(approval("ada"),)), Do, "s1"),
    ("but not what destroys", view(DESTROY, approvals=(approval("ada"),)), Pause, "approval"),
    ("nor under another name of the same user", view(DESTROY, approvals=(approval("eve", user="ada"),)), Pause, "approval"),
    ("another person may", view(DESTROY, approvals=(approval("bob"),)), Do, "s1"),
    ("the whole procedure's expectations are held at the end", view(step(1), expects=WHOLE, records=(record(1, DONE),)), Close, ""),
    ("once", view(step(1), attended=False, expects=WHOLE, records=(record(1, DONE), StepRecord("", 1, DONE, judgements=DOUBT))), End, "could not tell"),
    ("a refusal ends the run", view(CHANGE, approvals=(approval("bob", approved=False),)), End, "cancelled"),
    ("an intent without a result is looked into", view(step(1), records=(record(1, RUNNING),)), TakeUp, "s1"),
    ("an interrupted read is done again", view(step(1), records=(record(1, CUT),)), Do, "s1"),
    ("a change that never began is done", view(CHANGE, records=(record(1, CUT, result={"untouched": True}),), approvals=(approval("bob", at=NOW - timedelta(hours=1)),)), Do, "s1"),
    ("but not without its approval", view(CHANGE, records=(record(1, CUT, result={"untouched": True}),)), Pause, "approval"),
    ("an interrupted change asks", view(CHANGE, records=(record(1, CUT),)), Pause, "interrupted"),
    (
        "rerun after an interruption needs a new approval",
        view(CHANGE, records=(record(1, CUT),), approvals=(approval("bob", at=NOW - timedelta(hours=1)),), answers=(answer("interrupted:s1:1", "rerun"),)),
        Pause,
        "approval",
    ),
    ("an interrupted step that must fail", view(step(1, on_interrupt=OnInterrupt.FAIL), records=(record(1, CUT),)), End, "failed"),
    ("an interrupted step that verifies itself", view(step(1, on_interrupt=OnInterrupt.VERIFY), records=(record(1, CUT),)), Probe, "s1"),
    (
        "a probe that could not tell asks",
        view(step(1, on_interrupt=OnInterrupt.VERIFY), records=(record(1, CUT, result={"verified": False}),)),
        Pause,
        "interrupted",
    ),
    ("skipping an interrupted step is not a success", view(CHANGE, records=(record(1, CUT),), answers=(answer("interrupted:s1:1", "skip"),)), End, "could not tell"),
    ("stopping after an interruption", view(CHANGE, records=(record(1, CUT),), answers=(answer("interrupted:s1:1", "stop"),)), End, "failed"),
    ("a failed read in a check lets the others look", view(step(1), step(2), purpose="check", records=(record(1, FAILED),)), Do, "s2"),
    ("and the check has failed", view(step(1), purpose="check", records=(record(1, FAILED),)), End, "failed"),
    (
        "a change after a failed look asks first",
        view(step(2), CHANGE, purpose="check", records=(record(2, FAILED),)),
        Pause,
        "failure",
    ),
    ("a failure in a fix asks", view(step(1), step(2), records=(record(1, FAILED),)), Pause, "failure"),
    ("a failure with nobody there ends the run", view(step(1), step(2), attended=False, records=(record(1, FAILED),)), End, "failed"),
    ("retry makes a second attempt", view(step(1), records=(record(1, FAILED),), answers=(answer("failure:s1:1", "retry"),)), Do, "s1"),
    (
        "the second failure is asked about again",
        view(step(1), records=(record(1, FAILED), record(1, FAILED, 2)), answers=(answer("failure:s1:1", "retry"),)),
        Pause,
        "failure",
    ),
    ("a skipped failure stays a failure", view(step(1), records=(record(1, FAILED),), answers=(answer("failure:s1:1", "skip"),)), End, "failed"),
    ("a missed expectation is a failure", view(step(1), records=(record(1, DONE, judgements=MISSED),)), End, "failed"),
    ("a doubt is put to a person", view(step(1), records=(record(1, DONE, judgements=DOUBT),)), Pause, "judgement"),
    ("a doubt with nobody there stays one", view(step(1), attended=False, records=(record(1, DONE, judgements=DOUBT),)), End, "could not tell"),
    ("a doubt judged met", view(step(1), records=(record(1, DONE, judgements=DOUBT),), answers=(answer("judgement:7", "met"),)), End, "succeeded"),
    ("a doubt judged not met", view(step(1), records=(record(1, DONE, judgements=DOUBT),), answers=(answer("judgement:7", "not met"),)), End, "failed"),
    ("a doubt nobody could settle", view(step(1), records=(record(1, DONE, judgements=DOUBT),), answers=(answer("judgement:7", "could not tell"),)), End, "could not tell"),
    ("nobody was there for a manual step", view(step(1), attended=False, records=(StepRecord("s1", 1, StepState.SKIPPED, "a person must do this, and nobody was there"),)), End, "could not tell"),
    ("cancel ends the run", view(step(1), cancelled_by="ada"), End, "cancelled"),
    ("cancel first learns what became of a started step", view(step(1), cancelled_by="ada", records=(record(1, RUNNING),)), TakeUp, "s1"),
    ("cancel beats an approval", view(CHANGE, cancelled_by="ada", approvals=(approval("bob"),)), End, "cancelled"),
    ("an empty procedure succeeds at nothing", view(), End, "succeeded"),
]  # fmt: skip


@pytest.mark.parametrize(("why", "given", "expected", "what"), TABLE, ids=[row[0] for row in TABLE])
def test_next(why: str, given: RunView, expected: type[Next], what: str) -> None:
    found = next_of(given, NOW, NOBODY_LISTED)
    assert isinstance(found, expected), f"{why}: {found}"
    match found:
        case Do(step=chosen) | TakeUp(step=chosen) | Probe(step=chosen) | Skip(step=chosen):
            assert chosen.id == what
        case Pause(wait=wait):
            assert wait.kind is WaitKind(what)
        case End(verdict=verdict):
            assert verdict is Verdict(what)


def test_a_second_attempt_is_numbered_after_the_first() -> None:
    given = view(
        step(1), records=(record(1, FAILED), record(1, FAILED, 2)), answers=(answer("failure:s1:2", "retry"),)
    )
    assert next_of(given, NOW, NOBODY_LISTED) == Do(step(1), 3)


def test_pauses_say_what_can_be_answered() -> None:
    found = next_of(view(CHANGE), NOW, NOBODY_LISTED)
    assert isinstance(found, Pause)
    assert found.wait.choices == ("approve", "refuse")
    assert "1 more approval" in found.wait.prompt


def doubted(line: int) -> Judgement:
    return Judgement(
        line, "A list holds its own search", Met.COULD_NOT_TELL, "it finds itself.", rule="some-rule"
    )


class TestDoubt:
    """A step that ended well and whose command proves nothing."""

    def test_nobody_is_there_and_the_run_is_no_success(self) -> None:
        done = record(1, StepState.DONE, judgements=(doubted(12),))
        ending = next_of(view(step(1), records=(done,), attended=False), NOW, NOBODY_LISTED)
        assert isinstance(ending, End)
        assert ending.verdict is Verdict.UNCERTAIN
        assert ending.because == "1 command whose answer proves nothing (line 12: it finds itself)"

    @pytest.mark.parametrize(
        ("said", "verdict"),
        [("met", Verdict.SUCCEEDED), ("not met", Verdict.FAILED), ("could not tell", Verdict.UNCERTAIN)],
    )
    def test_a_person_is_asked_and_decides(self, said: str, verdict: Verdict) -> None:
        done = record(1, StepState.DONE, judgements=(doubted(12),))
        asked = next_of(view(step(1), records=(done,)), NOW, NOBODY_LISTED)
        assert isinstance(asked, Pause)
        assert (asked.wait.kind, asked.wait.key) == (WaitKind.JUDGEMENT, "judgement:12")
        assert "it finds itself" in asked.wait.prompt
        told = view(step(1), records=(done,), answers=(answer("judgement:12", said),))
        ending = next_of(told, NOW, NOBODY_LISTED)
        assert isinstance(ending, End)
        assert ending.verdict is verdict

    def test_it_is_told_together_with_an_expectation_of_the_same_line(self) -> None:
        judgements = (Judgement(12, "a worker runs", Met.COULD_NOT_TELL, "a person must say"), doubted(12))
        asked = next_of(
            view(step(1), records=(record(1, StepState.DONE, judgements=judgements),)), NOW, NOBODY_LISTED
        )
        assert isinstance(asked, Pause)
        assert "a person must say" in asked.wait.prompt
        assert "it finds itself" in asked.wait.prompt

    def test_it_is_not_asked_about_where_a_step_failed(self) -> None:
        records = (record(1, StepState.DONE, judgements=(doubted(12),)), record(2, StepState.FAILED))
        steps = (step(1), step(2, risk=Risk.READ))
        ending = next_of(view(*steps, purpose="check", records=records), NOW, NOBODY_LISTED)
        assert isinstance(ending, End)
        assert ending.verdict is Verdict.FAILED
