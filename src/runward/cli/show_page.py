"""Lay a runbook out for people: procedures with their steps, the blocks that belong to none, and notices."""

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from runward.cli.policy_page import policy_table
from runward.cli.schedule_page import schedule_page
from runward.runbooks.model import (
    Block,
    Expectation,
    FactType,
    Operator,
    Procedure,
    Risk,
    Runbook,
    Source,
    Step,
    StepKind,
)
from runward.runbooks.policy import policy_of
from runward.runbooks.zone import zone_of
from runward.runs.judging.figures import wanted_words

_RISK = {Risk.READ: "green", Risk.CHANGE: "yellow", Risk.DESTROY: "bold red"}
_DECIDED = {
    Source.EXIT: "exit code",
    Source.STATUS: "HTTP status",
    Source.COLUMN: "column",
    Source.KEY: "JSON",
    Source.OUTPUT: "output",
    Source.ROWS: "rows",
    Source.CHANGE: "change",
    Source.HUMAN: "a person",
}


def page_of(runbook: Runbook, service_zone: str = "") -> Iterator[RenderableType]:
    """The pieces of the page, from the top; `service_zone` is the time zone that its service sets, "" if none."""
    blocks = {block.number: block for block in runbook.blocks}
    yield _head(runbook)
    for procedure in runbook.procedures:
        yield Text()
        yield _procedure(procedure, blocks)
    held = {number for one in runbook.procedures for number in one.blocks}
    held |= {step.block for one in runbook.procedures for step in one.steps if step.block}
    loose = [block for block in runbook.blocks if block.number not in held and block.form != "inline"]
    if loose:
        yield Text()
        yield Rule("blocks that belong to no procedure", style="dim", align="left")
        yield _loose(loose)
    policy = policy_of(runbook)
    if policy.facts:
        yield Text()
        yield Rule("stated as policy", style="dim", align="left")
        yield policy_table(policy.facts)
    due = [fact for fact in policy.facts if fact.type is FactType.SCHEDULE]
    yield from schedule_page(due, zone_of(runbook, service_zone))
    notices = sorted((*runbook.notices, *policy.unread), key=lambda notice: notice.line)
    if notices:
        yield Text()
        yield Rule("worth knowing", style="dim", align="left")
        yield from (Text.assemble((f"{one.line:>5}  ", "dim"), one.text) for one in notices)


def _head(runbook: Runbook) -> RenderableType:
    commands = sum(block.kind.value in {"command", "transcript"} for block in runbook.blocks)
    title = Text.assemble((runbook.title, "bold"), ("\n" + runbook.document.path, "dim"))
    counts = f"{_count(len(runbook.procedures), 'procedure')} · {_count(len(runbook.blocks), 'block')}, {commands} to execute"
    risks = Text(counts)
    for risk in Risk:
        number = sum(
            block.risk is risk and block.kind.value in {"command", "transcript"} for block in runbook.blocks
        )
        if number:
            risks.append(f" · {number} ").append(risk.value, _RISK[risk])
    return Group(title, risks)


def _procedure(procedure: Procedure, blocks: Mapping[int, Block]) -> RenderableType:
    head = Text.assemble(
        (f"{procedure.line:>5}  ", "dim"),
        (procedure.heading, "bold"),
        ("  " + procedure.purpose.value, "cyan"),
    )
    facts = [
        f"{name}: {value}"
        for name, value in (
            ("severity", procedure.severity),
            ("owner", procedure.owner),
            ("takes", procedure.duration),
            ("downtime", procedure.downtime),
            ("when", procedure.frequency),
        )
        if value
    ]
    parts: list[RenderableType] = [head, Padding(Text("#" + procedure.id, "dim"), (0, 0, 0, 7), expand=False)]
    lines = [
        *([" · ".join(facts)] if facts else []),
        *([f"for: {'; '.join(procedure.conditions)}"] if procedure.conditions else []),
        *([f"before: {'; '.join(procedure.prerequisites)}"] if procedure.prerequisites else []),
    ]
    parts += [Padding(Text(line), (0, 0, 0, 7), expand=False) for line in lines]
    parts += [
        Padding(Text.assemble(("caution ", "yellow"), text), (0, 0, 0, 7), expand=False)
        for text in procedure.cautions
    ]
    parts.append(_steps(procedure.steps, blocks))
    if procedure.expects:
        parts.append(Padding(Text("expected of the whole", "dim"), (0, 0, 0, 7), expand=False))
        parts += [Padding(_expectation(one), (0, 0, 0, 9), expand=False) for one in procedure.expects]
    if procedure.afterwards:
        parts.append(
            Padding(Text(f"afterwards: {'; '.join(procedure.afterwards)}"), (0, 0, 0, 7), expand=False)
        )
    if procedure.escalation:
        parts.append(Padding(Text(f"escalation: {procedure.escalation}"), (0, 0, 0, 7), expand=False))
    return Group(*parts)


