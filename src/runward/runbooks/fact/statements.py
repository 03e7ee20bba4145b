"""Flatten a runbook into its statements, once: every reader of facts reads these and not the document."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from runward.runbooks.fact.fenced import ProcedureAt, statements_in
from runward.runbooks.fact.labels import labelled
from runward.runbooks.fact.model import Form, Statement, Statements, Title
from runward.runbooks.model import Block, Document, Node, NodeKind, Procedure, Runbook

_BOLD = re.compile(r"\s*(?:>\s*)*(?:\*\*|__)(?P<bold>.+?)(?:\*\*|__)")
_LONGEST_LABEL = 100
_FRAMES = frozenset({NodeKind.QUOTE, NodeKind.DETAILS})
_HOLDS_MORE = frozenset({NodeKind.LIST, NodeKind.TABLE, NodeKind.FENCE})


def statements_of(runbook: Runbook) -> Statements:
    """All that a runbook says, in the order of its lines."""
    document = runbook.document
    walk = _Walk(
        document.lines,
        {block.line: block for block in runbook.blocks if block.form != "inline"},
        _procedures(runbook),
    )
    walk.through(document.nodes, ())
    every = (*_front(document), *walk.said)
    words = tuple(one for one in every if one.form is not Form.CODE)
    return Statements(runbook, every, words, tuple(one for one in every if one.form is Form.CODE))


def _front(document: Document) -> Iterator[Statement]:
    """The scalars of the front matter, each on the line that begins with its name."""
    for name, value in document.front_matter.items():
        if not isinstance(value, str | int | float):
            continue
        start = re.compile(rf"['\"]?{re.escape(str(name))}['\"]?\s*[:=]")
        line = next((number for number, text in enumerate(document.lines, 1) if start.match(text)), 0)
        if line:
            yield Statement(line, line, Form.FRONT, f"{name}: {value}", str(name), ":", str(value))


def _procedures(runbook: Runbook) -> ProcedureAt:
    """Which procedure is the innermost on a line."""
    held: list[Procedure | None] = [None] * (len(runbook.document.lines) + 2)
    for one in sorted(runbook.procedures, key=lambda procedure: procedure.line):
        held[one.line : one.end + 1] = [one] * (min(one.end + 1, len(held)) - one.line)
    return held.__getitem__


@dataclass(slots=True)
class _Place:
    """Where in the document we are: the titles above, and what was just announced."""

    base: tuple[Title, ...]
    headings: list[tuple[int, Title]] = field(default_factory=list)
    label: Title | None = None
    label_used: bool = False  # something other than prose already followed the label
    item: Title | None = None  # the last item of a list, for the fence that follows it
    _above: tuple[Title, ...] | None = None  # made once for all that stands here

    def above(self) -> tuple[Title, ...]:
        """The titles over what comes next."""
        if self._above is None:
            near = (self.label,) if self.label else ()
            self._above = (*self.base, *(title for _, title in self.headings), *near)
        return self._above

    def above_within(self) -> tuple[Title, ...]:
        """The titles over what the last item of a list holds."""
        return (*self.above(), self.item) if self.item else self.above()

    def leave(self, level: int) -> None:
        """A heading ends all headings of its level and below, and what was announced under them."""
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        self.label = self.item = self._above = None

    def enter(self, level: int, title: Title) -> None:
        """What comes next stands under this heading."""
        self.headings.append((level, title))
        self._above = None

    def announce(self, label: Title | None) -> None:
        """What comes next stands under this label, or under none."""
        self.label, self.label_used, self.item, self._above = label, False, None, None


@dataclass(frozen=True, slots=True)
class _Walk:
    lines: Sequence[str]
    blocks: dict[int, Block]
    procedure_at: ProcedureAt
    said: list[Statement] = field(default_factory=list)

    def through(self, nodes: Sequence[Node], base: tuple[Title, ...], depth: int = 0) -> None:
        place = _Place(base)
        for node in nodes:
            self._node(node, place, depth)
            place.label_used = place.label_used or node.kind in _HOLDS_MORE

    def _node(self, node: Node, place: _Place, depth: int) -> None:
        if node.kind is NodeKind.PARAGRAPH:
            self._paragraph(node, place, Form.PARAGRAPH, depth)
        elif node.kind is NodeKind.LIST:
            self._list(node, place, depth + 1)
        elif node.kind is NodeKind.FENCE and node.line in self.blocks:
            self.said.extend(statements_in(self.blocks[node.line], place.above_within(), self.procedure_at))
        elif node.kind is NodeKind.HEADING:
            place.leave(node.level)
            self.said.append(self._heading(node, place.above()))
            place.enter(node.level, Title(node.text, node.line, Form.HEADING))
        elif node.kind is NodeKind.TABLE:
            self._rows(node, place)
        elif node.kind in _FRAMES:
            summary = node.kind is NodeKind.DETAILS and node.text
            inner = (Title(node.text, node.line, Form.LABEL),) if summary else ()
            self.through(node.children, (*place.above(), *inner), depth)
        elif node.kind is NodeKind.RULE:
            place.announce(None)

    def _list(self, node: Node, place: _Place, depth: int) -> None:
        for item in node.children:
            if item.kind is not NodeKind.ITEM:
                self._node(item, place, depth)
                continue
            place.item = None
            before = len(self.said)
            self._paragraph(item, place, Form.ITEM, depth)
            if len(self.said) > before:
                first = self.said[before]
                name = first.label if first.label and not first.rest else first.text
                place.item = Title(name, item.line, Form.ITEM)
            if item.children:
                self.through(item.children, place.above_within(), depth)

    def _paragraph(self, node: Node, place: _Place, form: Form, depth: int) -> None:
        """A paragraph or an item; each line of it that has a bold label is a statement of its own."""
        if form is Form.ITEM and not node.text:
            return
        if "\n" not in node.text and (form is Form.ITEM or node.line == node.end):
            self._stretch(node, (node.text,), (node.line, node.line), place, form, depth)
            return
        texts = node.text.split("\n")
        last = node.line + len(texts) - 1
        if form is Form.PARAGRAPH and last != node.end:  # a break in the text that is none in the file
            texts, last = [" ".join(texts)], node.end
        for first, end in self._stretches(node.line, len(texts), last):
            mine = texts[first - node.line : end - node.line + 1] if len(texts) > 1 else texts
            self._stretch(node, mine, (first, end), place, form, depth)

    def _stretches(self, line: int, count: int, last: int) -> list[tuple[int, int]]:
        """First and last line of each statement of a paragraph."""
        starts = [
            line,
            *(
                number
                for number in range(line + 1, min(line + count, len(self.lines) + 1))
                if self._begins(number)
            ),
        ]
        return list(zip(starts, [*(start - 1 for start in starts[1:]), last], strict=True))

    def _begins(self, number: int) -> bool:
        """Whether a line begins another statement: it has a bold label, or the line before ends hard."""
        before = self.lines[number - 2]
        return before.endswith(("  ", "\\")) or bool(_BOLD.match(self.lines[number - 1]))

    def _stretch(
        self, node: Node, texts: Sequence[str], span: tuple[int, int], place: _Place, form: Form, depth: int
    ) -> None:
        text = " ".join(line.strip() for line in texts).strip()
        if not text:
            return
        bold = node.bold if span[0] == node.line else self._bold(span[0], text)
        parts = labelled(text, bold)
        alone = (
            form is Form.PARAGRAPH and bool(parts.label) and not parts.rest and len(text) <= _LONGEST_LABEL
        )
        if form is Form.PARAGRAPH and (alone or place.label_used):
            place.announce(None)
        self.said.append(
            Statement(
                line=span[0],
                end=span[1],
                form=Form.LABEL if alone else form,
                text=text,
                label=parts.label,
                mark=parts.mark,
                rest=parts.rest,
                above=place.above(),
                depth=depth,
                number=node.level if form is Form.ITEM else 0,
                checked=node.checked,
                breaks=_breaks(texts) if len(texts) > 1 else (),
                procedure=self.procedure_at(span[0]),
            )
        )
        if alone:
            place.announce(Title(parts.label, span[0], Form.LABEL))

    def _bold(self, number: int, text: str) -> str:
        found = _BOLD.match(self.lines[number - 1])
        return (
            found["bold"].replace("`", "")
            if found and text.startswith(found["bold"].replace("`", ""))
            else ""
        )

    def _rows(self, node: Node, place: _Place) -> None:
        columns = node.rows[0] if node.rows else ()
        for number, row in enumerate(node.rows[1:], node.line + 2):
            cells = tuple(zip(columns, (*row, *[""] * len(columns)), strict=False))
            self.said.append(
                Statement(
                    line=number,
                    end=number,
                    form=Form.ROW,
                    text=" | ".join(row),
                    label=row[0] if row else "",
                    mark="|",
                    rest=" | ".join(row[1:]),
                    above=place.above(),
                    cells=cells,
                    procedure=self.procedure_at(min(number, node.end)),
                )
            )

    def _heading(self, node: Node, above: tuple[Title, ...]) -> Statement:
        parts = labelled(node.text, node.bold if node.bold != node.text else "")
        return Statement(
            line=node.line,
            end=node.end,
            form=Form.HEADING,
            text=node.text,
            label=parts.label,
            mark=parts.mark,
            rest=parts.rest,
            above=above,
            level=node.level,
            procedure=self.procedure_at(node.line),
        )


def _breaks(texts: Sequence[str]) -> tuple[int, ...]:
    """Where the lines after the first begin in the joined text."""
    places: list[int] = []
    at = 0
    for text in texts[:-1]:
        at += len(text.strip()) + 1
        places.append(at)
    return tuple(places)
