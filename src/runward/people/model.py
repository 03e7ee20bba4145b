"""Who we are and how many of us must agree, as runward.toml states it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from runward.foundation.config import Section
from runward.foundation.spans import span_in, words_of

Span = Annotated[timedelta, BeforeValidator(span_in)]
RiskName = Literal["read", "change", "destroy"]
Count = Annotated[int, Field(ge=0, le=20)]


class Member(Section):
    """Somebody of the team."""

    user: str = Field("", description="The operating system's user name, if it is not the name itself.")
    roles: tuple[str, ...] = Field(
        ("operator", "approver"),
        description="`viewer` looks, `operator` asks for runs, `approver` approves them; other roles group people.",
    )


class ApprovalsFor(Section):
    """What differs from the general approvals for one service."""

    read: Count | None = Field(None, description="Approvals for a step that reads.")
    change: Count | None = Field(None, description="Approvals for a step that changes something.")
    destroy: Count | None = Field(None, description="Approvals for a step that destroys something.")
    requester_may_approve: tuple[RiskName, ...] | None = Field(
        None, description="Of which steps the person who asked for the run may give an approval."
    )
    expires_after: Span | None = Field(None, description="How long an approval holds.")
    approvers: tuple[str, ...] | None = Field(None, description="Who may approve: names, or `role:NAME`.")


class Approvals(Section):
    """How many approvals a step needs, and whose."""

    read: Count = Field(0, description="Approvals for a step that only reads.")
    change: Count = Field(1, description="Approvals for a step that changes something.")
    destroy: Count = Field(1, description="Approvals for a step that destroys something.")
    requester_may_approve: tuple[RiskName, ...] = Field(
        ("read", "change"),
        description="Of which steps the person who asked for the run may give an approval.",
    )
    expires_after: Span = Field(timedelta(hours=8), description="How long an approval holds.")
    approvers: tuple[str, ...] = Field(
        (), description="Who may approve: names, or `role:NAME`; empty for all approvers."
    )
    services: Mapping[str, ApprovalsFor] = Field(
        default_factory=dict, description="What differs for a service."
    )


@dataclass(frozen=True, slots=True)
class People:
    """The team and its rules; an empty team is whoever may log in here."""

    people: Mapping[str, Member] = field(default_factory=lambda: MappingProxyType({}))
    approvals: Approvals = field(default_factory=Approvals)


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: the name we record, and the operating system's user behind it."""

    name: str
    user: str
    roles: frozenset[str] = frozenset()
    known: bool = False  # listed in runward.toml


@dataclass(frozen=True, slots=True)
class Rule:
    """How many must approve one kind of step, who may, and for how long it holds."""

    quorum: int
    requester_may: bool
    expires_after: timedelta
    approvers: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The rule in one line; part of a plan's digest."""
        if not self.quorum:
            return "no approval"
        whose = f" of {', '.join(self.approvers)}" if self.approvers else ""
        own = "the requester may give it" if self.requester_may else "not by the requester"
        count = "1 approval" if self.quorum == 1 else f"{self.quorum} approvals"
        return f"{count}{whose}, {own}, within {words_of(self.expires_after)}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may do something, why, and what to do if not."""

    allowed: bool
    why: str
    hint: str = ""
