"""Say to which anchors a Markdown document can be linked, by GitHub's rules and by those of other renderers."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from runward.runbooks.model import Document, Node, NodeKind

_GIVEN = re.compile(r"\s*\{:?\s*#([\w:.-]+)[^}]*\}\s*$")
_TAGGED = re.compile(r"<[a-z][^<>]{0,300}?\b(?:id|name)\s*=\s*[\"']?([^\"'\s>]+)", re.IGNORECASE)
_UNWORDED = re.compile(r"[\W_]+")
_DROPPED = re.compile(r"[^\w\- ]")
_JOINERS = dict.fromkeys(
    map(ord, "\ufe0e\ufe0f\u200d\u20e3")
)  # parts of emoji that no author types into an anchor
_ALWAYS = re.compile(r"|top|l\d+(?:c\d+)?(?:-l\d+(?:c\d+)?)?")  # the page itself, and GitHub's links to lines


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where links into a document can lead."""

    exact: frozenset[str]
    loose: Mapping[str, str]  # as other renderers make them, with the anchor that GitHub makes
    bare: Mapping[str, Sequence[str]]  # without the number before them, with those that have one

    def has(self, anchor: str) -> bool:
        """Whether GitHub finds it."""
        wanted = unquote(anchor).translate(_JOINERS).lower().removeprefix("user-content-")
        return bool(_ALWAYS.fullmatch(wanted)) or wanted in self.exact

    def find_elsewhere(self, anchor: str) -> str | None:
        """What GitHub calls the heading that another renderer finds under this anchor."""
        return self.loose.get(_loosened(unquote(anchor)))

    def find_unnumbered(self, anchor: str) -> str | None:
        """The only anchor that differs from this one by the number before it: "3-restore" for "restore"."""
        near = self.bare.get(_unnumbered(unquote(anchor).lower()), ())
        return near[0] if len(near) == 1 else None


def slug_of(title: str) -> str:
    """The anchor that GitHub makes of a heading: lower case, punctuation dropped, each space a hyphen."""
    return _DROPPED.sub("", title.translate(_JOINERS).lower()).replace(" ", "-")


def headings_of(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every heading in the order of the document, also those in quotes, lists and folded parts."""
    for node in nodes:
        if node.kind is NodeKind.HEADING:
            yield node
        yield from headings_of(node.children)


def slugs_of(headings: Sequence[Node]) -> tuple[str, ...]:
    """The anchors of these headings in their order; one that is taken gets the next free number."""
    seen: dict[str, int] = {}
    slugs = []
    for heading in headings:
        first = slug = slug_of(_GIVEN.sub("", heading.text))
        while slug in seen:
            seen[first] += 1
            slug = f"{first}-{seen[first]}"
        seen[slug] = 0
        slugs.append(slug)
    return tuple(slugs)


def anchors_of(document: Document) -> Anchors:
    """Every anchor of a document."""
    headings = list(headings_of(document.nodes))
    slugs = slugs_of(headings)
    given = {found[1].lower() for heading in headings if (found := _GIVEN.search(heading.text))}
    tagged = {one.lower().removeprefix("user-content-") for one in _TAGGED.findall(document.text)}
    loose: dict[str, str] = {}
    for heading, slug in zip(headings, slugs, strict=True):
        # Middleman makes its anchors of text in which "'" already is "&#39;".
        for form in {slug: 0, slug_of(heading.text.replace("'", " 39 ")): 0}:
            loose.setdefault(_loosened(form), slug)
    exact = frozenset({*slugs, *given, *tagged})
    bare: dict[str, list[str]] = {}
    for anchor in exact:
        if _unnumbered(anchor):
            bare.setdefault(_unnumbered(anchor), []).append(anchor)
    return Anchors(exact, loose, bare)


def _loosened(anchor: str) -> str:
    """An anchor without what renderers treat differently: accents, punctuation, runs of hyphens, numbering."""
    plain = anchor
    if not anchor.isascii():
        letters = unicodedata.normalize("NFKD", anchor)
        plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    words = _UNWORDED.sub("-", slug_of(plain.replace("_", "-"))).strip("-")
    return words.removeprefix("markdown-header-")


def _unnumbered(anchor: str) -> str:
    return anchor.lstrip("0123456789-")
