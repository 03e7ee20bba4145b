"""Say whether the pieces of a section are something to do, and not something to read."""

from collections.abc import Iterator, Sequence

from runward.runbooks.instructions import is_instruction
from runward.runbooks.model import Block, Kind, Node, NodeKind
from runward.runbooks.titles import means_reference, means_work

RUNNABLE = frozenset({Kind.COMMAND, Kind.TRANSCRIPT})


def fences_of(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every fence among the nodes, in order, however deep in lists and quotes."""
    for node in nodes:
        if node.kind is NodeKind.FENCE:
            yield node
        else:
            yield from fences_of(node.children)


def has_commands(nodes: Sequence[Node], blocks: dict[int, Block]) -> bool:
    """Whether a block among the nodes is to be executed; `blocks` by the line of the opening fence."""
    return any(blocks[fence.line].kind in RUNNABLE for fence in fences_of(nodes) if fence.line in blocks)


def has_work(nodes: Sequence[Node], title: str, inline: frozenset[int]) -> bool:
    """Whether a list among the nodes is a list of things to do; `inline` are the lines of inline commands."""
    return any(_is_work(node, title, inline) for node in nodes if node.kind is NodeKind.LIST)


def _is_work(node: Node, title: str, inline: frozenset[int]) -> bool:
    items = [item for item in node.children if item.kind is NodeKind.ITEM]
    if not items or all(_is_link(item) for item in items):
        return False
    if any(item.checked is not None for item in items):
        return True
    instructions = sum(is_instruction(item.text) for item in items)
    commands = sum(any(line in inline for line in range(item.line, item.end + 1)) for item in items)
    if means_reference(title):
        return False
    if means_work(title) and not all(is_field(item) for item in items):
        return node.form == "ordered" or len(items) > 1
    return (instructions + commands) * 2 > len(items) - (node.form == "ordered")


def is_field(item: Node) -> bool:
    """Whether an item is a name and a value ("**Retention**: 30 days") and not an instruction."""
    if not item.bold or ":" not in item.text.split("\n", 1)[0]:
        return False
    return not is_instruction(item.bold) and not is_instruction(item.text.split(":", 1)[1])


def _is_link(item: Node) -> bool:
    """Whether an item is a link and little else, as in a table of contents."""
    linked = sum(len(link.text) for link in item.links)
    return linked > 0 and linked * 3 >= len(item.text) * 2 and not is_instruction(item.text)
