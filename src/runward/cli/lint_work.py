"""Hold documents against the rules: one after another, or by several processes where there are many."""

import copyreg
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote

from runward.foundation.errors import Mistake, RunwardError
from runward.inventory.model import Service
from runward.inventory.versions import Versions, versions_of
from runward.runbooks.document.encoding import text_of
from runward.runbooks.finding.model import Case, Finding, Rule, Surroundings, Unresolved
from runward.runbooks.finding.report import Report, report_of
from runward.runbooks.finding.silence import silences_of
from runward.runbooks.linting import every_finding, findings_of, list_rules, stated_by, unsilenced
from runward.runbooks.model import Runbook
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook, read_runbook
from runward.runbooks.zone import zone_of

_ENOUGH_FOR_TWO = 300_000  # bytes of documents from which on a second process pays
_MOST = 8


def frozen(values: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    """A mapping that nobody may change, put together again in another process."""
    return MappingProxyType(values)


def _taken_apart(
    mapping: MappingProxyType[Any, Any],
) -> tuple[Callable[..., MappingProxyType[Any, Any]], tuple[Any, ...]]:
    return frozen, (dict(mapping),)


# What a document states goes from one process to another, and holds mappings that nobody may change.
copyreg.pickle(MappingProxyType, _taken_apart)


@dataclass(frozen=True, slots=True)
class Task:
    """A document and what is known of the world around it."""

    path: Path
    versions: Mapping[str, tuple[int, ...]]
    zone: str = ""
    service: str = ""
    unresolved: tuple[Unresolved, ...] = ()  # seen on the bound targets


def task_of(path: Path, service: Service, seen: Versions | None = None) -> Task:
    """A document with what runward.toml says of the service that it belongs to, and versions that servers told."""
    zone = service.time_zone if "time_zone" in service.model_fields_set else ""
    return Task(path, versions_of(service, seen), zone, service.name)


def list_reports(tasks: Sequence[Task], rules: Sequence[str]) -> Iterator[Report]:
    """A report on each document, in their order, as soon as it is there."""
    act = partial(report_on, rules=tuple(rules))
    count = min(_MOST, len(os.sched_getaffinity(0)), len(tasks))
    if count < 2 or _weight(tasks) < _ENOUGH_FOR_TWO:
        yield from map(act, tasks)
        return
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        yield from pool.map(act, tasks, chunksize=max(1, min(16, len(tasks) // (count * 4))))


def _weight(tasks: Sequence[Task]) -> int:
    total = 0
    for task in tasks:
        total += task.path.stat().st_size if task.path.is_file() else 0
        if total >= _ENOUGH_FOR_TWO:
            break
    return total


@cache
def rules_named(names: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules of these names."""
    wanted = set(names)
    return tuple(rule for rule in list_rules() if rule.id in wanted)


def report_on(task: Task, rules: tuple[str, ...]) -> Report:
    """What is wrong with one document; one that cannot be read is a report of its own, and keeps no other from being told."""
    path = str(task.path)
    try:
        return _report(task, rules)
    except RunwardError as problem:
        return Report(path, problem=getattr(problem, "message", str(problem)))
    except Exception as fault:  # noqa: BLE001  # a fault of ours in one document is told, and the others are looked at
        return Report(path, problem=f"a fault of Runward itself: {type(fault).__name__}: {fault}")


def _report(task: Task, rules: tuple[str, ...]) -> Report:
    runbook = read_runbook(task.path)
    case = case_of(runbook, task)
    chosen = rules_named(rules)
    stated = stated_by(case) if any(rule.across for rule in chosen) else None
    every = every_finding(case, chosen)
    return report_of(runbook, every, unsilenced(every, silences_of(runbook)), stated)


def findings_in(text: str, task: Task, rules: tuple[str, ...]) -> tuple[Finding, ...]:
    """What is wrong with a text that would stand in the place of the document's own."""
    return findings_of(case_of(parse_runbook(text, str(task.path)), task), rules_named(rules))


def case_of(runbook: Runbook, task: Task) -> Case:
    """A document with its policy and surroundings."""
    zone = zone_of(runbook, task.zone)
    around = Surroundings(
        versions=task.versions,
        has_file=partial(_exists, task.path.parent),
        text_of=partial(_text, task.path.parent),
        zone=zone.name if zone.source != "default" else "",
        service=task.service,
        unresolved=task.unresolved,
    )
    return Case(runbook, policy_of(runbook), around)


def _exists(folder: Path, name: str) -> bool:
    try:
        return (folder / name).exists() or (folder / unquote(name)).exists()
    except (OSError, ValueError):
        return False


def _text(folder: Path, name: str) -> str | None:
    try:
        return text_of(folder / name)[0]
    except (Mistake, OSError, ValueError):
        return None
