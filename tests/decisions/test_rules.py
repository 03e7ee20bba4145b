"""Every rule finds its own bad example, lets its good one pass, and can be told from the others."""

import re

import pytest

from runward.runbooks.finding.model import Case, Rule
from runward.runbooks.linting import list_rules
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook


def found_in(rule: Rule, text: str) -> list[int]:
    """The lines of a small document where a rule does not hold."""
    runbook = parse_runbook(text, "RUNBOOK.md")
    return [one.line for one in rule.look(Case(runbook, policy_of(runbook), rule.surroundings))]


@pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.id)
class TestRule:
    def test_finds_its_bad_example(self, rule: Rule) -> None:
        assert found_in(rule, rule.bad)

    def test_lets_its_good_example_pass(self, rule: Rule) -> None:
        assert found_in(rule, rule.good) == []

    def test_says_all_that_its_page_shows(self, rule: Rule) -> None:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.id)
        assert all(text.strip().endswith((".", "?")) for text in (rule.title, rule.why, rule.right))


def test_no_two_rules_share_an_id() -> None:
    ids = [rule.id for rule in list_rules()]
    assert len(ids) == len(set(ids))
