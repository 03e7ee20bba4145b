"""Tables of contents that do not list what the document holds."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runward.runbooks.finding.anchors import headings_of, slugs_of
from runward.runbooks.finding.model import Case, Found, Mend, Rule, Severity
from runward.runbooks.finding.phrases import named
from runward.runbooks.model import Document, Node, NodeKind

_BACK_MATTER = re.compile(  # left out of most contents on purpose
    r"(?:\d+ )?(?:see also|further reading|references?|related(?: \w+){0,2}|(?:revision|version|document|change) history|change ?log|getting help|licen[cs]e|contributing|acknowledge?ments|credits|feedback)"
)
_FEWEST = 3  # links that make a list a table of contents
_FIRST_LINK = re.compile(r"(\s*)(?:(\d+)([.)])|([-*+]))(\s+)\[")


@dataclass(frozen=True, slots=True)
class _Contents:
    """A list that is a table of contents."""

    node: Node
    anchors: frozenset[str]
    titles: frozenset[str]

    def lists(self, heading: Node, slug: str) -> bool:
        """Whether it names this heading, by its anchor or by its words."""
        return slug in self.anchors or _words(heading.text) in self.titles


def _incomplete(case: Case) -> Iterator[Found]:
    document = case.runbook.document
    contents = _find_contents(document.nodes)
    if contents is None:
        return
    headings = list(headings_of(document.nodes))
    slugs = slugs_of(headings)
    below = [
        (heading, slug)
        for heading, slug in zip(headings, slugs, strict=True)
        if heading.line > contents.node.end
    ]
    meant = _levels_meant(below, contents)
    missing = [
        (heading, slug)
        for heading, slug in below
        if heading.level in meant
        and heading.text
        and not contents.lists(heading, slug)
        and not _BACK_MATTER.fullmatch(_words(heading.text))
    ]
    if missing:
        names = named([heading.text for heading, _ in missing])
        verb = "are" if len(missing) > 1 else "is"
        lines = ", ".join(str(heading.line) for heading, _ in missing[:5])
        said = f"The table of contents does not list {names}, which {verb} in this document (line {lines})."
        mend = _completed(document, contents, below, missing)
        yield Found(contents.node.line, said, end=_last(document, contents.node), mend=mend)


def _find_contents(nodes: Sequence[Node]) -> _Contents | None:
    """The first list whose items are links to headings of this document."""
    for node in nodes:
        if node.kind is NodeKind.LIST:
            items = list(_items_of(node))
            targets = [item.links[0].target for item in items if item.links]
            inner = [target[1:].lower() for target in targets if target.startswith("#")]
            if len(inner) >= _FEWEST and len(inner) == len(items) and all(map(_only_links, items)):
                titles = frozenset(_words(item.links[0].text) for item in items)
                return _Contents(node, frozenset(inner), titles)
    return None


def _only_links(item: Node) -> bool:
    """Whether an item is little more than its link, as in a table of contents and not in a list of remarks."""
    return len(item.links[0].text) * 2 >= len(item.text)


def _words(title: str) -> str:
    return " ".join(re.findall(r"\w+", title.lower()))


def _items_of(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.kind is NodeKind.ITEM:
            yield child
        yield from _items_of(child)


def _levels_meant(below: Sequence[tuple[Node, str]], contents: _Contents) -> frozenset[int]:
    """The levels of heading of which the contents list most: those it means to list."""
    all_of = Counter(heading.level for heading, _ in below)
    listed_of = Counter(heading.level for heading, slug in below if contents.lists(heading, slug))
    return frozenset(
        level for level, count in listed_of.items() if count >= 2 and count * 4 >= all_of[level] * 3
    )


def _last(document: Document, node: Node) -> int:
    """The last line of a list that is not blank."""
    last = node.end
    while last > node.line and not document.lines[last - 1].strip():
        last -= 1
    return last


def _completed(
    document: Document,
    contents: _Contents,
    below: Sequence[tuple[Node, str]],
    missing: Sequence[tuple[Node, str]],
) -> Mend | None:
    """The contents with the missing headings added, where they come last and the list has one level."""
    if any(child.children for child in contents.node.children):
        return None
    last_listed = max(heading.line for heading, slug in below if contents.lists(heading, slug))
    line = _last(document, contents.node)
    style = _FIRST_LINK.match(document.lines[line - 1])
    if missing[0][0].line < last_listed or style is None:
        return None
    indent, number, mark, bullet, gap = style.groups()
    added = [
        f"{indent}{f'{int(number) + place}{mark}' if number else bullet}{gap}[{heading.text}](#{slug})"
        for place, (heading, slug) in enumerate(missing, 1)
    ]
    return Mend(line, line, "\n".join([document.lines[line - 1], *added]))


RULES = (
    Rule(
        id="incomplete-contents",
        severity=Severity.NOTE,
        title="Looks for tables of contents that leave out sections of the document.",
        why="People who search a long document by its table of contents take what is not listed for absent.",
        right="Every heading of the levels that are listed; best generated by a program when the document changes.",
        bad=(
            "# Desk\n\n1. [Mornings](#mornings)\n2. [Evenings](#evenings)\n3. [Nights](#nights)\n\n## Mornings\n\nOpen.\n\n"
            "## Evenings\n\nClose.\n\n## Nights\n\nRest.\n\n## Contacts\n\nThe desk is in room 4.\n"
        ),
        good=(
            "# Desk\n\n1. [Mornings](#mornings)\n2. [Evenings](#evenings)\n3. [Nights](#nights)\n4. [Contacts](#contacts)\n\n"
            "## Mornings\n\nOpen.\n\n## Evenings\n\nClose.\n\n## Nights\n\nRest.\n\n## Contacts\n\nThe desk is in room 4.\n"
        ),
        look=_incomplete,
    ),
)
