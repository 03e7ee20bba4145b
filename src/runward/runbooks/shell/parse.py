"""Parse shell text with tree-sitter into its commands, in order, with what feeds and follows each."""

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from tree_sitter import Node, Tree

from runward.runbooks.shell.assigned import Assigned, is_wreck, list_bridges, parser
from runward.runbooks.shell.feeds import is_in_background, printed_by
from runward.runbooks.shell.model import Command, Feed, Redirect, Script, Use, Word
from runward.runbooks.shell.words import Words, text_of

# <primary-ip> is a placeholder and no redirection; <in>out would be, but then it is asked for before it runs.
PLACEHOLDER = re.compile(r"(?<![<\\])<([A-Za-z][\w.:/#-]*(?: [A-Za-z][\w.:/#-]*){0,4})>(?![>&(])")
_PASSED = {"comment", "heredoc_start", "heredoc_end", "heredoc_content"}
_TRIES = 20
_CHAINS = {"pipeline", "list", "negated_command"}
_DEEPEST = 150  # nested constructs; more is an attack on the stack
_USED = re.compile(r"\$\{?[#!]?(\w+|[@*])")
_DEFAULTED = re.compile(r"\$\{\w+:?[-+=]")
_QUOTES = re.compile(r"[\"'\\]")
_MARK = re.compile(r"\w+")


class _Setting(NamedTuple):
    """Where in a script a command stands."""

    feed: Feed | None = None
    piped: bool = False
    function: str = ""
    nested: bool = False


@lru_cache(maxsize=512)
def script_of(text: str, first_line: int = 1) -> Script:
    """The commands of this text; what bash would not accept is listed in `refused`."""
    shown = PLACEHOLDER.sub(lambda found: f"_{found[1].replace(' ', '_')}_", text)
    for _ in range(_TRIES):
        tree = parser().parse(shown.encode("utf-8", "replace"))
        bridges = list_bridges(tree)
        if not bridges:
            break
        shown, text = _parted(shown, bridges), _parted(text, bridges)
    return _Reading(tree, text, first_line).script(bridges)


def _parted(text: str, bridges: Iterable[int]) -> str:
    """The text with a semicolon put in at these bytes: it keeps every line where it is."""
    content = text.encode("utf-8", "replace")
    for place in sorted(bridges, reverse=True):
        content = content[:place] + b";" + content[place:]
    return content.decode("utf-8", "replace")


