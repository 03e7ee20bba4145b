"""Plan a procedure: everything that would happen, and everything that is missing, before anything runs."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

import sqlglot
from sqlglot.errors import SqlglotError

from runward.inventory.model import Service, Target
from runward.people.model import People
from runward.plugins.facts import Machine, Needs
from runward.runbooks.model import Procedure, Runbook
from runward.runs.digest import digest_of
from runward.runs.model import Gap, Plan, PlannedStep
from runward.runs.planning.doubts import doubts_of, with_doubts
from runward.runs.planning.draft import Draft, drafts_of, setting_of
from runward.runs.planning.missing import gaps_of, needs_of

logging.getLogger("sqlglot").setLevel(
    logging.ERROR
)  # it would warn about every statement that it only half knows

NO_ANSWERS: Mapping[str, str] = MappingProxyType({})
NOBODY = People()


def what_to_look_up(
    runbook: Runbook, procedure: Procedure, service: Service, answers: Mapping[str, str] = NO_ANSWERS
) -> Needs:
    """What `plugins.machine` has to look up before `plan` can say what is missing."""
    setting = setting_of(runbook, procedure, service, answers, NOBODY)
    return needs_of(drafts_of(setting), service.folder)


def plan(  # a plan follows from these six facts and from nothing else
    runbook: Runbook,
    procedure: Procedure,
    service: Service,
    machine: Machine,
    answers: Mapping[str, str] = NO_ANSWERS,
    people: People = NOBODY,
) -> Plan:
    """What carrying out a procedure for a service would do, in full, with its gaps and its digest."""
    drafts = drafts_of(setting_of(runbook, procedure, service, answers, people))
    doubts = doubts_of(runbook, procedure)
    steps = tuple(with_doubts(_noted(draft.step), doubts) for draft in drafts)
    made = Plan(
        service=service.name,
        path=runbook.document.path,
        document_digest=runbook.document.digest,
        procedure=procedure.id,
        heading=procedure.heading,
        line=procedure.line,
        purpose=procedure.purpose.value,
        steps=steps,
        gaps=_gaps(drafts, machine),
        expects=procedure.expects,
        values=_values(drafts),
        targets=_targets(steps, service),
        folder=service.folder,
        given=dict(answers),
        warnings=_warnings(procedure, service),
    )
    return replace(made, digest=digest_of(made))


def without_steps(whole: Plan, skipped: Collection[str]) -> Plan:
    """The plan with some steps left out, their gaps too; another plan, with another digest."""
    made = replace(
        whole,
        steps=tuple(step for step in whole.steps if step.id not in skipped),
        gaps=tuple(gap for gap in whole.gaps if gap.step not in skipped),
    )
    return replace(made, digest=digest_of(made))


def _gaps(drafts: tuple[Draft, ...], machine: Machine) -> tuple[Gap, ...]:
    known = [gap for draft in drafts for gap in draft.gaps]
    return tuple(sorted([*known, *gaps_of(drafts, machine)], key=lambda gap: (gap.line, gap.kind)))


def _values(drafts: tuple[Draft, ...]) -> dict[str, str]:
    """What is written into the scripts, secrets only by where they come from."""
    return {name: bound.shown for draft in drafts for name, bound in sorted(draft.used.items())}


def _targets(steps: tuple[PlannedStep, ...], service: Service) -> dict[str, str]:
    named = {name for step in steps for name in (step.target, *step.touches) if name in service.targets}
    return {name: _where(service.targets[name]) for name in sorted(named)}


def _where(target: Target) -> str:
    place = target.url or target.address or target.container or target.workload or target.path
    return f"{target.kind} {place}".strip() + ("" if target.runtime == "local" else f" by {target.runtime}")


def _noted(step: PlannedStep) -> PlannedStep:
    """SQL that our parser does not know is said, but the server decides."""
    if step.language != "sql" or ":'" in step.script:
        return step
    try:
        sqlglot.parse(step.script, read="postgres")
    except SqlglotError as problem:
        first = str(problem).splitlines()[0].partition(".")[0]
        return replace(step, notes=(*step.notes, f"this may not be SQL that the server accepts: {first}"))
    return step


def _warnings(procedure: Procedure, service: Service) -> tuple[str, ...]:
    if not procedure.steps:
        return ("the document names no step under this heading",)
    return (
        ()
        if service.name
        else ("no service is bound: there is no runward.toml, or it does not name this document",)
    )
