"""Find warnings: in admonitions, in bold sentences and in the comments of a script."""

import re
from collections.abc import Iterator
from functools import lru_cache

from runward.runbooks.model import Block, Node, NodeKind
from runward.runbooks.procedure.conditions import condition_of

COMMENT = re.compile(r"^\s*(?:#(?!!)|--(?=\s)|//|::|REM\s)\s*(?P<text>.*?)\s*$", re.IGNORECASE)
_WARNING = re.compile(
    r"""(?:^|[.!:]\s+)(?:please\s+)?(?:do\ not|don't|never)\b|⚠|🚨|\b(?:warning|caution|danger(?:ous)?|careful(?:ly)?|irreversible|destructive|destroys?|data\ loss|cannot\ be\ undone|can't\ be\ undone
    |beware|will\ (?:overwrite|delete|drop|erase|wipe|lose)|achtung|vorsicht|warnung|niemals|cuidado|advertencia|peligro|nunca)\b""",
    re.VERBOSE,
)
_UNDOES = re.compile(r"(?:roll(?:ing)?[ -]?back|revert|undo|zurückrollen)\b", re.IGNORECASE)
_KINDS = frozenset({"warning", "caution", "important", "danger", "attention", "error", "critical"})
_DECIDES = re.compile(r"(?:if|case|while|\[|test)\b|\[")


@lru_cache(maxsize=4096)
def warns(text: str) -> bool:
    """Whether a sentence warns of something."""
    return bool(_WARNING.search(text.lower()))


def is_warning(node: Node) -> bool:
    """Whether a quote is an admonition that warns."""
    return node.kind is NodeKind.QUOTE and (
        node.info in _KINDS or (not node.info and warns(text_of(node)[:80]))
    )


def text_of(node: Node) -> str:
    """All reading text of a node, on one line."""
    parts = [node.text, *(text_of(child) for child in node.children)]
    return " ".join(" ".join(parts).split())


def comments_of(block: Block) -> Iterator[tuple[int, str]]:
    """The comment lines of a block with their line in the document."""
    for number, line in enumerate(block.text.split("\n"), block.first_line):
        found = COMMENT.match(line)
        if found and found["text"]:
            yield number, found["text"]


def cautions_in(block: Block) -> tuple[str, ...]:
    """Warnings in a script's comments, and comments that make the lines below them conditional."""
    found: list[str] = []
    for line, text in comments_of(block):
        condition = condition_of(text)
        if warns(text):
            found.append(f"line {line}: {text}")
        elif _UNDOES.match(text) and line > block.first_line + 1:
            found.append(f"line {line}: “{text}”: undoes what stands above; it would run with the rest")
        elif condition and not _decides_itself(block, line):
            found.append(f"line {line}: “{text}”: the document means what follows only if {condition}")
    return tuple(found)


def _decides_itself(block: Block, line: int) -> bool:
    """Whether the command below the comment is itself an `if`, or there is none."""
    rest = block.text.split("\n")[line - block.first_line + 1 :]
    following = next((one.strip() for one in rest if one.strip()), "")
    return not following or bool(_DECIDES.match(following)) or bool(COMMENT.match(following))
