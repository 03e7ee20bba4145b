"""Read a Markdown file into pieces with exact lines, giving them no operational meaning."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.container import container_plugin

from runward.runbooks.document.encoding import text_of
from runward.runbooks.document.frontmatter import front_matter_of
from runward.runbooks.document.inline import Inline, inline_of
from runward.runbooks.document.mend import mended
from runward.runbooks.model import Document, Node, NodeKind

_ADMONITION = re.compile(r"\[!(\w+)\][ \t]*\n?")
_TASK = re.compile(r"\[([ xX])\][ \t]+")
_TAG = re.compile(r"<(/?)details\b[^>]*>", re.IGNORECASE)
_SUMMARY = re.compile(r"<summary\b[^>]*>(.*?)</summary>", re.IGNORECASE | re.DOTALL)
_ANY_TAG = re.compile(r"<[^>]*>")
_DEEPEST = 50  # levels of lists and quotes; more is an attack on the stack, not a document


def read_document(path: Path) -> Document:
    """The document in this file; a file that is not text, too large or unreadable is a `Mistake`."""
    text, content, notes = text_of(path)
    return _document(text, str(path), hashlib.sha256(content).hexdigest(), notes)


def parse_document(text: str, path: str) -> Document:
    """The document that this text makes; `path` only names it."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return _document(text.removeprefix("\ufeff"), path, digest, ())


def _document(text: str, path: str, digest: str, notes: tuple[str, ...]) -> Document:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text, mends = mended(text)
    front, body, complaints = front_matter_of(text)
    return Document(
        path=path,
        digest=digest,
        text=text,
        lines=tuple(text.removesuffix("\n").split("\n")),
        nodes=_Pieces(body).nodes(),
        front_matter=front,
        mended=(*notes, *mends, *complaints),
    )


def _parser() -> MarkdownIt:
    """CommonMark with GFM tables, strike-through and admonitions; inline text is read only where needed."""
    parser = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable(["table", "strikethrough"])
    parser.use(admon_plugin)
    parser.use(container_plugin, "box", validate=lambda parameters, _markup: bool(parameters.strip()))
    parser.core.ruler.disable(["inline", "text_join"])
    return parser


_PARSER = _parser()
_NOTHING = Inline("")
_LISTS = {"bullet_list_open": "bullet", "ordered_list_open": "ordered"}
_BOXES = {"admonition_open", "container_box_open"}


class _Pieces:
    """Turns the flat tokens of one document into nested nodes."""

    def __init__(self, text: str) -> None:
        self._env: dict[str, object] = {}
        self._tokens = _PARSER.parse(text, self._env)
        self._at = 0

    def nodes(self) -> tuple[Node, ...]:
        return _folded(self._until(""))

    def _until(self, closing: str) -> list[Node]:
        """The nodes up to the token that closes the piece we are in."""
        found: list[Node] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token.type == closing:
                break
            node = self._node(token)
            if node:
                found.append(node)
        return found

    def _node(self, token: Token) -> Node | None:
        line, end = _place(token)
        if token.type == "heading_open":
            return self._with_text(NodeKind.HEADING, token, "heading_close", level=int(token.tag[1]))
        if token.type == "paragraph_open":
            return self._with_text(NodeKind.PARAGRAPH, token, "paragraph_close")
        if token.type in _LISTS:
            items = self._until(token.type.replace("_open", "_close"))
            return Node(NodeKind.LIST, line, end, form=_LISTS[token.type], children=tuple(items))
        if token.type == "list_item_open":
            return self._item(token)
        if token.type in {"fence", "code_block"}:
            form = "fence" if token.type == "fence" else "indented"
            return Node(NodeKind.FENCE, line, end, _content(token), info=token.info.strip(), form=form)
        return self._other(token)

    def _other(self, token: Token) -> Node | None:
        line, end = _place(token)
        if token.type == "table_open":
            return self._table(line, end)
        if token.type == "blockquote_open":
            return _quote(line, end, _folded(self._until("blockquote_close")))
        if token.type in _BOXES:
            inner = self._until(token.type.replace("_open", "_close"))
            return _box(token, _folded(inner))
        if token.type == "html_block":
            comment = token.content.lstrip().startswith("<!--")
            return Node(
                NodeKind.COMMENT if comment else NodeKind.HTML, line, _last(token), token.content.strip("\n")
            )
        if token.type == "hr":
            return Node(NodeKind.RULE, line, end)
        return None

    def _with_text(self, kind: NodeKind, token: Token, closing: str, level: int = 0) -> Node:
        line, end = _place(token)
        read = self._inline(closing)
        return Node(
            kind, line, end, read.text, level=level, bold=read.bold, codes=read.codes, links=read.links
        )

    def _inline(self, closing: str) -> Inline:
        """The text up to the closing token; these pieces hold nothing but one inline token."""
        read = _NOTHING
        while self._tokens[self._at].type != closing:
            token = self._tokens[self._at]
            if token.type == "inline" and token.content:
                read = inline_of(_PARSER, token.content, _place(token)[0], self._env)
            self._at += 1
        self._at += 1
        return read

    def _item(self, token: Token) -> Node:
        """An item; its first paragraph becomes its own text, the rest its children."""
        line, end = _place(token)
        inner = _folded(self._until("list_item_close"))
        first = inner[0] if inner and inner[0].kind is NodeKind.PARAGRAPH else None
        text = first.text if first else ""
        task = _TASK.match(text)
        return Node(
            NodeKind.ITEM,
            line,
            max(end, line),
            text[task.end() :] if task else text,
            level=int(token.info) if token.info.isdecimal() else 0,
            bold=first.bold if first else "",
            checked=task[1] != " " if task else None,
            codes=first.codes if first else (),
            links=first.links if first else (),
            children=inner[1:] if first else inner,
        )

    def _table(self, line: int, end: int) -> Node:
        rows: list[tuple[str, ...]] = []
        reads: list[Inline] = []
        row: list[Inline] = []
        while (token := self._tokens[self._at]).type != "table_close":
            if token.type == "tr_open":
                row = []
            elif token.type == "inline":
                row.append(inline_of(_PARSER, token.content, _place(token)[0], self._env))
            elif token.type == "tr_close":
                rows.append(tuple(cell.text for cell in row))
                reads.extend(row)
            self._at += 1
        self._at += 1
        codes = tuple(code for read in reads for code in read.codes)
        links = tuple(link for read in reads for link in read.links)
        return Node(NodeKind.TABLE, line, end, rows=tuple(rows), codes=codes, links=links)


