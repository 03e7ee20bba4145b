"""Render a part of a document as HTML in which nothing of the author's can act."""

import re
from collections.abc import Mapping, Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from mdit_py_plugins.admon import admon_plugin

from runward.runbooks.explain.parts import Part
from runward.runbooks.model import Document, NodeKind, Risk

_AS_IT_STANDS = {NodeKind.COMMENT, NodeKind.HTML, NodeKind.DETAILS}
_NUMBERED = re.compile(r'<span class="row[^"]*" id="L(\d+)">')
_TASK = re.compile(r"<li>(\s*(?:<p>)?)\[([ xX])\] ")


def _fence(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, env: EnvType
) -> str:
    """A block of code with a number before each line and a mark where a line changes or destroys."""
    token = tokens[index]
    first = env["first"] + (token.map[0] if token.map else 0) + (token.type == "fence")
    lines = token.content.removesuffix("\n").split("\n")
    rows = "".join(_code_line(number, text, env["risks"]) for number, text in enumerate(lines, first))
    language = token.info.split()[0] if token.info.strip() else ""
    label = f'<span class="lang">{escape(language)}</span>' if language else ""
    return f'<div class="code">{label}<pre tabindex="0"><code>{rows}</code></pre></div>\n'


def _code_line(number: int, text: str, risks: Mapping[int, Risk]) -> str:
    risk = risks.get(number, Risk.READ)
    mark = "" if risk is Risk.READ else f" {risk.value}"
    return f'<span class="row{mark}" id="L{number}"><i>{number}</i><b>{escape(text)}</b></span>'


def _parser() -> MarkdownIt:
    """The same Markdown as everywhere, with raw HTML shown as text and images as links."""
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.disable(["image", "html_inline", "html_block"]).use(admon_plugin)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("code_block", _fence)
    return parser


_PARSER = _parser()


def rendered(document: Document, part: Part, risks: Mapping[int, Risk]) -> str:
    """The part of the document as HTML; `risks` tells which of its lines change or destroy something."""
    html = _content(document, part, risks)
    numbered = {int(number) for number in _NUMBERED.findall(html)}
    anchors = "".join(_anchor(line) for line in range(part.line, part.end + 1) if line not in numbered)
    return f'<div class="part {part.kind.value}">{anchors}{html}</div>\n'


def _anchor(line: int) -> str:
    return f'<span class="line" id="L{line}"></span>'


def _content(document: Document, part: Part, risks: Mapping[int, Risk]) -> str:
    text = "\n".join(document.lines[part.line - 1 : part.end])
    if part.kind in _AS_IT_STANDS:
        return f'<pre class="aside">{escape(text)}</pre>'
    html = str(_PARSER.render(text, {"first": part.line, "risks": risks}))
    html = _TASK.sub(
        lambda mark: f'<li class="task">{mark[1]}<span class="box">{_box(mark[2])}</span> ', html
    )
    return html.replace("<table>", '<div class="scroll"><table>').replace("</table>", "</table></div>")


def _box(mark: str) -> str:
    return "☐" if mark == " " else "☑"
