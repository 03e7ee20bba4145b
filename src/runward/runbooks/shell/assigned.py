"""Find what a script gives its variables: a known text, plain data, or something it computes to hide."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise

import tree_sitter_bash
from tree_sitter import Language, Node, Parser, Query, QueryCursor, Tree

from runward.runbooks.shell.words import Words, names_in, text_of

LANGUAGE = Language(tree_sitter_bash.language())
_LARGE_BYTES = 20_000
_LINE_END = re.compile(rb"(?<!\\)\n")
_GIVES = re.compile(
    rb"=|\bfor\b|read|mapfile|printf|getopts|let|unset"
)  # one of them is in all that is found below
_GIVING = Query(
    LANGUAGE,
    """
(variable_assignment name: (_) @name) @assignment
(for_statement variable: (_) @name) @loop
(command name: (command_name) @name (#any-of? @name "read" "mapfile" "readarray" "printf" "getopts" "let" "unset")) @command
""",
)
_SIMPLE = Query(
    LANGUAGE,
    """
[(command) (declaration_command) (unset_command) (redirected_statement) (file_redirect) (test_command)] @simple
""",
)


@cache
def parser() -> Parser:
    """The one parser of shell text."""
    return Parser(LANGUAGE)


def is_wreck(tree: Tree) -> bool:
    """Whether this is a large text that is no shell: it would cost much to search, and is refused as a whole."""
    return tree.root_node.has_error and tree.root_node.end_byte > _LARGE_BYTES


def list_bridges(tree: Tree) -> list[int]:
    """The line ends, by their byte, over which the grammar has wrongly carried one command on.

    A line end closes a command unless a backslash stands before it; the grammar forgets that at times, and
    the next line's program would pass for an argument.
    """
    found: set[int] = set()
    if tree.root_node.start_point[0] == tree.root_node.end_point[0] or is_wreck(tree):
        return []
    for _, captured in QueryCursor(_SIMPLE).matches(tree.root_node):
        node = captured["simple"][0]
        if node.start_point[0] != node.end_point[0]:
            found.update(_bridges(node))
    return sorted(found)


def _bridges(node: Node) -> Iterator[int]:
    content, base = node.text or b"", node.start_byte
    if node.type == "test_command" and content.startswith(b"[["):
        return
    for before, after in pairwise(node.children):
        gap = content[before.end_byte - base : after.start_byte - base]
        found = _LINE_END.search(gap) if b"\n" in gap else None
        if found:
            yield before.end_byte + found.start()


class Assigned:
    """What the variables of a script hold."""

    def __init__(self, tree: Tree) -> None:
        self.values: dict[str, str | None] = {}  # known text, or None where the script could hide anything
        self.names: set[str] = set()  # everything the script itself gives a value, however
        self._needs: dict[str, set[str]] = {}
        if _GIVES.search(tree.root_node.text or b"") and not is_wreck(tree):
            for _, captured in QueryCursor(_GIVING).matches(tree.root_node):
                self._take(captured)
        self._spread()

    def _spread(self) -> None:
        """What is put together from a crafted variable is crafted, wherever that variable gets its value."""
        changed = True
        while changed:
            changed = False
            for name, needs in self._needs.items():
                if name not in self.values and any(need in self.values and need != name for need in needs):
                    self.values[name] = None
                    changed = True

    def _take(self, captured: Mapping[str, list[Node]]) -> None:
        name = text_of(captured["name"][0])
        if "assignment" in captured:
            self._assign(name, captured["assignment"][0])
        elif "loop" in captured:
            self._loop(name, captured["loop"][0])
        else:
            self._read(captured["command"][0])

    def _assign(self, name: str, node: Node) -> None:
        name = name.partition("[")[0]
        value = node.child_by_field_name("value")
        text: str | None = ""
        data = False
        if value is not None:
            word = Words(1, self.values).joined(value)
            array = value.type == "array"
            text = word.text if word.fixed and not array else None
            data = not word.fixed and not word.crafted and not array
            self._needs.setdefault(name, set()).update(names_in(text_of(value)))
        if any(child.type == "+=" for child in node.children):
            text, data = None, False
        self._give(name, text, data)

    def _loop(self, name: str, node: Node) -> None:
        """A loop's variable is data unless one of its words could be a flag or several words."""
        values = node.children_by_field_name("value")
        words = [word for value in values for word in Words(1, self.values).words(value)]
        harmless = all(
            not word.crafted and not word.text.startswith("-") and " " not in word.text for word in words
        )
        self._give(name, None, harmless)

    def _read(self, command: Node) -> None:
        for argument in command.children_by_field_name("argument"):
            name = text_of(argument).partition("=")[0]
            if name.isidentifier():
                self._give(name, None, data=text_of(command).startswith("read"))

    def _give(self, name: str, text: str | None, data: bool) -> None:
        known = name in self.names
        self.names.add(name)
        if known:
            if (name in self.values and self.values[name] != text) or (name not in self.values and not data):
                self.values[name] = None
        elif not data:
            self.values[name] = text
