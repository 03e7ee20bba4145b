"""Decide what a run does next."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile

from runward.people.model import People
from runward.people.permit import Act, Given, person_named, rule_for, standing
from runward.runbooks.model import Risk, StepKind
from runward.runs.ahead import acts_on_nothing, coming_attempt, find_preview, lacks_preview
from runward.runs.model import (
    Approval,
    Judgement,
    Met,
    OnInterrupt,
    PlannedStep,
    RunView,
    StepRecord,
    StepState,
    Verdict,
    Wait,
    WaitKind,
)

_INDEPENDENT = ("check", "investigate")  # purposes whose looks do not build on one another
_DECLINED = ("no", "n", "skip")


@dataclass(frozen=True, slots=True)
class Do:
    """Carry out the step, as this attempt."""

    step: PlannedStep
    attempt: int


@dataclass(frozen=True, slots=True)
class LookAhead:
    """See what the coming attempt would act on, before anybody is asked to approve it."""

    step: PlannedStep
    attempt: int


@dataclass(frozen=True, slots=True)
class TakeUp:
    """An intent without a result: find out what became of the attempt."""

    step: PlannedStep
    record: StepRecord


@dataclass(frozen=True, slots=True)
class Probe:
    """Run the step's `verify` command to learn whether the interrupted attempt took effect."""

    step: PlannedStep
    record: StepRecord


@dataclass(frozen=True, slots=True)
class Skip:
    """Record that the step is not done, and why."""

    step: PlannedStep
    because: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop here until somebody or something answers."""

    wait: Wait


@dataclass(frozen=True, slots=True)
class End:
    """The run is over."""

    verdict: Verdict
    because: str


@dataclass(frozen=True, slots=True)
class Close:
    """All steps are behind us: hold what happened against what the procedure as a whole expects."""


@dataclass(frozen=True, slots=True)
class _Judge:
    now: datetime
    people: People


Next = Do | LookAhead | TakeUp | Probe | Skip | Close | Pause | End


def next_of(view: RunView, now: datetime, people: People) -> Next:
    """What the run does next, from all that has happened in it so far."""
    if view.run.cancelled_by:
        return _cancelled(view)
    failed_before = ""
    for step in view.run.plan.steps:
        record = view.latest(step.id)
        found = (
            _before(view, step, failed_before, _Judge(now, people))
            if record is None
            else _after(view, step, record, _Judge(now, people))
        )
        if found is not None:
            return found
        if record is not None and record.state is StepState.FAILED:
            failed_before = failed_before or step.id
    return _ending(view)


def _cancelled(view: RunView) -> Next:
    """A cancelled run first finds out what became of an attempt that nobody saw end."""
    for step in view.run.plan.steps:
        record = view.latest(step.id)
        if record is not None and record.state is StepState.RUNNING:
            return TakeUp(step, record)
    return End(Verdict.CANCELLED, f"cancelled by {view.run.cancelled_by}")


def _before(view: RunView, step: PlannedStep, failed_before: str, judge: _Judge) -> Next | None:
    """What must be settled before a step is started, in the order in which a person would ask."""
    if (
        failed_before
        and step.risk is not Risk.READ
        and view.answer(_failure_key(view, failed_before)) != "skip"
    ):
        return _ask_about_failure(view, failed_before)
    for settle in (_condition, _option, _manual, _question):
        found = settle(view, step)
        if found is not None:
            return found
    return approval_of(view, step, judge) or Do(step, 1)


def _condition(view: RunView, step: PlannedStep) -> Next | None:
    if not step.condition:
        return None
    first = row_of(view.run.plan.steps, step, "condition")[0]
    prompt = f"Does this hold: {step.condition}?"
    return _yes_or_skip(
        view, step, Wait(WaitKind.CONDITION, step.id, f"condition:{first.id}", prompt, ("yes", "no"))
    )


def _yes_or_skip(view: RunView, step: PlannedStep, wait: Wait) -> Next | None:
    answer = view.answer(wait.key)
    if answer is None:
        return Pause(wait) if view.run.attended else Skip(step, f"nobody was there to answer: {wait.prompt}")
    return Skip(step, f"answered no: {wait.prompt}") if answer.lower() in _DECLINED else None


def _option(view: RunView, step: PlannedStep) -> Next | None:
    """One question for a row of options; the steps not chosen are skipped."""
    if not step.option:
        return None
    group = row_of(view.run.plan.steps, step, "option")
    key = f"option:{group[0].id}"
    answer = view.answer(key)
    if answer is None:
        choices = (*(each.option for each in group), "none")
        wait = Wait(WaitKind.OPTION, step.id, key, "Which of these is to be done?", choices)
        return Pause(wait) if view.run.attended else Skip(step, "nobody was there to choose an option")
    return None if answer == step.option else Skip(step, f"not chosen: {answer} was")


def row_of(steps: tuple[PlannedStep, ...], step: PlannedStep, trait: str) -> list[PlannedStep]:
    """The unbroken row of steps around this one that share its condition, or that are all options."""
    number = steps.index(step)
    wanted = getattr(step, trait) if trait == "condition" else None

    def belongs(each: PlannedStep) -> bool:
        return getattr(each, trait) == wanted if wanted else bool(getattr(each, trait))

    before = takewhile(belongs, reversed(steps[:number]))
    after = takewhile(belongs, steps[number:])
    return [*reversed(list(before)), *after]


def _manual(view: RunView, step: PlannedStep) -> Next | None:
    """A manual step is done by a person, whose answer is its record."""
    if step.kind is not StepKind.MANUAL:
        return None
    wait = Wait(WaitKind.MANUAL, step.id, f"manual:{step.id}", step.title, ("done", "failed", "skip"))
    answer = view.answer(wait.key)
    if answer is None:
        return Pause(wait) if view.run.attended else Skip(step, "a person must do this, and nobody was there")
    return Skip(step, "skipped by a person") if answer == "skip" else Do(step, 1)


def _question(view: RunView, step: PlannedStep) -> Next | None:
    for number, question in enumerate(step.questions):
        key = question_key(step, number)
        if view.answer(key) is None:
            wait = Wait(WaitKind.QUESTION, step.id, key, question.prompt, (), question.secret)
            return (
                Pause(wait)
                if view.run.attended
                else Skip(step, f"nobody was there to answer: {question.prompt}")
            )
    return None


def question_key(step: PlannedStep, number: int) -> str:
    """What the answer to a step's question is filed under."""
    return f"question:{step.id}:{number}"


