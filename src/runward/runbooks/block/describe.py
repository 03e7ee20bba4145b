"""Judge what is shown rather than run: settings, Python to be pasted, comments that instruct a person."""

import ast
import re

from runward.runbooks.model import Kind, Risk, RiskyLine
from runward.runbooks.python.judge import python_effect, tree_of, undefined_names

_LOOKS = re.compile(
    r"(?:check|review|verify|look|monitor|consider|see|note|watch|inspect|confirm|ensure|examine|observe|compare|identify|find|read|list|analy[sz]e|"
    r"investigate|determine|open|view|expected|output|example|tip|wait|test)\b",
    re.IGNORECASE,
)
_CONFIGURING = re.compile(
    r"(?:init|config|configure|basicConfig|dictConfig|setup|register|include_router|add_middleware|install|mount|app|use|set_\w+|add_\w+|create_engine|sessionmaker)$"
)
_LEAD = re.compile(r"^[\s#/*;-]*(?:(?:step\s+)?\d+[.):]\s*)?", re.IGNORECASE)


def comment_risks(text: str, first_line: int) -> tuple[RiskyLine, ...]:
    """What a person is told to do by comments: to look, or to do something that nobody can judge."""
    made = []
    for number, line in enumerate(text.split("\n"), first_line):
        said = _LEAD.sub("", line).strip()
        if said and not line.lstrip().startswith("#!"):
            looks = bool(_LOOKS.match(said))
            why = "a person is told to look" if looks else "a person is told to do something"
            made.append(RiskyLine(number, line.strip(), Risk.READ if looks else Risk.CHANGE, why))
    return tuple(made)


def config_reading(lang: str) -> tuple[str, tuple[RiskyLine, ...], Risk, str]:
    """Why settings are a sample, and what they would do once in place."""
    what = (
        f"it is settings ({lang})"
        if lang not in {"none", "bash", "sh", "shell", "text"}
        else "it is settings, not commands"
    )
    if lang in {"csv", "tsv"}:
        return "it is a table of data", (), Risk.READ, "data alone changes nothing"
    return what, (), Risk.CHANGE, "put in place it changes how something behaves"


def python_kind(text: str) -> tuple[Kind, str]:
    """Whether Python is a program to be run, or a sample to be put somewhere."""
    tree = tree_of(text)
    if tree is None:
        return Kind.SAMPLE, "it is Python that cannot be run as it stands"
    missing = undefined_names(tree)
    if missing:
        return Kind.SAMPLE, f"it is a sample: nothing in it defines {', '.join(sorted(missing)[:3])}"
    if not any(_acts(node) for node in tree.body):
        return Kind.SAMPLE, "it is a sample: it only defines or configures something"
    return Kind.COMMAND, "it is a Python program that can be run as it stands"


def only_asks(text: str) -> bool:
    """Whether a sample does no more than ask for data: it neither defines nor sets anything."""
    tree = tree_of(text)
    if tree is None or python_effect(text)[0] is not Risk.READ:
        return False
    asks = [
        node
        for node in tree.body
        if isinstance(node, ast.Expr | ast.For | ast.Assign)
        and any(isinstance(one, ast.Call) for one in ast.walk(node))
    ]
    return bool(asks) and len(asks) == len(
        [node for node in tree.body if not isinstance(node, ast.Import | ast.ImportFrom)]
    )


def _acts(node: ast.stmt) -> bool:
    """Whether a statement of the outermost level does something, beyond defining and configuring."""
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call) and not _configures(node.value)
    if isinstance(node, ast.Assign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets)
    return isinstance(
        node, ast.For | ast.While | ast.With | ast.If | ast.Try | ast.Delete | ast.AsyncFor | ast.AsyncWith
    )


def _configures(call: ast.Call) -> bool:
    name = (
        call.func.attr
        if isinstance(call.func, ast.Attribute)
        else call.func.id
        if isinstance(call.func, ast.Name)
        else ""
    )
    return bool(_CONFIGURING.match(name))
