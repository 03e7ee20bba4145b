"""Show a plan to people: what would be executed, where, at what risk, and what is missing."""

import re
from collections.abc import Iterator
from datetime import timedelta

from rich.markup import escape

from runward.cli.run_page import line_end, shown_path
from runward.foundation.spans import words_of
from runward.inventory.spots import border_pattern
from runward.runbooks.model import Risk, StepKind
from runward.runs.model import Gap, Plan, PlannedStep
from runward.runs.planning.preview import previews_of

_COLOUR = {Risk.READ: "green", Risk.CHANGE: "yellow", Risk.DESTROY: "bold red"}
_KIND = {
    "unbound": "unbound", "secret": "no secret", "program": "not installed", "target": "no target", "host": "unknown host",
    "file": "no such file", "language": "cannot run", "syntax": "syntax error",
    "action": "action",
}  # fmt: skip


def plan_lines(plan: Plan) -> Iterator[str]:
    """The plan, line by line, in Rich's markup; everything is said in words too, so that colour adds nothing."""
    yield from _head(plan)
    for step in plan.steps:
        yield ""
        yield from _step(step, plan)
    yield ""
    yield from missing_lines(plan)
    yield from (f"[yellow]note[/]  {escape(text)}" for text in plan.warnings)
    yield f"plan {plan.digest}"


def _head(plan: Plan) -> Iterator[str]:
    worst = max((step.risk for step in plan.steps), key=lambda risk: risk.rank, default=Risk.READ)
    count = "1 step" if len(plan.steps) == 1 else f"{len(plan.steps)} steps"
    yield f"[bold]{escape(plan.heading)}[/]  [dim]{escape(shown_path(plan.path))}:{plan.line}[/]"
    service = f"for {escape(plan.service)}" if plan.service else "for no service"
    yield f"{service} · {plan.purpose} · {count} · at worst [{_COLOUR[worst]}]{worst}[/]"
    for name, where in plan.targets.items():
        yield f"  [cyan]{escape(name)}[/] is {escape(where)}"


def _step(step: PlannedStep, plan: Plan) -> Iterator[str]:
    option = f"{escape(step.option)} · " if step.option and step.option not in step.title else ""
    yield f"[bold]{step.number:>2}  {option}{escape(step.title)}[/]  [dim]line {step.line}[/]"
    if step.condition:
        yield f"    only if: {escape(step.condition)}"
    yield from (f"    [yellow]caution[/]: {escape(text)}" for text in step.cautions)
    if step.kind is StepKind.MANUAL:
        yield "    by hand" + (f": {escape(step.instruction)}" if step.instruction != step.title else "")
        return
    yield f"    {_facts(step)}"
    yield from _script(step, plan)
    yield from _reasons(step)
    yield from _doubts(step)
    yield from _looks(step)
    yield from _asked(step)
    yield from (f"    [cyan]note[/]: {escape(text)}" for text in step.notes)


def _facts(step: PlannedStep) -> str:
    here = "on this machine" if step.interpreter or step.language == "runward" else "on no target yet"
    where = f"on {escape(step.target)}" if step.target else here
    if step.runtime != "local":
        where += f" by {escape(step.runtime)}"
    others = [name for name in step.touches if name != step.target]
    also = f", also {escape(', '.join(others))}" if others else ""
    runner = f" · {escape(step.interpreter)}" if step.interpreter not in {"", "bash"} else ""
    limit = words_of(timedelta(seconds=step.time_limit_seconds))
    return f"[{_COLOUR[step.risk]}]{step.risk}[/] · {where}{also}{runner} · within {limit} · {escape(step.policy)}"


def _script(step: PlannedStep, plan: Plan) -> Iterator[str]:
    """What is executed, with the document's line numbers and the bound values set off."""
    written = step.written.split("\n")
    for index, line in enumerate(step.script.rstrip("\n").split("\n")):
        changed = index >= len(written) or written[index] != line
        sign = "[cyan]»[/]" if changed else " "
        shown = _highlighted(line, plan, step) if changed else line_end(line)
        yield f"  [dim]{step.first_line + index:>5}[/] {sign} {shown}"


