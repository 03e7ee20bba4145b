"""Put a runbook into the published JSON form; its schema is docs/reference/runbook.schema.json."""

from collections.abc import Sequence
from typing import Any

from runward.runbooks.model import Block, Expectation, Fact, Procedure, Runbook, Step
from runward.runbooks.policy import policy_of
from runward.runbooks.zone import zone_of

SCHEMA = 1  # raised when a reader of the form would have to change


def shown(runbook: Runbook, service_zone: str = "") -> dict[str, Any]:
    """The runbook as plain JSON values; `service_zone` is the zone that its service sets, "" if none."""
    document, policy = runbook.document, policy_of(runbook)
    zone = zone_of(runbook, service_zone)
    notices = sorted((*runbook.notices, *policy.unread), key=lambda notice: notice.line)
    return {
        "schema": SCHEMA,
        "path": document.path,
        "digest": document.digest,
        "title": runbook.title,
        "timezone": {"name": zone.name, "from": zone.source},
        "blocks": [_block(block) for block in runbook.blocks],
        "procedures": [_procedure(procedure) for procedure in runbook.procedures],
        "facts": [_fact(fact) for fact in policy.facts],
        "notices": [{"line": notice.line, "text": notice.text} for notice in notices],
    }


def _fact(fact: Fact) -> dict[str, Any]:
    return {
        "type": fact.type.value,
        "line": fact.line,
        "start": fact.start or fact.line,
        "end": fact.end or fact.line,
        "quote": fact.quote,
        "value": dict(fact.value),
    }


def _block(block: Block) -> dict[str, Any]:
    return {
        "n": block.number,
        "line": block.line,
        "end": block.end,
        "lang": block.lang,
        "form": block.form,
        "heading": list(block.heading),
        "kind": block.kind.value,
        "risk": block.risk.value,
        "placeholders": list(dict.fromkeys(one.name for one in block.placeholders)),
        "endless": any(not one.interactive for one in block.endless),
        "interactive": any(one.interactive for one in block.endless),
        "tools": list(block.tools),
        "why": dict(block.why),
        "placeholder_lines": [
            {"name": one.name, "line": one.line, "form": one.form, "why": one.why}
            for one in block.placeholders
        ],
        "endless_lines": [
            {"line": one.line, "command": one.command, "why": one.why, "bounded": one.bounded}
            for one in block.endless
        ],
        "risky_lines": [
            {"line": one.line, "command": one.command, "risk": one.risk.value, "why": one.why}
            for one in block.risks
        ],
        "questions": [
            {"line": one.line, "prompt": one.prompt, "variable": one.variable, "secret": one.secret}
            for one in block.questions
        ],
        "parts": [{"title": one.title, "line": one.line, "end": one.end} for one in block.parts],
    }


def _procedure(procedure: Procedure) -> dict[str, Any]:
    return {
        "id": procedure.id,
        "heading": procedure.heading,
        "line": procedure.line,
        "end": procedure.end,
        "path": list(procedure.path),
        "purpose": procedure.purpose.value,
        "why": procedure.why,
        "blocks": list(procedure.blocks),
        "steps": [_step(step) for step in procedure.steps],
        "conditions": list(procedure.conditions),
        "prerequisites": list(procedure.prerequisites),
        "cautions": list(procedure.cautions),
        "afterwards": list(procedure.afterwards),
        "expects": _expects(procedure.expects),
        "owner": procedure.owner,
        "duration": procedure.duration,
        "downtime": procedure.downtime,
        "frequency": procedure.frequency,
        "severity": procedure.severity,
        "escalation": procedure.escalation,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": step.id,
        "number": step.number,
        "line": step.line,
        "end": step.end,
        "title": step.title,
        "kind": step.kind.value,
        "block": step.block,
        "instruction": step.instruction,
        "condition": step.condition,
        "option": step.option,
        "last_resort": step.last_resort,
        "cautions": list(step.cautions),
        "expects": _expects(step.expects),
    }


def _expects(expects: Sequence[Expectation]) -> list[dict[str, Any]]:
    return [
        {
            "line": one.line,
            "text": one.text,
            "decided_by": one.source.value,
            "blocks": list(one.blocks),
            "at": list(one.at),
            "name": one.name,
            "operator": one.operator.value if one.operator else None,
            "value": one.value,
            "unit": one.unit,
            "why": one.why,
        }
        for one in expects
    ]