def approval_of(view: RunView, step: PlannedStep, judge: _Judge) -> Next | None:
    """The look at what is to be approved, then the pause for it; None once enough people have approved this plan."""
    if lacks_preview(view, step):
        return LookAhead(step, coming_attempt(view, step))
    if not step.needs_approval or acts_on_nothing(view, step):
        return None
    mine = current_approvals(view, step)
    refused = next((each for each in mine if not each.approved), None)
    if refused is not None:
        because = (
            f"step {step.number} was refused by {refused.person}: {refused.comment or 'no reason given'}"
        )
        return End(Verdict.CANCELLED, because)
    rule = replace(rule_for(judge.people, view.run.plan.service, step.risk.value), quorum=step.quorum)
    missing = step.quorum - len(standing(act_of(view, step, judge.now, judge.people), rule, judge.people))
    if missing <= 0:
        return None
    prompt = (
        f"Step {step.number} can {step.risk}: it needs {missing} more approval{'s' if missing > 1 else ''}"
    )
    return Pause(Wait(WaitKind.APPROVAL, step.id, f"approval:{step.id}", prompt, ("approve", "refuse")))


def current_approvals(view: RunView, step: PlannedStep) -> list[Approval]:
    """What people said to the coming attempt of this very plan: an approval covers one attempt, not the next."""
    used_at = max((at for each in view.records if (at := _used_at(each, step))), default=None)
    mine = [each for each in view.approvals if each.step == step.id and each.digest == view.run.plan.digest]
    shown = find_preview(view, step)
    mine = [each for each in mine if shown is None or shown.ended_at is None or each.at >= shown.ended_at]
    return [each for each in mine if used_at is None or each.at > used_at]


def _used_at(record: StepRecord, step: PlannedStep) -> datetime | None:
    """When an attempt used up the approvals before it; None for other steps, and for one that never began."""
    return record.started_at if record.step == step.id and not record.result.get("untouched") else None


def act_of(view: RunView, step: PlannedStep, now: datetime, people: People) -> Act:
    """The step as something to approve, with the approvals given so far."""
    given = [each for each in current_approvals(view, step) if each.approved]
    return Act(
        step.risk.value,
        person_named(people, view.run.requester_user, view.run.requester),
        view.run.plan.digest,
        now,
        tuple(Given(person_named(people, each.user, each.person), each.at, each.digest) for each in given),
    )


def _after(view: RunView, step: PlannedStep, record: StepRecord, judge: _Judge) -> Next | None:
    """What an attempt that was made calls for; None lets the run go on."""
    if record.state is StepState.RUNNING:
        return TakeUp(step, record)
    if record.state is StepState.INTERRUPTED:
        return _interrupted(view, step, record, judge)
    if record.state is StepState.FAILED:
        return _failed(view, step, record, judge)
    return None


def _interrupted(view: RunView, step: PlannedStep, record: StepRecord, judge: _Judge) -> Next | None:
    """Never repeated blindly: by the step's own rule, else a person says what to do."""
    if record.result.get("untouched"):
        return approval_of(view, step, judge) or Do(step, record.attempt + 1)
    answer = view.answer(f"interrupted:{step.id}:{record.attempt}")
    if answer in ("rerun", "skip", "stop"):
        return _told(view, step, record, answer, judge)
    if step.on_interrupt is OnInterrupt.RERUN:
        return Do(step, record.attempt + 1)
    if step.on_interrupt is OnInterrupt.FAIL:
        return End(Verdict.FAILED, f"step {step.number} was interrupted and must not be repeated")
    if step.on_interrupt is OnInterrupt.VERIFY and "verified" not in record.result:
        return Probe(step, record)
    prompt = f"Step {step.number} was interrupted: {record.because}. It may have taken effect."
    choices = ("rerun", "skip", "stop")
    return Pause(
        Wait(WaitKind.INTERRUPTED, step.id, f"interrupted:{step.id}:{record.attempt}", prompt, choices)
    )


