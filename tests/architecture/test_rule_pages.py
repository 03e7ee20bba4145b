"""The pages of the rules say what the rules say; `make docs` writes them."""

from pathlib import Path

import pytest

from runward.runbooks.finding.model import Rule
from runward.runbooks.finding.pages import rule_page, rules_page
from runward.runbooks.linting import list_rules

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


@pytest.mark.parametrize("rule", list_rules(), ids=lambda rule: rule.id)
def test_the_page_of_a_rule_is_up_to_date(rule: Rule) -> None:
    path = DOCS / "rules" / f"{rule.id}.md"
    assert path.is_file(), "`make docs` is due"
    assert path.read_text(encoding="utf-8") == rule_page(rule), "`make docs` is due"


def test_the_list_of_rules_is_up_to_date() -> None:
    assert (DOCS / "reference" / "rules.md").read_text(encoding="utf-8") == rules_page(list_rules()), (
        "`make docs` is due"
    )


def test_no_page_is_left_of_a_rule_that_is_no_more() -> None:
    assert {path.stem for path in (DOCS / "rules").glob("*.md")} == {rule.id for rule in list_rules()}
