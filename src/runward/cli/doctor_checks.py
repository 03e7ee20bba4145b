"""Judge what was found on this machine: each fact becomes a finding with its mend."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from runward.plugins.folders import FolderFacts

_PLENTY = 1024**3
_LITTLE = 100 * 1024**2


class Health(StrEnum):
    """How well a thing is."""

    WELL = "ok"
    DOUBTFUL = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, what was found, and the mend."""

    what: str
    health: Health
    found: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class DatabaseFacts:
    """Whether the state's database answers, and which version its tables have."""

    place: str
    exists: bool
    trouble: str = ""
    version: str | None = None
    newest: str = ""


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """What is missing for a service, each by name."""

    name: str
    documents: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # trouble with each
    programs: Mapping[str, bool] = field(default_factory=lambda: MappingProxyType({}))
    targets: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({})
    )  # why each does not answer
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))  # why each cannot be had
    warnings: Sequence[str] = ()


def python_finding(version: tuple[int, int, int], sqlite: str, trouble: str) -> Finding:
    """Whether Python and its SQLite carry the durable engine."""
    found = f"Python {'.'.join(map(str, version))}, SQLite {sqlite}"
    if version < (3, 11, 0):
        return Finding("python", Health.BROKEN, found, "install Python 3.11 or newer")
    if trouble:
        return Finding(
            "python", Health.BROKEN, f"{found}: {trouble}", "keep state in PostgreSQL, or use another Python"
        )
    return Finding("python", Health.WELL, found)


def bash_finding(said: str) -> Finding:
    """Whether bash is there and new enough: the recording of every pipe member needs version 4.4."""
    match = re.search(r"version (\d+)\.(\d+)", said)
    if not match:
        return Finding("bash", Health.BROKEN, "not found", "install bash 4.4 or newer")
    if (int(match[1]), int(match[2])) < (4, 4):
        return Finding("bash", Health.BROKEN, said, "install bash 4.4 or newer, and put it first on the PATH")
    return Finding("bash", Health.WELL, said)


def state_findings(facts: FolderFacts) -> list[Finding]:
    """Whether the state's folder can be written, is private, and has room."""
    findings = []
    if facts.trouble:
        mend = f"let this user write to {facts.path}, or set state under [runward]"
        findings.append(Finding("state folder", Health.BROKEN, f"{facts.path}: {facts.trouble}", mend))
    elif not facts.private:
        mend = f"chmod 700 {facts.path}"
        findings.append(Finding("state folder", Health.BROKEN, f"{facts.path} can be read by others", mend))
    else:
        found = facts.path if facts.exists else f"{facts.path} will be made by the first run"
        findings.append(Finding("state folder", Health.WELL, found))
    return [*findings, _room(facts)]


def _room(facts: FolderFacts) -> Finding:
    found = f"{facts.free_bytes / 1024**3:.1f} GiB free at {facts.path}"
    if facts.free_bytes < _LITTLE:
        return Finding("disk space", Health.BROKEN, found, "free some space: evidence could not be kept")
    health = Health.WELL if facts.free_bytes >= _PLENTY else Health.DOUBTFUL
    return Finding("disk space", health, found, "" if health is Health.WELL else "a long run may fill it")


def database_finding(facts: DatabaseFacts) -> Finding:
    """Whether the state's database answers and has the tables of this version."""
    if facts.trouble:
        return Finding(
            "database",
            Health.BROKEN,
            f"{facts.place}: {facts.trouble}",
            "start it, or mend the URL under [runward]",
        )
    if not facts.exists or facts.version is None:
        return Finding("database", Health.WELL, f"{facts.place} will be made by the first run")
    if facts.version != facts.newest:
        mend = "it is brought up to date by the next run; an older Runward must not use it afterwards"
        return Finding(
            "database",
            Health.DOUBTFUL,
            f"{facts.place} has version {facts.version}, not {facts.newest}",
            mend,
        )
    return Finding("database", Health.WELL, f"{facts.place}, version {facts.version}")


def clock_finding(now: datetime, installed_at: datetime, zone: str) -> Finding:
    """Whether the clock can be right: it cannot be earlier than Runward itself."""
    found = f"{now:%Y-%m-%d %H:%M:%S} UTC, local zone {zone}"
    if now < installed_at:
        mend = "set the clock: approvals would expire wrongly and evidence would carry false times"
        return Finding("clock", Health.BROKEN, f"{found}, earlier than this program was installed", mend)
    return Finding("clock", Health.WELL, found)


def service_findings(facts: ServiceFacts) -> list[Finding]:
    """What a service lacks: documents, programs, targets, secrets."""
    name = facts.name
    findings = [
        Finding(f"{name}: {document}", Health.BROKEN, trouble, "mend documents in runward.toml")
        if trouble
        else Finding(f"{name}: {document}", Health.WELL, "can be read")
        for document, trouble in facts.documents.items()
    ]
    absent = sorted(program for program, present in facts.programs.items() if not present)
    if absent:
        mend = "install them where Runward runs, or bind where they are as targets"
        findings.append(
            Finding(f"{name}: programs", Health.DOUBTFUL, f"not installed: {', '.join(absent)}", mend)
        )
    elif facts.programs:
        findings.append(
            Finding(f"{name}: programs", Health.WELL, f"all {len(facts.programs)} that its documents use")
        )
    findings += [_reached(name, target, why) for target, why in facts.targets.items()]
    findings += [_had(name, secret, why) for secret, why in facts.secrets.items()]
    return findings


def _reached(service: str, target: str, why: str) -> Finding:
    if why:
        mend = "start it, or mend its place in runward.toml"
        return Finding(f"{service}: target {target}", Health.BROKEN, why, mend)
    return Finding(f"{service}: target {target}", Health.WELL, "answers")


def _had(service: str, secret: str, why: str) -> Finding:
    if why:
        return Finding(f"{service}: secret {secret}", Health.BROKEN, "cannot be had", why)
    return Finding(f"{service}: secret {secret}", Health.WELL, "can be had")


def approval_findings(warnings: Sequence[str], people: int) -> list[Finding]:
    """Whether what is destroyed is seen by a second pair of eyes."""
    if not warnings:
        found = (
            f"{people} people are listed"
            if people
            else "nobody is listed: whoever may log in here may approve"
        )
        return [Finding("approvals", Health.WELL, found)]
    mend = "leave destroy out of requester_may_approve, and set its count to 1 or more, once you are two"
    return [Finding("approvals", Health.DOUBTFUL, warning, mend) for warning in warnings]
