"""Make a plan from what stands now: read the document and runward.toml, look at the machine, and plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from runward import library
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
    services = read_services(settings)
    owner = service_for(services, file, settings, service or _only(services, file))
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


def _only(services: Mapping[str, Service], file: Path) -> str:
    """The service that a procedure of our own is for where there is no choice; which one it is must be said otherwise."""
    if not library.holds(file) or not services:
        return ""
    if len(services) > 1:
        hint = f"say which with --service: {', '.join(services)}"
        raise Mistake("this procedure is for any service, and there are several", file=str(file), hint=hint)
    return next(iter(services))


def settings_beside(file: Path, config: Path | None = None) -> Config:
    """The settings that hold for a document: those named, or the nearest runward.toml above it."""
    if config and not config.is_file():
        raise Mistake("there is no such file", file=str(config), hint="`runward init` writes one")
    return read_config(config or find_config(beside(file)))


def beside(file: Path) -> Path:
    """Where the settings for a document are looked for: for one of our own, where the person is."""
    return Path.cwd() if library.holds(file.absolute()) else file


def place_of(text: str) -> tuple[Path, str]:
    """The file and the procedure that `FILE#PROCEDURE` names; a `#` in a file's own name is understood."""
    if text.startswith(library.PREFIX):
        return _in_library(*text.removeprefix(library.PREFIX).partition("#")[::2])
    marks = [at for at, sign in enumerate(text) if sign == "#"]
    for at in (len(text), *reversed(marks)):
        if Path(text[:at]).is_file():
            return Path(text[:at]), text[at + 1 :]
    file = text[: marks[-1]] if marks else text
    raise Mistake(
        "there is no such file", file=file, hint="write it like docs/RUNBOOK.md#morning-health-check"
    )


def _in_library(name: str, wanted: str) -> tuple[Path, str]:
    found = library.find_procedure(name)
    if found is None:
        near = get_close_matches(name, library.procedures(), n=3, cutoff=0.3)
        hint = f"did you mean {' or '.join(near)}?" if near else "`runward library` lists them"
        raise Mistake(f"the library has no procedure “{name}”", hint=hint)
    return found, wanted
