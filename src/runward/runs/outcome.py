"""What was seen of the executions of a procedure's blocks: all that a judgement may rest on."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SeenCommand:
    """One command, or one pipeline, that was executed."""

    line: int  # of the document
    text: str
    exits: tuple[int, ...] = ()  # one for each member of the pipeline
    failed: bool = False  # it ended otherwise than well and nothing in the block deals with it
    http_status: int | None = None


@dataclass(frozen=True, slots=True)
class SeenSection:
    """What one top-level statement of a script printed on its standard output, and beside it."""

    line: int
    end: int
    text: str
    errors: str = ""  # on its standard error, where no filter of a pipeline sees it


@dataclass(frozen=True, slots=True)
class SeenTable:
    """What one SQL statement returned; values are JSON scalars, None for null."""

    line: int
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    count: int = 0  # the true number of rows, however many are kept


@dataclass(frozen=True, slots=True)
class Seen:
    """One execution of one block.

    `ended` is False where nobody saw it end by itself (stopped, timed out, lost), `whole` is False where
    part of the output was not kept.
    """

    block: int
    exit: int | None = None
    ended: bool = True
    whole: bool = True
    commands: tuple[SeenCommand, ...] = ()
    sections: tuple[SeenSection, ...] = ()
    tables: tuple[SeenTable, ...] = ()
    failures: tuple[str, ...] = ()  # "line 12: pg_dump ended with 1"

    @property
    def text(self) -> str:
        """Everything the block printed."""
        return "\n".join(section.text.rstrip("\n") for section in self.sections if section.text)

    def text_at(self, lines: tuple[int, ...]) -> str:
        """What the statements on these lines of the document printed; everything if no line is given."""
        if not lines:
            return self.text
        near = [one for one in self.sections if any(one.line <= line <= one.end for line in lines)]
        return "\n".join(section.text.rstrip("\n") for section in near if section.text)

    def errors_at(self, lines: tuple[int, ...]) -> str:
        """What the statements on these lines printed on standard error."""
        near = [one for one in self.sections if any(one.line <= line <= one.end for line in lines)]
        return "\n".join(section.errors.rstrip("\n") for section in near if section.errors)

    def commands_at(self, lines: tuple[int, ...]) -> tuple[SeenCommand, ...]:
        """The commands on these lines, or inside the statements that begin there; all if no line is given."""
        if not lines:
            return self.commands
        spans = [(one.line, one.end) for one in self.sections if one.line in lines]
        return tuple(
            command
            for command in self.commands
            if command.line in lines or any(first <= command.line <= last for first, last in spans)
        )

    def tables_at(self, lines: tuple[int, ...]) -> tuple[SeenTable, ...]:
        """The tables of the statements on these lines; all if none is there."""
        return tuple(table for table in self.tables if table.line in lines) or self.tables
