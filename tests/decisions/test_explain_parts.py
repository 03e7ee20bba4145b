"""A document split into parts loses no line, and rendered nothing of it can act."""

import re
from pathlib import Path

import pytest

from runward.runbooks.explain.parts import parts_of
from runward.runbooks.explain.rendering import rendered
from runward.runbooks.markdown import parse_document, read_document
from runward.runbooks.model import Document, Risk

FORMS = {
    "nothing": "",
    "front matter": "---\ntitle: Shop\n---\n\n# Shop\n",
    "a fold": "# Shop\n\n<details><summary>More</summary>\n\ninside\n\n- one\n- two\n\n</details>\n\nafter\n",
    "nested": "1. one\n   ```bash\n   ls\n   ```\n   - deeper\n2. two\n\n> quoted\n> ```\n> code\n> ```\n",
    "unclosed": "text\n\n```bash\nls\n",
    "a table": "| a | b |\n|---|---|\n| 1 | 2 |\n",
    "definitions": "see [x]\n\n[x]: https://example.org\n\nend\n",
    "comments": "<!-- one\ntwo -->\n\n<div>\nraw\n</div>\n",
    "windows": "# Shop\r\n\r\n- one\r\n- two\r\n",
}


def holds_every_line(document: Document) -> None:
    parts = parts_of(document)
    shown = [number for part in parts for number in range(part.line, part.end + 1)]
    assert shown == sorted(set(shown)), "a line is shown twice or out of order"
    lost = {number for number, text in enumerate(document.lines, 1) if text.strip()} - set(shown)
    assert lost == set()


@pytest.mark.parametrize("form", FORMS)
def test_no_line_is_lost(form: str) -> None:
    holds_every_line(parse_document(FORMS[form], "RUNBOOK.md"))


def test_no_line_of_the_books_is_lost(books: dict[str, Path]) -> None:
    for path in books.values():
        holds_every_line(read_document(path))


def page(text: str, **risks: Risk) -> str:
    document = parse_document(text, "RUNBOOK.md")
    by_line = {int(name[1:]): risk for name, risk in risks.items()}
    return "".join(rendered(document, part, by_line) for part in parts_of(document))


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "text <img src=x onerror=alert(1)> more",
        "[x](javascript:alert(1))",
        "![x](https://example.org/pixel.png)",
        "<iframe src=https://example.org></iframe>",
        '```x" onmouseover="alert(1)\n<script>alert(1)</script>\n```',
        "<style>body{display:none}</style>",
        "<details open ontoggle=alert(1)><summary><b onclick=alert(1)>x</b></summary>\n\ny\n\n</details>",
        "| <script>alert(1)</script> |\n|---|\n| <svg onload=alert(1)> |",
    ],
)
def test_what_an_author_writes_shows_as_text(hostile: str) -> None:
    html = page(hostile)
    tags = set(re.findall(r"<([a-z0-9]+)", html))
    assert tags <= {
        "div",
        "span",
        "p",
        "pre",
        "code",
        "i",
        "b",
        "a",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    attributes = re.findall(r"<[^>]*\s(on\w+|src|style)=", html)
    assert attributes == []
    assert 'href="javascript' not in html


def test_every_line_of_code_has_its_number_and_its_risk() -> None:
    html = page("# Shop\n\n```bash\nls\nrm -rf /srv/old\n```\n", L5=Risk.DESTROY)
    assert '<span class="row" id="L4"><i>4</i><b>ls</b></span>' in html
    assert '<span class="row destroy" id="L5"><i>5</i><b>rm -rf /srv/old</b></span>' in html


def test_lines_of_code_within_an_item_keep_their_numbers() -> None:
    html = page("1. one\n2. two\n   ```bash\n   uptime\n   ```\n")
    assert 'id="L4"><i>4</i><b>uptime</b>' in html
    assert '<ol start="2">' in html


def test_a_task_is_a_box_not_brackets() -> None:
    html = page("- [ ] look\n- [x] done\n")
    assert "☐</span> look" in html
    assert "☑</span> done" in html
