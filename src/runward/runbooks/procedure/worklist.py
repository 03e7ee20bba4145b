"""Say whether the pieces of a section are something to do, and not something to read."""

from collections.abc import Iterator, Mapping, Sequence

from runward.runbooks.model import Block, Kind, Node, NodeKind
from runward.runbooks.procedure.cautions import COMMENT, comments_of
from runward.runbooks.procedure.instructions import is_instruction
from runward.runbooks.procedure.sections import Section
from runward.runbooks.procedure.stretches import SHELLS
from runward.runbooks.procedure.titles import Role, means_reference, means_work, number_of, role_of

RUNNABLE = frozenset({Kind.COMMAND, Kind.TRANSCRIPT})
_DONE = frozenset({Role.STEPS, Role.VERIFICATION, Role.ROLLBACK, Role.STEP})
_NOTED = frozenset({Kind.COMMAND, Kind.TEMPLATE})


def fences_of(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every fence among the nodes, in order, however deep in lists and quotes."""
    for node in nodes:
        if node.kind is NodeKind.FENCE:
            yield node
        else:
            yield from fences_of(node.children)


def has_commands(nodes: Sequence[Node], blocks: Mapping[int, Block]) -> bool:
    """Whether a block among the nodes is to be executed; `blocks` by the line of the opening fence."""
    found = [blocks[fence.line] for fence in fences_of(nodes) if fence.line in blocks]
    return any(block.kind in RUNNABLE or notes_of(block) for block in found)


def notes_of(block: Block) -> tuple[tuple[int, str], ...]:
    """The things to do in a script that holds nothing but comments, with their lines; the numbered ones if there are."""
    lines = [line for line in block.text.split("\n") if line.strip()]
    if (
        block.kind not in _NOTED
        or block.lang not in SHELLS
        or not lines
        or not all(COMMENT.match(line) for line in lines)
    ):
        return ()
    comments = tuple(comments_of(block))
    numbered = tuple((line, text) for line, text in comments if number_of(text) is not None)
    return numbered or (comments if any(is_instruction(text) for _, text in comments) else ())


def has_work(section: Section, inline: frozenset[int]) -> bool:
    """Whether a list of the section is a list of things to do; `inline` are the lines of inline commands."""
    return any(is_work(node, section.title, inline) for node in section.pieces if node.kind is NodeKind.LIST)


def is_work(node: Node, title: str, inline: frozenset[int]) -> bool:
    """Whether a list is a list of things to do, judged by its items and by the title it stands under."""
    items = [item for item in node.children if item.kind is NodeKind.ITEM]
    if is_read(node):
        return False
    if any(item.checked is not None for item in items):
        return True
    instructions = sum(is_instruction(item.text) for item in items)
    commands = sum(any(line in inline for line in range(item.line, item.end + 1)) for item in items)
    if means_reference(title):
        return False
    if (means_work(title) or role_of(title) in _DONE) and not all(is_field(item) for item in items):
        return node.form == "ordered" or len(items) > 1
    return (instructions + commands) * 2 > len(items) - (node.form == "ordered")


def is_read(node: Node) -> bool:
    """Whether a list holds nothing but links, or nothing but questions."""
    items = [item for item in node.children if item.kind is NodeKind.ITEM]
    return not items or all(_is_link(item) for item in items) or all(_asks(item) for item in items)


def _asks(item: Node) -> bool:
    return item.text.rstrip().endswith(("?", "？"))


def is_field(item: Node) -> bool:
    """Whether an item is a name and a value ("**Retention**: 30 days") and not an instruction."""
    if not item.bold or ":" not in item.text.split("\n", 1)[0]:
        return False
    return not is_instruction(item.bold) and not is_instruction(item.text.split(":", 1)[1])


def _is_link(item: Node) -> bool:
    """Whether an item is a link and little else, as in a table of contents."""
    linked = sum(len(link.text) for link in item.links)
    return linked > 0 and linked * 3 >= len(item.text) * 2 and not is_instruction(item.text)
