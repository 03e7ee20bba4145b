"""Divide a document into sections by its headings and by the bold labels that divide a section further."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from runward.runbooks.model import Document, Node, NodeKind
from runward.runbooks.procedure.titles import Role, role_of

LABEL_LEVEL = 7  # one deeper than the deepest heading

_BOLD = re.compile(
    r"\s*(?P<mark>\*\*|__|\*(?!\s|\*)|_(?!_))(?P<name>.+?)(?P=mark)\s*(?P<aside>\([^)]*\))?\s*(?P<colon>[:：]?)\s*(?P<rest>.*)"
)
_PLAIN = re.compile(r"\s*(?P<name>[^\W\d_][^:：.!?`|]{1,45})(?P<colon>[:：])\s*(?P<rest>.*)")
_SENTENCE = re.compile(r"[.!?]$")
_PLAIN_ROLES = frozenset(Role) - {Role.NAME, Role.BRANCH, Role.OPTION, Role.STEP, Role.REFERENCE}
_NOT_DONE = frozenset(
    {Role.CONDITION, Role.PREREQUISITE, Role.METADATA, Role.BACKGROUND, Role.CAUTION, Role.EXPECTED}
)
_EMPHASIS = re.compile(r"\*\*|__|`")


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled value on one line: "**Owner**: On-call engineer"."""

    name: str
    value: str
    line: int
    role: Role


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a document under one title; `pieces` are its own, those of its `sections` are not among them."""

    title: str
    line: int
    end: int
    level: int  # 0 for the document itself, 1-6 for headings, 7 for labels
    role: Role
    pieces: tuple[Node, ...] = ()
    fields: tuple[Field, ...] = ()
    sections: tuple["Section", ...] = ()

    @property
    def is_label(self) -> bool:
        """Whether a bold label and not a heading opens it."""
        return self.level == LABEL_LEVEL


@dataclass(slots=True)
class _Open:
    """A section that is still being filled."""

    title: str
    line: int
    level: int
    role: Role
    pieces: list[Node] = field(default_factory=list)
    fields: list[Field] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def closed(self, end: int) -> Section:
        parts = tuple(self.pieces), tuple(self.fields), tuple(self.sections)
        return Section(self.title, self.line, max(end, self.line), self.level, self.role, *parts)


def sections_of(document: Document) -> Section:
    """The document as one section that holds all others."""
    stack = [_Open("", 1, 0, Role.NAME)]
    for node in _spread(document.nodes):
        if node.kind is NodeKind.HEADING:
            _close(stack, node.level, node.line - 1)
            stack.append(_Open(node.text, node.line, node.level, role_of(node.text)))
        elif node.kind is NodeKind.DETAILS:
            _close(stack, LABEL_LEVEL, node.line - 1)
            if node.text:
                stack.append(_Open(node.text, node.line, LABEL_LEVEL, role_of(node.text)))
        elif node.kind is NodeKind.PARAGRAPH:
            _take_paragraph(stack, node, document.lines)
        else:
            if _leaves_label(stack[-1], node):
                _close(stack, LABEL_LEVEL, node.line - 1)
            stack[-1].pieces.append(node)
    last = len(document.lines)
    _close(stack, 1, last)
    return stack[0].closed(last)


def _leaves_label(section: _Open, node: Node) -> bool:
    """Whether a numbered list or a block ends a label such as "Symptoms" that already has its bullets."""
    if section.level != LABEL_LEVEL or section.role not in _NOT_DONE:
        return False
    has_bullets = any(piece.kind is NodeKind.LIST and piece.form == "bullet" for piece in section.pieces)
    if node.kind is NodeKind.LIST:
        return has_bullets and node.form == "ordered"
    return node.kind is NodeKind.FENCE and has_bullets and section.role is Role.CONDITION


def _spread(nodes: Sequence[Node]) -> Iterator[Node]:
    """The pieces in order, with the contents of folded <details> laid out after their summary."""
    for node in nodes:
        if node.kind is NodeKind.DETAILS:
            yield replace(node, children=())
            yield from _spread(node.children)
            yield Node(NodeKind.DETAILS, node.end + 1, node.end + 1)
        else:
            yield node


def _close(stack: list[_Open], level: int, end: int) -> None:
    """Close every open section that is at this level or deeper."""
    while len(stack) > 1 and stack[-1].level >= level:
        section = stack.pop()
        stack[-1].sections.append(section.closed(end))


def _take_paragraph(stack: list[_Open], node: Node, lines: Sequence[str]) -> None:
    """A paragraph may hold labels and fields, one a line, and prose between them."""
    prose: list[int] = []
    for number in range(node.line, node.end + 1):
        found = labelled(lines[number - 1], known_only=bool(prose))
        if not found:
            prose.append(number)
            continue
        _add_prose(stack[-1], node, prose, lines)
        prose = []
        name, value = found
        if value:
            _take_field(stack, Field(name, value, number, role_of(name)))
        else:
            _close(stack, LABEL_LEVEL, number - 1)
            stack.append(_Open(name, number, LABEL_LEVEL, role_of(name)))
    _add_prose(stack[-1], node, prose, lines)


def _take_field(stack: list[_Open], found: Field) -> None:
    """A field ends a label's section, unless it stands among the steps."""
    among_steps = stack[-1].level == LABEL_LEVEL and stack[-1].role not in {
        Role.CONDITION,
        Role.PREREQUISITE,
        Role.METADATA,
    }
    if not among_steps:
        _close(stack, LABEL_LEVEL, found.line - 1)
    stack[-1].fields.append(found)


def _add_prose(section: _Open, node: Node, numbers: Sequence[int], lines: Sequence[str]) -> None:
    """Keep the lines of a paragraph that are neither label nor field."""
    if not numbers:
        return
    if len(numbers) == node.end - node.line + 1:
        section.pieces.append(node)
        return
    first, last = numbers[0], numbers[-1]
    text = "\n".join(_EMPHASIS.sub("", lines[number - 1]).strip() for number in numbers)
    codes = tuple(code for code in node.codes if first <= code.line <= last)
    links = tuple(link for link in node.links if first <= link.line <= last)
    section.pieces.append(Node(NodeKind.PARAGRAPH, first, last, text, codes=codes, links=links))


def labelled(line: str, *, known_only: bool = False) -> tuple[str, str] | None:
    """The name and the value of a line that is a label (no value) or a field; None for prose.

    With `known_only`, in the middle of a paragraph, only bold names and titles that we know count.
    """
    found = _BOLD.fullmatch(line.rstrip().rstrip("\\"))
    if found:
        return _bold_label(found)
    found = _PLAIN.fullmatch(line.rstrip())
    if not found or role_of(found["name"]) not in _PLAIN_ROLES:
        return None
    if found["rest"] and role_of(found["name"]) in {Role.STEPS, Role.BACKGROUND} and known_only:
        return None
    return found["name"].strip(), found["rest"].strip()


def _bold_label(found: re.Match[str]) -> tuple[str, str] | None:
    name, rest = found["name"].strip(), found["rest"].strip()
    if len(found["mark"]) == 1 and role_of(name) is Role.NAME:
        return None
    colon = found["colon"] or (":" if name.endswith((":", "：")) else "")
    name = name.rstrip(":：").rstrip()
    if not rest:
        if _SENTENCE.search(name) and not colon:
            return None
        return (f"{name} {found['aside']}" if found["aside"] else name), ""
    aside = f" {found['aside']}" if found["aside"] else ""
    return (name + aside, rest) if colon and len(name) <= 60 else None
