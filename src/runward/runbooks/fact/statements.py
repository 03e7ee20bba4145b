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
_HOLDS_MORE = frozenset({NodeKind.LIST, NodeKind.TABLE, NodeKind.FENCE})


def statements_of(runbook: Runbook) -> Statements:
    """All that a runbook says, in the order of its lines."""
    document = runbook.document
    walk = _Walk(
        document.lines,
        {block.line: block for block in runbook.blocks if block.form != "inline"},
        _procedures(runbook),
    )
    return Statements(runbook, (*_front(document), *walk.through(document.nodes, ())))


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

    def above(self, *, with_item: bool = False) -> tuple[Title, ...]:
        near = [one for one in (self.label, self.item if with_item else None) if one]
        return (*self.base, *(title for _, title in self.headings), *near)

    def leave(self, level: int) -> None:
        """A heading ends all headings of its level and below, and what was announced under them."""
        while self.headings and self.headings[-1][0] >= level:
            self.headings.pop()
        self.label = self.item = None

    def announce(self, label: Title | None) -> None:
        self.label, self.label_used, self.item = label, False, None


@dataclass(frozen=True, slots=True)
class _Walk:
    lines: Sequence[str]
    blocks: dict[int, Block]
    procedure_at: ProcedureAt

    def through(self, nodes: Sequence[Node], base: tuple[Title, ...], depth: int = 0) -> Iterator[Statement]:
        place = _Place(base)
        for node in nodes:
            yield from self._node(node, place, depth)
            place.label_used = place.label_used or node.kind in _HOLDS_MORE

    def _node(self, node: Node, place: _Place, depth: int) -> Iterator[Statement]:
        if node.kind is NodeKind.HEADING:
            place.leave(node.level)
            yield self._heading(node, place.above())
            place.headings.append((node.level, Title(node.text, node.line, Form.HEADING)))
        elif node.kind is NodeKind.PARAGRAPH:
            yield from self._paragraph(node, place, Form.PARAGRAPH, depth)
        elif node.kind is NodeKind.LIST:
            yield from self._list(node, place, depth + 1)
        elif node.kind is NodeKind.FENCE and node.line in self.blocks:
            yield from statements_in(self.blocks[node.line], place.above(with_item=True), self.procedure_at)
        elif node.kind is NodeKind.TABLE:
            yield from self._rows(node, place)
        elif node.kind in {NodeKind.QUOTE, NodeKind.DETAILS}:
            inner = (
                (Title(node.text, node.line, Form.LABEL),)
                if node.kind is NodeKind.DETAILS and node.text
                else ()
            )
            yield from self.through(node.children, (*place.above(), *inner), depth)
        elif node.kind is NodeKind.RULE:
            place.announce(None)

    def _list(self, node: Node, place: _Place, depth: int) -> Iterator[Statement]:
        for item in node.children:
            if item.kind is not NodeKind.ITEM:
                yield from self._node(item, place, depth)
                continue
            place.item = None
            own = list(self._paragraph(item, place, Form.ITEM, depth))
            yield from own
            if own:
                first = own[0]
                place.item = Title(
                    first.label if first.label and not first.rest else first.text, item.line, Form.ITEM
                )
            yield from self.through(item.children, place.above(with_item=True), depth)

    def _paragraph(self, node: Node, place: _Place, form: Form, depth: int) -> Iterator[Statement]:
        """A paragraph or an item; each line of it that has a bold label is a statement of its own."""
        texts = node.text.split("\n")
        last = node.line + len(texts) - 1
        if form is Form.ITEM and not node.text:
            return
        if form is Form.PARAGRAPH and last != node.end:  # a break in the text that is none in the file
            texts, last = [" ".join(texts)], node.end
        for first, end in self._stretches(node.line, len(texts), last):
            mine = texts[first - node.line : end - node.line + 1] if len(texts) > 1 else texts
            yield from self._stretch(node, mine, (first, end), place, form, depth)

    def _stretches(self, line: int, count: int, last: int) -> list[tuple[int, int]]:
        """First and last line of each statement of a paragraph."""
        starts = [line, *(number for number in range(line + 1, line + count) if self._begins(number))]
        return list(zip(starts, [*(start - 1 for start in starts[1:]), last], strict=True))

    def _begins(self, number: int) -> bool:
        """Whether a line begins another statement: it has a bold label, or the line before ends hard."""
        before = self.lines[number - 2]
        return before.endswith(("  ", "\\")) or bool(_BOLD.match(self.lines[number - 1]))

    def _stretch(
        self, node: Node, texts: Sequence[str], span: tuple[int, int], place: _Place, form: Form, depth: int
    ) -> Iterator[Statement]:
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
        yield Statement(
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
            breaks=_breaks(texts),
            procedure=self.procedure_at(span[0]),
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

    def _rows(self, node: Node, place: _Place) -> Iterator[Statement]:
        columns = node.rows[0] if node.rows else ()
        for number, row in enumerate(node.rows[1:], node.line + 2):
            cells = tuple(zip(columns, (*row, *[""] * len(columns)), strict=False))
            yield Statement(
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
