"""Take the commands of a shell script apart: their words, where they stand, what they read and write."""

from collections.abc import Iterator
from dataclasses import dataclass

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

_BASH = Language(tree_sitter_bash.language())
_WORDS = {
    "word", "string", "raw_string", "ansi_c_string", "translated_string", "concatenation", "simple_expansion",
    "expansion", "command_substitution", "number", "process_substitution", "extglob_pattern", "regex",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command: its text without quotes, and where it stands in the script's bytes."""

    text: str
    start: int
    end: int
    fixed: bool  # nothing in it is known only when it runs
    raw: str = ""  # as it stands, with its quotes


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command of a script, with its 1-based line."""

    line: int
    start: int
    end: int
    words: tuple[Word, ...]
    reads: tuple[Word, ...] = ()  # files after <
    writes: tuple[Word, ...] = ()  # files after >

    @property
    def texts(self) -> tuple[str, ...]:
        """The words as texts."""
        return tuple(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Script:
    """A shell script taken apart."""

    commands: tuple[Command, ...]
    functions: frozenset[str]
    assigned: frozenset[str]
    text: str = ""


def script_of(text: str) -> Script:
    """The commands of a script in their order, with the functions and variables it defines."""
    data = text.encode()
    nodes = list(_all_nodes(Parser(_BASH).parse(data).root_node))
    commands = [_command(node, data) for node in nodes if node.type == "command"]
    named = [node.child_by_field_name("name") for node in nodes if node.type == "function_definition"]
    return Script(
        tuple(sorted(commands, key=lambda command: command.start)),
        frozenset(_text(node, data) for node in named if node),
        frozenset(_assigned(nodes, data)),
        text,
    )


def _all_nodes(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children))


def _text(node: Node, data: bytes) -> str:
    return data[node.start_byte : node.end_byte].decode(errors="replace")


def _command(node: Node, data: bytes) -> Command:
    words, redirects = [], []
    for child in node.children:
        if child.type == "command_name":
            words += [_word(inner, data) for inner in child.children]
        elif child.type in _WORDS:
            words.append(_word(child, data))
        elif child.type == "file_redirect":
            redirects.append(child)
    parent = node.parent
    if parent and parent.type == "redirected_statement" and parent.children[0].start_byte <= node.start_byte:
        redirects += [child for child in parent.children if child.type == "file_redirect"]
    return Command(
        node.start_point[0] + 1,
        node.start_byte,
        node.end_byte,
        tuple(words),
        tuple(_files(redirects, data, "<")),
        tuple(_files(redirects, data, ">")),
    )


def _files(redirects: list[Node], data: bytes, sign: str) -> Iterator[Word]:
    for redirect in redirects:
        signs = [
            child.type for child in redirect.children if child.type in {"<", ">", ">>", "&>", "&>>", ">|"}
        ]
        where = redirect.child_by_field_name("destination")
        if where and signs and sign in signs[0]:
            yield _word(where, data)


def _word(node: Node, data: bytes) -> Word:
    inner = list(_all_nodes(node))
    moving = {
        "simple_expansion",
        "expansion",
        "command_substitution",
        "process_substitution",
        "arithmetic_expansion",
    }
    fixed = not any(one.type in moving for one in inner)
    return Word(_unquoted(node, data), node.start_byte, node.end_byte, fixed, _text(node, data))


def _unquoted(node: Node, data: bytes) -> str:
    text = _text(node, data)
    if node.type == "raw_string":
        return text[1:-1]
    if node.type in {"string", "translated_string"}:
        return text.removeprefix("$")[1:-1].replace('\\"', '"').replace("\\$", "$").replace("\\\\", "\\")
    if node.type == "concatenation":
        return "".join(_unquoted(child, data) for child in node.children)
    if node.type == "word" and "\\" in text:
        return text.replace("\\\n", "").replace("\\", "")
    return text


def _assigned(nodes: list[Node], data: bytes) -> Iterator[str]:
    for node in nodes:
        if node.type == "variable_assignment" and node.parent and node.parent.type != "command":
            name = node.child_by_field_name("name")
            if name:
                yield _text(name, data)
        elif node.type == "for_statement":
            variable = node.child_by_field_name("variable")
            if variable:
                yield _text(variable, data)
        elif node.type == "command" and _text(node.children[0], data) == "read":
            yield from (_text(child, data) for child in node.children[1:] if child.type == "word")
