"""Plug everything that runs touch together, once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path

from runward.app import App
from runward.foundation.clock import utc_now
from runward.foundation.errors import Mistake
from runward.foundation.storage.database import Database
from runward.foundation.workers import certain_of_death
from runward.inventory.model import TargetKind
from runward.plugins.runtimes.local import Local
from runward.plugins.secrets import secret, variables_with_secrets
from runward.runs.model import Plan, PlannedStep, Run
from runward.runs.outside import Outside, Surroundings
from runward.runs.planning.native import is_action
from runward.runs.prepare import prepare_again


def outside_of(app: App, database: Database, worker: str = "") -> Outside:
    """What flows touch the world through; `worker` is the engine's name for this process, if it has one."""
    return Outside(
        database=database,
        clock=utc_now,
        state=app.settings.state,
        people=app.people,
        shell=Local(),
        worker=worker,
        is_alive=partial(_is_alive, app, database),
        replan=Replanner(app),
        surroundings=partial(_surroundings, app),
    )


def _is_alive(app: App, database: Database, worker: str) -> bool:
    if not worker:
        return False
    with certain_of_death(database, app.settings.state, worker, utc_now) as dead:
        return not dead


@dataclass(frozen=True, slots=True)
class Replanner:
    """Makes a plan anew from what stands now; the same sources need not be read twice."""

    app: App
    _last: dict[tuple[str, ...], Plan] = field(default_factory=dict, repr=False)

    def __call__(self, plan: Plan) -> Plan:
        key = (plan.digest, *self._sources(plan))
        if key not in self._last:
            self._last.clear()
            self._last[key] = prepare_again(plan, config=self.app.config.path, answers=plan.given)
        return self._last[key]

    def _sources(self, plan: Plan) -> tuple[str, ...]:
        """What a plan is made from, told apart by content: document, settings, overrides of the environment."""
        files = [Path(plan.path), *([self.app.config.path] if self.app.config.path else [])]
        contents = (sha256(file.read_bytes()).hexdigest() if file.is_file() else "" for file in files)
        ours = sorted(name for name in os.environ if name.startswith("RUNWARD_"))
        return (*contents, *(f"{name}={os.environ[name]}" for name in ours))


def _surroundings(app: App, run: Run, step: PlannedStep) -> Surroundings:
    """What a step is handed: its variables with secrets in place, and the database it speaks to."""
    folder = Path(run.plan.folder)
    found: Mapping[str, str] = variables_with_secrets(step.variables, step.references, os.environ, folder)
    hidden = [found[name] for name in step.references if found.get(name)]
    url = _url(app, run.plan, step, folder) if step.language == "sql" else ""
    if is_action(step) and step.target:
        url = _address(app, run.plan, step, folder)
    return Surroundings(found, tuple(hidden), folder, url)


def _address(app: App, plan: Plan, step: PlannedStep, folder: Path) -> str:
    """Where an action finds its target: a URL, host:port or a path."""
    service = app.services.get(plan.service)
    target = service.targets.get(step.target) if service else None
    if target is None:
        message = f"step {step.number} needs the target {step.target} of the service {plan.service}"
        raise Mistake(message, file=plan.path, line=step.line, hint="bind it under [services.NAME.targets]")
    if target.reference:
        return secret(target.reference, os.environ, folder)
    return target.url or target.address or target.path


def _url(app: App, plan: Plan, step: PlannedStep, folder: Path) -> str:
    service = app.services.get(plan.service)
    target = service.targets.get(step.target) if service else None
    if target is None or target.kind is not TargetKind.POSTGRESQL:
        message = f"step {step.number} needs a PostgreSQL of the service {plan.service}"
        raise Mistake(message, file=plan.path, line=step.line, hint="bind one under [services.NAME.targets]")
    return secret(target.reference, os.environ, folder) if target.reference else target.url
