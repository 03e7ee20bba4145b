"""Make a plan from what stands now: read the document and runward.toml, look at the machine, and plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runward.foundation.config import Config, find_config, read_config
from runward.foundation.errors import Mistake
from runward.inventory.model import Service
from runward.inventory.read import read_services, service_for
from runward.people.model import People
from runward.people.read import read_people
from runward.plugins.machine import look
from runward.runbooks.model import Procedure, Runbook
from runward.runbooks.read import read_runbook
from runward.runs.model import Plan
from runward.runs.plan import NO_ANSWERS, plan, what_to_look_up, without_steps
from runward.runs.planning.select import chosen


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan with what it was made from."""

    plan: Plan
    runbook: Runbook
    procedure: Procedure
    service: Service
    people: People
    config: Config


def prepare(
    file: Path,
    wanted: str,
    *,
    service: str = "",
    config: Path | None = None,
    answers: Mapping[str, str] = NO_ANSWERS,
) -> Prepared:
    """The plan of a document's procedure for a service; Mistake if the document or the settings are wrong."""
    file = file.absolute()  # the plan is made again from elsewhere: by an approver, by a worker
    runbook = read_runbook(file)
    procedure = chosen(runbook, wanted)
    settings = settings_beside(file, config)
    owner = service_for(read_services(settings), file, settings, service)
    people = read_people(settings)
    machine = look(what_to_look_up(runbook, procedure, owner, answers))
    made = plan(runbook, procedure, owner, machine, answers, people)
    return Prepared(made, runbook, procedure, owner, people, settings)


def prepare_again(old: Plan, *, config: Path | None = None, answers: Mapping[str, str] = NO_ANSWERS) -> Plan:
    """The same plan made anew; its digest differs if the document, the settings or the policy have changed.

    Steps that had been left out of the old plan are left out of the new one.
    """
    made = prepare(Path(old.path), old.procedure, service=old.service, config=config, answers=answers).plan
    kept, every = {step.id for step in old.steps}, {step.id for step in made.steps}
    return without_steps(made, every - kept) if kept < every else made


def settings_beside(file: Path, config: Path | None = None) -> Config:
    """The settings that hold for a document: those named, or the nearest runward.toml above it."""
    if config and not config.is_file():
        raise Mistake("there is no such file", file=str(config), hint="`runward init` writes one")
    return read_config(config or find_config(file))


def place_of(text: str) -> tuple[Path, str]:
    """The file and the procedure that `FILE#PROCEDURE` names; a `#` in a file's own name is understood."""
    marks = [at for at, sign in enumerate(text) if sign == "#"]
    for at in (len(text), *reversed(marks)):
        if Path(text[:at]).is_file():
            return Path(text[:at]), text[at + 1 :]
    file = text[: marks[-1]] if marks else text
    raise Mistake(
        "there is no such file", file=file, hint="write it like docs/RUNBOOK.md#morning-health-check"
    )
