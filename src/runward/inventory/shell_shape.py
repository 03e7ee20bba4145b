"""Say which commands a shell text runs, as a shape that two texts can be compared by."""

from collections.abc import Iterator

import tree_sitter_bash
from tree_sitter import Language, Node, Parser

_BASH = Language(tree_sitter_bash.language())
_SHAPE = frozenset({
    "command", "pipeline", "list", "redirected_statement", "if_statement", "while_statement",
    "for_statement", "c_style_for_statement", "case_statement", "case_item", "function_definition",
    "subshell", "compound_statement", "command_substitution", "process_substitution",
    "variable_assignment", "declaration_command", "unset_command", "heredoc_redirect",
    "herestring_redirect", "file_redirect", "simple_expansion", "expansion", "test_command",
    "arithmetic_expansion", "negated_command", "ERROR", ";", "&", "&&", "||", "|",
})  # fmt: skip


def shape_of(text: str) -> tuple[str, ...]:
    """The commands, redirections and expansions of a text in order, with how many words each command has."""
    return tuple(_shape(Parser(_BASH).parse(text.encode()).root_node))


def _shape(root: Node) -> Iterator[str]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in _SHAPE:
            yield f"{node.type}:{node.named_child_count}" if node.type == "command" else node.type
        if node.is_missing:
            yield f"missing {node.type}"
        waiting.extend(reversed(node.children))
