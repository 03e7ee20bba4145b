"""What goes into the execution of a step and what comes out of it, as plain shapes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

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
