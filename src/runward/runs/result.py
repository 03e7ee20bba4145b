"""Keep what was observed of an attempt as plain JSON, and say what state it amounts to."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter

from runward.plugins.contracts import Birth, Ended, Outcome
from runward.runs.model import StepRecord, StepState

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


def state_of(outcome: Outcome, limit_seconds: float) -> tuple[StepState, str]:
    """The state that an outcome amounts to, and why: what failed or was not seen to end is no success."""
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
        return StepState.FAILED, f"exited {outcome.exit}"
    return StepState.DONE, "; ".join(outcome.doubts)


def _stopped(outcome: Outcome, limit_seconds: float) -> str:
    """Why we stopped it."""
    asked = next((each for each in outcome.failures if each.code == "asked"), None)
    return f"line {asked.line}: {asked.why}" if asked else f"stopped after its {limit_seconds:g} s"


def left_half_done(outcome: Outcome) -> str:
    """What was going on when it was stopped, and what was never begun."""
    running = (
        f"it was in the middle of {'; '.join(outcome.running)}" if outcome.running else "nothing was running"
    )
    count = len(outcome.not_started)
    return running + (f"; not begun: {count} more {'command' if count == 1 else 'commands'}" if count else "")
