"""Carry out one step on the real thing, and say how it went."""

import asyncio
import glob
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from runward.plugins.contracts import Bound, Ended, Order, Outcome, Query, Secret, Watch
from runward.plugins.runtimes import postgres
from runward.plugins.runtimes.local import find_living, never_started
from runward.runs.acting import act
from runward.runs.advance import question_key
from runward.runs.carried import carried_after, read_carried, write_carried
from runward.runs.model import Judgement, PlannedStep, RunView, StepRecord, StepState
from runward.runs.outside import Outside, Surroundings
from runward.runs.places import attempt_folder
from runward.runs.planning.globs import open_patterns
from runward.runs.planning.native import is_action
from runward.runs.result import birth_of, birth_shape, result_of, silent_lines, state_of
from runward.runs.seen import doubts_of_step, judgements_of_step

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Performed:
    """How an attempt ended, with everything observed in a form that can be kept."""

    state: StepState
    because: str = ""
    result: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    judgements: tuple[Judgement, ...] = ()


async def perform(
    outside: Outside,
    view: RunView,
    step: PlannedStep,
    attempt: int,
    cancelled: asyncio.Event,
    born: Callable[[Mapping[str, Any]], None],
) -> Performed:
    """Execute a step and judge it; `born` records the process before it does anything."""
    folder = attempt_folder(outside.state, view.run.id, step, attempt)
    around = outside.surroundings(view.run, step)
    if is_action(step):
        return performed_of(outside, view, step, await act(outside, view, step, attempt, folder, cancelled))
    spoiled = _spoiled(outside, view, step, around)
    if spoiled is not None:
        return spoiled
    if not _starts_a_script(step):
        outcome = await postgres.perform(
            query_for(view, step, around), folder, Watch(), cancelled, outside.shell
        )
    else:
        watch = Watch(born=lambda birth: born(birth_shape(birth)))
        outcome = await outside.shell.perform(
            order_for(outside, view, step, around), folder, watch, cancelled
        )
    return performed_of(outside, view, step, outcome)


def _spoiled(outside: Outside, view: RunView, step: PlannedStep, around: Surroundings) -> Performed | None:
    """A refusal where bash would put file names in the place of a pattern that is meant for a program."""
    if not _is_shell(step):
        return None
    folder = read_carried(outside.folder_of(view.run.id)).working_folder or str(around.folder)
    for each in open_patterns(step.script, step.first_line):
        names = glob.glob(each.pattern, root_dir=folder)  # noqa: PTH207  # by bash's rules: hidden files stay hidden, a path may be absolute
        if names:
            why = f"bash would put {len(names)} file names ({names[0]} ...) in the place of {each.pattern} before {each.program} sees it"
            failure = {
                "line": each.line,
                "text": each.command,
                "why": why,
                "hint": f"quote it: '{each.pattern}'",
            }
            return Performed(
                StepState.FAILED, f"not started: line {each.line}: {why}", {"failures": [failure]}
            )
    return None


def query_for(view: RunView, step: PlannedStep, around: Surroundings) -> Query:
    """A step as SQL to execute; what only reads is held to that by the server, whatever we thought."""
    return Query(
        script=_with_literals(step.script, around),
        address=around.url,
        first_line=step.first_line,
        read_only=step.risk.rank == 0,
        statement_seconds=step.time_limit_seconds,
        time_limit_seconds=step.time_limit_seconds,
        name=f"runward/{view.run.id}",
        secrets=_secrets(around),
    )


def _with_literals(script: str, around: Surroundings) -> str:
    """SQL with its secrets in place, each as a quoted literal; the runtime masks them wherever they are shown."""
    for name, value in around.environment.items():
        script = script.replace(f":'{name}'", "'" + value.replace("'", "''") + "'")
    return script


def _secrets(around: Surroundings) -> tuple[Secret, ...]:
    named = {name: value for name, value in around.environment.items() if value in around.secrets}
    rest = [value for value in around.secrets if value not in named.values()]
    return (
        *(Secret(name, value) for name, value in named.items()),
        *(Secret(f"secret{number}", value, exported=False) for number, value in enumerate(rest)),
    )


