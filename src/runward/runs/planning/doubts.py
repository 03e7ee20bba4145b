"""Find the commands of a procedure whose answer proves nothing, so that no run takes it for a success."""

from dataclasses import replace
from functools import cache

from runward.runbooks.finding.model import Case, Finding, Rule
from runward.runbooks.linting import findings_of, list_rules
from runward.runbooks.model import Policy, Procedure, Runbook, Source
from runward.runs.model import Doubt, PlannedStep


def doubts_of(runbook: Runbook, procedure: Procedure) -> tuple[Doubt, ...]:
    """What the rules about misleading answers find in the blocks of a procedure.

    Where a command misleads only by printing nothing and the document itself says what it should print, that
    is judged, and no doubt is left.
    """
    own = tuple(block for block in runbook.blocks if block.number in procedure.blocks)
    alone = replace(runbook, blocks=own, procedures=(procedure,))
    found = findings_of(Case(alone, Policy()), _misleading())
    judged = _lines_judged(procedure)
    return tuple(_doubt(one) for one in found if not (one.rule.only_silent and one.line in judged))


def _lines_judged(procedure: Procedure) -> frozenset[int]:
    expects = [*procedure.expects, *(one for step in procedure.steps for one in step.expects)]
    return frozenset(line for one in expects if one.source is not Source.EXIT for line in one.at)


def with_doubts(step: PlannedStep, doubts: tuple[Doubt, ...]) -> PlannedStep:
    """The step with the doubts about its own commands."""
    if step.block is None or not step.script:
        return step
    last = step.first_line + step.written.rstrip("\n").count("\n")
    own = tuple(one for one in doubts if step.first_line <= one.line <= last)
    return replace(step, doubts=own) if own else step


@cache
def _misleading() -> tuple[Rule, ...]:
    return tuple(rule for rule in list_rules() if rule.misleads)


def _doubt(finding: Finding) -> Doubt:
    rule, found = finding.rule, finding.found
    return Doubt(found.line, rule.id, rule.title, found.said, found.end, only_silent=rule.only_silent)
