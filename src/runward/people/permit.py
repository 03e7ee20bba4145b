"""Decide who may ask for a run and who may approve a step: the one place where that is decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from runward.people.model import ApprovalsFor, People, Person, RiskName, Rule, Verdict


@dataclass(frozen=True, slots=True)
class Given:
    """An approval that somebody gave."""

    by: Person
    at: datetime
    digest: str


@dataclass(frozen=True, slots=True)
class Act:
    """What is to be approved, as things stand now."""

    risk: RiskName
    requested_by: Person
    digest: str  # of the plan as it would be carried out now
    now: datetime
    given: tuple[Given, ...] = ()


def person_named(people: People, user: str, claimed: str = "") -> Person:
    """The person behind the operating system's user, or the name that was claimed explicitly."""
    for name, member in people.people.items():
        if name == claimed or (not claimed and user in {member.user, name}):
            return Person(name, user, frozenset(member.roles), known=True)
    return Person(claimed or user, user)


def rule_for(people: People, service: str, risk: RiskName) -> Rule:
    """The rule for steps of a risk in a service."""
    general = people.approvals
    own = general.services.get(service, ApprovalsFor())
    quorum = getattr(own, risk)
    may = general.requester_may_approve if own.requester_may_approve is None else own.requester_may_approve
    return Rule(
        quorum=getattr(general, risk) if quorum is None else quorum,
        requester_may=risk in may,
        expires_after=own.expires_after or general.expires_after,
        approvers=general.approvers if own.approvers is None else own.approvers,
    )


def may_request(person: Person, people: People, risk: RiskName) -> Verdict:
    """Whether a person may ask for a run whose worst step has this risk."""
    if not people.people:
        return Verdict(True, "nobody is listed in runward.toml, so whoever may log in here may ask")
    if not person.known:
        if risk == "read":
            return Verdict(True, "anybody may look")
        return Verdict(
            False, f"{person.name} is not among the people of runward.toml", "add the name under [people]"
        )
    if risk == "read" or "operator" in person.roles:
        return Verdict(True, f"{person.name} may ask for it")
    return Verdict(False, f"{person.name} has no role that asks for changes", "the role operator does")


def may_approve(person: Person, act: Act, rule: Rule, people: People) -> Verdict:
    """Whether a person may approve this act now."""
    if not rule.quorum:
        return Verdict(False, "this step needs no approval")
    refusal = _not_an_approver(person, rule, people) or _own_request(person, act, rule)
    if refusal:
        return refusal
    if any(_same(given.by, person) for given in standing(act, rule, people)):
        return Verdict(
            False, f"{person.name} has approved it already", "somebody else must give the next approval"
        )
    return Verdict(True, f"{person.name} may approve a step that can {act.risk}")


def standing(act: Act, rule: Rule, people: People) -> tuple[Given, ...]:
    """The approvals that count: of this very plan, not expired, each by another person who may approve."""
    counted: list[Given] = []
    for given in sorted(act.given, key=lambda one: one.at):
        fresh = given.digest == act.digest and given.at <= act.now < given.at + rule.expires_after
        barred = _not_an_approver(given.by, rule, people) or _own_request(given.by, act, rule)
        if fresh and not barred and not any(_same(given.by, one.by) for one in counted):
            counted.append(given)
    return tuple(counted)


def is_approved(act: Act, rule: Rule, people: People) -> bool:
    """Whether enough people have approved this very plan."""
    return len(standing(act, rule, people)) >= rule.quorum


def self_approval_warnings(people: People, services: Sequence[str]) -> tuple[str, ...]:
    """Where one person alone may destroy, or nobody need agree: said by `runward doctor`."""
    warnings = []
    for service in services or ("",):
        rule = rule_for(people, service, "destroy")
        where = f" of {service}" if service else ""
        if not rule.quorum:
            warnings.append(f"steps{where} that destroy need no approval at all")
        elif rule.requester_may:
            warnings.append(f"whoever asks for a run{where} may approve what it destroys")
    return tuple(warnings)


def _not_an_approver(person: Person, rule: Rule, people: People) -> Verdict | None:
    if rule.approvers:
        named = person.name in rule.approvers or any(
            f"role:{role}" in rule.approvers for role in person.roles
        )
        if named:
            return None
        return Verdict(
            False, f"{person.name} is not one of those who approve here", f"ask {' or '.join(rule.approvers)}"
        )
    if not people.people or "approver" in person.roles:
        return None
    if not person.known:
        return Verdict(
            False, f"{person.name} is not among the people of runward.toml", "add the name under [people]"
        )
    return Verdict(False, f"{person.name} has no role that approves", "the role approver does")


def _own_request(person: Person, act: Act, rule: Rule) -> Verdict | None:
    if rule.requester_may or not _same(person, act.requested_by):
        return None
    who = person.name if person.name == act.requested_by.name else f"{person.name} ({person.user})"
    return Verdict(
        False,
        f"{who} asked for this run and may not approve a step that can {act.risk}",
        "another person must; a team of one may set requester_may_approve under [approvals]",
    )


def _same(one: Person, other: Person) -> bool:
    """The same name, or the same operating system's user under another name."""
    return one.name == other.name or one.user == other.user