def _steps(steps: Sequence[Step], blocks: Mapping[int, Block]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", width=5, style="dim", no_wrap=True)
    grid.add_column(justify="right", width=3, no_wrap=True)
    grid.add_column(width=8, no_wrap=True)
    grid.add_column(ratio=1)
    for step in steps:
        block = blocks.get(step.block or 0)
        runs = step.kind is StepKind.COMMAND and block is not None
        mark = Text(block.risk.value, _RISK[block.risk]) if runs and block else Text("by hand", "cyan")
        grid.add_row(str(step.line), f"{step.number}", mark, _told(step, block))
    return grid


def _told(step: Step, block: Block | None) -> RenderableType:
    """A step's title with its condition, what it needs, its warnings, and what is expected of it."""
    lines: list[RenderableType] = [
        Text.assemble(step.title, *([(f"  block {block.number}", "dim")] if block else []))
    ]
    if step.condition:
        lines.append(Text.assemble(("only if ", "magenta"), step.condition))
    if step.option and step.option != step.title:
        lines.append(Text.assemble(("one of several: ", "magenta"), step.option))
    if step.last_resort:
        lines.append(Text("last resort", "magenta"))
    if block and step.kind is StepKind.COMMAND:
        lines += [Text(f"{part.line:>5} {part.title}", "dim") for part in block.parts if len(block.parts) > 1]
        lines += _needs(block)
    lines += [Text.assemble(("caution ", "yellow"), text) for text in step.cautions]
    lines += [_expectation(one, step.title) for one in step.expects]
    return Group(*lines)


def _needs(block: Block) -> Iterator[RenderableType]:
    names = list(dict.fromkeys(one.name for one in block.placeholders))
    if names:
        yield Text.assemble(("to be bound ", "yellow"), ", ".join(names))
    for one in block.endless:
        ending = f"; bounded as `{one.bounded}`" if one.bounded else ""
        what = "takes over the terminal" if one.interactive else "does not end by itself"
        yield Text.assemble((f"line {one.line} {what}", "yellow"), ending)
    for question in block.questions:
        yield Text.assemble((f"line {question.line} asks ", "yellow"), question.words)


def _expectation(one: Expectation, title: str = "") -> Text:
    """What is expected and what decides it; a text that is the step's own title is not repeated."""
    where = "".join(f" of block {number}" for number in one.blocks[:1])
    told = Text("expects ", "blue")
    if one.text != title:
        told = Text.assemble(told, one.text, ("  — ", "dim"))
    if one.source is Source.HUMAN:
        return told.append(
            "a person decides whether it holds" if one.text == title else "a person decides", "dim"
        )
    if one.name and one.name == one.value:
        not_ = "not " if one.operator is Operator.ABSENT else ""
        return told.append(f"must {not_}be printed{where}".replace(" of ", " by "), "dim")
    name = f" {one.name}" if one.name and one.name != one.value and one.name not in one.text else ""
    if one.source is Source.CHANGE:
        return told.append(f"{one.name} lower than before, block {one.blocks[0]}", "dim")
    wanted = wanted_words(one.operator, one.value.split("\n", 1)[0], one.unit) if one.value else ""
    wanted = "there" if wanted == "other than null" else wanted
    return told.append(" ".join(f"{_DECIDED[one.source]}{name}{where}: {wanted}".split()).rstrip(":"), "dim")


def _loose(blocks: Sequence[Block]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(justify="right", width=5, style="dim", no_wrap=True)
    grid.add_column(justify="right", width=3, no_wrap=True)
    grid.add_column(width=10, no_wrap=True)
    grid.add_column(width=8, no_wrap=True)
    grid.add_column(ratio=1)
    for block in blocks:
        grid.add_row(
            str(block.line), str(block.number), block.kind.value, block.lang, " › ".join(block.heading)
        )
    return grid


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
