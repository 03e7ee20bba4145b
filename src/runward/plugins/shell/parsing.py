"""Parse bash for its structure, keeping every byte in its place."""

import re

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

_BASH = Language(tree_sitter_bash.language())

# The grammar trips over here-documents that share their line with other commands and over `time` before a
# compound command. Neither matters for the structure, so both are blanked out; bytes keep their offsets.
_HEREDOC = re.compile(
    rb"(?<![<(])<<(?P<tabs>-?)[ \t]*(?P<quote>['\"]?)\\?(?P<word>[\w.!+-]+)(?P=quote)(?![<(])"
)
_TIME = re.compile(
    rb"(?:(?<=^)|(?<=[;&|\n(]))([ \t]*)time(?:[ \t]+-p)?(?=[ \t]*(?:[({]|if\b|for\b|while\b|until\b|case\b))"
)
_STATEMENTS = frozenset(
    {
        "case_statement",
        "c_style_for_statement",
        "command",
        "compound_statement",
        "declaration_command",
        "for_statement",
        "function_definition",
        "if_statement",
        "list",
        "negated_command",
        "pipeline",
        "redirected_statement",
        "subshell",
        "test_command",
        "unset_command",
        "variable_assignment",
        "variable_assignments",
        "while_statement",
    },
)


def is_statement(node: Node) -> bool:
    """Whether the node is something that the shell executes."""
    return node.type in _STATEMENTS


def parsed(text: bytes) -> tuple[Node, bytes]:
    """The tree of a script, and the text it was made from: as long as the original, byte by byte."""
    readable = _without_time(_without_heredocs(text))
    parser = Parser(_BASH)
    root = parser.parse(readable).root_node
    for _ in range(3):
        mended = _without_false_joins(root, readable)
        if mended == readable:
            break
        readable = mended
        root = parser.parse(readable).root_node
    return root, readable


def _blank(piece: bytes) -> bytes:
    return re.sub(rb"[^\n]", b" ", piece)


def _without_heredocs(text: bytes) -> bytes:
    """The text with each here-document's operator and body blanked out."""
    lines = text.split(b"\n")
    number = 0
    while number < len(lines):
        found = list(_HEREDOC.finditer(lines[number]))
        body = number + 1
        for operator in found if b"((" not in lines[number] else ():
            end = _end_of_heredoc(lines, body, operator["word"], bool(operator["tabs"]))
            if end is None:
                continue
            lines[number] = lines[number].replace(operator[0], _blank(operator[0]), 1)
            lines[body : end + 1] = [_blank(line) for line in lines[body : end + 1]]
            body = end + 1
        number = body
    return b"\n".join(lines)


def _end_of_heredoc(lines: list[bytes], start: int, word: bytes, tabs: bool) -> int | None:
    for number in range(start, len(lines)):
        if (lines[number].lstrip(b"\t") if tabs else lines[number]) == word:
            return number
    return None


def _without_time(text: bytes) -> bytes:
    return _TIME.sub(lambda found: _blank(found[0]), text)


def _without_false_joins(root: Node, text: bytes) -> bytes:
    """The text with a separator where the grammar ran two lines together into one command."""
    mended = bytearray(text)
    for node in _list_commands(root):
        for left, right in zip(node.children, node.children[1:], strict=False):
            between = text[left.end_byte : right.start_byte]
            place = between.find(b"\n")
            if left.type != "comment" and place >= 0 and not between[:place].rstrip(b" \t").endswith(b"\\"):
                mended[left.end_byte + place] = ord(";")
    return bytes(mended)


def _list_commands(node: Node) -> list[Node]:
    """All simple commands that stretch over more than one line."""
    found: list[Node] = []
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.start_point[0] == here.end_point[0]:
            continue
        if here.type in {"command", "declaration_command", "unset_command", "variable_assignments"}:
            found.append(here)
        waiting.extend(here.children)
    return found
