"""What goes into the execution of a step and what comes out of it, as plain shapes; and what an action is."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal, Protocol, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

from runward.foundation.errors import Mistake
from runward.foundation.spans import span_in
from runward.foundation.tape import Frame


def nothing() -> Mapping[str, str]:
    """No names at all."""
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that may never be shown; exported to the step under its name, or only masked."""

    name: str
    value: str = field(repr=False)
    exported: bool = True


@dataclass(frozen=True, slots=True)
class Bound:
    """The command at this line would follow for ever: after so long, or so many lines, it is enough."""

    line: int
    seconds: float = 10.0
    lines: int = 0  # 0 for no limit on lines


@dataclass(frozen=True, slots=True)
class Order:
    """A script to execute and everything it starts from.

    `variables` and `functions` are what an earlier step's `Outcome` gave under the same names.
    """

    script: str
    first_line: int = 1  # the document's line of the script's first line
    document: str = "script"  # the path that the shell's own messages name; also `$0`
    arguments: tuple[str, ...] = ()  # `$1` and so on
    working_folder: str = ""  # "" for the caller's own
    environment: Mapping[str, str] = field(
        default_factory=nothing
    )  # exported, on top of Runward's own; never a secret's value
    removed: tuple[str, ...] = ()  # names of Runward's own environment that an earlier step unset
    variables: Mapping[str, str] = field(default_factory=nothing)  # unexported, as bash declarations
    functions: Mapping[str, str] = field(default_factory=nothing)  # defined by earlier steps, as written
    secrets: tuple[Secret, ...] = ()
    answers: tuple[str, ...] = ()  # lines for standard input; then end of file
    time_limit_seconds: float = 300.0
    grace_seconds: float = 10.0  # between TERM and KILL
    line_limit: int = 0  # of the whole output, 0 for none; reaching it is an end, not a failure
    bounds: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """SQL to execute; `address` is a connection URL or key=value string and counts as a secret."""

    script: str
    address: str = field(repr=False)
    first_line: int = 1
    read_only: bool = True
    statement_seconds: float = 60.0
    lock_seconds: float = 5.0
    connect_seconds: float = 10.0
    time_limit_seconds: float = 300.0
    row_limit: int = 1000
    name: str = "runward"  # application_name, "runward/<run>"
    secrets: tuple[Secret, ...] = ()


class Ended(StrEnum):
    """How an execution came to its end."""

    FINISHED = "finished"  # by itself, well or not
    TIMED_OUT = "timed_out"
    BOUNDED = "bounded"  # it would have gone on for ever, and we had seen enough
    CANCELLED = "cancelled"
    ASKED = "asked"  # it asked the same thing again and again, and nobody could answer: it was stopped
    LOST = "lost"  # nobody saw the end: what was done is not known
    REFUSED = "refused"  # nothing was started: syntax, no such folder, no connection


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What one command, or one pipeline, of the script did; a repeated one tells its worst time."""

    line: int  # of the document
    text: str
    exits: tuple[int, ...]  # one for each member of the pipeline
    members: tuple[str, ...] = ()
    failed: bool = False
    handled: bool = False  # it ended otherwise than well, and the block itself deals with it
    why: str = ""  # in words, whenever an exit is not zero or the answer is in doubt
    http_status: int | None = None
    bounded: bool = False
    times: int = 1
    section: int = 0  # the line of the section it ran in
    started_at: datetime | None = None
    took_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """One reason for which the step did not go well."""

    line: int
    text: str  # the command or statement
    why: str
    exit: int = 0
    code: str = ""  # SQLSTATE, or a word: syntax, not-found, http, timeout
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A top-level statement of the script with the size of its own output."""

    line: int
    end: int
    text: str
    out_bytes: int = 0
    err_bytes: int = 0
    lines: int = 0
    dropped_bytes: int = 0
    started_at: datetime | None = None
    took_seconds: float = 0.0
    ended: bool = True  # False where the script was stopped within it


@dataclass(frozen=True, slots=True)
class Table:
    """What one SQL statement returned; values are JSON scalars, None for null."""

    line: int
    statement: str
    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    count: int = 0  # the true number of rows, however many are kept
    tag: str = ""  # "SELECT 3", "VACUUM"
    notices: tuple[str, ...] = ()
    took_seconds: float = 0.0
    read_only: bool = False


@dataclass(frozen=True, slots=True)
class Lingerer:
    """A process that outlives the script that started it."""

    pid: int
    command: str


@dataclass(frozen=True, slots=True)
class Birth:
    """Which process was started, told so that no other can be taken for it after a crash."""

    pid: int  # the keeper, which owns the output and survives us
    started: int  # its start in clock ticks since boot
    boot: str
    folder: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Everything observed of one execution; judging it is done elsewhere."""

    ended: Ended
    exit: int | None = None  # None where there was none to see
    signal: int = 0
    commands: tuple[CommandResult, ...] = ()
    failures: tuple[Failure, ...] = ()
    sections: tuple[Section, ...] = ()
    tables: tuple[Table, ...] = ()
    doubts: tuple[str, ...] = ()  # what could not be observed, in sentences
    running: tuple[str, ...] = ()  # "line 12: pg_dump app", when it was stopped
    not_started: tuple[str, ...] = ()  # statements that were never reached
    left_running: tuple[Lingerer, ...] = ()
    working_folder: str = ""
    environment: Mapping[str, str] | None = None  # exported and changed; None where it is not known
    removed: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=nothing)
    functions: Mapping[str, str] = field(default_factory=nothing)
    withheld: tuple[str, ...] = ()  # variables not carried on, because they hold a secret in disguise
    folder: str = ""  # of the tape
    out_bytes: int = 0
    err_bytes: int = 0
    started_at: datetime | None = None
    took_seconds: float = 0.0


def nobody(_: Any) -> None:
    """Listen to nothing."""


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told what while a step is executed.

    `born` is called before the script does anything and must have recorded the birth when it returns;
    `heard` gets each masked piece of output in order; `began` the line of each section as it starts.
    """

    born: Callable[[Birth], None] = nobody
    heard: Callable[[Frame], None] = nobody
    began: Callable[[int], None] = nobody


