"""List the blocks of a document: every fence, indented code and inline command, understood.

Fences are numbered 1, 2, 3 ... in the order of the document. Indented code and inline commands take the
numbers after the last fence, again in the order of the document, so they never disturb a fence's number.
The answer itself is in the order of the document.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runward.runbooks.block.attributes import info_of
from runward.runbooks.classify import Piece, meaning_of, names_a_command
from runward.runbooks.model import Block, Document, Node, NodeKind, Span

_FORBIDDEN = re.compile(
    r"\b(?:never|not|don['’]t|avoid|instead of|rather than|deprecated|nicht|jamais|nunca)\b", re.IGNORECASE
)
_HOLDERS = {NodeKind.ITEM, NodeKind.TABLE, NodeKind.PARAGRAPH}


@dataclass(frozen=True, slots=True)
class _Place:
    """A piece of code, the headings above it and the text right before it."""

    node: Node
    span: Span | None
    heading: tuple[str, ...]
    before: str

    @property
    def is_fence(self) -> bool:
        return self.span is None and self.node.form == "fence"


def list_blocks(document: Document) -> tuple[Block, ...]:
    """Every block in the order of the document; see above for how they are numbered."""
    places = list(_Walk(document.nodes).places())
    fences = sum(1 for place in places if place.is_fence)
    numbers = {True: iter(range(1, fences + 1)), False: iter(range(fences + 1, len(places) + 1))}
    return tuple(_block(place, next(numbers[place.is_fence]), document) for place in places)


def _block(place: _Place, number: int, document: Document) -> Block:
    node, span = place.node, place.span
    info = "" if span else node.info
    language, attributes = info_of(info)
    line, end = (span.line, span.line) if span else (node.line, node.end)
    form = "inline" if span else node.form
    first = line + 1 if form == "fence" else line
    text = span.text if span else node.text
    meaning = meaning_of(Piece(text, language, first, form, place.heading, place.before))
    return Block(
        number=number,
        line=line,
        end=end,
        first_line=min(first, max(end, line)) if document.lines else first,
        lang=language,
        info=info,
        attributes=attributes,
        heading=place.heading,
        text=text,
        form=form,
        kind=meaning.kind,
        risk=meaning.risk,
        placeholders=meaning.placeholders,
        endless=meaning.endless,
        questions=meaning.questions,
        tools=meaning.tools,
        parts=meaning.parts,
        risks=meaning.risks,
        why=meaning.why,
        calls=meaning.calls,
        statements=meaning.statements,
        refused=meaning.refused,
        written=meaning.written,
    )


class _Walk:
    """Goes through a document's nodes, remembering the headings above and the text just read."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._nodes = nodes
        tops = [node for node in nodes if node.kind is NodeKind.HEADING and node.level == 1]
        self._title = tops[0] if len(tops) == 1 else None
        self._headings: list[tuple[int, str]] = []
        self._before = ""

    def places(self) -> Iterator[_Place]:
        yield from self._within(self._nodes)

    def _within(self, nodes: Sequence[Node]) -> Iterator[_Place]:
        for node in nodes:
            if node.kind is NodeKind.HEADING:
                self._enter(node)
            elif node.kind is NodeKind.FENCE:
                yield _Place(node, None, self._path(), self._before)
                self._before = ""
            else:
                yield from self._inline(node)
                self._before = node.text or self._before
                yield from self._within(node.children)

    def _enter(self, node: Node) -> None:
        """A heading ends all headings of its level and below; the document's only title is no part of a path."""
        while self._headings and self._headings[-1][0] >= node.level:
            self._headings.pop()
        if node is not self._title:
            self._headings.append((node.level, node.text))
        self._before = node.text

    def _path(self) -> tuple[str, ...]:
        return tuple(text for _, text in self._headings)

    def _inline(self, node: Node) -> Iterator[_Place]:
        if node.kind not in _HOLDERS:
            return
        for span in node.codes:
            said = node.text.partition(span.text)[0]
            if (
                _stands_alone(node, span, said)
                and names_a_command(span.text, alone=said.rstrip().endswith((":", "：")))
                and not _FORBIDDEN.search(said)
            ):
                yield _Place(node, span, self._path(), said or self._before)


def _stands_alone(node: Node, span: Span, said: str) -> bool:
    """Whether the code is given to be run: in prose only after a colon or on its own, in a table as a cell."""
    if node.kind is NodeKind.TABLE:
        return any(cell == span.text for row in node.rows for cell in row)
    return node.kind is NodeKind.ITEM or said.rstrip().endswith((":", "：")) or node.text == span.text
