"""Put recorders between the commands of a script without changing what it does.

A recorder is a function call that hands on `$?` and `$_` untouched and never counts as a failure itself
(`recorder && :`), so `set -e`, ERR traps, `$?` and `cd $_` behave as if it were not there.
"""

import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tree_sitter import Node

from runward.plugins.shell.parsing import is_statement

CALL = "__runward"
_STATUSES = '"${PIPESTATUS[@]}" "${_-}" && : "${_-}"'
# As bash prints a recorder that it reads as a command of its own: one space between its words, at the start
# of a command, and with nothing but a separator behind it.
CALLS = re.compile(
    r"(?P<lead>(?:^|[;\n&|({])[ \t]*(?:(?:if|while|until)[ \t]+)?)"
    + CALL
    + r"(?:_part|_leaf)? \d+ \d+ "
    + re.escape(_STATUSES)
    + r"(?:[ \t]*;[ \t]*|(?=[ \t]*[\n)]))",
)
# The same where the script traces itself: what the shell would print of the recorder goes nowhere.
QUIET_CALLS = re.compile(r"\{\s*(" + CALL + r"[^\n]*?&& : \"\$\{_-\}\");?\s*\} 2> ?/dev/null")
_LOOKS_BACK = re.compile(r"\$\?|\$\{\?\}|PIPESTATUS")
_QUIET = frozenset(
    {
        ":",
        "true",
        "echo",
        "printf",
        "[",
        "test",
        "break",
        "continue",
        "return",
        "local",
        "shift",
        "let",
        "exit",
    },
)
_SIMPLE = frozenset(
    {
        "command",
        "declaration_command",
        "negated_command",
        "pipeline",
        "redirected_statement",
        "subshell",
        "test_command",
        "unset_command",
        "variable_assignment",
        "variable_assignments",
    },
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A command of the script with the number under which the recorders tell of it."""

    id: int
    line: int
    end: int
    text: str
    kind: str = ""  # what the grammar calls it
    members: tuple[str, ...] = ()  # of a pipeline; one for a simple command; none for a compound
    handled: str = ""  # how the block itself deals with a failure, "" if it does not
    top: bool = False
    background: bool = False
    function: str = ""
    repeated: bool = False
    measured: bool = True  # its exits are recorded


@dataclass(frozen=True, slots=True)
class Insertion:
    """A piece of text put into the script at a byte offset, for the top-level statement `group`."""

    place: int
    text: bytes
    group: int
    deep: bool  # within a substitution


@dataclass(frozen=True, slots=True)
class _Where:
    handled: str = ""
    function: str = ""
    repeated: bool = False
    top: bool = False
    deep: bool = False


@dataclass(slots=True)
class Recorder:
    """Walks a script's tree and collects marks and insertions."""

    text: bytes
    readable: bytes
    first_line: int
    marks: list[Mark] = field(default_factory=list)
    insertions: list[Insertion] = field(default_factory=list)
    calls: dict[str, list[str]] = field(default_factory=dict)
    group: int = 0
    traced: bool = False  # the script uses `set -x`
    _starts: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._starts = [0, *(found.end() for found in re.finditer(b"\n", self.text))]

    def walk(self, root: Node) -> int:
        """Record the whole script; the number of its last top-level statement, 0 if that is not measured."""
        return self._statements(list(root.children), None, _Where(top=True))

    def _statements(self, children: list[Node], closer: Node | None, where: _Where) -> int:
        nodes = [child for child in children if is_statement(child)]
        before = 0
        for number, node in enumerate(nodes):
            if where.top:
                self.group += 1
            following = nodes[number + 1] if number + 1 < len(nodes) else None
            mark = self._statement(node, where, _background(node), following)
            if (self._wanted(node, where) or before) and "PIPESTATUS" not in self._source(node):
                self._insert(node.start_byte, f"{self._call(before, mark.id, where)}; ", where)
            before = mark.id if mark.measured else 0
        if closer is not None and before:
            lead = "" if self._separated(closer.start_byte) else "; "
            tail = " " if closer.type.startswith(";") else "; "
            self._insert(closer.start_byte, f"{lead}{self._call(before, 0, where)}{tail}", where)
        return before

    def _statement(self, node: Node, where: _Where, background: bool, following: Node | None) -> Mark:
        """A mark for the statement, and everything within it recorded."""
        after = self._source(following) if following is not None else ""
        if following is not None and _LOOKS_BACK.search(after):
            where = replace(where, handled=where.handled or f"line {self._line(following)} looks at its exit")
        body = _body(node)
        inner = replace(where, top=False)
        plain = body.type in _SIMPLE or _is_arithmetic(body)
        measured = plain and not background and "PIPESTATUS" not in after and self._wanted(node, where)
        measured = measured and self._source(node).strip("\"'") not in {
            "$@",
            "$*",
        }  # the caller's exit is the same
        mark = self._mark(node, where, measured=measured, background=background)
        self._inside(body, inner, background)
        return mark

    def _mark(self, node: Node, where: _Where, *, measured: bool, background: bool) -> Mark:
        body = _body(node)
        members = tuple(self._source(member) for member in _members(body))
        handled = where.handled
        if body.type == "negated_command" or _negated(body):
            handled = handled or "negated with !"
        mark = Mark(
            id=len(self.marks) + 1,
            line=self._line(node),
            end=self._line(node) + self._source(node).rstrip().count("\n"),
            text=self._source(node),
            kind=body.type,
            members=members,
            handled=handled,
            top=where.top,
            background=background,
            function=where.function,
            repeated=where.repeated,
            measured=measured,
        )
        self.marks.append(mark)
        return mark

    def _inside(self, body: Node, where: _Where, background: bool) -> None:
        """Record what stands within a statement."""
        if body.type == "list":
            self._list(body, where, background)
        elif body.type in _COMPOUNDS and not _is_arithmetic(body):
            _COMPOUNDS[body.type](self, body, where)
        else:
            self._note_call(body, where)
            self._substitutions(body, where)

    def _pipeline(self, node: Node, where: _Where) -> None:
        for member in _pipeline_members(node):
            self._inside(_body(member), replace(where, handled=""), background=False)

    def _negation(self, node: Node, where: _Where) -> None:
        for child in node.children:
            if is_statement(child):
                self._inside(_body(child), replace(where, handled="negated with !"), background=False)

    def _group(self, node: Node, where: _Where) -> None:
        self._statements(node.children, node.children[-1], where)

    def _else(self, node: Node, where: _Where) -> None:
        self._statements(node.children, node.next_sibling, where)

    def _list(self, node: Node, where: _Where, background: bool) -> None:
        left, operator, right = node.children[0], node.children[1].type, node.children[-1]
        first = where
        if operator == "||":
            first = replace(where, handled=where.handled or f"followed by || {_short(self._source(right))}")
        for leaf, place in ((left, first), (right, where)):
            self._leaf(leaf, place, background)

    def _leaf(self, node: Node, where: _Where, background: bool) -> None:
        body = _body(node)
        if body.type == "list":
            self._list(body, where, background)
            return
        measured = (body.type in _SIMPLE or _is_arithmetic(body)) and not (
            where.repeated and self._is_quiet(body)
        )
        if measured:
            mark = self._mark(node, where, measured=True, background=False)
            self._insert(node.start_byte, "{ ", where)
        self._inside(body, where, background=False)
        if measured:
            self._insert(
                self._end(node), f"; {self._hushed(f'{CALL}_leaf   {mark.id} 0 {_STATUSES}')}; }}", where
            )

    def _if(self, node: Node, where: _Where) -> None:
        children = node.children
        then = next((child for child in children if child.type == "then"), None)
        if then is None:
            return
        place = children.index(then)
        self._statements(children[:place], then, replace(where, handled="the condition of an if"))
        rest = children[place + 1 :]
        clauses = [child for child in rest if child.type in {"elif_clause", "else_clause"}]
        own_end = node.children[-1] if node.type == "if_statement" else node.next_sibling
        end = clauses[0] if clauses else own_end
        self._statements([child for child in rest if child not in clauses and child != end], end, where)
        for clause in clauses:
            self._inside(clause, where, background=False)

    def _loop(self, node: Node, where: _Where) -> None:
        where = replace(where, repeated=True)
        group = next(
            (child for child in node.children if child.type in {"do_group", "compound_statement"}), None
        )
        if group is None:
            return
        for child in node.children:
            if not is_statement(child) and child != group:
                self._substitutions(child, where)
        if node.type == "while_statement":
            condition = node.children[: node.children.index(group)]
            handled = replace(where, handled=f"the condition of a {node.children[0].type}")
            self._statements(condition, group, handled)
        self._statements(group.children, group.children[-1], where)

    def _case(self, node: Node, where: _Where) -> None:
        for item in node.children:
            if item.type != "case_item":
                self._substitutions(item, where)
            else:
                last = item.children[-1]
                closer = last if last.type in {";;", ";&", ";;&"} else item.next_sibling
                opener = next((place for place, child in enumerate(item.children) if child.type == ")"), 0)
                self._statements(item.children[opener:], closer, where)

    def _function(self, node: Node, where: _Where) -> None:
        name = self._source(node.child_by_field_name("name") or node.children[0])
        self.calls.setdefault(name, [])
        body = node.child_by_field_name("body")
        if body is not None:
            self._inside(_body(body), replace(where, function=name, handled=""), background=False)

    def _note_call(self, node: Node, where: _Where) -> None:
        if node.type == "command" and (name := node.child_by_field_name("name")) is not None:
            self.calls.setdefault(self._source(name), []).append(where.handled)

    def _substitutions(self, node: Node, where: _Where) -> None:
        for child in node.children:
            if child.type in {"command_substitution", "process_substitution"}:
                if child.children[0].type != "`":
                    self._statements(child.children, child.children[-1], replace(where, deep=True))
            else:
                self._substitutions(child, where)

    def _wanted(self, node: Node, where: _Where) -> bool:
        """Whether a statement is worth its two events: in loops, not what only the shell sees."""
        body = _body(node)
        if body.type == "function_definition":
            return False
        return where.top or not where.repeated or not self._is_quiet(body)

    def _is_quiet(self, node: Node) -> bool:
        if node.type in {"test_command", "compound_statement"}:
            return True
        if _has_substitution(node):
            return False
        if node.type in {
            "variable_assignment",
            "variable_assignments",
            "unset_command",
            "declaration_command",
        }:
            return True
        name = node.child_by_field_name("name") if node.type == "command" else None
        return name is not None and self._source(name) in _QUIET

    def _end(self, node: Node) -> int:
        """Where the command ends on its line, with a here-document's operator if it has one."""
        place = end = node.end_byte
        while self.readable[place : place + 1] == b" ":
            place += 1
            if self.text[place - 1] != ord(" "):
                end = place
        return end

    def _separated(self, place: int) -> bool:
        """Whether a separator stands before a closing word already."""
        return self.readable[:place].rstrip(b" \t")[-1:] in {b";", b"\n", b"&", b""}

    def _call(self, before: int, now: int, where: _Where) -> str:
        return self._hushed(f"{CALL}{'_part' if where.top else ''}   {before} {now} {_STATUSES}")

    def _hushed(self, call: str) -> str:
        return f"{{ {call}; }} 2>/dev/null" if self.traced else call

    def _insert(self, place: int, text: str, where: _Where) -> None:
        self.insertions.append(Insertion(place, text.encode(), self.group, where.deep))

    def _source(self, node: Node) -> str:
        return self.text[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def _line(self, node: Node) -> int:
        return self.first_line + bisect_right(self._starts, node.start_byte) - 1


def _body(node: Node) -> Node:
    """The statement itself, without its redirections."""
    while node.type == "redirected_statement" and (body := node.child_by_field_name("body")) is not None:
        node = body
    return node


def _is_arithmetic(node: Node) -> bool:
    return node.type == "compound_statement" and node.children[0].type == "(("


def _background(node: Node) -> bool:
    following = node.next_sibling
    return following is not None and following.type == "&"


def _negated(node: Node) -> bool:
    """Whether the `!` of a pipeline was read as its first member's."""
    return node.type == "pipeline" and node.children[0].type == "negated_command"


def _pipeline_members(node: Node) -> list[Node]:
    """The members in order; one whose output is redirected holds those before it within itself."""
    members: list[Node] = []
    for child in node.children:
        if is_statement(child):
            body = _body(child)
            members += _pipeline_members(body) if body.type == "pipeline" else [child]
    return members


def _members(node: Node) -> list[Node]:
    if node.type == "pipeline":
        return _pipeline_members(node)
    return [node] if node.type in _SIMPLE and node.type != "subshell" else []


def _has_substitution(node: Node) -> bool:
    return node.type in {"command_substitution", "process_substitution"} or any(
        map(_has_substitution, node.children)
    )


def _short(text: str) -> str:
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line if len(line) <= 40 else f"{line[:39]}…"


_COMPOUNDS: dict[str, Callable[[Recorder, Node, _Where], None]] = {
    "c_style_for_statement": Recorder._loop,  # noqa: SLF001  # the class's own table, by the grammar's names
    "case_statement": Recorder._case,  # noqa: SLF001  # likewise
    "compound_statement": Recorder._group,  # noqa: SLF001  # likewise
    "elif_clause": Recorder._if,  # noqa: SLF001  # likewise
    "else_clause": Recorder._else,  # noqa: SLF001  # likewise
    "for_statement": Recorder._loop,  # noqa: SLF001  # likewise
    "function_definition": Recorder._function,  # noqa: SLF001  # likewise
    "if_statement": Recorder._if,  # noqa: SLF001  # likewise
    "negated_command": Recorder._negation,  # noqa: SLF001  # likewise
    "pipeline": Recorder._pipeline,  # noqa: SLF001  # likewise
    "subshell": Recorder._group,  # noqa: SLF001  # likewise
    "while_statement": Recorder._loop,  # noqa: SLF001  # likewise
}
