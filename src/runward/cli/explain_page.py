"""Lay an explanation out for a terminal: how much was understood, what can be done, what is stated, what is wrong."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import RenderableType
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from runward.runbooks.explanation import Entry, Explanation
from runward.runbooks.fact.sentences import sentence_of
from runward.runbooks.finding.model import Finding, Severity
from runward.runbooks.model import Fact, FactType, Risk
from runward.runbooks.zone import Zone

_RISK = {
    None: ("", ""),
    Risk.READ: ("reads", "green"),
    Risk.CHANGE: ("changes", "yellow"),
    Risk.DESTROY: ("destroys", "bold red"),
}
_MARKS = {Severity.ERROR: ("✗", "red"), Severity.WARNING: ("!", "yellow"), Severity.NOTE: ("·", "dim")}
_METER = 30  # characters


def page_of(explanation: Explanation, zone: Zone) -> Iterator[RenderableType]:
    """The pieces of the page, from the top."""
    yield from _head(explanation, zone)
    yield from _titled("what can be done", [_contents(explanation.contents)] if explanation.contents else [])
    yield from _titled(
        "what is stated", [_facts(explanation.policy.facts)] if explanation.policy.facts else []
    )
    yield from _titled(
        "what is wrong or missing", [_findings(explanation.findings)] if explanation.findings else []
    )
    lines = explanation.runbook.document.lines
    yield from _titled(
        "what was not understood",
        [
            Text.assemble((f"{note.line:>5}  ", "dim"), _shortened(lines[note.line - 1].strip()))
            for note in explanation.unread
        ],
    )


def _titled(title: str, pieces: Sequence[RenderableType]) -> Iterator[RenderableType]:
    if pieces:
        yield Text()
        yield Rule(title, style="dim", align="left")
        yield from pieces


def _head(explanation: Explanation, zone: Zone) -> Iterator[RenderableType]:
    document, coverage = explanation.runbook.document, explanation.coverage
    yield Text.assemble((explanation.runbook.title, "bold"), (f"\n{document.path}", "dim"))
    full = round(_METER * coverage.percent / 100)
    yield Text.assemble(
        ("█" * full, "green"),
        ("░" * (_METER - full), "dim"),
        (f" {coverage.percent} % understood", "bold"),
        f" of the {len(coverage.operational)} lines that say how to operate this service",
    )
    yield Text(f"times in {zone.name} ({zone.source})", "dim")


def _contents(entries: Sequence[Entry]) -> Table:
    grid = _grid(5)
    grid.add_column(ratio=1)
    grid.add_column(no_wrap=True, style="cyan")
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    for entry in entries:
        word, style = _RISK[entry.risk]
        count = len(entry.procedure.steps)
        wrong = Text()
        if entry.errors:
            wrong.append(f"✗ {entry.errors} ", "red")
        if entry.warnings:
            wrong.append(f"! {entry.warnings}", "yellow")
        name = Text(entry.procedure.heading)
        if entry.freshness:
            name.append(f"\n{entry.freshness}", "dim")
        grid.add_row(
            str(entry.procedure.line),
            name,
            entry.procedure.purpose.value,
            f"{count} step{'' if count == 1 else 's'}",
            Text(word, style),
            wrong,
        )
    return grid


def _facts(facts: Sequence[Fact]) -> Table:
    grid = _grid(5)
    grid.add_column(no_wrap=True, style="magenta")
    grid.add_column(ratio=1)
    order = list(FactType)
    ordered = sorted(facts, key=lambda fact: (order.index(fact.type), fact.line))
    for kind, group in groupby(ordered, key=lambda fact: fact.type):
        for place, fact in enumerate(group):
            grid.add_row(
                str(fact.line), "" if place else kind.value.replace("_", " "), Text(sentence_of(fact))
            )
    return grid


def _findings(findings: Sequence[Finding]) -> Table:
    grid = _grid(5)
    grid.add_column(no_wrap=True)
    grid.add_column(ratio=1)
    for finding in findings:
        mark, style = _MARKS[finding.rule.severity]
        said = Text.assemble(finding.found.said, (f"  {finding.rule.id}", "dim"))
        grid.add_row(str(finding.line), Text(mark, style), said)
    return grid


def _grid(width: int) -> Table:
    grid = Table.grid(padding=(0, 1), expand=True)
    grid.add_column(justify="right", width=width, style="dim", no_wrap=True)
    return grid


def _shortened(text: str) -> str:
    return text if len(text) <= 100 else text[:99] + "…"
