"""No text makes the readers of people, times and papers fail or go astray."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runward.runbooks.fact.arrangements import arrangements
from runward.runbooks.fact.statements import statements_of
from runward.runbooks.model import Fact
from runward.runbooks.read import parse_runbook

PIECES = st.sampled_from(
    [
        "# Shop\n", "## Weekly Tasks\n", "## Contacts\n", "## Escalation\n", "### P1 - Critical\n", "**Monday**\n",
        "- Level 1: CTO (> 10 min or x)\n", "- [ ] a\n", "- **Frequency**: Daily + weekly\n", "| Severity | Response Time |\n|---|---|\n",
        "| P1 | 5 min |\n", "| | |\n", "```\n", "```yaml\n", "0 2 * * * x\n", "┌──┐\n│ a│\n└──┘\n", "**Owner**: [x]\n", "Week 1: A (Primary)\n",
        "## Incident Template\n", "**1 Day Before:**\n", "(9 AM)", " every 3 ", "\n", "é", "\u2139", "| a |\n", "---\n", "> ", "  - b\n", "1. **x** - y\n",
    ]
)  # fmt: skip


@given(st.lists(PIECES | st.text(max_size=20), max_size=30).map("".join))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read_and_its_facts_are_plain(text: str) -> None:
    runbook = parse_runbook(text, "book.md")
    for one in arrangements(statements_of(runbook)):
        assert 1 <= one.line <= len(runbook.document.lines)
        if isinstance(one, Fact):
            json.dumps(dict(one.value))
            assert (one.start or one.line) <= one.line
            assert one.line <= (one.end or one.line) <= len(runbook.document.lines)


@pytest.mark.parametrize(
    "word",
    ["a ", "1-", "(", "[a]", "a, ", "#incident-", "every 2 ", "before the ", "+1-", "Level 1: ", "P1 "],
)
@pytest.mark.parametrize(
    "text",
    [
        "# T\n## {}\n- x\n- y\n",
        "# T\n## Contacts\n- A: {}\n",
        "# T\n**Frequency**: {}\n**Owner**: {}\n**Duration**: {}\n",
        "# T\n## Incident Lifecycle\n1. **A** - {}\n2. **B** - y\n3. **C** - {}\n",
        "# T\n| Severity | Response Time | Escalation |\n|---|---|---|\n| P1 | {} | {} |\n| P2 | 1h | {} |\n",
        "# T\n## Incident Template\n```\n{}\n```\n",
    ],
)
@pytest.mark.timeout(60)  # a pattern that goes astray takes longer than anybody waits
def test_a_line_without_end_is_read(text: str, word: str) -> None:
    document = text.replace("{}", word * 1500)
    found = list(arrangements(statements_of(parse_runbook(document, "book.md"))))
    assert all(1 <= one.line <= document.count("\n") for one in found)
