"""Look at what a document names on the targets it is bound to, reading only: what does not resolve any more."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from runward.foundation.errors import RunwardError
from runward.inventory.model import Service, Target, TargetKind
from runward.plugins.facts import Needs
from runward.plugins.machine import look
from runward.plugins.secrets import secret
from runward.plugins.sql.examining import Examined, examine
from runward.plugins.sql.statements import Statement, list_statements
from runward.runbooks.finding.commands import list_statements as placed_statements
from runward.runbooks.finding.model import Unresolved
from runward.runbooks.model import Runbook
from runward.runbooks.programs.databases import PSQL_VALUED
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import options_of
from runward.runs.model import GapKind, Plan
from runward.runs.plan import plan, what_to_look_up

_ABSENT = {
    GapKind.PROGRAM: "no such program is installed here",
    GapKind.HOST: "no address is known for this host",
    GapKind.FILE: "there is no such file",
}


@dataclass(frozen=True, slots=True)
class Live:
    """What was seen: versions of what runs, names that lead nowhere, and what could not be looked at, in words."""

    versions: Mapping[str, tuple[int, ...]] = field(default_factory=lambda: MappingProxyType({}))
    unresolved: tuple[Unresolved, ...] = ()
    unseen: tuple[str, ...] = ()


def live(runbook: Runbook, service: Service) -> Live:
    """What a document names that does not resolve for a service; nothing is executed or changed."""
    machine = look(_needs(runbook, service))
    plans = [plan(runbook, procedure, service, machine, {}) for procedure in runbook.procedures]
    asked = dict(_asked(runbook, plans, service))
    faults = (fault for one in asked.values() for fault in one.faults)
    unresolved = {
        *_absent(plans),
        *(Unresolved(one.line, one.word, _sentence(one.message, one.hint)) for one in faults),
    }
    return Live(
        _versions(asked, service),
        tuple(sorted(unresolved, key=lambda one: (one.line, one.what))),
        tuple(f"{name}: {one.why}" for name, one in asked.items() if one.why),
    )


def _versions(asked: Mapping[str, Examined], service: Service) -> Mapping[str, tuple[int, ...]]:
    """The version of the PostgreSQL that is meant where none is named, or the oldest of several."""
    kind = TargetKind.POSTGRESQL
    known = {name: one.version for name, one in asked.items() if one.version}
    version = known.get(service.default_target(kind)) or min(known.values(), default=())
    return {kind.value: version} if version else {}


def _needs(runbook: Runbook, service: Service) -> Needs:
    """Everything that any procedure needs of this machine, so that each name is looked up once."""
    every = [what_to_look_up(runbook, procedure, service) for procedure in runbook.procedures]
    names = [each.name for each in fields(Needs) if each.name != "folder"]
    joined: dict[str, frozenset[Any]] = {
        name: frozenset().union(*(getattr(one, name) for one in every)) for name in names
    }
    return Needs(folder=service.folder, **joined)


def _absent(plans: Iterable[Plan]) -> Iterator[Unresolved]:
    for made in plans:
        for gap in made.gaps:
            if gap.kind in _ABSENT:
                yield Unresolved(gap.line, gap.what, _ABSENT[gap.kind])


def _asked(runbook: Runbook, plans: Sequence[Plan], service: Service) -> Iterator[tuple[str, Examined]]:
    """Each PostgreSQL of the service with what it says against the statements that are meant for it."""
    default = service.default_target(TargetKind.POSTGRESQL)
    handed = list(_handed_over(runbook))
    for name, target in service.targets.items():
        if target.kind is TargetKind.POSTGRESQL:
            own = [one for made in plans for one in _statements(made, name)]
            yield name, _examined(target, [*own, *(handed if name == default else [])], service)


def _examined(target: Target, statements: list[Statement], service: Service) -> Examined:
    try:
        address = (
            secret(target.reference, os.environ, Path(service.folder)) if target.reference else target.url
        )
    except RunwardError as problem:
        return Examined(why=str(problem).splitlines()[0])
    return examine(address, statements)


def _statements(made: Plan, target: str) -> Iterator[Statement]:
    """The statements of a plan for one target; those with something unbound or secret in them are not ready to be asked."""
    unbound = {gap.step for gap in made.gaps if gap.kind is GapKind.UNBOUND}
    for step in made.steps:
        if (
            step.language == "sql"
            and step.target == target
            and step.id not in unbound
            and not step.references
        ):
            yield from list_statements(step.script, step.first_line)[0]


def _handed_over(runbook: Runbook) -> Iterator[Statement]:
    """What `psql -c` and the like are given for the server that is meant where none is named."""
    for one in placed_statements(runbook):
        if one.call and one.dialect == "postgres" and _says_no_server(one.call) and "$" not in one.text:
            unbound = [each.name for each in one.block.placeholders if each.name in one.text]
            yield from list_statements(one.text, one.line)[0] if not unbound else ()


def _says_no_server(call: Call) -> bool:
    options = options_of(call.arguments, PSQL_VALUED)
    named = options.values("-h", "--host", "-p", "--port", "-d", "--dbname", "-U", "--username")
    other = any(
        word.fixed for word in options.rest
    )  # "psql shop" names a database, "psql $DATABASE_URL" none that we know
    return call.local and set(call.through) <= {"sudo"} and not named and not other


def _sentence(message: str, hint: str) -> str:
    return f"{message}; {hint}" if hint else message
