"""`runward lint`: hold runbooks against the rules, and tell people or programs what was found."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import groupby
from os.path import relpath
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from runward import __version__
from runward.app import App, open_app
from runward.cli.lint_files import list_documents
from runward.cli.lint_fix import fix_documents, write_atomically
from runward.cli.lint_page import Tally, page_of, summary_of
from runward.cli.lint_work import Task, list_reports, task_of
from runward.cli.run_page import console_for
from runward.foundation.errors import Mistake, RunwardError
from runward.inventory.model import Service
from runward.inventory.read import service_for
from runward.inventory.versions import Versions
from runward.plugins.revisions import Lines, changed_lines
from runward.runbooks.finding.baseline import Key, baseline_of, key_of, known_of, new_among
from runward.runbooks.finding.junit import junit_of
from runward.runbooks.finding.listed import listed
from runward.runbooks.finding.model import Rule, Severity, Stated
from runward.runbooks.finding.report import Shown, at_least, shown_of
from runward.runbooks.finding.sarif import sarif_of
from runward.runbooks.finding.silence import Silence
from runward.runbooks.linting import findings_across, list_rules
from runward.runbooks.read import read_runbook
from runward.runs.live import live

FOUND = 1
UNREAD = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the linter."""

    words: Sequence[str] = ()
    select: Sequence[str] = ()
    ignore: Sequence[str] = ()
    least: Severity = Severity.NOTE  # below it, nothing is shown
    fail_on: Severity = Severity.WARNING  # below it, nothing fails
    form: str = "page"  # page | json | sarif | junit
    baseline: Path | None = None
    write_baseline: Path | None = None
    since: str = ""
    config: Path | None = None
    service: str = ""
    live: bool = False  # look at the bound targets too


def wanted_from(severities: tuple[str, str], forms: Mapping[str, bool], **others: Any) -> Wanted:
    """What was typed, checked."""
    chosen = [name for name, given in forms.items() if given]
    if len(chosen) > 1:
        raise Mistake(f"--{chosen[0]} and --{chosen[1]} cannot both be printed", hint="Give one of them.")
    least, fail_on = (_severity(text) for text in severities)
    return Wanted(least=least, fail_on=fail_on, form=chosen[0] if chosen else "page", **others)


