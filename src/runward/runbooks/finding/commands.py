"""List what a runbook calls: every program and every SQL statement, each with its block and procedure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from runward.runbooks.block.terminals import asker_of
from runward.runbooks.block.transcripts import list_typed
from runward.runbooks.finding.latest import once_a_runbook
from runward.runbooks.model import Block, Kind, Procedure, Runbook
from runward.runbooks.programs.given import sql_given
from runward.runbooks.shell.model import Call
from runward.runbooks.sql.tokens import Statement, Token, statements_of

_RUN = (Kind.COMMAND, Kind.TRANSCRIPT)


@dataclass(frozen=True, slots=True)
class Placed:
    """A program being called, at its place; `call.command.line` is the document's line."""

    block: Block
    procedure: Procedure | None
    call: Call


@dataclass(frozen=True, slots=True)
class PlacedStatement:
    """One SQL statement, of an SQL block, of what was typed at an SQL prompt, or handed over by a call."""

    block: Block
    procedure: Procedure | None
    line: int  # of the document
    text: str
    call: Call | None  # psql, mysql ..., where one hands it over
    tokens: tuple[Token, ...] = ()
    dialect: str = "postgres"
    with_others: bool = False  # the client sends it in one message, and so in one transaction, with others


@once_a_runbook
def list_calls(runbook: Runbook) -> tuple[Placed, ...]:
    """Every program that the commands and transcripts of a runbook call, wrappers before what they wrap."""
    within = procedures_by_block(runbook)
    return tuple(
        Placed(block, within.get(block.number), call)
        for block in runbook.blocks
        if block.kind in _RUN
        for call in block.calls
    )


@once_a_runbook
def list_statements(runbook: Runbook) -> tuple[PlacedStatement, ...]:
    """Every SQL statement that a runbook has carried out, in the order of its blocks."""
    within = procedures_by_block(runbook)
    return tuple(
        one
        for block in runbook.blocks
        if block.kind in _RUN
        for one in _statements(block, within.get(block.number))
    )


@once_a_runbook
def procedures_by_block(runbook: Runbook) -> Mapping[int, Procedure]:
    """The procedure that each block belongs to, by the block's number; the narrowest where several hold it."""
    widest_first = sorted(runbook.procedures, key=lambda one: one.line - one.end)
    return {number: one for one in widest_first for number in one.blocks}


def _statements(block: Block, procedure: Procedure | None) -> Iterator[PlacedStatement]:
    dialect = "mysql" if block.lang in {"mysql", "mariadb"} else "postgres"
    blank = PlacedStatement(block, procedure, block.first_line, "", None, dialect=dialect)
    yield from _placed(blank, block.statements)
    for call in block.calls:
        for given in sql_given(call):
            made = statements_of(given.text, given.dialect)
            fed = call.feed is not None and call.feed.text == given.text
            among = replace(blank, line=given.line, call=call, dialect=given.dialect)
            yield from _placed(replace(among, with_others=len(made) > 1 and not fed), made)
    if block.kind is Kind.TRANSCRIPT:
        for typed in list_typed(block.text):
            if asker_of(typed.prompt) == "sql":
                there = replace(blank, line=block.first_line + typed.line)
                yield from _placed(there, statements_of(typed.text))


def _placed(blank: PlacedStatement, statements: Iterable[Statement]) -> Iterator[PlacedStatement]:
    for one in statements:
        yield replace(blank, line=blank.line + one.line, text=one.text, tokens=one.tokens)
