"""Decide what to say beside a document: what was understood of a line, and what is wrong with it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from runward.runbooks.fact.sentences import sentence_of
from runward.runbooks.finding.model import Finding
from runward.runbooks.model import (
    Block,
    Expectation,
    Fact,
    Kind,
    Notice,
    Policy,
    Procedure,
    Runbook,
    Source,
    Step,
    StepKind,
)

_RUN = frozenset({Kind.COMMAND, Kind.TRANSCRIPT})
_DECIDED = {
    Source.EXIT: "its exit code decides",
    Source.STATUS: "the HTTP status decides",
    Source.COLUMN: "a column of its answer decides",
    Source.KEY: "a key of its JSON decides",
    Source.OUTPUT: "its output decides",
    Source.ROWS: "the number of rows decides",
    Source.CHANGE: "the figure before decides",
    Source.HUMAN: "a person decides",
}


class Tone(StrEnum):
    """What sort of note it is."""

    PROCEDURE = "procedure"
    STEP = "step"
    BLOCK = "block"
    EXPECTATION = "expectation"
    FACT = "fact"
    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to say beside a line: a label, a headline, and smaller lines under it."""

    line: int
    tone: Tone
    label: str
    text: str
    more: tuple[str, ...] = ()
    risk: str = ""
    target: str = ""  # what a link of it leads to


def notes_of(
    runbook: Runbook, policy: Policy, findings: Sequence[Finding], missed: Sequence[int]
) -> tuple[Note, ...]:
    """Every note of a document, in the order of its lines; what is wrong stands after what it concerns."""
    blocks = {block.number: block for block in runbook.blocks}
    notes = [
        *(note for one in runbook.procedures for note in _of_procedure(one, blocks)),
        *_of_loose(runbook),
        *(_of_fact(fact) for fact in policy.facts),
        *_of_unread((*_unmended(runbook), *policy.unread), missed),
        *_of_findings(findings),
    ]
    return tuple(sorted(notes, key=lambda note: note.line))


def _of_procedure(procedure: Procedure, blocks: Mapping[int, Block]) -> Iterator[Note]:
    stated = (
        ("owner", procedure.owner),
        ("takes", procedure.duration),
        ("downtime", procedure.downtime),
        ("when", procedure.frequency),
        ("severity", procedure.severity),
        ("for", "; ".join(procedure.conditions)),
        ("before", "; ".join(procedure.prerequisites)),
        ("caution", "; ".join(procedure.cautions)),
        ("afterwards", "; ".join(procedure.afterwards)),
    )
    more = tuple(f"{name}: {text}" for name, text in stated if text)
    steps = f"{len(procedure.steps)} step" + ("s" if len(procedure.steps) != 1 else "")
    risks = [blocks[number].risk for number in procedure.blocks if blocks[number].kind in _RUN]
    worst = max(risks, key=lambda risk: risk.rank).value if risks else ""
    yield Note(
        procedure.line,
        Tone.PROCEDURE,
        procedure.purpose.value,
        f"{procedure.heading}: {steps}",
        more,
        worst,
        procedure.id,
    )
    yield from _of_steps(procedure.steps, blocks)
    yield from (_of_expectation(one) for one in procedure.expects)


def _of_steps(steps: Sequence[Step], blocks: Mapping[int, Block]) -> Iterator[Note]:
    """A note for each step; steps by hand that follow each other and say no more share one."""
    for plain, group in groupby(steps, key=_is_plain):
        together = list(group)
        if not plain:
            for step in together:
                yield _of_step(step, blocks)
                yield from (_of_expectation(one) for one in step.expects if one.line != step.line)
            continue
        for _, run in groupby(together, key=lambda step: step.line - step.number):
            yield _by_hand(list(run))


def _is_plain(step: Step) -> bool:
    return step.kind is StepKind.MANUAL and not (
        step.condition or step.option or step.last_resort or step.cautions
    )


