"""Hold a runbook against every rule."""

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from runward.runbooks import lint
from runward.runbooks.finding.model import Case, Finding, Rule, Stated


@cache
def list_rules() -> tuple[Rule, ...]:
    """Every rule there is, by id: the `RULES` of each file in `lint/`."""
    groups = [import_module(f"{lint.__name__}.{one.name}") for one in iter_modules(lint.__path__)]
    rules = [rule for group in groups for rule in getattr(group, "RULES", ())]
    return tuple(sorted(rules, key=lambda rule: rule.id))


def findings_of(case: Case, rules: tuple[Rule, ...] | None = None) -> tuple[Finding, ...]:
    """What is wrong with a document, in the order of its lines."""
    path = case.runbook.document.path
    wanted = list_rules() if rules is None else rules
    found = [Finding(rule, path, one) for rule in wanted for one in rule.look(case)]
    return tuple(sorted(found, key=lambda finding: (finding.line, finding.rule.id)))


def stated_by(case: Case) -> Stated:
    """What is kept of a document to hold it against others."""
    return Stated(case.runbook.document.path, case.policy, case.surroundings.service)


def findings_across(stated: Sequence[Stated], rules: tuple[Rule, ...] | None = None) -> tuple[Finding, ...]:
    """What is wrong between documents that are read together, by document and line."""
    wanted = list_rules() if rules is None else rules
    found = [Finding(rule, path, one) for rule in wanted if rule.across for path, one in rule.across(stated)]
    return tuple(sorted(found, key=lambda finding: (finding.path, finding.line, finding.rule.id)))
