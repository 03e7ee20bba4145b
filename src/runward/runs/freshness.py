"""Decide how fresh a procedure is: when it was last done, how that ended, what has changed since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from runward.runs.model import Ending, Verdict


class Standing(StrEnum):
    """How far a procedure can be trusted, the best first."""

    FRESH = "fresh"  # it succeeded, not long ago, as it is written now
    CHANGED = "changed"  # it was changed since it succeeded
    STALE = "stale"  # it succeeded too long ago
    FAILING = "failing"  # the last time it did not succeed
    NEVER = "never run"


@dataclass(frozen=True, slots=True)
class Freshness:
    """A procedure's standing with what it was decided on."""

    procedure: str
    standing: Standing
    last: Ending | None = None
    succeeded: Ending | None = None
    drilled: Ending | None = None

    @property
    def words(self) -> str:
        """In one line: "succeeded 2026-03-01 by ada; drilled 2026-02-01"."""
        if self.last is None:
            return "never run"
        told = f"{self.last.verdict.value} {self.last.ended_at:%Y-%m-%d} by {self.last.requester}"
        extra = {
            Standing.CHANGED: "; changed since",
            Standing.STALE: "; too long ago",
            Standing.FAILING: f"; last well {self.succeeded.ended_at:%Y-%m-%d}"
            if self.succeeded
            else "; never well",
        }.get(self.standing, "")
        drilled = f"; drilled {self.drilled.ended_at:%Y-%m-%d}" if self.drilled else "; never drilled"
        return told + extra + drilled


def last_success(endings: Sequence[Ending]) -> Ending | None:
    """The newest that succeeded."""
    return next((one for one in endings if one.verdict is Verdict.SUCCEEDED), None)


def freshness_of(
    procedure: str, endings: Sequence[Ending], *, changed: bool, now: datetime, stale_after: timedelta
) -> Freshness:
    """The standing of a procedure by how its runs ended, newest first; `changed` since the last that succeeded."""
    if not endings:
        return Freshness(procedure, Standing.NEVER)
    last, succeeded = endings[0], last_success(endings)
    drilled = next((one for one in endings if one.drill), None)
    return Freshness(
        procedure, _standing(last, succeeded, changed, now - stale_after), last, succeeded, drilled
    )


def _standing(last: Ending, succeeded: Ending | None, changed: bool, oldest: datetime) -> Standing:
    if succeeded is None or last is not succeeded:
        return Standing.FAILING
    if succeeded.ended_at < oldest:
        return Standing.STALE
    return Standing.CHANGED if changed else Standing.FRESH
