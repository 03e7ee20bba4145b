"""Split a document into the parts that a page shows one below the other, without losing a line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runward.runbooks.model import Document, Node, NodeKind


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of lines that is shown as one, 1-based and inclusive."""

    line: int
    end: int
    kind: NodeKind
    level: int = 0  # of a heading
    title: str = ""  # of a heading, or the summary of a fold


def parts_of(document: Document) -> tuple[Part, ...]:
    """The parts in the order of the lines; items of a list stand alone, so that notes can stand beside each."""
    parts: list[Part] = []
    reached = 0
    for part in _flattened(document.nodes):
        first = max(part.line, reached + 1)
        end = min(part.end, len(document.lines))
        if first > end:
            continue
        parts += _left_over(document, reached + 1, first - 1)
        parts.append(Part(first, end, part.kind, part.level, part.title))
        reached = end
    parts += _left_over(document, reached + 1, len(document.lines))
    return tuple(parts)


def _flattened(nodes: Iterable[Node]) -> Iterator[Part]:
    for node in nodes:
        if node.kind is NodeKind.LIST:
            yield from (Part(item.line, item.end, NodeKind.ITEM) for item in node.children)
        elif node.kind is NodeKind.DETAILS:
            inner = list(_flattened(node.children))
            yield Part(node.line, inner[0].line - 1 if inner else node.end, NodeKind.DETAILS, 0, node.text)
            yield from inner
        else:
            title = node.text if node.kind is NodeKind.HEADING else ""
            yield Part(node.line, node.end, node.kind, node.level, title)


def _left_over(document: Document, line: int, end: int) -> list[Part]:
    """What no piece of Markdown holds: front matter, link definitions; shown as it stands."""
    held = [number for number in range(line, end + 1) if document.lines[number - 1].strip()]
    return [Part(held[0], held[-1], NodeKind.COMMENT)] if held else []
