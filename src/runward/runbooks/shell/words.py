"""Read the words of a command as bash would: quotes taken off, expansions known for what they are."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tree_sitter import Node

from runward.runbooks.shell.model import Word

_ESCAPES = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "v": "\v",
}
_ANSI = re.compile(
    r"\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|([0-7]{1,3})|(.))", re.DOTALL
)
_NAME = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_LOOSE_BRACES = re.compile(r"\{[^{}]*(?:,|\.\.)[^{}]*\}")
_ANY_NAME = re.compile(r"\$(?:\{[#!]?([A-Za-z_]\w*)|([A-Za-z_]\w*))")
_IN_QUOTES = re.compile(r'\\(["\\$`]|\n)')
_OUTSIDE = re.compile(r"\\(.)", re.DOTALL)
_EXPANSIONS = {"simple_expansion", "expansion", "command_substitution", "arithmetic_expansion"}
_BLANK = re.compile(r"\s")
_FIRST_NAME = re.compile(r"[$`(\s]*([\w./-]+)")
_ENCLOSED = re.compile(r"'[^']*'|\"[^\"]*\"|\$\{[^}]*\}")


class _Part(NamedTuple):
    """A piece of a word; `crafted` where the document may hide text in it by computing it."""

    text: str
    fixed: bool = True
    loose: bool = False
    crafted: bool = False


class Words:
    """Builds words, putting in the values that the script itself gives its variables."""

    def __init__(self, first_line: int, assigned: Mapping[str, str | None]) -> None:
        self._first_line = first_line
        self._assigned = assigned

    def words(self, node: Node) -> tuple[Word, ...]:
        """The words that one node of the tree becomes: several if an unquoted variable holds several."""
        line = self._first_line + node.start_point[0]
        if node.type == "word":  # by far the most frequent
            text = _bare(text_of(node))
            return (Word(text, line, loose=bool(_LOOSE_BRACES.search(text))),)
        if node.type in _EXPANSIONS:
            value = self._value(text_of(node))
            if value is not None:
                return tuple(Word(piece, line) for piece in value.split())
        return (self.joined(node),)

    def joined(self, node: Node) -> Word:
        """The one word that a node would be if nothing were split."""
        parts = tuple(self._parts(node))
        return Word(
            "".join(part.text for part in parts),
            self._first_line + node.start_point[0],
            fixed=all(part.fixed for part in parts),
            loose=any(part.loose for part in parts) or _has_braces(node),
            crafted=any(part.crafted for part in parts),
        )

    def _value(self, raw: str) -> str | None:
        found = _NAME.fullmatch(raw)
        return self._assigned.get(found[1]) if found else None

    def _parts(self, node: Node) -> Iterator[_Part]:
        kind = node.type
        if kind in {"string", "translated_string"}:
            yield from self._quoted(node)
        elif kind == "raw_string":
            yield _Part(text_of(node)[1:-1])
        elif kind == "ansi_c_string":
            yield _Part(ansi(text_of(node)[2:-1]))
        elif kind in _EXPANSIONS:
            yield self._expanded(node, quoted=False)
        elif kind == "process_substitution":
            yield _Part(text_of(node), fixed=False)
        elif kind in {"concatenation", "command_name"}:
            for child in node.children:
                yield from self._parts(child)
        else:
            yield _Part(_bare(text_of(node)))

    def _quoted(self, node: Node) -> Iterator[_Part]:
        """The inside of double quotes; text between its expansions is taken by its bytes, blanks included."""
        whole, base = node.text or b"", node.start_byte
        start = base + (2 if node.type == "translated_string" else 1)
        for child in node.children:
            if child.type in _EXPANSIONS:
                yield _Part(_unescaped(whole[start - base : child.start_byte - base]))
                yield self._expanded(child, quoted=True)
                start = child.end_byte
        yield _Part(_unescaped(whole[start - base : -1]))

    def _expanded(self, node: Node, quoted: bool) -> _Part:
        raw = text_of(node)
        value = self._value(raw)
        if value is not None:
            return _Part(value, loose=not quoted and bool(_BLANK.search(value)))
        crafted = any(name in self._assigned and self._assigned[name] is None for name in names_in(raw))
        crafted = crafted or raw in {"$@", "$*"} or (node.type == "command_substitution" and builds_text(raw))
        return _Part(raw, fixed=False, loose=crafted and (not quoted or raw == "$@"), crafted=crafted)


def names_in(text: str) -> set[str]:
    """The variables that a text mentions."""
    return {found[1] or found[2] for found in _ANY_NAME.finditer(text)}


def text_of(node: Node) -> str:
    """The text of a node as it stands."""
    return (node.text or b"").decode("utf-8", "replace")


def builds_text(substitution: str) -> bool:
    """Whether a command substitution could be spelling out words that the document hides in it."""
    first = _FIRST_NAME.match(substitution)
    name = first[1].rpartition("/")[2] if first else ""
    return name in _SPELLERS or not name or (name == "cat" and "<<" in substitution)


_SPELLERS = {
    "echo", "printf", "base64", "base32", "xxd", "rev", "tr", "sed", "awk", "gawk", "perl", "python", "python3", "ruby",
    "node", "bash", "sh", "zsh", "dash", "yes", "envsubst", "openssl", "eval", "tac", "od", "dd",
}  # fmt: skip


def ansi(text: str) -> str:
    """The meaning of $'...' text."""

    def meant(found: re.Match[str]) -> str:
        number = found[1] or found[2] or found[3]
        point = int(number, 16) if number else int(found[4], 8) if found[4] else -1
        if point >= 0:
            return chr(point) if point < 0x110000 else ""
        return _ESCAPES.get(found[5], found[5])

    return _ANSI.sub(meant, text)


def _unescaped(content: bytes) -> str:
    text = content.decode("utf-8", "replace")
    return _IN_QUOTES.sub(lambda found: "" if found[1] == "\n" else found[1], text) if "\\" in text else text


def _bare(text: str) -> str:
    return _OUTSIDE.sub(lambda found: "" if found[1] == "\n" else found[1], text) if "\\" in text else text


def _has_braces(node: Node) -> bool:
    """Whether bash would make several words of this by brace expansion or by splitting a quoted list."""
    if node.type not in {"concatenation", "command_name"}:
        return False
    bare = _ENCLOSED.sub("", text_of(node))
    return bool(_LOOSE_BRACES.search(bare))
