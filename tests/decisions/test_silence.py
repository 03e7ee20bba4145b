"""A comment silences one rule in exactly the lines that it says, and only with a reason."""

import pytest

from runward.runbooks.finding.model import Case
from runward.runbooks.finding.silence import silences_of
from runward.runbooks.linting import findings_of
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

RULE = "redis-keys"
COMMAND = "redis-cli KEYS 'a:*'"


def found(*lines: str) -> list[tuple[str, int]]:
    runbook = parse_runbook("\n".join(["# Book", "", "## Look", "", *lines, ""]), "RUNBOOK.md")
    every = findings_of(Case(runbook, policy_of(runbook)))
    return [
        (one.rule.id, one.line) for one in every if one.rule.id == RULE or one.rule.id.startswith("ignore")
    ]


REACH = [
    ("at the end of its line", ["```bash", f"{COMMAND} # runward: ignore={RULE} small", COMMAND, "```"], [7]),
    ("alone: the next command", ["```bash", f"# runward: ignore={RULE} small", COMMAND, COMMAND, "```"], [8]),
    ("over other comments", ["```bash", f"# runward: ignore={RULE} small", "# look", COMMAND, "```"], []),
    ("a block", ["```bash", f"# runward: ignore-block={RULE} small", COMMAND, COMMAND, "```"], []),
    ("Markdown: the next fence", [f"<!-- runward: ignore={RULE} small -->", "", "```bash", COMMAND, COMMAND, "```"], []),
    ("not the fence after it", [f"<!-- runward: ignore={RULE} small -->", "```bash", COMMAND, "```", "", "```bash", COMMAND, "```"], [11]),
    ("Markdown: its own line", [f"- Look: `{COMMAND}` <!-- runward: ignore={RULE} small -->"], []),
    ("Markdown: the next line", [f"<!-- runward: ignore={RULE} small -->", f"- Look: `{COMMAND}`", f"- Look: `{COMMAND}`"], [7]),
    ("a section", [f"<!-- runward: ignore-section={RULE} small -->", "### In", "```bash", COMMAND, "```", "## Out", "```bash", COMMAND, "```"], [12]),
    ("a file", [f"<!-- runward: ignore-file={RULE} small -->", "```bash", COMMAND, "```", "## Out", "```bash", COMMAND, "```"], []),
    ("several rules", ["```bash", f"{COMMAND} # runward: ignore={RULE}, endless-command small", "```"], []),
    ("in the way of SQL", ["```sql", f"-- runward: ignore={RULE} small", "SELECT 1;", "```"], []),
]  # fmt: skip


@pytest.mark.parametrize(("_name", "lines", "left"), REACH, ids=[row[0] for row in REACH])
def test_how_far_a_comment_reaches(_name: str, lines: list[str], left: list[int]) -> None:
    assert [line for rule, line in found(*lines) if rule == RULE] == left


def test_without_a_reason_it_silences_nothing_and_is_a_finding_itself() -> None:
    said = found("```bash", f"{COMMAND} # runward: ignore={RULE}", "```")
    assert said == [("ignore-without-reason", 6), (RULE, 6)]


def test_a_rule_that_does_not_exist_is_a_finding() -> None:
    assert ("ignore-of-unknown-rule", 6) in found("```bash", "ls # runward: ignore=redis-kees small", "```")


def test_one_that_silences_nothing_is_a_finding() -> None:
    assert found("```bash", f"ls # runward: ignore={RULE} small", "```") == [("ignore-without-effect", 6)]


def test_an_example_of_such_a_comment_silences_nothing() -> None:
    shown = parse_runbook(
        f"# Book\n\n```markdown\n<!-- runward: ignore={RULE} small -->\n```\n", "RUNBOOK.md"
    )
    assert silences_of(shown) == ()
