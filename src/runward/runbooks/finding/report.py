"""What the linting of one document came to, small enough to be handed from one process to another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from runward.runbooks.finding.model import Finding, Found, Rule, Severity, Stated
from runward.runbooks.finding.silence import Silence, silences_of
from runward.runbooks.model import Runbook

_ORDER = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Report:
    """One document: what was found, by the rules' names, and the text of the lines it was found on."""

    path: str
    found: tuple[tuple[str, Found], ...] = ()
    lines: tuple[tuple[int, str], ...] = ()
    silences: tuple[Silence, ...] = ()
    silenced: int = 0  # how many findings comments cover
    stated: Stated | None = None
    problem: str = ""  # why it could not be read


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with the text of its line."""

    finding: Finding
    text: str


def report_of(
    runbook: Runbook, every: Sequence[Finding], kept: Sequence[Finding], stated: Stated | None
) -> Report:
    """The report on a document that could be read; without rules across documents, `stated` is not needed."""
    lines, silences = runbook.document.lines, silences_of(runbook)
    wanted = sorted({one.line for one in kept})
    return Report(
        runbook.document.path,
        tuple((one.rule.id, one.found) for one in kept),
        tuple((line, lines[line - 1]) for line in wanted if 0 < line <= len(lines)),
        silences,
        len(every) - len(kept),
        stated,
    )


def shown_of(report: Report, rules: Mapping[str, Rule]) -> tuple[Shown, ...]:
    """The findings of a report, each with its rule and its line."""
    texts = dict(report.lines)
    return tuple(
        Shown(Finding(rules[name], report.path, found), texts.get(found.line, ""))
        for name, found in report.found
    )


def at_least(severity: Severity, least: Severity) -> bool:
    """Whether one severity is as bad as another, or worse."""
    return _ORDER.index(severity) <= _ORDER.index(least)


def counted(findings: Iterable[Finding]) -> dict[str, int]:
    """How many findings there are of each severity, the worst first."""
    made = dict.fromkeys((one.value for one in _ORDER), 0)
    for finding in findings:
        made[finding.rule.severity] += 1
    return made