def _told(view: RunView, step: PlannedStep, record: StepRecord, answer: str, judge: _Judge) -> Next | None:
    if answer == "stop":
        return End(Verdict.FAILED, f"stopped by a person after step {step.number}")
    if answer == "skip":
        return None
    return approval_of(view, step, judge) or Do(step, record.attempt + 1)


def _failed(view: RunView, step: PlannedStep, record: StepRecord, judge: _Judge) -> Next | None:
    answer = view.answer(_failure_key(view, step.id))
    if answer is not None:
        told = {"retry": "rerun"}.get(answer, answer)
        return _told(view, step, record, told, judge)
    if step.risk is Risk.READ and view.run.plan.purpose in _INDEPENDENT:
        return None
    return _ask_about_failure(view, step.id)


def _failure_key(view: RunView, step_id: str) -> str:
    record = view.latest(step_id)
    return f"failure:{step_id}:{record.attempt if record else 0}"


def _ask_about_failure(view: RunView, step_id: str) -> Next:
    step = next(each for each in view.run.plan.steps if each.id == step_id)
    record = view.latest(step_id)
    because = record.because if record else ""
    if not view.run.attended:
        return End(Verdict.FAILED, f"step {step.number} failed: {because}")
    prompt = f"Step {step.number} failed: {because}"
    return Pause(
        Wait(WaitKind.FAILURE, step_id, _failure_key(view, step_id), prompt, ("retry", "skip", "stop"))
    )


def _ending(view: RunView) -> Next:
    """All steps are behind us: a person is asked what only a person can judge, then the verdict falls."""
    if view.run.plan.expects and view.latest("") is None:
        return Close()
    for line, text in _undecided(view):
        key = f"judgement:{line}"
        if view.run.attended and view.answer(key) is None:
            return Pause(Wait(WaitKind.JUDGEMENT, "", key, text, ("met", "not met", "could not tell")))
    return verdict_of(view)


def _undecided(view: RunView) -> Iterator[tuple[int, str]]:
    """What only a person can judge; whether a command proved anything matters no more where a step failed."""
    records, asked = _latest_records(view), dict[int, list[str]]()
    has_failed = any(record.state is StepState.FAILED for record in records)
    for record in records:
        for judgement in record.judgements:
            if judgement.met is Met.COULD_NOT_TELL and not (has_failed and judgement.rule):
                asked.setdefault(judgement.line, []).append(f"{judgement.text} ({judgement.because})")
    yield from ((line, " ".join(texts)) for line, texts in asked.items())


def _latest_records(view: RunView) -> list[StepRecord]:
    found = (view.latest(step.id) for step in view.run.plan.steps)
    closing = view.latest("")  # the expectations of the procedure as a whole are filed without a step
    return [record for record in (*found, closing) if record is not None]


def verdict_of(view: RunView) -> End:
    """The verdict of a run whose steps are all behind it; what could not be told is never a success."""
    number = {step.id: step.number for step in view.run.plan.steps}
    records = _latest_records(view)
    failed = [record for record in records if record.state is StepState.FAILED]
    if failed:
        reasons = "; ".join(f"step {number.get(each.step, '')}: {each.because}" for each in failed)
        return End(Verdict.FAILED, reasons)
    judged = [
        (each, _as_answered(view, each.line, each.met)) for record in records for each in record.judgements
    ]
    missed = "; ".join(each.text for each, met in judged if met is Met.NOT_MET)
    if missed:
        return End(Verdict.FAILED, f"not as expected: {missed}")
    untold = [each for each, met in judged if met is Met.COULD_NOT_TELL]
    interrupted = [record for record in records if record.state is StepState.INTERRUPTED]
    unattended = [r for r in records if r.state is StepState.SKIPPED and "nobody was there" in r.because]
    if untold or interrupted or unattended:
        return End(Verdict.UNCERTAIN, _doubt(untold, len(interrupted), len(unattended)))
    return End(Verdict.SUCCEEDED, "every step was done and nothing spoke against it")


def _as_answered(view: RunView, line: int, met: Met) -> Met:
    answer = view.answer(f"judgement:{line}") if met is Met.COULD_NOT_TELL else None
    return Met(answer) if answer in tuple(Met) else met


def _doubt(untold: list[Judgement], interrupted: int, unattended: int) -> str:
    misled = [each for each in untold if each.rule]
    first = f" (line {misled[0].line}: {misled[0].because.rstrip('.')})" if misled else ""
    said = [
        (len(untold) - len(misled), "expected results that nothing could decide"),
        (len(misled), f"{'command' if len(misled) == 1 else 'commands'} whose answer proves nothing{first}"),
        (interrupted, "interrupted steps left as they were"),
        (unattended, "steps that only a person can do"),
    ]
    return "; ".join(f"{count} {what}" for count, what in said if count)
