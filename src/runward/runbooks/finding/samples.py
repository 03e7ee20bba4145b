"""List the Python samples of a runbook as syntax trees, with the lines of the document they stand on."""

import ast
import re
from dataclasses import dataclass

from runward.runbooks.finding.around import is_advised_against
from runward.runbooks.finding.latest import once_a_runbook
from runward.runbooks.model import Block, Runbook
from runward.runbooks.python.judge import tree_of

_LANGS = {"python", "py", "python3", "pycon", "ipython"}
_AGAINST = re.compile(
    r"#\s*(?:❌|bad\b|wrong\b|before\b|instead of|don['’]t|do not|avoid|never|slow\b|old\b|inefficient|n\+1|problem)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sample:
    """One block of Python that can be read, as a tree."""

    block: Block
    tree: ast.Module
    nodes: tuple[ast.AST, ...]  # every node of the tree, from the outside in

    def line(self, node: ast.AST) -> int:
        """The document's line of a node."""
        return self.block.first_line + getattr(node, "lineno", 1) - 1

    def is_warned_of(self, runbook: Runbook, node: ast.AST) -> bool:
        """Whether the sample shows this as what not to do: by the comment above it."""
        lines = self.block.text.split("\n")[: getattr(node, "lineno", 1) - 1]
        remark = next((one for one in reversed(lines) if one.lstrip().startswith("#")), "")
        return bool(_AGAINST.search(remark)) or is_advised_against(runbook, self.line(node))


@once_a_runbook
def list_samples(runbook: Runbook) -> tuple[Sample, ...]:
    """Every block of Python that parses."""
    trees = (
        (block, tree_of(block.text))
        for block in runbook.blocks
        if block.lang in _LANGS and block.form != "inline"
    )
    return tuple(Sample(block, tree, tuple(ast.walk(tree))) for block, tree in trees if tree is not None)


def name_of(node: ast.AST) -> str:
    """The last name of what is called or read: "query" of session.query, "" where it has none."""
    if isinstance(node, ast.Call):
        return name_of(node.func)
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def chain_of(node: ast.AST) -> tuple[ast.Call, ...]:
    """The calls of a chain, the outermost first: of a().b().c() these are c, b and a."""
    made: list[ast.Call] = []
    while True:
        if isinstance(node, ast.Call):
            made.append(node)
            node = node.func
        elif isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        else:
            return tuple(made)


def keyword_of(call: ast.Call, name: str) -> ast.expr | None:
    """What a call is given under this name."""
    return next((one.value for one in call.keywords if one.arg == name), None)


def number_in(node: ast.AST | None) -> int | None:
    """A whole number, also where it is the default of an environment variable: int(os.getenv("SIZE", "20"))."""
    if isinstance(node, ast.Constant):
        text = str(node.value)
        return int(text) if text.isdigit() and not isinstance(node.value, bool) else None
    if isinstance(node, ast.Call) and node.args:
        return number_in(node.args[-1])
    return None
