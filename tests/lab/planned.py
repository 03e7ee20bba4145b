"""Small runbooks for tests of planning, made without reading any document."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from runward.inventory.model import Service
from runward.people.model import People
from runward.plugins.facts import Machine
from runward.runbooks.model import (
    Block,
    Document,
    Kind,
    Placeholder,
    Procedure,
    Purpose,
    Risk,
    Runbook,
    Step,
    StepKind,
)
from runward.runs.model import Plan, PlannedStep
from runward.runs.plan import plan

NOTHING: Mapping[str, Any] = MappingProxyType({})
EVERYTHING, NOBODY = Machine(), People()
FIRST = 10  # the line of the first block's fence


def a_block(text: str, lang: str = "bash", number: int = 1, line: int = FIRST, **more: Any) -> Block:
    """A fenced block; `more` overrides any field."""
    fields: dict[str, Any] = {
        "number": number, "line": line, "end": line + text.count("\n") + 2, "first_line": line + 1, "lang": lang,
        "info": lang, "attributes": {}, "heading": ("Fix",), "text": text, "form": "fence", "kind": Kind.COMMAND,
        "risk": Risk.READ, "placeholders": (), "endless": (), "questions": (), "tools": (), "parts": (), "risks": (),
        "why": {},
    }  # fmt: skip
    return Block(**{**fields, **more})


def a_runbook(*blocks: Block, purpose: Purpose = Purpose.FIX, text: str = "") -> Runbook:
    """A runbook with one procedure `fix` that has one step for each block."""
    steps = tuple(
        Step(
            f"fix-{block.number}",
            block.number,
            block.line,
            block.end,
            f"Step {block.number}",
            StepKind.COMMAND,
            block.number,
        )
        for block in blocks
    )
    numbers = tuple(block.number for block in blocks)
    procedure = Procedure("fix", "Fix", 5, 99, ("Fix",), purpose, "", numbers, steps)
    document = Document("RUNBOOK.md", f"digest of {text}", text, (), ())
    return Runbook(document, "Book", blocks, (procedure,))


def blank(name: str, line: int = FIRST + 1, form: str = "angle") -> Placeholder:
    """A placeholder."""
    return Placeholder(name, line, form, "")


def planned(
    *blocks: Block,
    service: Mapping[str, Any] | Service = NOTHING,
    machine: Machine = EVERYTHING,
    people: People = NOBODY,
    **more: Any,
) -> Plan:
    """The plan for these blocks."""
    book = a_runbook(*blocks, purpose=more.pop("purpose", Purpose.FIX))
    owner = service if isinstance(service, Service) else Service.model_validate({"name": "shop", **service})
    return plan(book, book.procedures[0], owner, machine, people=people, **more)


def only_step(*blocks: Block, **more: Any) -> PlannedStep:
    """The one step of the plan for one block."""
    (step,) = planned(*blocks, **more).steps
    return step


DB = {"kind": "postgresql", "url": "postgresql://app@10.0.0.5:5433/shop"}
KEPT_DB = {"kind": "postgresql", "url": "env:DATABASE_URL"}
CACHE = {"kind": "redis", "url": "redis://10.0.0.6:6380/0"}
