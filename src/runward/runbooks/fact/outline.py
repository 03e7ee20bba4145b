"""Order a runbook's statements by the titles that announce them, once, for all who read by titles."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from runward.runbooks.fact.model import Form, Statement, Statements, Title
from runward.runbooks.model import Fact, FactType, Notice, Runbook
from runward.runbooks.procedure.titles import plain

Said = Iterator[Fact | Notice]
_LONGEST = 300  # letters of a title that are looked at; more is no title
_TITLES = frozenset({Form.HEADING, Form.LABEL})
_SPOKEN = frozenset({Form.ITEM, Form.PARAGRAPH, Form.COMMENT, Form.BOX})


@dataclass(slots=True)
class Group:
    """A title with what stands directly below it; what its `parts` hold is not among it."""

    title: Title
    above: tuple[Title, ...]
    opening: Statement | None = None  # the statement that is the title, where one is
    said: list[Statement] = field(default_factory=list)
    parts: list["Group"] = field(default_factory=list)
    coded: bool = False  # code stands directly below
    name: str = field(init=False)  # the title without numbering, emphasis and emoji
    path: tuple[str, ...] = field(init=False)  # the titles from the outermost to this one

    def __post_init__(self) -> None:
        """Names are asked for by every reader, so they are made once."""
        self.name = plain(self.title.text[:_LONGEST])
        self.path = (*(plain(one.text[:_LONGEST]) for one in self.above), self.name)

    @property
    def end(self) -> int:
        """The last line of what stands directly below."""
        return max((one.end for one in self.said), default=self.title.line)

    def items(self) -> list[Statement]:
        """The list items of the outermost list directly below."""
        found = [one for one in self.said if one.form is Form.ITEM]
        least = min((one.depth for one in found), default=0)
        return [one for one in found if one.depth == least]


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of one table, with its columns' names."""

    columns: tuple[str, ...]
    rows: tuple[Statement, ...]
    above: tuple[Title, ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """A runbook by its titles."""

    statements: Statements
    groups: tuple[Group, ...]  # in the order of their lines; the first holds what stands under no title
    tables: tuple[Table, ...]
    fields: tuple[Statement, ...]  # labels with a value, outside of code
    spoken: tuple[Statement, ...]  # items, paragraphs, comments and boxes

    @property
    def runbook(self) -> Runbook:
        """The runbook all this stands in."""
        return self.statements.runbook

    def fact(self, kind: FactType, line: int, value: Mapping[str, object], span: Sequence[int] = ()) -> Fact:
        """A fact of this runbook; `span` are first and last line it was read from, where those are others."""
        first, last = (min(span), max(span)) if span else (line, line)
        return Fact(
            kind,
            line,
            self.statements.quote(line),
            MappingProxyType({name: one for name, one in value.items() if one not in ("", None, [])}),
            end=last if last != line else 0,
            start=first if first != line else 0,
        )


def outline_of(statements: Statements) -> Outline:
    """The statements by their titles."""
    root = Group(Title("", 0, Form.HEADING), ())
    groups: dict[int, Group] = {0: root}
    rows: list[list[Statement]] = []
    fields: list[Statement] = []
    for one in statements.every:
        if one.form is Form.CODE:
            _mark_coded(one.above, groups)
            continue
        group = _group_for(one.above, groups)
        group.said.append(one)
        if one.form is Form.ROW:
            _add_row(rows, one)
        elif one.form in _TITLES:
            _open(one, group, groups)
        elif one.label and one.rest and one.form is not Form.COMMENT:
            fields.append(one)
    tables = (Table(tuple(name for name, _ in one[0].cells), tuple(one), one[0].above) for one in rows)
    return Outline(
        statements,
        tuple(sorted(groups.values(), key=lambda group: group.title.line)),
        tuple(tables),
        tuple(fields),
        tuple(one for one in statements.every if one.form in _SPOKEN),
    )


def _group_for(above: tuple[Title, ...], groups: dict[int, Group]) -> Group:
    if not above:
        return groups[0]
    line = above[-1].line
    group = groups.get(line)
    if group is None:
        group = groups[line] = Group(above[-1], above[:-1])
        _group_for(above[:-1], groups).parts.append(group)
    return group


def _mark_coded(above: tuple[Title, ...], groups: dict[int, Group]) -> None:
    """Code belongs to the title over its block, not to the comment over its line."""
    depth = len(above)
    while depth and above[depth - 1].form is Form.COMMENT:
        depth -= 1
    _group_for(above[:depth], groups).coded = True


def _open(statement: Statement, parent: Group, groups: dict[int, Group]) -> None:
    text = statement.label if statement.form is Form.LABEL else statement.text
    group = Group(Title(text, statement.line, statement.form), statement.above, statement)
    groups[statement.line] = group
    parent.parts.append(group)


def _add_row(rows: list[list[Statement]], row: Statement) -> None:
    """Rows of one table follow each other line by line."""
    if rows and rows[-1][-1].line == row.line - 1 and _columns(rows[-1][-1]) == _columns(row):
        rows[-1].append(row)
    else:
        rows.append([row])


def _columns(row: Statement) -> tuple[str, ...]:
    return tuple(name for name, _ in row.cells)
