"""Decide how a run is undone: the `undo` commands of its finished steps, the last first."""

from dataclasses import replace

from runward.foundation.errors import Conflict, Mistake
from runward.people.model import People
from runward.people.permit import rule_for
from runward.runbooks.model import Risk
from runward.runs.digest import digest_of
from runward.runs.model import UNDO, OnInterrupt, Plan, PlannedStep, RunState, RunView, StepState
from runward.runs.planning.native import is_action

_TOOK_EFFECT = {StepState.DONE, StepState.FAILED, StepState.CANCELLED, StepState.INTERRUPTED}


def undo_plan(view: RunView, people: People) -> Plan:
    """A plan of a run's undo commands; raises Conflict while it goes on, Mistake if nothing can be undone."""
    run = view.run
    if run.state is not RunState.ENDED:
        raise Conflict(f"run {run.id} has not ended; cancel it first")
    begun = [
        step for step in run.plan.steps if (record := view.latest(step.id)) and record.state in _TOOK_EFFECT
    ]
    undoable = [step for step in begun if step.undo]
    if not undoable:
        raise Mistake(
            "no finished step of that run says how it is undone", hint='write it on the fence: { undo="..." }'
        )
    steps = tuple(
        _undo_step(step, number, run.plan, people) for number, step in enumerate(reversed(undoable), start=1)
    )
    made = replace(
        run.plan, heading=f"Undo of {run.plan.heading}", purpose="fix", steps=steps, expects=(), gaps=()
    )
    return replace(made, digest=digest_of(made))


def _undo_step(step: PlannedStep, number: int, plan: Plan, people: People) -> PlannedStep:
    """The undo command as a step; what it does is not known beforehand, so it counts as a change at least."""
    risk = max(step.risk, Risk.CHANGE, key=lambda each: each.rank)
    rule = rule_for(people, plan.service, risk.value)
    own = is_action(step)  # an action takes back itself what its record says it did
    return replace(
        step,
        id=f"{UNDO}{step.id}",
        number=number,
        title=f"Undo step {step.number}: {step.title}",
        language=step.language if own else "bash",
        interpreter="" if own else "bash",
        written=step.script if own else step.undo,
        script=step.script if own else step.undo,
        notes=(f"it {step.undo}",) if own else step.notes,
        risk=risk,
        risks=(),
        bounds=(),
        questions=(),
        parts=(),
        condition="",
        option="",
        expects=(),
        doubts=(),
        on_interrupt=OnInterrupt.ASK,
        verify="",
        undo="",
        needs_approval=rule.quorum > 0,
        quorum=rule.quorum,
        policy=rule.words,
    )
