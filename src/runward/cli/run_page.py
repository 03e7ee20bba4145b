"""Show a run to people: the same lines whether it is followed live or looked at afterwards."""

import json
import sys
from collections.abc import Iterable, Mapping
from os.path import relpath
from typing import Any

from rich.console import Console
from rich.markup import escape

from runward.runs.model import (
    Judgement,
    Met,
    Plan,
    PlannedStep,
    Run,
    RunState,
    RunView,
    StepRecord,
    StepState,
    Verdict,
)

_STATE = {
    StepState.RUNNING: ("cyan", "▶", "running"),
    StepState.DONE: ("green", "✓", "done"),
    StepState.FAILED: ("red", "✗", "failed"),
    StepState.SKIPPED: ("yellow", "–", "skipped"),
    StepState.INTERRUPTED: ("yellow", "?", "interrupted"),
    StepState.CANCELLED: ("yellow", "■", "cancelled"),
}
_MET = {
    Met.MET: ("green", "✓", "met"),
    Met.NOT_MET: ("red", "✗", "not met"),
    Met.COULD_NOT_TELL: ("yellow", "?", "could not tell"),
}
_VERDICT = {
    Verdict.SUCCEEDED: "bold green",
    Verdict.FAILED: "bold red",
    Verdict.UNCERTAIN: "bold yellow",
    Verdict.CANCELLED: "bold yellow",
}
_RISK = {"read": "dim", "change": "yellow", "destroy": "bold red"}
_WIDEST = 110


def console_for(*, stderr: bool = False) -> Console:
    """A console that keeps to a readable width, and to plain text where it is not a terminal."""
    console = Console(stderr=stderr, highlight=False, soft_wrap=False)
    console.width = min(console.width, _WIDEST)
    return console


def line_end(text: str) -> str:
    """A text that ends a line, letter by letter: no tag follows that a last backslash could be taken to hide."""
    safe = escape(text)
    return safe[:-1] if text.endswith("\\") else safe


def print_json(shape: object) -> None:
    """Print an answer for programs."""
    sys.stdout.write(json.dumps(shape, indent=2, ensure_ascii=False, default=str) + "\n")


def head_lines(run: Run) -> Iterable[str]:
    """What is carried out, for whom, under which plan."""
    plan = run.plan
    yield f"[bold]{escape(plan.heading)}[/]  [dim]{escape(plan.service)} · {escape(shown_path(plan.path))}:{plan.line} · {plan.purpose}[/]"
    yield f"[dim]run[/] {run.id}  [dim]plan {plan.digest[:12]} · {_count(plan)} · asked for by {escape(run.requester)}[/]"


def shown_path(path: str) -> str:
    """A path as one would write it here: relative where that is shorter."""
    try:
        near = relpath(path)
    except ValueError:  # on another drive
        return path
    return near if len(near) < len(path) else path


def _count(plan: Plan) -> str:
    count = len(plan.steps)
    return "1 step" if count == 1 else f"{count} steps"


def step_line(step: PlannedStep) -> str:
    """A step's number, title, risk and place."""
    risk = (
        f"  [{_RISK[step.risk.value]}]{step.risk.value}[/]" if step.block is not None else "  [dim]by hand[/]"
    )
    target = f" [dim]on {escape(step.target)}[/]" if step.target else ""
    option = f"[cyan]{escape(step.option)}[/] · " if step.option and step.option not in step.title else ""
    return f"[bold]{step.number:>2}[/]  {option}[bold]{escape(step.title)}[/]{risk}{target} [dim]· line {step.line}[/]"


def record_lines(record: StepRecord) -> Iterable[str]:
    """How an attempt ended, which commands failed and why, and what became of what was expected."""
    colour, sign, word = _STATE[record.state]
    took = f" [dim]in {spoken_seconds(_took(record))}[/]" if record.ended_at and record.started_at else ""
    attempt = f" [dim](attempt {record.attempt})[/]" if record.attempt > 1 else ""
    failures = listed(record.result, "failures")
    because = "" if failures or not record.because else f" [dim]·[/] {escape(record.because)}"
    yield f"    [{colour}]{sign} {word}[/]{took}{attempt}{because}"
    for failure in failures:
        yield from _failure_lines(failure)
    for judgement in record.judgements:
        yield judgement_line(judgement)


