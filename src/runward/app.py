"""Plug everything together, once."""

import os
import pwd
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path

from runward.foundation.clock import utc_now
from runward.foundation.config import Config, Settings, find_config, read_config, settings_of
from runward.foundation.errors import Mistake
from runward.foundation.storage.database import Database
from runward.foundation.workers import certain_of_death
from runward.inventory import read as inventory
from runward.inventory.model import Service, TargetKind
from runward.people import read as team
from runward.people.model import People, Person
from runward.people.permit import person_named
from runward.plugins.runtimes.local import Local
from runward.plugins.secrets import secret, variables_with_secrets
from runward.runs.model import Plan, PlannedStep, Run
from runward.runs.outside import Outside, Surroundings
from runward.runs.prepare import prepare_again

SECTIONS = ["runward", *inventory.SECTIONS, *team.SECTIONS]


@dataclass(frozen=True, slots=True)
class App:
    """What stands in runward.toml, read once; opening the database is a step of its own."""

    config: Config
    settings: Settings
    services: Mapping[str, Service]
    people: People
    _replanned: dict[tuple[str, ...], Plan] = field(
        default_factory=dict, repr=False
    )  # the last one, by its sources

    def me(self, claimed: str = "") -> Person:
        """Who is asking: the operating system's user, or the person that was named explicitly."""
        return person_named(self.people, system_user(), claimed)

    def replan(self, plan: Plan) -> Plan:
        """The same plan made anew from the document, the settings and the machine as they are now."""
        key = (plan.digest, *self._fingerprint(plan))
        if key not in self._replanned:
            self._replanned.clear()
            self._replanned[key] = prepare_again(plan, config=self.config.path, answers=plan.given)
        return self._replanned[key]

    def _fingerprint(self, plan: Plan) -> tuple[str, ...]:
        """What a plan is made from, told apart by content: document, settings, overrides of the environment."""
        files = [Path(plan.path), *([self.config.path] if self.config.path else [])]
        contents = (sha256(file.read_bytes()).hexdigest() if file.is_file() else "" for file in files)
        overrides = (
            f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("RUNWARD_")
        )
        return (*contents, *overrides)

    def surroundings(self, run: Run, step: PlannedStep) -> Surroundings:
        """What a step is handed: its variables with secrets in place, and the database it speaks to."""
        plan, folder = run.plan, Path(run.plan.folder)
        found = variables_with_secrets(step.variables, step.references, os.environ, folder)
        hidden = [found[name] for name in step.references if found.get(name)]
        url = self._url(plan, step, folder) if step.language == "sql" else ""
        return Surroundings(found, tuple(hidden), folder, url)

    def _url(self, plan: Plan, step: PlannedStep, folder: Path) -> str:
        service = self.services.get(plan.service)
        target = service.targets.get(step.target) if service else None
        if target is None or target.kind is not TargetKind.POSTGRESQL:
            raise Mistake(
                f"step {step.number} needs a PostgreSQL of the service {plan.service}",
                file=plan.path,
                line=step.line,
            )
        return secret(target.reference, os.environ, folder) if target.reference else target.url

    def open_database(self) -> Database:
        """The database, its tables in their newest shape."""
        database = Database(self.settings.database_url)
        database.upgrade()
        return database

    def outside(self, database: Database, worker: str = "") -> Outside:
        """What flows touch the world through."""
        return Outside(
            database=database,
            clock=utc_now,
            state=self.settings.state,
            people=self.people,
            shell=Local(),
            worker=worker,
            is_alive=partial(self._is_alive, database),
            replan=self.replan,
            surroundings=self.surroundings,
        )

    def _is_alive(self, database: Database, worker: str) -> bool:
        if not worker:
            return False
        with certain_of_death(database, self.settings.state, worker, utc_now) as dead:
            return not dead


def open_app(config: Path | None = None, beside: Path | None = None) -> App:
    """Read runward.toml: the one named, or the nearest one above a document or the current folder."""
    found = config or find_config(beside or Path.cwd())
    if config is not None and not config.is_file():
        raise Mistake("there is no such file", file=str(config), hint="`runward init` writes one")
    read = read_config(found)
    read.refuse_unknown(SECTIONS)
    return App(read, settings_of(read), inventory.read_services(read), team.read_people(read))


def system_user() -> str:
    """The operating system's user; behind sudo, the one who called it."""
    if os.geteuid() == 0 and os.environ.get("SUDO_USER"):
        return os.environ["SUDO_USER"]
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"user {os.getuid()}"