class _Reading:
    """One walk over the tree of one script."""

    def __init__(self, tree: Tree, written: str, first_line: int) -> None:
        self._tree = tree
        self._written = written.encode("utf-8", "replace")
        self._first_line = first_line
        self._lines = written.split("\n")
        self._assigned = Assigned(self._tree)
        self._words = Words(first_line, self._assigned.values)
        self._commands: list[Command] = []
        self._functions: set[str] = set()
        self._uses: list[Use] = []
        self._refused: dict[int, str] = {}
        self._loops: list[tuple[int, str]] = []
        self._comments: list[tuple[int, str]] = []
        self._pending: dict[int, tuple[tuple[Redirect, ...], Feed | None]] = {}
        self._depth = 0

    def script(self, bridges: Iterable[int]) -> Script:
        """What was read; `bridges` are the line ends that could not be parted."""
        self._visit(self._tree.root_node, _Setting())
        if is_wreck(self._tree):
            self._refuse(self._tree.root_node)
        for place in bridges:
            row = self._written.count(b"\n", 0, place)
            self._refused[self._first_line + row] = (
                self._lines[row].strip() or "(a line that is not understood)"
            )
        return Script(
            tuple(self._commands),
            frozenset(self._functions),
            {name: self._assigned.values.get(name, "") for name in self._assigned.names},
            tuple(self._uses),
            tuple(sorted(self._refused.items())),
            tuple(self._loops),
            tuple(self._comments),
        )

    def _line(self, node: Node) -> int:
        return self._first_line + node.start_point[0]

    def _end(self, node: Node) -> int:
        row, column = node.end_point
        return self._first_line + (row - 1 if column == 0 and row > node.start_point[0] else row)

    def _visit(self, node: Node, setting: _Setting) -> None:
        if node.is_missing:
            self._refuse(node)
        if self._depth > _DEEPEST:
            self._refuse(node)
            return
        if node.id in self._pending:
            self._receive(node, setting)
            return
        self._depth += 1
        visit = _VISITS.get(node.type)
        if visit:
            getattr(self, visit)(node, setting)
        else:
            self._children(node, setting)
        self._depth -= 1

    def _children(self, node: Node, setting: _Setting) -> None:
        inner = setting
        if not setting.nested and node.type.endswith(("_statement", "_group")):
            inner = setting._replace(nested=True)
        for child in node.children:
            if child.is_named or child.is_missing:
                self._visit(child, inner)

    def _refuse(self, node: Node) -> None:
        for row in range(node.start_point[0], max(node.end_point[0], node.start_point[0]) + 1):
            if row < len(self._lines):
                self._refused[self._first_line + row] = self._lines[row].strip()

    def _error(self, node: Node, setting: _Setting) -> None:
        self._refuse(node)
        self._children(node, setting)

    def _comment(self, node: Node, _setting: _Setting) -> None:
        if node.parent is not None and node.parent.type == "program":
            self._comments.append((self._line(node), text_of(node)))

    def _use(self, node: Node, setting: _Setting) -> None:
        raw = text_of(node)
        found = _USED.match(raw)
        if found:
            defaulted = node.type == "expansion" and bool(_DEFAULTED.match(raw))
            self._uses.append(Use(found[1], self._line(node), defaulted, setting.function))
        self._children(node, setting._replace(feed=None, piped=True))

    def _substitution(self, node: Node, setting: _Setting) -> None:
        """What is substituted; the grammar takes neighbouring or nested backquotes for one, so they are refused."""
        if "`" in text_of(node)[1:-1]:
            self._refuse(node)
        self._children(node, setting._replace(feed=None, piped=True, nested=True))

    def _function(self, node: Node, setting: _Setting) -> None:
        name = node.child_by_field_name("name")
        function = text_of(name) if name else ""
        self._functions.add(function)
        body = node.child_by_field_name("body")
        for child in node.children:
            if child.is_named and child != name:
                known = setting._replace(function=function, nested=True) if child == body else setting
                self._visit(child, known)

    def _while(self, node: Node, setting: _Setting) -> None:
        condition = node.child_by_field_name("condition")
        said = text_of(condition).strip() if condition else ""
        opening = text_of(node).split(None, 1)[0]
        endless = (
            said in {"true", ":", "[ 1 ]", "((1))", "[[ 1 ]]", "1"} if opening == "while" else said == "false"
        )
        if endless and not re.search(r"\b(?:break|exit|return)\b", text_of(node)):
            self._loops.append((self._line(node), self._lines[node.start_point[0]].strip()))
        self._children(node, setting._replace(nested=True))

    def _pipeline(self, node: Node, setting: _Setting) -> None:
        stages = [child for child in node.children if child.is_named and child.type not in _PASSED]
        feed = setting.feed
        for number, stage in enumerate(stages):
            before = len(self._commands)
            last = number == len(stages) - 1
            self._visit(stage, setting._replace(feed=feed, piped=setting.piped or not last))
            feed = self._feed_from(self._commands[before:])

    def _feed_from(self, made: list[Command]) -> Feed:
        """What the commands of one stage give to the next one."""
        name = made[-1].words[0].text if made and made[-1].words else ""
        return Feed("pipe", printed_by(made[0]) if len(made) == 1 else None, name)

    def _redirected(self, node: Node, setting: _Setting) -> None:
        """Redirections; after a pipe or a list they belong to its last command alone."""
        body = node.child_by_field_name("body")
        redirects, feed, rest = self._redirects(node, setting)
        before = len(self._commands)
        if body is None:
            self._add(node, setting, (), redirects)
        else:
            last = body
            while last.type in _CHAINS and last.named_children:
                last = last.named_children[-1]
            self._pending[last.id] = (redirects, feed if feed is not setting.feed else None)
            self._visit(body, setting)
        self._after_heredoc(rest, setting, self._commands[before:])

    def _receive(self, node: Node, setting: _Setting) -> None:
        """Visit a statement that has redirections waiting for it."""
        redirects, feed = self._pending.pop(node.id)
        before = len(self._commands)
        self._visit(node, setting._replace(feed=feed) if feed else setting)
        place = self._own_place(node, before) if node.type == "command" else -1
        if place >= 0:
            made = self._commands[place]
            whole = (
                node.parent
                if node.parent is not None and node.parent.type == "redirected_statement"
                else node
            )
            self._commands[place] = replace(
                made, redirects=(*made.redirects, *redirects), text=self._said(whole), end=self._end(whole)
            )
        elif redirects:
            self._add(node, setting, (), redirects)

    def _own_place(self, node: Node, before: int) -> int:
        """Where the command of this node stands among those made since; what runs inside it comes after it."""
        line = self._line(node)
        return next(
            (place for place in range(before, len(self._commands)) if self._commands[place].line == line), -1
        )

    def _redirects(
        self, node: Node, setting: _Setting
    ) -> tuple[tuple[Redirect, ...], Feed | None, list[Node]]:
        """The redirections to files, what feeds the standard input, and the commands after a heredoc's mark."""
        redirects: list[Redirect] = []
        feed, rest = setting.feed, list[Node]()
        for child in node.children:
            if child.type == "heredoc_redirect":
                feed = Feed("text", self._heredoc(child, setting))
                rest.extend(one for one in child.children if one.is_named and one.type not in _HEREDOC)
                inner, _, _ = self._redirects(child, setting)
                redirects.extend(inner)
            elif child.type == "herestring_redirect":
                word = self._words.joined(child.named_children[-1]) if child.named_children else Word("")
                feed = Feed("text", word.text if word.fixed else None)
                self._children(child, setting)
            elif child.type == "file_redirect":
                redirect = self._file(child)
                self._children(child, setting._replace(feed=None))
                if redirect and redirect.sign == "<":
                    feed = Feed("file", name=redirect.target.text)
                elif redirect:
                    redirects.append(redirect)
        return tuple(redirects), feed, rest

    def _file(self, node: Node) -> Redirect | None:
        sign = next((child.type for child in node.children if not child.is_named), "")
        targets = node.children_by_field_name("destination")
        if not targets:
            return None
        return Redirect(sign, self._words.joined(targets[0]), self._line(node))

    def _heredoc(self, node: Node, setting: _Setting) -> str | None:
        """The text of a heredoc if nothing in it is expanded; its commands are visited either way."""
        parts = {child.type: child for child in node.children}
        start, body = parts.get("heredoc_start"), parts.get("heredoc_body")
        mark = text_of(start) if start else ""
        bare = _QUOTES.sub("", mark)
        content = text_of(body) if body else ""
        tabs = any(child.type == "<<-" for child in node.children)
        lines = [line.lstrip("\t") if tabs else line for line in content.split("\n")]
        if bare in lines[:-1] or "heredoc_end" not in parts or not _MARK.fullmatch(bare):
            self._refuse(node)
        if body:
            self._children(body, setting._replace(feed=None, piped=True))
        if (
            mark == bare
            and body is not None
            and any(child.is_named and child.type not in _PASSED for child in body.children)
        ):
            return None
        return "\n".join(lines)

    def _after_heredoc(self, rest: list[Node], setting: _Setting, made: list[Command]) -> None:
        """What stands on the line of a heredoc's mark after it: arguments, or further commands of a pipe."""
        for node in rest:
            piped = node.type == "pipeline" or (
                node.prev_sibling is not None and node.prev_sibling.type in {"|", "|&"}
            )
            feed = self._feed_from(made) if piped else setting.feed
            self._visit(node, setting._replace(feed=feed))

    def _command(self, node: Node, setting: _Setting) -> None:
        words: list[Word] = []
        assignments: list[tuple[str, Word]] = []
        for child in node.children:
            if child.type == "variable_assignment":
                assignments.append(self._pair(child))
            elif child.is_named and child.type not in {
                "file_redirect",
                "herestring_redirect",
                "ERROR",
                "comment",
            }:
                target = (
                    child.named_children[0]
                    if child.type == "command_name" and child.named_children
                    else child
                )
                words.extend(self._words.words(target))
        redirects, feed, _ = self._redirects(node, setting)
        self._add(node, setting._replace(feed=feed), tuple(words), redirects, tuple(assignments))
        inner = setting._replace(feed=None, piped=True, nested=True)
        for child in node.children:
            if child.is_named and child.type not in {"word", "file_redirect", "herestring_redirect"}:
                self._visit(child, inner) if child.type == "ERROR" else self._within(child, inner)

    def _within(self, node: Node, setting: _Setting) -> None:
        """What is run or read inside a word."""
        if node.child_count:
            self._visit(node, setting)

    def _pair(self, node: Node) -> tuple[str, Word]:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        return (text_of(name) if name else ""), (self._words.joined(value) if value else Word(""))

    def _assignment(self, node: Node, setting: _Setting) -> None:
        if node.parent is None or node.parent.type != "command":
            self._add(node, setting, (), (), (self._pair(node),))
        self._children(node, setting._replace(feed=None, piped=True, nested=True))

    def _declaration(self, node: Node, setting: _Setting) -> None:
        """`export`, `local`, `declare` ...: the word itself, and assignments."""
        pairs = tuple(self._pair(child) for child in node.children if child.type == "variable_assignment")
        words = [Word(text_of(node.children[0]), self._line(node))]
        for child in node.named_children:
            if child.type != "variable_assignment":
                words.extend(self._words.words(child))
        self._add(node, setting, tuple(words), (), pairs)
        for child in node.named_children:
            self._children(child, setting._replace(feed=None, piped=True, nested=True))

    def _add(
        self,
        node: Node,
        setting: _Setting,
        words: tuple[Word, ...],
        redirects: tuple[Redirect, ...],
        assignments: tuple[tuple[str, Word], ...] = (),
    ) -> None:
        self._commands.append(
            Command(
                words,
                self._line(node),
                self._end(node),
                self._said(node),
                redirects,
                assignments,
                setting.feed,
                setting.piped,
                setting.function,
                setting.nested,
                is_in_background(node),
            )
        )

    def _said(self, node: Node) -> str:
        return self._written[node.start_byte : node.end_byte].decode("utf-8", "replace").strip()


_VISITS = {
    "command": "_command",
    "pipeline": "_pipeline",
    "redirected_statement": "_redirected",
    "declaration_command": "_declaration",
    "variable_assignment": "_assignment",
    "function_definition": "_function",
    "command_substitution": "_substitution",
    "process_substitution": "_substitution",
    "while_statement": "_while",
    "simple_expansion": "_use",
    "expansion": "_use",
    "comment": "_comment",
    "ERROR": "_error",
}
_HEREDOC = {
    "heredoc_start",
    "heredoc_body",
    "heredoc_end",
    "heredoc_content",
    "file_redirect",
    "herestring_redirect",
}
