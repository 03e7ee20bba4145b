"""Carry a run on: decide, act, record, until it ends or must wait."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from runward.foundation import ledger
from runward.foundation.errors import Conflict, RunwardError
from runward.foundation.storage.database import Transaction
from runward.runbooks.model import Risk, StepKind
from runward.runs import lock_store, store
from runward.runs.acting import look_ahead
from runward.runs.advance import (
    Close,
    Do,
    End,
    LookAhead,
    Next,
    Pause,
    Probe,
    Skip,
    TakeUp,
    next_of,
    question_key,
)
from runward.runs.ahead import shown_in
from runward.runs.digest import digest_of
from runward.runs.model import (
    PREVIEW,
    UNDO,
    Judgement,
    PlannedStep,
    Run,
    RunState,
    RunView,
    StepRecord,
    StepState,
    Verdict,
    Wait,
    WaitKind,
)
from runward.runs.outside import Outside
from runward.runs.perform import Performed, find_left_behind, perform, probe
from runward.runs.request import open_segment
from runward.runs.seen import judgements_of_procedure

_CANCEL_POLL_SECONDS = 0.2  # between looks for a cancellation while a step runs
_SYSTEM = "runward"


async def advance(outside: Outside, argument: Mapping[str, Any]) -> Mapping[str, Any]:
    """Work on one segment of a run; `argument` is {"run_id", "segment"}.

    Safe to start twice: the second worker finds the run claimed, and a worker that was taken for dead finds
    that its writes are refused.
    """
    run_id, segment = str(argument["run_id"]), int(argument["segment"])
    try:
        with outside.database.transaction() as tx:
            run = store.save_claim(tx, run_id, outside.worker, segment, outside.clock())
        await _work_on(outside, run)
    except Conflict as conflict:
        return {"run_id": run_id, "left": str(conflict)}
    finally:
        ledger.seal(outside.database)
    return {"run_id": run_id}


async def _work_on(outside: Outside, run: Run) -> None:
    if digest_of(run.plan) != run.plan.digest:
        _end(
            outside,
            run,
            End(Verdict.FAILED, "the plan that is kept does not have the digest that was approved"),
        )
        return
    view: RunView | None = _fresh_view(outside, run)
    while view is not None:
        view = _with_cancel(outside, view)
        view = await _act(outside, view, next_of(view, outside.clock(), outside.people))


def _fresh_view(outside: Outside, run: Run) -> RunView:
    with outside.database.reading() as tx:
        view = store.get_view(tx, run.id)
    if view.run.epoch != run.epoch:
        raise Conflict(f"run {run.id} was taken up by another worker")
    return _as_remembered(outside, view)


def _as_remembered(outside: Outside, view: RunView) -> RunView:
    """The view without the secret answers that only a worker which is gone remembered: they are asked for anew."""
    secret = {
        question_key(step, number)
        for step in view.run.plan.steps
        for number, question in enumerate(step.questions)
        if question.secret and (view.run.id, question_key(step, number)) not in outside.secret_answers
    }
    return (
        replace(view, answers=tuple(answer for answer in view.answers if answer.key not in secret))
        if secret
        else view
    )


def _with_cancel(outside: Outside, view: RunView) -> RunView:
    with outside.database.reading() as tx:
        person = store.find_cancel(tx, view.run.id)
    return replace(view, run=replace(view.run, cancelled_by=person)) if person else view


async def _act(outside: Outside, view: RunView, decided: Next) -> RunView | None:
    """Do what was decided; the view afterwards, None when this segment is over."""
    now = outside.clock()
    match decided:
        case Do(step=step, attempt=attempt):
            return await _do(outside, view, step, attempt)
        case LookAhead() | TakeUp() | Probe():
            return await _find_out(outside, view, decided)
        case Skip(step=step, because=because):
            return _save(outside, view, StepRecord(step.id, 1, StepState.SKIPPED, because, now, now))
        case Close():
            judged = await asyncio.to_thread(judgements_of_procedure, view)
            return _save(outside, view, StepRecord("", 1, StepState.DONE, "", now, now, judgements=judged))
        case Pause(wait=wait):
            return _pause(outside, view, wait)
        case End():
            _end(outside, view.run, decided)
            return None


async def _find_out(outside: Outside, view: RunView, decided: LookAhead | TakeUp | Probe) -> RunView:
    """Look at what is there: before an attempt, or after one whose worker is gone."""
    if isinstance(decided, LookAhead):
        return await _look_ahead(outside, view, decided.step, decided.attempt)
    if isinstance(decided, TakeUp):
        return await _take_up(outside, view, decided.step, decided.record)
    return await _probe(outside, view, decided.step, decided.record)


async def _do(outside: Outside, view: RunView, step: PlannedStep, attempt: int) -> RunView | None:
    stale = await asyncio.to_thread(_stale, outside, view, step)
    if stale:
        _end(outside, view.run, End(Verdict.FAILED, stale))
        return None
    intent = StepRecord(step.id, attempt, StepState.RUNNING, started_at=outside.clock())
    holder = _intend(outside, view.run, step, intent)
    if holder:
        prompt = (
            f"run {holder} is working on {', '.join(_targets(view.run, step))}; this run goes on after it"
        )
        return _pause(outside, view, Wait(WaitKind.TARGET, step.id, f"target:{holder}", prompt))
    performed = await _perform(outside, view, step, intent)
    return _save(outside, view, _completed(outside, intent, performed))


async def _look_ahead(outside: Outside, view: RunView, step: PlannedStep, attempt: int) -> RunView:
    """Record what the step would act on, which is what will be approved; where it cannot be seen the step fails."""
    began = outside.clock()
    try:
        why, result = await look_ahead(outside, view, step)
    except RunwardError as error:
        why, result = str(error), {}
    if why:
        because = f"it could not be seen what it would act on: {why}"
        return _save(
            outside,
            view,
            StepRecord(step.id, attempt, StepState.FAILED, because, began, outside.clock(), result=result),
        )
    seen = StepRecord(PREVIEW + step.id, attempt, StepState.DONE, "", began, outside.clock(), result=result)
    return _save(outside, view, seen)


def _stale(outside: Outside, view: RunView, step: PlannedStep) -> str:
    """Why the plan may not be acted on any more, "" if it may: what was approved must be what is done."""
    plan = view.run.plan
    if (step.risk is Risk.READ and not step.needs_approval) or step.id.startswith(UNDO):
        return ""  # what is undone is what that run did, whatever the document says by now
    try:
        fresh = outside.replan(plan)
    except RunwardError as error:
        return f"the plan cannot be made again before step {step.number}: {error}"
    if fresh.digest != plan.digest:
        return f"the document or its bindings changed since this plan was made (before step {step.number}); run it anew"
    return ""


def _intend(outside: Outside, run: Run, step: PlannedStep, intent: StepRecord) -> str:
    """Commit the intent and take the targets; the id of the run that holds one of them, if one does."""
    with outside.database.transaction() as tx:
        if step.risk is not Risk.READ:
            holder = lock_store.save_locks(tx, run.id, _targets(run, step), outside.clock())
            if holder:
                return holder
        store.save_intent(tx, run, intent)
        if step.risk is not Risk.READ:
            detail = {
                "step": step.id,
                "attempt": intent.attempt,
                "risk": step.risk.value,
                "plan": run.plan.digest,
            }
            ledger.append(tx, _SYSTEM, "step.started", f"run/{run.id}", detail)
    return ""


def _targets(run: Run, step: PlannedStep) -> list[str]:
    return [f"{run.plan.service}/{name}" for name in step.touches or (step.target or "here",)]


async def _perform(outside: Outside, view: RunView, step: PlannedStep, intent: StepRecord) -> Performed:
    if step.kind is StepKind.MANUAL:
        return _by_hand(view, step)
    cancelled = asyncio.Event()

    def born(birth: Mapping[str, Any]) -> None:
        with outside.database.transaction() as tx:
            store.save_record(tx, view.run, replace(intent, birth=birth))

    watcher = asyncio.create_task(_watch_for_cancel(outside, view.run.id, cancelled))
    try:
        return await perform(outside, view, step, intent.attempt, cancelled, born)
    except Conflict:
        raise
    except RunwardError as error:
        return Performed(StepState.FAILED, f"it could not be done: {error}")
    finally:
        watcher.cancel()
        with suppress(asyncio.CancelledError):
            await watcher


def _by_hand(view: RunView, step: PlannedStep) -> Performed:
    key = f"manual:{step.id}"
    said = next(answer for answer in reversed(view.answers) if answer.key == key)
    state = StepState.DONE if said.value == "done" else StepState.FAILED
    because = f"{said.person} said {said.value}" + (f": {said.note}" if said.note else "")
    return Performed(state, because, {"by": said.person, "note": said.note})


async def _watch_for_cancel(outside: Outside, run_id: str, cancelled: asyncio.Event) -> None:
    while not cancelled.is_set():
        await asyncio.sleep(_CANCEL_POLL_SECONDS)
        with outside.database.reading() as tx:
            if store.find_cancel(tx, run_id):
                cancelled.set()


def _completed(outside: Outside, intent: StepRecord, performed: Performed) -> StepRecord:
    return replace(
        intent,
        state=performed.state,
        because=performed.because,
        ended_at=outside.clock(),
        result=performed.result,
        judgements=performed.judgements,
    )


async def _take_up(outside: Outside, view: RunView, step: PlannedStep, record: StepRecord) -> RunView:
    """Find out what became of an attempt whose worker is gone; never start a second one beside it."""
    found = await find_left_behind(outside, view, step, record)
    return _save(outside, view, _completed(outside, record, found))


async def _probe(outside: Outside, view: RunView, step: PlannedStep, record: StepRecord) -> RunView:
    took_effect = await probe(outside, view, step)
    if took_effect:
        because = f"interrupted, but `{step.verify}` shows that it took effect"
        changed = replace(record, state=StepState.DONE, because=because)
    else:
        changed = replace(
            record, because=f"{record.because}; `{step.verify}` does not show that it took effect"
        )
    return _save(outside, view, replace(changed, result={**record.result, "verified": took_effect}))


def _save(outside: Outside, view: RunView, record: StepRecord) -> RunView:
    with outside.database.transaction() as tx:
        store.save_record(tx, view.run, record)
        detail = {
            "step": record.step,
            "attempt": record.attempt,
            "state": record.state.value,
            "because": record.because,
        }
        if record.step.startswith(PREVIEW):
            ledger.append(tx, _SYSTEM, "step.shown", f"run/{view.run.id}", {**detail, **shown_in(record)})
        else:
            judged = {"judged": _counted(record.judgements)}
            ledger.append(tx, _SYSTEM, "step.ended", f"run/{view.run.id}", {**detail, **judged})
    return view.with_record(record)


def _counted(judgements: tuple[Judgement, ...]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for judgement in judgements:
        counted[judgement.met.value] = counted.get(judgement.met.value, 0) + 1
    return counted


def _pause(outside: Outside, view: RunView, wait: Wait) -> RunView | None:
    """Record what the run waits for; if somebody has spoken meanwhile, the view to decide anew from."""
    run = view.run
    with outside.database.transaction() as tx:
        store.hold_run(tx, run.id)
        fresh = _as_remembered(outside, store.get_view(tx, run.id))
        spoken = (fresh.approvals, fresh.answers) != (view.approvals, view.answers)
        if spoken or fresh.run.cancelled_by != run.cancelled_by:
            return fresh
        store.save_run(tx, run, replace(run, state=RunState.WAITING, wait=wait, owner=""))
        detail = {"for": wait.kind.value, "step": wait.step, "prompt": wait.prompt}
        ledger.append(tx, _SYSTEM, "run.waits", f"run/{run.id}", detail)
        _let_go(tx, run)
        if (
            wait.kind is WaitKind.TARGET
            and lock_store.find_lock(tx, wait.key.removeprefix("target:")) is None
        ):
            open_segment(tx, run.id, run.segment)  # the target became free between our look and this record
    return None


def _end(outside: Outside, run: Run, ending: End) -> None:
    with outside.database.transaction() as tx:
        ended = replace(
            run,
            state=RunState.ENDED,
            wait=None,
            owner="",
            verdict=ending.verdict,
            because=ending.because,
            ended_at=outside.clock(),
        )
        store.save_run(tx, run, ended)
        ledger.append(
            tx,
            _SYSTEM,
            "run.ended",
            f"run/{run.id}",
            {"verdict": ending.verdict.value, "because": ending.because},
        )
        _let_go(tx, run)
    outside.forget(run.id)


def _let_go(tx: Transaction, run: Run) -> None:
    """Give the targets back, and wake the runs that wait for them."""
    if not lock_store.release_locks(tx, run.id):
        return
    for waiting in store.list_waiting_for(tx, WaitKind.TARGET):
        if waiting.wait and waiting.wait.key == f"target:{run.id}":
            open_segment(tx, waiting.id, waiting.segment)
