"""What a document says, flattened into statements: each with its line, its label and the titles that announce it."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from runward.runbooks.model import Block, Fact, FactType, Procedure, Runbook


class Form(StrEnum):
    """What a statement stands in."""

    FRONT = "front"  # a scalar of the front matter: label and rest
    HEADING = "heading"
    LABEL = "label"  # "**Monday**" or "When to scale:" alone on a line: it announces what follows
    PARAGRAPH = "paragraph"
    ITEM = "item"  # of a list
    ROW = "row"  # of a table, without the header
    ENTRY = "entry"  # a line in a fence that is no code: pseudo-YAML, words, settings
    BOX = "box"  # of a diagram drawn with lines
    COMMENT = "comment"  # in code; a trailing one shares its line with the code
    CODE = "code"  # one line of code


@dataclass(frozen=True, slots=True)
class Title:
    """Something that announces what stands below it; `text` has neither emphasis nor the colon at its end."""

    text: str
    line: int
    form: Form  # HEADING, LABEL, ITEM, ENTRY, COMMENT


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a box of a diagram: inside it, or beside it with an arrow."""

    line: int
    text: str
    inside: bool


@dataclass(slots=True, eq=False)  # not frozen: a document makes thousands, and that would take twice the time
class Statement:
    """One thing that a document says, with all that is needed to understand it alone.

    `text` is plain reading text on one line ("Owner: On-call engineer"). `label` is what stands before the
    colon, or the bold words it begins with, and `rest` what follows; `mark` is what stood between: ":", "-",
    or "" (only bold told them apart). Without a label, `rest` is `text`. `above` are the titles over it from
    the outermost heading to the nearest: headings, then labels, items, keys or comments that hold it.
    """

    line: int
    end: int
    form: Form
    text: str
    label: str = ""
    mark: str = ""
    rest: str = ""
    above: tuple[Title, ...] = ()
    depth: int = 0  # of an item, 1 for the outermost; of an entry, its parents in the fence
    number: int = 0  # of an ordered item
    checked: bool | None = None  # of a task item
    cells: tuple[tuple[str, str], ...] = ()  # of a row: (column's name, cell), "" where nothing stands
    words: tuple[Words, ...] = ()  # of a box
    level: int = 0  # of a heading
    breaks: tuple[int, ...] = ()  # places in `text` where the document begins another line
    procedure: Procedure | None = None  # the innermost that holds the line
    block: Block | None = None  # of an entry, a box, a comment or code

    def line_at(self, place: int) -> int:
        """The document's line of the character at this place of `text`."""
        return self.line + bisect_right(self.breaks, place)

    @property
    def headings(self) -> tuple[str, ...]:
        """The headings over it, the outermost first."""
        return tuple(title.text for title in self.above if title.form is Form.HEADING)

    @property
    def nearest(self) -> str:
        """The text of the title right above, "" if there is none."""
        return self.above[-1].text if self.above else ""

    @property
    def announced(self) -> Title | None:
        """The title right above, None if there is none."""
        return self.above[-1] if self.above else None


@dataclass(frozen=True, slots=True)
class Statements:
    """A runbook with all that it says, in the order of its lines."""

    runbook: Runbook
    every: tuple[Statement, ...]
    words: tuple[Statement, ...]  # those that are no lines of code
    code: tuple[Statement, ...]  # the lines of code

    def quote(self, line: int) -> str:
        """The words of a line as they stand, without the white space around."""
        return self.runbook.document.lines[line - 1].strip()

    def fact(
        self, kind: FactType, line: int, value: Mapping[str, object], *, start: int = 0, end: int = 0
    ) -> Fact:
        """A fact that stands on a line; keys without a value are left out (but `target`), `start` and `end` where they are the line."""
        stated = {key: one for key, one in value.items() if one not in ("", None, (), []) or key == "target"}
        return Fact(
            kind,
            line,
            self.quote(line),
            stated,
            end=end if end > line else 0,
            start=start if 0 < start < line else 0,
        )
