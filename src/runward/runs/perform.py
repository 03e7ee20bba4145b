"""Carry out one step on the real thing, and say how it went."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import TypeAdapter

from runward.plugins.contracts import Birth, Bound, Ended, Order, Outcome, Query, Secret, Watch
from runward.plugins.runtimes import local, postgres
from runward.runs.advance import question_key
from runward.runs.carried import Carried, carried_after, read_carried, write_carried
from runward.runs.judging import judgements_of
from runward.runs.model import Judgement, PlannedStep, RunView, StepRecord, StepState
from runward.runs.outside import Outside, Surroundings

_OUTCOME = TypeAdapter(Outcome)
_BIRTH = TypeAdapter(Birth)
_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Performed:
    """How an attempt ended, with everything observed in a form that can be kept."""

    state: StepState
    because: str = ""
    result: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    judgements: tuple[Judgement, ...] = ()


def tape_folder(outside: Outside, run_id: str, step: PlannedStep, attempt: int) -> Path:
    """Where the output of an attempt is kept."""
    return outside.folder_of(run_id) / f"{step.number:03d}-{attempt}"


async def perform(
    outside: Outside,
    view: RunView,
    step: PlannedStep,
    attempt: int,
    cancelled: asyncio.Event,
    born: Callable[[Mapping[str, Any]], None],
) -> Performed:
    """Execute a step and judge it; `born` records the process before it does anything."""
    folder = tape_folder(outside, view.run.id, step, attempt)
    around = outside.surroundings(view.run, step)
    if step.language == "sql" and not step.interpreter:
        outcome = await postgres.perform(_query(view, step, around), folder, Watch(), cancelled)
    else:
        watch = Watch(born=lambda birth: born(_BIRTH.dump_python(birth, mode="json")))
        carried = read_carried(outside.folder_of(view.run.id))
        outcome = await local.perform(_order(outside, view, step, around, carried), folder, watch, cancelled)
    return performed_of(outside, view, step, outcome)


def _query(view: RunView, step: PlannedStep, around: Surroundings) -> Query:
    return Query(
        script=step.script,
        address=around.url,
        first_line=step.first_line,
        read_only=step.risk.rank == 0,
        statement_seconds=step.time_limit_seconds,
        time_limit_seconds=step.time_limit_seconds,
        name=f"runward/{view.run.id}",
        secrets=_secrets(around),
    )


def _secrets(around: Surroundings) -> tuple[Secret, ...]:
    named = {name: value for name, value in around.environment.items() if value in around.secrets}
    rest = [value for value in around.secrets if value not in named.values()]
    return (
        *(Secret(name, value) for name, value in named.items()),
        *(Secret(f"secret{number}", value, exported=False) for number, value in enumerate(rest)),
    )


def _order(
    outside: Outside, view: RunView, step: PlannedStep, around: Surroundings, carried: Carried
) -> Order:
    shown = {name: value for name, value in around.environment.items() if value not in around.secrets}
    return Order(
        script=_script(step),
        first_line=step.first_line - (0 if _is_shell(step) else 1),
        document=view.run.plan.path,
        working_folder=carried.working_folder or str(around.folder),
        environment={**carried.environment, **shown},
        removed=carried.removed,
        variables=carried.variables,
        functions=carried.functions,
        secrets=_secrets(around),
        answers=_answers(outside, view, step),
        time_limit_seconds=step.time_limit_seconds,
        bounds=tuple(Bound(line=bound.line) for bound in step.bounds),
    )


def _is_shell(step: PlannedStep) -> bool:
    return step.interpreter in {"", "bash", "sh"}


def _script(step: PlannedStep) -> str:
    """The script as bash takes it: another language is handed to its interpreter as it stands."""
    if _is_shell(step):
        return step.script
    end = "RUNWARD_END_OF_BLOCK"
    return f"{step.interpreter} <<'{end}'\n{step.script.rstrip(chr(10))}\n{end}\n"


def _answers(outside: Outside, view: RunView, step: PlannedStep) -> tuple[str, ...]:
    keys = [question_key(step, number) for number in range(len(step.questions))]
    return tuple(outside.secret_answers.get((view.run.id, key)) or view.answer(key) or "" for key in keys)


def performed_of(outside: Outside, view: RunView, step: PlannedStep, outcome: Outcome) -> Performed:
    """How an attempt went: nothing that failed, timed out or was not seen to end is a success."""
    folder = outside.folder_of(view.run.id)
    write_carried(folder, carried_after(read_carried(folder), outcome))
    kept = replace(outcome, environment=None, removed=(), variables={}, functions={})
    result = _OUTCOME.dump_python(kept, mode="json")
    state, because = state_of(outcome, step)
    judged = (
        judgements_of(step.expects, step, outcome, view)
        if state in {StepState.DONE, StepState.FAILED}
        else ()
    )
    return Performed(state, because, result, judged)


def state_of(outcome: Outcome, step: PlannedStep) -> tuple[StepState, str]:
    """The state that an outcome amounts to, and why."""
    first = outcome.failures[0] if outcome.failures else None
    said = f"line {first.line}: {first.why}" if first else ""
    more = f" (and {len(outcome.failures) - 1} more)" if len(outcome.failures) > 1 else ""
    match outcome.ended:
        case Ended.CANCELLED:
            return StepState.CANCELLED, _left_half_done(outcome)
        case Ended.LOST:
            return StepState.INTERRUPTED, "nobody saw how it ended"
        case Ended.TIMED_OUT:
            return (
                StepState.FAILED,
                f"stopped after its {step.time_limit_seconds:g} s; {_left_half_done(outcome)}",
            )
        case Ended.REFUSED:
            return StepState.FAILED, f"not started: {said or 'refused'}"
        case Ended.BOUNDED if not first:
            return StepState.DONE, "ended by its bound: it would have gone on for ever"
    if first:
        return StepState.FAILED, said + more
    if outcome.exit:
        return StepState.FAILED, f"exited {outcome.exit}"
    return StepState.DONE, "; ".join(outcome.doubts)


def _left_half_done(outcome: Outcome) -> str:
    running = (
        f"it was in the middle of {'; '.join(outcome.running)}" if outcome.running else "nothing was running"
    )
    rest = f"; not started: {len(outcome.not_started)} more" if outcome.not_started else ""
    return running + rest


def outcome_of(record: StepRecord) -> Outcome | None:
    """What was observed of an attempt, from its record; None for steps done by hand or skipped."""
    return _OUTCOME.validate_python(dict(record.result)) if "ended" in record.result else None


async def find_left_behind(
    outside: Outside, view: RunView, step: PlannedStep, record: StepRecord
) -> Performed:
    """What became of an attempt whose worker is gone: wait for a child that lives, read what a dead one left."""
    if not record.birth:
        return Performed(StepState.INTERRUPTED, "its worker was gone before anything could be seen of it")
    birth = _BIRTH.validate_python(dict(record.birth))
    cancelled = asyncio.Event()
    if view.run.cancelled_by:
        cancelled.set()
    outcome = await local.collect(birth, Watch(), cancelled)
    if outcome is None:
        return Performed(
            StepState.INTERRUPTED, "its worker died while it was being done, and nothing tells how it ended"
        )
    return performed_of(outside, view, step, outcome)


async def probe(outside: Outside, view: RunView, step: PlannedStep) -> bool:
    """Whether the step's `verify` command says that an interrupted attempt took effect."""
    around = outside.surroundings(view.run, step)
    carried = read_carried(outside.folder_of(view.run.id))
    order = replace(_order(outside, view, step, around, carried), script=step.verify, answers=(), bounds=())
    folder = outside.folder_of(view.run.id) / f"{step.number:03d}-verify"
    outcome = await local.perform(order, folder, Watch(), asyncio.Event())
    return outcome.ended is Ended.FINISHED and outcome.exit == 0 and not outcome.failures