Span = Annotated[timedelta, BeforeValidator(span_in)]  # written like 90s, 5m, 1h 30m
Effect = Literal["read", "change", "destroy"]
Row = Mapping[str, Any]


class Postgres(Protocol):
    """One session on a PostgreSQL server, each statement for itself."""

    version: int  # as server_version_num: 150004

    async def rows(self, statement: str, values: Row | None = None) -> list[dict[str, Any]]:
        """What a statement returns; `%(name)s` in it stands for a value."""


class Tools(Protocol):
    """What an action may use; a connection that cannot be had raises Unavailable or Rejected in words."""

    address: str  # of the target: a URL, host:port or path; "" where there is no target
    folder: Path  # where relative paths begin

    def postgres(self, *, changes: bool = False) -> AbstractAsyncContextManager[Postgres]:
        """A session on the target; without `changes` the server itself refuses to write."""

    def redis(self) -> AbstractAsyncContextManager[Any]:
        """A client of redis.asyncio on the target, whose answers are text."""

    def say(self, text: str) -> None:
        """Put a line into the step's output at once, so that it is known even if the rest is never reached."""


class Action(BaseModel):
    """Something that Runward itself does in a step: a file in `plugins/actions`, named after its kind.

    The fields are its settings, with a description each; the docstring is its help. What only reads needs
    `perform` alone. What changes something also has `preview`, whose rows are what a person approves, and
    `verify`. Between preview and perform the world moves on: `perform` acts on the rows of `approved` only,
    makes certain that each is still what it was, and says of each what became of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    effect: ClassVar[Effect] = "read"
    targets: ClassVar[tuple[str, ...]] = ()  # kinds of target, the first that is bound is meant
    columns: ClassVar[tuple[str, ...]] = ()  # of what `perform` returns, for expected results
    shows: ClassVar[str] = ""  # what the preview shows, in words: "the sessions that would be ended"
    marks: ClassVar[tuple[str, ...]] = ()  # columns that only tell rows apart, and that nobody needs to read
    undoes: ClassVar[str] = ""  # what `undo` does, in words; "" where nothing can be taken back

    @property
    def needs_target(self) -> bool:
        """Whether it cannot do without a target; settings may name the place instead."""
        return bool(self.targets)

    async def preview(self, _tools: Tools) -> Table:
        """What `perform` would act on, one row each; nothing is changed."""
        return Table(0, "")

    @abstractmethod
    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """Do it; for what changes something the first table tells of each approved row what became of it."""

    async def verify(self, _tools: Tools, _done: tuple[Table, ...]) -> tuple[str, ...]:
        """Why it did not have the effect that it should have had; nothing if it had."""
        return ()

    async def undo(self, _tools: Tools, _done: Table) -> tuple[Table, ...]:
        """Take back what the first table of `perform` says was done; what has changed since is left alone."""
        raise Mistake("what this action did cannot be taken back")


Answer = TypeVar("Answer")


async def in_thread(function: Callable[..., Answer], *arguments: Any) -> Answer:
    """What a function answers that waits for disks or sockets; being cancelled, it is waited for all the same.

    A thread cannot be stopped: whoever is told that the step has ended must not find it still at work.
    """
    work = asyncio.ensure_future(asyncio.to_thread(function, *arguments))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        raise


_TYPES = {bool: "bool", int: "int8", float: "float8"}


def table_of_rows(
    title: str, columns: Sequence[str], rows: Sequence[Row], remarks: Sequence[str] = (), count: int = -1
) -> Table:
    """A table from rows by name; moments become ISO 8601. `count` is the true number where not all are kept."""
    cells = tuple(tuple(_plain(row.get(name)) for name in columns) for row in rows)
    types = tuple(_type_of([row[place] for row in cells]) for place in range(len(columns)))
    number = len(rows) if count < 0 else count
    return Table(0, title, tuple(columns), types, cells, number, title, tuple(remarks))


def rows_of(table: Table) -> list[dict[str, Any]]:
    """The rows of a table by name."""
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _type_of(values: Sequence[Any]) -> str:
    kinds = {_TYPES.get(type(value), "text") for value in values if value is not None}
    return kinds.pop() if len(kinds) == 1 else "float8" if kinds == {"int8", "float8"} else "text"


def without(table: Table, names: Sequence[str]) -> Table:
    """The table without some of its columns."""
    kept = [at for at, name in enumerate(table.columns) if name not in names]
    return replace(
        table,
        columns=tuple(table.columns[at] for at in kept),
        types=tuple(table.types[at] for at in kept),
        rows=tuple(tuple(row[at] for at in kept) for row in table.rows),
    )


@dataclass(frozen=True, slots=True)
class Errand:
    """An action to carry out; `phase` says which part of it, `approved` what may be acted on."""

    script: str  # the YAML of the fence, with its values filled in
    address: str = field(repr=False)
    phase: Literal["preview", "perform", "undo"] = "perform"
    approved: Table | None = None
    first_line: int = 1
    folder: Path = Path()
    time_limit_seconds: float = 300.0
    name: str = "runward"  # application_name on the target
    secrets: tuple[Secret, ...] = ()
