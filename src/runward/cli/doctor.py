"""Examine what Runward needs here, and say the mend for what is missing."""

import json
import os
import shutil
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from rich.markup import escape

from runward.cli import doctor_checks as checks
from runward.cli.doctor_checks import DatabaseFacts, Finding, Health, ServiceFacts
from runward.cli.run_page import console_for
from runward.foundation.clock import utc_now
from runward.foundation.config import Config, find_config, read_config, settings_of
from runward.foundation.engine import check_sqlite
from runward.foundation.errors import RunwardError
from runward.foundation.storage.database import Database, newest_version, parsed_url
from runward.inventory.model import Runtime, Service, Target
from runward.inventory.read import read_services
from runward.people.permit import self_approval_warnings
from runward.people.read import read_people
from runward.plugins.facts import Reference, find_reference
from runward.plugins.folders import folder_facts
from runward.plugins.programs import program_version
from runward.plugins.reach import why_unreachable
from runward.plugins.secrets import secret, why_absent
from runward.runbooks.model import Kind
from runward.runbooks.read import read_runbook
from runward.runs.planning.missing import BUILTINS

_COLOUR = {Health.WELL: "green", Health.DOUBTFUL: "yellow", Health.BROKEN: "bold red"}


def examine(*, as_json: bool = False, config: Path | None = None) -> int:
    """Print every finding; 1 if something is broken, else 0."""
    findings = list(findings_of(config))
    broken = any(one.health is Health.BROKEN for one in findings)
    if as_json:
        document = {"version": 1, "well": not broken, "findings": [asdict(one) for one in findings]}
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        return int(broken)
    console = console_for()
    for one in findings:
        console.print(
            f"[{_COLOUR[one.health]}]{one.health.value:>7}[/]  [bold]{escape(one.what)}[/]: {escape(one.found)}",
            soft_wrap=True,
        )
        if one.mend and one.health is not Health.WELL:
            console.print(f"         {escape(one.mend)}", soft_wrap=True)
    return int(broken)


def findings_of(config: Path | None) -> Iterator[Finding]:
    """Everything that is looked at, in the order in which one would mend it."""
    yield checks.python_finding(sys.version_info[:3], sqlite3.sqlite_version, check_sqlite())
    yield checks.bash_finding(program_version(("bash", "--version")))
    installed = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    yield checks.clock_finding(utc_now(), installed, time.tzname[0])
    try:
        read = read_config(config or find_config(Path.cwd()))
        found = f"{read.path}" if read.path else "there is none here; `runward init` writes one"
        yield Finding("runward.toml", Health.WELL if read.path else Health.DOUBTFUL, found)
        yield from _by_config(read)
    except RunwardError as problem:
        yield Finding("runward.toml", Health.BROKEN, str(problem), "mend it there")


def _by_config(read: Config) -> Iterator[Finding]:
    settings = settings_of(read)
    yield from checks.state_findings(folder_facts(settings.state))
    yield checks.database_finding(_database(settings.database_url))
    services, people = read_services(read), read_people(read)
    for service in services.values():
        yield from checks.service_findings(_service(service, read))
    yield from checks.approval_findings(self_approval_warnings(people, list(services)), len(people.people))


def _database(url: str) -> DatabaseFacts:
    """What the state's database says; a SQLite file that is not there is not made by looking."""
    try:
        parsed = parsed_url(url)
        place = parsed.render_as_string(hide_password=True)
        if parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").is_file():
            return DatabaseFacts(place, exists=False)
        database = Database(url)
        try:
            return DatabaseFacts(
                place, exists=True, version=database.schema_version(), newest=newest_version()
            )
        finally:
            database.close()
    except RunwardError as problem:
        return DatabaseFacts("the database", exists=True, trouble=str(problem).splitlines()[0])


def _service(service: Service, read: Config) -> ServiceFacts:
    documents, programs = _documents(service, read.folder)
    references = _references(service)
    absent = {str(one): why_absent(one, os.environ, Path(service.folder)) for one in references}
    targets = {
        name: _why_unreachable(target, Path(service.folder))
        for name, target in service.targets.items()
        if target.runtime is Runtime.LOCAL and target.kind not in {"container", "workload"}
    }
    return ServiceFacts(service.name, documents, programs, targets, absent)


def _documents(service: Service, folder: Path) -> tuple[dict[str, str], dict[str, bool]]:
    """The trouble with each document, and whether each program that its commands use is installed."""
    troubles: dict[str, str] = {}
    tools: set[str] = set()
    for pattern in service.documents:
        paths = sorted(folder.glob(pattern))
        if not paths:
            troubles[pattern] = "there is no such file"
        for path in paths:
            try:
                blocks = read_runbook(path).blocks
                troubles[pattern] = ""
            except RunwardError as problem:
                troubles[pattern] = str(problem).splitlines()[0]
                continue
            tools |= {tool for block in blocks if block.kind is Kind.COMMAND for tool in block.tools}
    return troubles, {tool: shutil.which(tool) is not None for tool in sorted(tools - BUILTINS)}


def _references(service: Service) -> list[Reference]:
    texts = [*service.secrets.values(), *(target.url for target in service.targets.values())]
    texts += [
        value for value in (*service.values.values(), *service.environment.values()) if isinstance(value, str)
    ]
    found = (find_reference(text) for text in texts if text)
    return list(dict.fromkeys(one for one in found if one))


def _why_unreachable(target: Target, folder: Path) -> str:
    if target.kind == "folder":
        return "" if Path(target.path).expanduser().is_dir() else f"there is no folder {target.path}"
    try:
        place = secret(target.reference, folder=folder) if target.reference else target.url or target.address
    except RunwardError as problem:
        return str(problem).splitlines()[0]
    return why_unreachable(target.kind.value, place)