def part_lines(step: PlannedStep, record: StepRecord) -> Iterable[str]:
    """Each titled part of a script as a sub-step with a verdict of its own."""
    failures = listed(record.result, "failures")
    reached = max((int(section["line"]) for section in listed(record.result, "sections")), default=0)
    for part in step.parts if len(step.parts) > 1 else ():
        failed = [each for each in failures if part.line <= int(each["line"]) <= part.end]
        if failed:
            yield f"      [red]✗[/] {escape(part.title)} [dim]·[/] {escape(str(failed[0]['why']))}"
        elif reached < part.line:
            yield f"      [yellow]–[/] {escape(part.title)} [dim]· not reached[/]"
        elif any(part.line <= one.line <= part.end and not one.only_silent for one in step.doubts):
            yield f"      [yellow]?[/] {escape(part.title)} [dim]· its answer proves nothing[/]"
        else:
            yield f"      [green]✓[/] {escape(part.title)}"


def listed(result: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """One of the lists in what was observed of an attempt; empty where nothing was observed."""
    found = result.get(name)
    return list(found) if isinstance(found, list | tuple) else []


def _failure_lines(failure: Mapping[str, Any]) -> Iterable[str]:
    first = (str(failure["text"]).splitlines() or [""])[0]
    yield f"      [red]line {failure['line']}[/]  {escape(shortened(first, 80))}"
    yield f"        {escape(str(failure['why']))}"
    if failure.get("hint"):
        yield f"        [dim]{escape(str(failure['hint']))}[/]"


def judgement_line(judgement: Judgement) -> str:
    """One expectation with what became of it, and why."""
    colour, sign, word = _MET[judgement.met]
    by = f" [dim](said {escape(judgement.by)})[/]" if judgement.by else ""
    return f"      [{colour}]{sign} {word}[/]  {escape(judgement.text)} [dim]— {escape(judgement.because)}, line {judgement.line}[/]{by}"


def closing_lines(record: StepRecord) -> Iterable[str]:
    """What became of what the procedure as a whole expects."""
    if record.judgements:
        yield "[bold]    Expected of the whole procedure[/]"
    yield from (judgement_line(judgement) for judgement in record.judgements)


def _took(record: StepRecord) -> float:
    if record.started_at is None or record.ended_at is None:
        return 0.0
    return (record.ended_at - record.started_at).total_seconds()


def spoken_seconds(seconds: float) -> str:
    """A span in the words of people: 0.24 s, 12 s, 3 min 20 s, 2 h 5 min."""
    if seconds < 10:
        return f"{seconds:.2f} s" if seconds < 1 else f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def shortened(text: str, width: int) -> str:
    """The text, cut with an ellipsis where it is longer than the width."""
    return text if len(text) <= width else text[: width - 1] + "…"


def end_lines(view: RunView) -> Iterable[str]:
    """The verdict with its reason, and what a person can do next."""
    run = view.run
    if run.state is RunState.WAITING and run.wait is not None:
        yield f"[bold yellow]… waiting[/]  {escape(run.wait.prompt)}"
        yield from (f"  [dim]{line}[/]" for line in ways_on(run))
        return
    if run.state is not RunState.ENDED or run.verdict is None:
        yield f"[cyan]▶ {run.state}[/]"
        return
    took = ""
    if run.started_at and run.ended_at:
        took = f" [dim]after {spoken_seconds((run.ended_at - run.started_at).total_seconds())}[/]"
    yield f"[{_VERDICT[run.verdict]}]{run.verdict.value}[/]{took} [dim]·[/] {escape(run.because)}"
    yield from (f"  [dim]{line}[/]" for line in ways_on(run))


def ways_on(run: Run) -> list[str]:
    """The commands that make sense now."""
    wait = run.wait
    if run.state is RunState.WAITING and wait is not None:
        if wait.kind == "approval":
            number = next((step.number for step in run.plan.steps if step.id == wait.step), wait.step)
            return [f"runward approve {run.id} {number}", f"runward cancel {run.id}"]
        if wait.kind == "target":
            return [f"runward cancel {run.id}"]
        return [f"runward answer {run.id} {'|'.join(wait.choices) or 'TEXT'}", f"runward cancel {run.id}"]
    if run.state is RunState.ENDED:
        again = [f"runward retry {run.id}"] if run.verdict in {Verdict.FAILED, Verdict.CANCELLED} else []
        return [f"runward evidence {run.id} --out {run.id}.html", *again]
    return [f"runward show-run {run.id}", f"runward cancel {run.id}"]
