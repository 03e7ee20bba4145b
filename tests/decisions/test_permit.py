"""Who may ask and who may approve: every rule as a row."""

from datetime import UTC, datetime, timedelta

import pytest

from runward.people.model import Approvals, ApprovalsFor, Member, People, Person
from runward.people.permit import (
    Act,
    Given,
    is_approved,
    may_approve,
    may_request,
    person_named,
    rule_for,
    self_approval_warnings,
    standing,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROOT, OTHER = Person("root", "root"), Person("other", "other")
TEAM = People(
    {
        "ada": Member(user="al"),
        "ben": Member(roles=("operator",)),
        "cleo": Member(roles=("approver", "dba")),
        "dora": Member(roles=("viewer",)),
        "eve": Member(roles=("approver", "dba")),
    }
)
ADA, BEN, CLEO, DORA, EVE = (person_named(TEAM, user) for user in ("al", "ben", "cleo", "dora", "eve"))
STRANGER = person_named(TEAM, "mallory")


def act(risk: str, by: Person = ROOT, *given: Given, now: datetime = NOW) -> Act:
    return Act(risk, by, "digest", now, given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("person", "risk", "requester", "allowed"),
    [
        (ROOT, "read", ROOT, False),  # needs none
        (ROOT, "change", ROOT, True),
        (OTHER, "change", ROOT, True),
        (ROOT, "destroy", ROOT, False),
        (OTHER, "destroy", ROOT, True),
        (Person("other", "root"), "destroy", ROOT, False),  # the same user under another name
        (Person("root", "other"), "destroy", ROOT, False),
    ],
)
def test_by_default_another_person_approves_what_destroys(
    person: Person, risk: str, requester: Person, allowed: bool
) -> None:
    people = People()
    assert may_approve(person, act(risk, requester), rule_for(people, "", risk), people).allowed is allowed  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("person", "allowed"), [(ADA, True), (BEN, False), (CLEO, True), (DORA, False), (STRANGER, False)]
)
def test_once_people_are_listed_only_approvers_among_them_approve(person: Person, allowed: bool) -> None:
    verdict = may_approve(person, act("destroy", EVE), rule_for(TEAM, "", "destroy"), TEAM)
    assert verdict.allowed is allowed
    assert verdict.why


@pytest.mark.parametrize(
    ("approvers", "allowed"), [(("cleo",), [CLEO]), (("role:dba",), [CLEO, EVE]), ((), [ADA, CLEO, EVE])]
)
def test_approvers_are_named_by_name_or_role(approvers: tuple[str, ...], allowed: list[Person]) -> None:
    people = People(TEAM.people, Approvals(services={"shop": ApprovalsFor(approvers=approvers)}))
    rule = rule_for(people, "shop", "destroy")
    every = [ADA, BEN, CLEO, DORA, EVE, STRANGER]
    assert [one for one in every if may_approve(one, act("destroy", BEN), rule, people).allowed] == allowed


@pytest.mark.parametrize(
    ("person", "risk", "allowed"),
    [
        (ADA, "destroy", True),
        (BEN, "destroy", True),
        (CLEO, "read", True),
        (CLEO, "change", False),
        (DORA, "read", True),
        (DORA, "change", False),
        (STRANGER, "read", True),
        (STRANGER, "change", False),
    ],
)
def test_operators_ask_for_changes_and_anybody_may_look(person: Person, risk: str, allowed: bool) -> None:
    assert may_request(person, TEAM, risk).allowed is allowed  # type: ignore[arg-type]
    assert may_request(person, People(), risk).allowed  # type: ignore[arg-type]


def test_a_team_of_one_may_opt_in_and_is_warned() -> None:
    people = People(approvals=Approvals(requester_may_approve=("change", "destroy")))
    assert may_approve(ROOT, act("destroy"), rule_for(people, "shop", "destroy"), people).allowed
    assert self_approval_warnings(people, ["shop"]) == (
        "whoever asks for a run of shop may approve what it destroys",
    )
    assert not self_approval_warnings(People(), ["shop"])
    none = People(approvals=Approvals(destroy=0))
    assert self_approval_warnings(none, []) == ("steps that destroy need no approval at all",)


def given(by: Person, minutes_ago: float = 1, digest: str = "digest") -> Given:
    return Given(by, NOW - timedelta(minutes=minutes_ago), digest)


@pytest.mark.parametrize(
    ("approvals", "counted"),
    [
        ([], 0),
        ([given(ADA)], 1),
        ([given(ADA), given(CLEO)], 2),
        ([given(ADA), given(ADA)], 1),  # one person counts once
        ([given(ADA), given(Person("another", "al"))], 1),  # also under another name
        ([given(ADA, digest="another plan")], 0),
        ([given(ADA, minutes_ago=8 * 60)], 0),  # expired at that very moment
        ([given(ADA, minutes_ago=8 * 60 - 1)], 1),
        ([given(ADA, minutes_ago=-1)], 0),  # from the future: the clock was set back
        ([given(BEN)], 0),  # the requester
        ([given(DORA)], 0),  # no approver
        ([given(STRANGER)], 0),
    ],
)
def test_an_approval_counts_for_this_plan_for_a_time_and_once_a_person(
    approvals: list[Given], counted: int
) -> None:
    people = People(TEAM.people, Approvals(destroy=2))
    rule = rule_for(people, "", "destroy")
    assert len(standing(act("destroy", BEN, *approvals), rule, people)) == counted
    assert is_approved(act("destroy", BEN, *approvals), rule, people) is (counted >= 2)


def test_nobody_approves_twice() -> None:
    people = People(TEAM.people, Approvals(destroy=2))
    verdict = may_approve(ADA, act("destroy", BEN, given(ADA)), rule_for(people, "", "destroy"), people)
    assert not verdict.allowed
    assert "already" in verdict.why


def test_a_service_may_be_stricter() -> None:
    people = People(
        approvals=Approvals(
            services={
                "bank": ApprovalsFor(
                    read=1, change=2, destroy=3, requester_may_approve=(), expires_after=timedelta(minutes=5)
                )
            }
        )
    )
    assert [rule_for(people, "bank", risk).quorum for risk in ("read", "change", "destroy")] == [1, 2, 3]  # type: ignore[arg-type]
    assert not rule_for(people, "bank", "change").requester_may
    assert rule_for(people, "shop", "change").requester_may
    assert rule_for(people, "bank", "change").words == "2 approvals, not by the requester, within 5m"


@pytest.mark.parametrize(
    ("user", "claimed", "name", "known"),
    [
        ("al", "", "ada", True),
        ("ada", "", "ada", True),
        ("al", "cleo", "cleo", True),  # an explicit name is recorded with the user behind it
        ("al", "nobody", "nobody", False),
        ("mallory", "", "mallory", False),
    ],
)
def test_a_person_is_the_user_behind_the_name(user: str, claimed: str, name: str, known: bool) -> None:
    person = person_named(TEAM, user, claimed)
    assert (person.name, person.user, person.known) == (name, user, known)
