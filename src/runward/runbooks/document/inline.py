"""Read the inline text of a paragraph, heading or cell: reading text, leading bold, code spans and links."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from runward.runbooks.model import Span

# Text without any of these reads as it stands, so the inline parser is spared for most lines.
_SPECIAL = re.compile(r"[`*_\[<&\\!~]| {2,}\n")
# Tags that only dress text; any other "tag" is most likely a placeholder such as <primary-ip>.
_DRESS = re.compile(
    r"</?(?:a|abbr|b|big|center|cite|code|del|dfn|div|em|figure|font|i|img|ins|kbd|mark|p|pre|q|s|samp|small|span|strong|sub"
    r"|summary|sup|table|td|th|tr|tt|u|ul|ol|li|var|wbr|details|hr|h[1-6])(?:\s[^>]*)?/?>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Inline:
    """What a run of inline Markdown says."""

    text: str
    bold: str = ""
    codes: tuple[Span, ...] = ()
    links: tuple[Span, ...] = ()


def inline_of(parser: MarkdownIt, content: str, line: int, env: dict[str, object]) -> Inline:
    """The reading text of inline Markdown that starts at this line of the document."""
    if not _SPECIAL.search(content):
        return Inline(content)
    tokens: list[Token] = []
    parser.inline.parse(content, parser, env, tokens)
    return _Reading(content, line).read(tokens)


def _plain(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type in {"text", "text_special", "code_inline"}:
            yield token.content
        elif token.type in {"softbreak", "hardbreak"}:
            yield "\n"
        elif token.type == "image":
            yield from _plain(token.children or [])
        elif token.type == "html_inline":
            yield _visible(token.content)


def _visible(tag: str) -> str:
    if _BREAK.fullmatch(tag):
        return "\n"
    return "" if tag.startswith("<!--") or _DRESS.fullmatch(tag) else tag


class _Reading:
    """Walks inline tokens and knows on which line of the document each stands."""

    def __init__(self, content: str, line: int) -> None:
        self._content = content
        self._line = line
        self._breaks = (
            [place for place, letter in enumerate(content) if letter == "\n"] if "\n" in content else []
        )
        self._cursor = 0

    def read(self, tokens: Sequence[Token]) -> Inline:
        codes: list[Span] = []
        links: list[Span] = []
        for number, token in enumerate(tokens):
            if token.type == "code_inline":
                codes.append(Span(token.content, self._line_of(token.content)))
            elif token.type == "link_open":
                links.append(self._link(tokens, number))
            elif token.type == "text" and token.content:
                self._line_of(token.content)
        return Inline("".join(_plain(tokens)).strip(), _bold(tokens), tuple(codes), tuple(links))

    def _line_of(self, text: str) -> int:
        """The line on which this text stands, looking on from where the last one ended."""
        place = self._content.find(text, self._cursor)
        if place < 0 and " " in text and len(text) < 1_000:  # a code span's line break became a space
            found = re.compile(re.escape(text).replace(r"\ ", r"\s")).search(self._content, self._cursor)
            place = found.start() if found else -1
        if place < 0:
            place = self._cursor
        else:
            self._cursor = place + len(text)
        return self._line + bisect_right(self._breaks, place)

    def _link(self, tokens: Sequence[Token], number: int) -> Span:
        depth, end = 1, number + 1
        while end < len(tokens) and depth:
            depth += {"link_open": 1, "link_close": -1}.get(tokens[end].type, 0)
            end += 1
        line = self._line + bisect_right(self._breaks, self._cursor)
        return Span(
            "".join(_plain(tokens[number + 1 : end])), line, str(tokens[number].attrs.get("href", ""))
        )


def _bold(tokens: Sequence[Token]) -> str:
    """The bold run with which the text begins, without its colon."""
    first = next((token for token in tokens if token.type != "text" or token.content), None)
    if first is None or first.type != "strong_open":
        return ""
    begun = [token for token in tokens if token.type != "text" or token.content]
    end = next((place for place, token in enumerate(begun) if token.type == "strong_close"), len(begun))
    return "".join(_plain(begun[1:end])).strip().rstrip(":").rstrip()