def _place(token: Token) -> tuple[int, int]:
    """First and last line, 1-based and inclusive."""
    return (token.map[0] + 1, max(token.map[1], token.map[0] + 1)) if token.map else (0, 0)


def _last(token: Token) -> int:
    """The last line of raw HTML that is not blank."""
    line, end = _place(token)
    blank = len(token.content) - len(token.content.rstrip("\n")) - 1
    return max(line, end - max(blank, 0))


def _content(token: Token) -> str:
    return token.content.removesuffix("\n")


def _quote(line: int, end: int, inner: tuple[Node, ...]) -> Node:
    """A quote, or the admonition that GitHub makes of one that begins with [!KIND]."""
    mark = _ADMONITION.match(inner[0].text) if inner and inner[0].kind is NodeKind.PARAGRAPH else None
    if not mark:
        return Node(NodeKind.QUOTE, line, end, children=inner)
    first, rest = inner[0], inner[1:]
    text = first.text[mark.end() :]
    if text:
        at = first.line + mark[0].count("\n")
        said = Node(
            NodeKind.PARAGRAPH, at, first.end, text, bold=first.bold, codes=first.codes, links=first.links
        )
        rest = (said, *rest)
    return Node(NodeKind.QUOTE, line, end, info=mark[1].lower(), children=rest)


def _box(token: Token, inner: tuple[Node, ...]) -> Node:
    """An admonition written as `!!! warning "Title"` or `:::warning`."""
    line, end = _place(token)
    words = token.info.strip().removeprefix("{").split()
    kind = words[0].strip('{}.:"').lower() if words else ""
    title = " ".join(words[1:]).strip('"{}')
    inner = inner[1:] if inner and inner[0].kind is NodeKind.PARAGRAPH and inner[0].line == line else inner
    return Node(NodeKind.QUOTE, line, end, title, info=kind, children=inner)


def _folded(nodes: Sequence[Node]) -> tuple[Node, ...]:
    """The nodes with everything between <details> and </details> folded into one node."""
    if not any(node.kind is NodeKind.HTML for node in nodes):
        return tuple(nodes)
    stack: list[tuple[Node | None, list[Node]]] = [(None, [])]
    for node in nodes:
        tags = [mark[1] for mark in _TAG.finditer(node.text)] if node.kind is NodeKind.HTML else []
        change = sum(-1 if slash else 1 for slash in tags)
        if change > 0 and len(stack) <= _DEEPEST:
            stack.append((node, []))
        elif change < 0 and len(stack) > 1:
            opening, inner = stack.pop()
            stack[-1][1].append(_details(opening or node, inner, node.end))
        else:
            stack[-1][1].append(node)
    while len(stack) > 1:
        opening, inner = stack.pop()
        last = inner[-1].end if inner else (opening.end if opening else 0)
        if opening:
            stack[-1][1].append(_details(opening, inner, last))
    return tuple(stack[0][1])


def _details(opening: Node, inner: Sequence[Node], end: int) -> Node:
    summary = _SUMMARY.search(opening.text)
    title = " ".join(_ANY_TAG.sub("", summary[1]).split()) if summary else ""
    return Node(NodeKind.DETAILS, opening.line, max(end, opening.end), title, children=tuple(inner))