def order_for(outside: Outside, view: RunView, step: PlannedStep, around: Surroundings) -> Order:
    """A step as a script to execute, starting from what the steps before left."""
    carried = read_carried(outside.folder_of(view.run.id))
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
        secrets=(*_secrets(around), *_secret_answers(outside, view, step)),
        answers=_answers(outside, view, step),
        time_limit_seconds=step.time_limit_seconds,
        bounds=tuple(Bound(each.line, step.endless_seconds) for each in step.bounds if not each.bounded),
    )


def _is_shell(step: PlannedStep) -> bool:
    return step.language != "sql" and not is_action(step) and step.interpreter in {"", "bash", "sh"}


def _script(step: PlannedStep) -> str:
    """The script as bash takes it: another language is handed to its interpreter as it stands."""
    if _is_shell(step):
        return step.script
    end = "RUNWARD_END_OF_BLOCK"
    return f"{step.interpreter} <<'{end}'\n{step.script.rstrip(chr(10))}\n{end}\n"


def _secret_answers(outside: Outside, view: RunView, step: PlannedStep) -> tuple[Secret, ...]:
    """What a person typed in secret is masked like any other secret."""
    keys = [(view.run.id, question_key(step, number)) for number in range(len(step.questions))]
    found = [outside.secret_answers[key] for key in keys if outside.secret_answers.get(key)]
    return tuple(Secret(f"answer{number}", value, exported=False) for number, value in enumerate(found))


def _answers(outside: Outside, view: RunView, step: PlannedStep) -> tuple[str, ...]:
    keys = [question_key(step, number) for number in range(len(step.questions))]
    return tuple(outside.secret_answers.get((view.run.id, key)) or view.answer(key) or "" for key in keys)


def performed_of(outside: Outside, view: RunView, step: PlannedStep, outcome: Outcome) -> Performed:
    """How an attempt went: nothing that failed, timed out or was not seen to end is a success."""
    folder = outside.folder_of(view.run.id)
    write_carried(folder, carried_after(read_carried(folder), outcome))
    state, because = state_of(outcome, step.time_limit_seconds)
    if state not in {StepState.DONE, StepState.FAILED}:
        return Performed(state, because, result_of(outcome))
    judged = judgements_of_step(step, outcome, view)
    state, because = state_of(outcome, step.time_limit_seconds, silent_lines(step.expects, judged))
    doubts = doubts_of_step(step, outcome) if state is StepState.DONE else ()
    return Performed(state, because, result_of(outcome), (*judged, *doubts))


_UNTOUCHED = Performed(
    StepState.INTERRUPTED,
    "its worker died before the script began; nothing of it was done",
    {"untouched": True},
)


def _starts_a_script(step: PlannedStep) -> bool:
    """Whether the step waits for its birth to be recorded before it does anything, as scripts do and SQL cannot."""
    return not is_action(step) and (step.language != "sql" or bool(step.interpreter))


async def find_left_behind(
    outside: Outside, view: RunView, step: PlannedStep, record: StepRecord
) -> Performed:
    """What became of an attempt whose worker is gone: wait for a child that lives, read what a dead one left."""
    birth = birth_of(record)
    if birth is None and _starts_a_script(step):
        return _UNTOUCHED
    if birth is None:
        return Performed(StepState.INTERRUPTED, "its worker was gone before anything could be seen of it")
    cancelled = asyncio.Event()
    if view.run.cancelled_by:
        cancelled.set()
    order = order_for(outside, view, step, outside.surroundings(view.run, step))
    if find_living(birth):
        outcome = await outside.shell.rejoin(order, birth, Watch(), cancelled)
    elif never_started(Path(birth.folder)):
        return _UNTOUCHED
    else:
        outcome = await asyncio.to_thread(outside.shell.collect, order, Path(birth.folder))
    if outcome.ended is Ended.LOST:
        return Performed(
            StepState.INTERRUPTED, "its worker died while it was being done, and nothing tells how it ended"
        )
    return performed_of(outside, view, step, outcome)


async def probe(outside: Outside, view: RunView, step: PlannedStep) -> bool:
    """Whether the step's `verify` command says that an interrupted attempt took effect."""
    around = outside.surroundings(view.run, step)
    order = replace(order_for(outside, view, step, around), script=step.verify, answers=(), bounds=())
    folder = outside.folder_of(view.run.id) / f"{step.number:03d}-verify"
    outcome = await outside.shell.perform(order, folder, Watch(), asyncio.Event())
    return outcome.ended is Ended.FINISHED and outcome.exit == 0 and not outcome.failures
