"""Plan a step that calls one of our own actions: its target, what it would do, and what is wrong with the call."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from runward.foundation.errors import Mistake
from runward.foundation.spans import words_of
from runward.inventory.model import Service, TargetKind
from runward.plugins.calls import Call, action_of, call_of, faults_of
from runward.plugins.contracts import Action, Table, without
from runward.plugins.loader import Contract, find_contract
from runward.runbooks.block.native import LANGUAGE
from runward.runs.model import UNDO, Gap, GapKind, PlannedStep

_NEEDED = {"postgresql": 'url = "env:DATABASE_URL"', "redis": 'url = "env:REDIS_URL"', "http": 'url = "https://..."',
           "tls": 'address = "shop.example:443"', "folder": 'path = "/var/log/shop"'}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Read:
    """A call as far as it could be read."""

    call: Call | None = None
    contract: Contract | None = None
    action: Action | None = None
    gaps: tuple[Gap, ...] = ()


def is_action(step: PlannedStep) -> bool:
    """Whether a step calls one of our own actions."""
    return step.language == LANGUAGE


def can_preview(step: PlannedStep) -> bool:
    """Whether what a step acts on is looked up, shown and approved before it is done."""
    return is_action(step) and step.risk.rank > 0


def preview_shown(step: PlannedStep) -> tuple[int, str] | None:
    """The document's line of the call, and what its preview shows in words; None where it cannot be read."""
    try:
        call = call_of(step.script)
    except Mistake:
        return None
    contract = find_contract(call.kind)
    if contract is None:
        return None
    line = step.first_line + call.lines["action"] - 1
    return line, "what would be taken back" if step.id.startswith(UNDO) else contract.shows


def without_marks(step: PlannedStep, table: Table) -> Table:
    """A preview without the columns that only tell its rows apart."""
    contract = find_contract(call_of(step.script).kind)
    return without(table, contract.marks if contract else ())


def action_planned(
    step: PlannedStep, service: Service, spoken: str, unbound: frozenset[str]
) -> tuple[PlannedStep, tuple[Gap, ...]]:
    """The step with its target and what is to be known of it, and what is missing.

    `spoken` is the target that the words around the step name; `unbound` are placeholders without a value.
    """
    read = _read(step, unbound)
    if read.call is None or read.contract is None:
        return step, read.gaps
    name, gap = _target_of(step, read, service, spoken)
    notes = (read.contract.summary, *_unsaid(read))
    planned = replace(
        step,
        target=name,
        touches=(name,) if name else (),
        undo=read.contract.undoes,
        notes=(*step.notes, *notes),
    )
    return planned, (*read.gaps, *([gap] if gap else []))


def _read(step: PlannedStep, unbound: frozenset[str]) -> _Read:
    lines = step.script.split("\n")

    def gap(line: int, what: str, hint: str) -> Gap:
        return Gap(GapKind.ACTION, step.first_line + max(1, line) - 1, what, hint or _HINT, step.id)

    try:
        call = call_of(step.script)
    except Mistake as mistake:
        return _Read(gaps=(gap(mistake.line, mistake.message, mistake.hint),))
    faults = faults_of(call)
    told = [one for one in faults if not any(name in lines[one.line - 1] for name in unbound)]
    gaps = tuple(gap(one.line, one.what, one.hint) for one in told)
    return _Read(call, find_contract(call.kind), None if faults else action_of(call), gaps)


_HINT = "docs/reference/actions.md lists every action with its settings"


def _target_of(step: PlannedStep, read: _Read, service: Service, spoken: str) -> tuple[str, Gap | None]:
    """The target that is meant, or the gap that there is none."""
    call, contract = read.call, read.contract
    if call is None or contract is None:
        return "", None
    line = step.first_line + call.lines.get("target", call.lines["action"]) - 1
    said = step.target or call.target
    if said:
        return _named(said, line, step, contract, service)
    if not contract.targets or (read.action is not None and not read.action.needs_target):
        return "", None
    kinds = [TargetKind(kind) for kind in contract.targets]
    if spoken and service.targets[spoken].kind in kinds:
        return spoken, None
    name = next((name for kind in kinds if (name := service.default_target(kind))), "")
    return name, None if name else _unbound_target(line, step, contract, service)


def _named(
    said: str, line: int, step: PlannedStep, contract: Contract, service: Service
) -> tuple[str, Gap | None]:
    name = service.find_target(said)
    if not name:
        known = ", ".join(service.targets) or "none is bound"
        return "", Gap(GapKind.TARGET, line, f"target {said}", f"the service's targets: {known}", step.id)
    kind = service.targets[name].kind
    if kind not in contract.targets:
        fitting = [one for one, target in service.targets.items() if target.kind in contract.targets]
        hint = (
            f"it needs one of kind {' or '.join(contract.targets)}: {', '.join(fitting) or 'none is bound'}"
        )
        return name, Gap(GapKind.TARGET, line, f"target {name} is of kind {kind}", hint, step.id)
    return name, None


def _unbound_target(line: int, step: PlannedStep, contract: Contract, service: Service) -> Gap:
    kind = contract.targets[0]
    several = [name for name, one in service.targets.items() if one.kind in contract.targets]
    hint = (
        f"write which of {', '.join(several)} is meant: `target: {several[0]}`, or mark one with default = true"
        if several
        else f'bind one under [services.{service.name or "NAME"}.targets.NAME] with kind = "{kind}" and {_NEEDED[kind]}'
    )
    return Gap(GapKind.TARGET, line, f"a {' or '.join(contract.targets)} for {contract.kind}", hint, step.id)


def _unsaid(read: _Read) -> Iterator[str]:
    """The settings that the document leaves to the action, for an approval to cover them too."""
    if read.action is None or read.call is None:
        return
    shown = [
        f"{name} {_spoken(getattr(read.action, name))}"
        for name in type(read.action).model_fields
        if name not in read.call.settings and getattr(read.action, name) not in (None, "", False)
    ]
    if shown:
        yield f"not said, so: {', '.join(shown)}"


def _spoken(value: object) -> str:
    return words_of(value) if isinstance(value, timedelta) else str(value)
