"""Rules about the comments that silence other rules: each names a rule, gives a reason, and has an effect."""

from collections.abc import Iterator
from difflib import get_close_matches

from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.silence import silences_of
from runward.runbooks.linting import every_finding, list_rules


def _without_reason(case: Case) -> Iterator[Found]:
    for one in silences_of(case.runbook):
        if not one.reason:
            said = f"{one.rule} is ignored here without a reason: say in a few words why it does not hold."
            yield Found(one.line, said, column=one.column)


def _unknown(case: Case) -> Iterator[Found]:
    known = {rule.id for rule in list_rules()}
    for one in silences_of(case.runbook):
        if one.rule not in known:
            near = get_close_matches(one.rule, known, 1)
            hint = f": perhaps {near[0]} is meant" if near else ""
            yield Found(one.line, f"There is no rule {one.rule}{hint}.", column=one.column)


def _without_effect(case: Case) -> Iterator[Found]:
    silences = silences_of(case.runbook)
    if not silences:
        return
    judged = {rule.id for rule in list_rules() if rule.across is None and rule.id not in _OWN}
    found = every_finding(case, tuple(rule for rule in list_rules() if rule.id in judged))
    for one in silences:
        if one.rule in judged and not any(one.covers(each.rule.id, each.line) for each in found):
            said = f"{one.rule} finds nothing in lines {one.first} to {one.last}: take this comment out."
            yield Found(one.line, said, column=one.column)


_OWN = frozenset({"ignore-without-reason", "ignore-of-unknown-rule", "ignore-without-effect"})
_BAD = "# Book\n\n## Look\n\n```bash\n{}\ntail -f /var/log/web.log\n```\n"
_GOOD = _BAD.format("# runward: ignore=endless-command the person on call watches while the test runs")

RULES = (
    Rule(
        "ignore-without-reason",
        Severity.WARNING,
        "Who ignores a rule says why.",
        "A year later nobody knows whether the exception was weighed or whether somebody was in a hurry.",
        "Write the reason behind the rule's name: `# runward: ignore=RULE reason`.",
        _BAD.format("# runward: ignore=endless-command"),
        _GOOD,
        _without_reason,
    ),
    Rule(
        "ignore-of-unknown-rule",
        Severity.WARNING,
        "Only rules that exist are ignored.",
        "A misspelt name ignores nothing, and what it was meant for is reported or, after a rename, found again.",
        "Take the name as `runward lint` prints it.",
        _BAD.format("# runward: ignore=endles-command watched by a person"),
        _GOOD,
        _unknown,
    ),
    Rule(
        "ignore-without-effect",
        Severity.NOTE,
        "What is ignored is really found.",
        "A comment that silences nothing any more stays and silences the next mistake of that sort in its lines.",
        "Take it out.",
        _BAD.format("# runward: ignore=redis-keys the server is a small one"),
        _GOOD,
        _without_effect,
    ),
)
