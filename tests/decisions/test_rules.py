"""Every rule finds its own bad example, lets its good one pass, and can be told from the others."""

import re

import pytest

from runward.runbooks.finding.model import Case, Found, Rule
from runward.runbooks.linting import list_rules
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

PLAIN = frozenset(
    {
        "a",
        "all",
        "an",
        "any",
        "at",
        "by",
        "each",
        "for",
        "in",
        "it",
        "no",
        "nothing",
        "nobody",
        "none",
        "of",
        "on",
        "only",
        "since",
        "the",
        "there",
        "these",
        "this",
        "to",
        "what",
        "when",
        "where",
        "whether",
        "who",
        "with",
    }
)


def list_found(rule: Rule, text: str) -> list[Found]:
    """The places of a small document where a rule does not hold."""
    runbook = parse_runbook(text, "RUNBOOK.md")
    return list(rule.look(Case(runbook, policy_of(runbook), rule.surroundings)))


def found_in(rule: Rule, text: str) -> list[int]:
    """The lines of a small document where a rule does not hold."""
    return [one.line for one in list_found(rule, text)]


def slip_in(said: str) -> str:
    """What is wrong with how a finding is told, "" if it is a sentence."""
    if not said.endswith(".") or said.endswith(("..", "?.", " .")):
        return "it does not end with one full stop"
    return "it begins with a small letter" if said.partition(" ")[0] in PLAIN else ""


@pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.id)
class TestRule:
    def test_finds_its_bad_example(self, rule: Rule) -> None:
        assert found_in(rule, rule.bad)

    def test_lets_its_good_example_pass(self, rule: Rule) -> None:
        assert found_in(rule, rule.good) == []

    def test_tells_what_it_finds_in_a_sentence(self, rule: Rule) -> None:
        told = [one.said for one in list_found(rule, rule.bad)]
        assert [(said, slip_in(said)) for said in told if slip_in(said)] == []

    def test_says_all_that_its_page_shows(self, rule: Rule) -> None:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
        assert all(text.strip().endswith((".", "?")) for text in (rule.title, rule.why, rule.right))


@pytest.mark.parametrize(
    ("said", "slip"),
    [
        ("curl ends well whatever the answer is.", ""),
        ("The secret is printed.", ""),
        ("the secret is printed.", "it begins with a small letter"),
        ("The secret is printed", "it does not end with one full stop"),
        ("Did you mean print(...)?.", "it does not end with one full stop"),
    ],
)
def test_a_slip_in_a_sentence_is_seen(said: str, slip: str) -> None:
    assert slip_in(said) == slip


def test_no_two_rules_share_an_id() -> None:
    ids = [rule.id for rule in list_rules()]
    assert len(ids) == len(set(ids))