def _by_hand(steps: Sequence[Step]) -> Note:
    """Steps that a person does and confirms, in one note beside the first."""
    first, last = steps[0], steps[-1]
    numbers = f"step {first.number}" if first is last else f"steps {first.number} to {last.number}"
    judged = any(step.expects for step in steps)
    return Note(
        first.line, Tone.STEP, numbers, "by hand; a person says what came of it" if judged else "by hand"
    )


def _of_step(step: Step, blocks: Mapping[int, Block]) -> Note:
    block = blocks.get(step.block or 0) if step.kind is StepKind.COMMAND else None
    conditions = (
        f"only if {step.condition}" if step.condition else "",
        f"one of several: {step.option}" if step.option and step.option != step.title else "",
        "last resort" if step.last_resort else "",
        *(f"caution: {text}" for text in step.cautions),
    )
    more = tuple(text for text in conditions if text)
    if block is None:
        return Note(step.line, Tone.STEP, f"step {step.number}", step.title, ("by hand", *more))
    return Note(
        block.line, Tone.STEP, f"step {step.number}", step.title, (*_of_block(block), *more), block.risk.value
    )


def _of_block(block: Block) -> Iterator[str]:
    yield block.why.get("risk", "")
    names = ", ".join(dict.fromkeys(one.name for one in block.placeholders))
    if names:
        yield f"to be bound: {names}"
    if block.tools:
        yield f"needs {', '.join(block.tools)}"
    for one in block.endless:
        what = "takes over the terminal" if one.interactive else "does not end by itself"
        yield f"line {one.line} {what}" + (f"; run as {one.bounded}" if one.bounded else "")
    for question in block.questions:
        yield f"line {question.line} asks {question.words}"


def _of_loose(runbook: Runbook) -> Iterator[Note]:
    """Blocks that no step executes: what they are instead."""
    held = {step.block for one in runbook.procedures for step in one.steps if step.kind is StepKind.COMMAND}
    for block in runbook.blocks:
        if block.number in held or block.form == "inline":
            continue
        if block.kind in _RUN:
            yield Note(
                block.line,
                Tone.BLOCK,
                block.kind.value,
                "belongs to no step",
                tuple(_of_block(block)),
                block.risk.value,
            )
        else:
            yield Note(
                block.line, Tone.BLOCK, block.kind.value, "is not executed", (block.why.get("kind", ""),)
            )


def _of_expectation(one: Expectation) -> Note:
    return Note(one.line, Tone.EXPECTATION, "expected:", _DECIDED[one.source])


def _of_fact(fact: Fact) -> Note:
    return Note(fact.line, Tone.FACT, fact.type.value.replace("_", " "), sentence_of(fact))


def _of_unread(notices: Sequence[Notice], missed: Sequence[int]) -> Iterator[Note]:
    for notice in notices:
        yield Note(notice.line, Tone.UNREAD, "not understood", notice.text)
    told = {notice.line for notice in notices}
    for line in missed:
        if line not in told:
            yield Note(
                line,
                Tone.UNREAD,
                "not understood",
                "this line says how to operate something, and nothing was made of it",
            )


def _unmended(runbook: Runbook) -> Iterator[Notice]:
    """What was not understood; a character that was mended is understood, and a rule speaks of it."""
    return (notice for notice in runbook.notices if notice.text not in runbook.document.mended)


def _of_findings(findings: Sequence[Finding]) -> Iterator[Note]:
    """What is wrong; what is right today is said where a rule is met for the first time."""
    met: set[str] = set()
    for finding in sorted(findings, key=lambda one: one.line):
        rule = finding.rule
        offered = (f"`runward library show {rule.instead}` does it right",) if rule.instead else ()
        more = (rule.right, *offered) if rule.id not in met else ()
        met.add(rule.id)
        yield Note(finding.line, Tone(rule.severity.value), rule.id, finding.found.said, more, "", rule.id)
