"""Keep what was observed of an attempt as plain JSON, and say what state it amounts to."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from runward.plugins.contracts import Birth, Ended, Outcome
from runward.runbooks.model import Expectation, Operator
from runward.runs.model import Judgement, Met, StepRecord, StepState

_OUTCOME = TypeAdapter(Outcome)
_BIRTH = TypeAdapter(Birth)


def result_of(outcome: Outcome) -> Mapping[str, Any]:
    """What is kept of an outcome; the shell's own state is carried on elsewhere and never stored here."""
    kept = replace(outcome, environment=None, removed=(), variables={}, functions={})
    shape: Mapping[str, Any] = _OUTCOME.dump_python(kept, mode="json")
    return shape


def outcome_of(record: StepRecord) -> Outcome | None:
    """What was observed of an attempt, from its record; None for steps done by hand or skipped."""
    return _OUTCOME.validate_python(dict(record.result)) if "ended" in record.result else None


def birth_shape(birth: Birth) -> Mapping[str, Any]:
    """A birth as plain JSON."""
    shape: Mapping[str, Any] = _BIRTH.dump_python(birth, mode="json")
    return shape


def birth_of(record: StepRecord) -> Birth | None:
    """Which process was started for an attempt; None if its worker died before it started one."""
    return _BIRTH.validate_python(dict(record.birth)) if record.birth else None


def state_of(outcome: Outcome, limit_seconds: float, silent: Collection[int] = ()) -> tuple[StepState, str]:
    """The state that an outcome amounts to, and why: what failed or was not seen to end is no success.

    Where the last command only said no, that is no success either, unless its line is one of `silent`:
    those on which nothing was to be found, and nothing was.
    """
    first = outcome.failures[0] if outcome.failures else None
    said = f"line {first.line}: {first.why}" if first else ""
    said += f" ({first.hint})" if first and first.code == "exit" and first.hint else ""
    more = f" (and {len(outcome.failures) - 1} more)" if len(outcome.failures) > 1 else ""
    match outcome.ended:
        case Ended.CANCELLED:
            return StepState.CANCELLED, left_half_done(outcome)
        case Ended.LOST:
            return StepState.INTERRUPTED, "nobody saw how it ended"
        case Ended.TIMED_OUT | Ended.ASKED:
            return StepState.FAILED, f"{_stopped(outcome, limit_seconds)}; {left_half_done(outcome)}"
        case Ended.REFUSED:
            return StepState.FAILED, f"not started: {said or 'refused'}"
        case Ended.BOUNDED if not first:
            return StepState.DONE, "stopped by its bound: it would have gone on for ever"
    if first:
        return StepState.FAILED, said + more
    if outcome.exit:
        return _of_last_word(outcome, silent)
    return StepState.DONE, "; ".join(outcome.doubts)


def _stopped(outcome: Outcome, limit_seconds: float) -> str:
    """Why we stopped it."""
    asked = next((each for each in outcome.failures if each.code == "asked"), None)
    return f"line {asked.line}: {asked.why}" if asked else f"stopped after its {limit_seconds:g} s"


def _of_last_word(outcome: Outcome, silent: Collection[int]) -> tuple[StepState, str]:
    """What a script's exit amounts to when no command of it failed."""
    last = next((one for one in reversed(outcome.commands) if one.why and outcome.exit in one.exits), None)
    if last is None:
        return StepState.FAILED, f"exited {outcome.exit}"
    if last.line in silent:
        return StepState.DONE, f"line {last.line}: {last.why}, as it should"
    return StepState.FAILED, f"line {last.line}: {last.why}"


def silent_lines(expects: Sequence[Expectation], judged: Sequence[Judgement]) -> frozenset[int]:
    """The lines of the document on which nothing was to be found, and nothing was."""
    return frozenset(
        line
        for expectation, judgement in zip(expects, judged, strict=True)
        if expectation.operator is Operator.ABSENT and judgement.met is Met.MET
        for line in expectation.at
    )


def left_half_done(outcome: Outcome) -> str:
    """What was going on when it was stopped, and what was never begun."""
    running = (
        f"it was in the middle of {'; '.join(outcome.running)}" if outcome.running else "nothing was running"
    )
    count = len(outcome.not_started)
    return running + (f"; not begun: {count} more {'command' if count == 1 else 'commands'}" if count else "")