def _severity(text: str) -> Severity:
    try:
        return Severity(text)
    except ValueError:
        known = ", ".join(Severity)
        raise Mistake(f"“{text}” is no severity", hint=f"There are {known}.") from None


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in one document, and what was left out."""

    path: str
    shown: tuple[Shown, ...] = ()
    problem: str = ""  # why it could not be read
    silenced: int = 0
    known: int = 0
    is_document: bool = True  # False for what was found between documents, told at the end


def lint_or_fix(wanted: Wanted, *, mend: bool, write: bool) -> int:
    """What was asked for on the command line: to be told of findings, or to have them mended."""
    if write and not mend:
        raise Mistake(
            "--write writes what --fix mends", hint="See first what would change: runward lint --fix"
        )
    if mend and (wanted.form != "page" or wanted.baseline or wanted.write_baseline or wanted.since):
        raise Mistake(
            "--fix shows a difference and mends whole documents",
            hint="It goes with --select, --ignore and --min-severity alone.",
        )
    return fix(wanted, write=write) if mend else lint(wanted)


def lint(wanted: Wanted, *, seen: Versions | None = None) -> int:
    """Print what is wrong with the documents; 1 if something fails, 2 if one could not be read, else 0.

    `seen` are versions that the servers themselves told; they stand above those in runward.toml.
    """
    rules = chosen_rules(wanted.select, wanted.ignore)
    looked = _looked(wanted, tasks_for(wanted, seen), rules)
    if wanted.write_baseline:
        return _write_baseline(wanted.write_baseline, list(looked))
    tally = _PRINTERS[wanted.form](looked, rules)
    if tally.unread:
        return UNREAD
    failing = (count for name, count in tally.counts.items() if at_least(Severity(name), wanted.fail_on))
    return FOUND if any(failing) else 0


def fix(wanted: Wanted, *, write: bool, seen: Versions | None = None) -> int:
    """Show the mends of what was found as a difference, and write them if asked."""
    rules = chosen_rules(wanted.select, wanted.ignore)
    names = tuple(rule.id for rule in rules if at_least(rule.severity, wanted.least))
    return fix_documents(tasks_for(wanted, seen), names, console_for(), write=write)


def chosen_rules(select: Sequence[str], ignore: Sequence[str]) -> tuple[Rule, ...]:
    """The rules to be held: those selected, all if none is, without those ignored."""
    known = {rule.id: rule for rule in list_rules()}
    for name in (*select, *ignore):
        if name not in known:
            near = ", ".join(get_close_matches(name, known, 3))
            raise Mistake(f"there is no rule “{name}”", hint=f"Perhaps: {near}" if near else "")
    return tuple(
        rule for name, rule in known.items() if (not select or name in select) and name not in ignore
    )


def tasks_for(wanted: Wanted, seen: Versions | None) -> list[Task]:
    """The documents with what runward.toml says of the services they belong to."""
    beside = Path(wanted.words[0]) if wanted.words and Path(wanted.words[0]).exists() else None
    app = open_app(wanted.config, beside)
    return [_task(path, app, wanted, seen) for path in list_documents(wanted.words, app)]


def _task(path: Path, app: App, wanted: Wanted, seen: Versions | None) -> Task:
    try:
        service = service_for(app.services, path, app.config, wanted.service)
    except Mistake:
        if wanted.service:
            raise
        return Task(path, dict(seen or {}))  # of several services, no one is meant
    return seen_live(path, service) if wanted.live else task_of(path, service, seen)


def seen_live(path: Path, service: Service) -> Task:
    """A document with what a look at the bound targets shows; what could not be looked at is told."""
    try:
        found = live(read_runbook(path), service)
    except RunwardError:
        return task_of(path, service)  # a document that cannot be read is told where it is read again
    for text in found.unseen:
        console_for(stderr=True).print(Text(f"{path}: not looked at: {text}", style="yellow"), soft_wrap=True)
    return replace(task_of(path, service, found.versions), unresolved=found.unresolved)


def _looked(wanted: Wanted, tasks: Sequence[Task], rules: tuple[Rule, ...]) -> Iterator[Looked]:
    """Each document as soon as it was looked at, then what was found between them; only that is kept until the end."""
    known_rules = {rule.id: rule for rule in rules}
    changed = changed_lines([task.path for task in tasks], wanted.since) if wanted.since else None
    known = _baseline_in(wanted.baseline) if wanted.baseline else Counter[Key]()
    stated: list[Stated] = []
    silences: dict[str, tuple[Silence, ...]] = {}
    for report in list_reports(tasks, [rule.id for rule in rules]):
        every = [one for one in shown_of(report, known_rules) if _matters(one, wanted, changed)]
        new = _new(every, known, wanted.baseline)
        yield Looked(report.path, new, report.problem, report.silenced, len(every) - len(new))
        if report.stated:
            stated.append(report.stated)
        if report.silences:
            silences[report.path] = report.silences
    between = [one for one in _across(stated, rules, silences) if _matters(one, wanted, changed)]
    for path, together in groupby(between, lambda one: one.finding.path):
        every = list(together)
        new = _new(every, known, wanted.baseline)
        yield Looked(path, new, known=len(every) - len(new), is_document=False)


def _new(shown: Sequence[Shown], known: Counter[Key], baseline: Path | None) -> tuple[Shown, ...]:
    """The findings that the baseline does not hold; each that it holds is used up."""
    if baseline is None:
        return tuple(shown)
    new = new_among([_key(one, baseline) for one in shown], known)
    return tuple(one for one, is_new in zip(shown, new, strict=True) if is_new)


def _across(
    stated: Sequence[Stated], rules: tuple[Rule, ...], silences: Mapping[str, tuple[Silence, ...]]
) -> list[Shown]:
    """What is wrong between the documents, with the lines it stands on."""
    found = findings_across(stated, rules)
    made = []
    for one in found:
        covering = [
            each for each in silences.get(one.path, ()) if each.reason and each.covers(one.rule.id, one.line)
        ]
        if not covering:
            made.append(Shown(one, _line_in(one.path, one.line)))
    return made


def _line_in(path: str, number: int) -> str:
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return lines[number - 1] if 0 < number <= len(lines) else ""


def _matters(shown: Shown, wanted: Wanted, changed: Mapping[Path, Lines] | None) -> bool:
    finding = shown.finding
    if not at_least(finding.rule.severity, wanted.least):
        return False
    if changed is None:
        return True
    if Path(finding.path) not in changed:
        return False
    lines = changed[Path(finding.path)]
    return lines is None or any(
        number in lines for number in range(finding.line, max(finding.found.end, finding.line) + 1)
    )


def _baseline_in(path: Path) -> Counter[Key]:
    try:
        return known_of(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError as problem:
        raise Mistake(
            "there is no such baseline", file=str(path), hint=f"runward lint --write-baseline {path}"
        ) from problem
    except (OSError, ValueError) as problem:
        raise Mistake(f"the baseline cannot be read: {problem}", file=str(path)) from problem


def _key(shown: Shown, baseline: Path) -> Key:
    own = Path(relpath(Path(shown.finding.path).absolute(), baseline.absolute().parent)).as_posix()
    return key_of(shown.finding, own, shown.text)


def _write_baseline(path: Path, looked: Sequence[Looked]) -> int:
    found = [one for each in looked for one in each.shown]
    shape = baseline_of(_key(one, path) for one in found)
    write_atomically(path, (json.dumps(shape, indent=1) + "\n").encode())
    console_for().print(Text(f"{path} now knows {len(found)} findings."), soft_wrap=True)
    unread = [each for each in looked if each.problem]
    for each in unread:
        _print_unread(each, console_for(stderr=True))
    return UNREAD if unread else 0


def _print_page(looked: Iterable[Looked], _rules: Sequence[Rule]) -> Tally:
    """Each document is printed as soon as it was looked at, and forgotten."""
    console, tally = console_for(), Tally()
    for each in looked:
        _count(tally, each)
        if each.problem:
            _print_unread(each, console)
        elif each.shown:
            for line in page_of(each.path, each.shown, console.width):
                console.print(line, soft_wrap=True)
    console.print(summary_of(tally), soft_wrap=True)
    return tally


def _count(tally: Tally, each: Looked) -> None:
    tally.documents += each.is_document
    tally.unread += bool(each.problem)
    tally.silenced += each.silenced
    tally.known += each.known
    for one in each.shown:
        tally.counts[one.finding.rule.severity.value] += 1
        tally.paths.add(each.path)
        tally.mendable += one.finding.found.mend is not None


def _print_unread(each: Looked, console: Console) -> None:
    console.print(Text(f"{each.path}: not read: {each.problem}", style="bold red"), soft_wrap=True)


def _gathered(looked: Iterable[Looked]) -> tuple[Tally, dict[str, tuple[Shown, ...]], dict[str, str]]:
    """Everything by document, for the forms that are written as a whole."""
    tally = Tally()
    by_path: dict[str, tuple[Shown, ...]] = {}
    unread: dict[str, str] = {}
    for each in looked:
        _count(tally, each)
        if each.problem:
            unread[each.path] = each.problem
        else:
            by_path[each.path] = (*by_path.get(each.path, ()), *each.shown)
    return tally, by_path, unread


def _print_json(looked: Iterable[Looked], _rules: Sequence[Rule]) -> Tally:
    tally, by_path, unread = _gathered(looked)
    _write_json(listed(_all(by_path), len(by_path), unread.items()))
    return tally


def _print_sarif(looked: Iterable[Looked], rules: Sequence[Rule]) -> Tally:
    tally, by_path, unread = _gathered(looked)
    _write_json(sarif_of(_all(by_path), rules, __version__, unread.items()))
    return tally


def _all(by_path: Mapping[str, tuple[Shown, ...]]) -> tuple[Shown, ...]:
    return tuple(one for found in by_path.values() for one in found)


def _write_json(shape: object) -> None:
    text = json.dumps(shape, ensure_ascii=False, indent=2).encode("utf-8", "replace").decode("utf-8")
    sys.stdout.write(text + "\n")


def _print_junit(looked: Iterable[Looked], _rules: Sequence[Rule]) -> Tally:
    tally, by_path, unread = _gathered(looked)
    sys.stdout.write(junit_of(by_path, unread))
    return tally


_PRINTERS: dict[str, Callable[[Iterable[Looked], Sequence[Rule]], Tally]] = {
    "page": _print_page,
    "json": _print_json,
    "sarif": _print_sarif,
    "junit": _print_junit,
}
