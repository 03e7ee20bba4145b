"""Hold a runbook against every rule."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from runward.runbooks import lint
from runward.runbooks.finding.model import Case, Finding, Rule, Stated
from runward.runbooks.finding.silence import Silence, silences_of
from runward.runbooks.model import FactType, Policy

# A rule that compares documents by another type of fact adds it here; the rest is not kept, so that memory stays flat.
COMPARED = frozenset(
    {
        FactType.SEVERITY,
        FactType.RESPONSE_TIME,
        FactType.ESCALATION,
        FactType.SCHEDULE,
        FactType.DURATION,
    }
)


@cache
def list_rules() -> tuple[Rule, ...]:
    """Every rule there is, by id: the `RULES` of each file in `lint/`."""
    groups = [import_module(f"{lint.__name__}.{one.name}") for one in iter_modules(lint.__path__)]
    rules = [rule for group in groups for rule in getattr(group, "RULES", ())]
    return tuple(sorted(rules, key=lambda rule: rule.id))


def every_finding(case: Case, rules: tuple[Rule, ...]) -> tuple[Finding, ...]:
    """What is wrong with a document, in the order of its lines, whatever its author ignores."""
    path = case.runbook.document.path
    found = [Finding(rule, path, one) for rule in rules for one in rule.look(case)]
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.rule.id)))


def findings_of(case: Case, rules: tuple[Rule, ...] | None = None) -> tuple[Finding, ...]:
    """What is wrong with a document, in the order of its lines, without what its author ignores for a reason."""
    return unsilenced(
        every_finding(case, list_rules() if rules is None else rules), silences_of(case.runbook)
    )


def unsilenced(findings: Sequence[Finding], silences: Sequence[Silence]) -> tuple[Finding, ...]:
    """The findings that no comment with a reason covers."""
    heeded = [one for one in silences if one.reason]
    return tuple(one for one in findings if not any(each.covers(one.rule.id, one.line) for each in heeded))


def stated_by(case: Case) -> Stated:
    """What is kept of a document to hold it against others: facts of the types that rules compare, and no more."""
    facts = tuple(fact for fact in case.policy.facts if fact.type in COMPARED)
    return Stated(case.runbook.document.path, Policy(facts), case.surroundings.service)


def findings_across(stated: Sequence[Stated], rules: tuple[Rule, ...] | None = None) -> tuple[Finding, ...]:
    """What is wrong between documents that are read together, by document and line."""
    wanted = list_rules() if rules is None else rules
    found = [Finding(rule, path, one) for rule in wanted if rule.across for path, one in rule.across(stated)]
    return tuple(sorted(found, key=lambda finding: (finding.path, finding.line, finding.rule.id)))