def _highlighted(line: str, plan: Plan, step: PlannedStep) -> str:
    texts = {value for value in plan.values.values() if value} | {f"${name}" for name in step.references}
    found = [(match.start(), match.end()) for text in texts for match in border_pattern(text).finditer(line)]
    out, at = [], 0
    for start, end in sorted(found):
        if start >= at:
            out += [escape(line[at:start]), f"[bold cyan]{escape(line[start:end])}[/]"]
            at = end
    return "".join([*out, line_end(line[at:])])


def _reasons(step: PlannedStep) -> Iterator[str]:
    for one in step.risks:
        if one.risk is not Risk.READ:
            yield f"    line {one.line} [{_COLOUR[one.risk]}]{one.risk}[/]: {escape(one.why)}"
    for bound in step.bounds:
        form = (
            f"so it runs as `{escape(bound.bounded)}`"
            if bound.bounded
            else f"so it is ended after {words_of(timedelta(seconds=step.endless_seconds))}"
        )
        yield f"    line {bound.line} would not end: {escape(bound.why)}, {form}"


def _doubts(step: PlannedStep) -> Iterator[str]:
    """What the step cannot prove, however well it ends."""
    for one in step.doubts:
        yield f"    [yellow]caution[/]: line {one.line} proves nothing: {escape(one.because)} [dim]({one.rule})[/]"


def _looks(step: PlannedStep) -> Iterator[str]:
    """What will be looked at before a person is asked to approve."""
    for preview in previews_of(step):
        colon = ":" if preview.script else ""
        yield f"    line {preview.line} would be preceded by a look at {escape(preview.shows)}{colon}"
        yield from (f"        {line_end(line)}" for line in preview.script.strip().splitlines())


def _asked(step: PlannedStep) -> Iterator[str]:
    for question in step.questions:
        secret = " (not shown, not kept)" if question.secret else ""
        yield f"    line {question.line} asks: {escape(question.prompt or question.variable or 'something')}{secret}"
    for name in step.environment:
        if re.search(rf"\b{re.escape(name)}\b", step.script) or name in step.references:
            yield (
                f"    with {escape(name)} from {escape(step.variables[name])}"
                if name in step.references
                else (f"    with {escape(name)} = {escape(step.variables[name])}")
            )
    undone = "runward undo" if step.language == "runward" else "undone by"
    for word, text in (("verified by", step.verify), (undone, step.undo)):
        if text:
            yield f"    {word}: {escape(text)}"


def missing_lines(plan: Plan) -> Iterator[str]:
    """What keeps a plan from running, each with its line and its mend."""
    if not plan.gaps:
        yield "[green]nothing is missing[/]"
        return
    numbers = {step.id: step.number for step in plan.steps}
    alike: dict[tuple[str, str, str], list[Gap]] = {}
    for gap in plan.gaps:
        alike.setdefault((gap.kind.value, gap.what, gap.hint), []).append(gap)
    count = "1 thing is missing" if len(alike) == 1 else f"{len(alike)} things are missing"
    yield f"[bold red]{count}, so nothing would be run[/]"
    for gaps in alike.values():
        steps = [numbers[gap.step] for gap in gaps if gap.step in numbers]
        yield from _gap(gaps[0], shown_path(plan.path), list(dict.fromkeys(steps)))


def _gap(gap: Gap, path: str, steps: list[int]) -> Iterator[str]:
    """One thing that is missing; where several steps lack it, at the first line."""
    word = "step" if len(steps) == 1 else "steps"
    step = f" ({word} {', '.join(map(str, steps))})" if steps else ""
    yield f"  {escape(path)}:{gap.line}: {_KIND[gap.kind.value]}: [bold]{escape(gap.what)}[/]{step}"
    if gap.hint:
        yield f"      {escape(gap.hint)}"
