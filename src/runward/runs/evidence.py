"""Write a run's evidence as one page that stands by itself: Markdown for a wiki, HTML for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from runward.foundation.ledger import Entry
from runward.runs.model import Met, PlannedStep, RunView, StepRecord

_STATE_WORDS = {
    "done": "✓ done",
    "failed": "✗ failed",
    "skipped": "– skipped",
    "interrupted": "? interrupted",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a step with what it printed, masked."""

    record: StepRecord
    output: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A step of the plan and every attempt at it."""

    step: PlannedStep
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that a page of evidence tells."""

    view: RunView
    document: str  # as it stood when the plan was made
    chapters: tuple[Chapter, ...]
    entries: Sequence[Entry]  # of the ledger, for this run
    made_at: datetime


def evidence_page(evidence: Evidence, kind: str) -> str:
    """The page; `kind` is "html" or "md"."""
    environment = Environment(
        loader=PackageLoader("runward.runs", "templates"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": spoken_moment, "fenced": fenced, "one_line": one_line}
    return environment.get_template(f"evidence.{kind}.j2").render(
        evidence=evidence,
        view=evidence.view,
        run=evidence.view.run,
        plan=evidence.view.run.plan,
        lines=evidence.document.splitlines(),
        states=_STATE_WORDS,
        summary=judged_summary(evidence.view),
    )


def judged_summary(view: RunView) -> Mapping[str, int]:
    """How many expectations were met, not met, and could not be told."""
    counted = {each.value: 0 for each in Met}
    for record in view.records:
        for judgement in record.judgements:
            counted[judgement.met.value] += 1
    return counted


def spoken_moment(moment: datetime | None) -> str:
    """A moment in UTC as people write it; a dash for none."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "–"


def fenced(text: str, language: str = "") -> str:
    """A Markdown fence that its content cannot end."""
    longest = 2
    run = 0
    for letter in text:
        run = run + 1 if letter == "`" else 0
        longest = max(longest, run)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.rstrip(chr(10))}\n{fence}"


def one_line(value: Any) -> str:
    """A text fit for a cell of a Markdown table."""
    return " ".join(str(value).split()).replace("|", "\\|")
