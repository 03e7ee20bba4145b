"""The published JSON form and the page for people."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from rich.console import Console

from runward.cli.show import show_runbook
from runward.foundation.errors import Mistake
from runward.runbooks.read import parse_runbook, read_runbook
from runward.runbooks.show import SCHEMA, shown

ROOT = Path(__file__).resolve().parents[2]

BOOK = """\
# Shop

## Restart the shop (P2)

**Symptoms**: slow pages

1. Look:
   ```sh
   curl -s https://shop.example/health
   ```
2. **If it hangs**, restart it:
   ```sh {name="restart"}
   sudo systemctl restart shop
   # Verify
   curl https://shop.example/health
   ```
3. Tell <your-team>

## Settings
```yaml
workers: 4
```
"""


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json.loads((ROOT / "docs/reference/runbook.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("name", ["subjunctive", "muejam", "lms", "fraiseql", "todo"])
def test_the_five_books_fit_the_published_schema(
    validator: Draft202012Validator, books: dict[str, Path], name: str
) -> None:
    form = json.loads(json.dumps(shown(read_runbook(books[name]))))
    validator.validate(form)
    assert form["schema"] == SCHEMA


PIECES = st.sampled_from(
    [
        "# T\n", "## Restore\n", "### Step 1: Stop\n", "**If it fails**:\n", "**Option 2: Other** (last resort)\n", "Expected:\n", "- [ ] Verify it\n",
        "1. Check: `df -h`\n", "- **Owner**: x\n", "```sh\nrm -rf /x\n# Verify\ncurl http://h/\n```\n", "```\n┌───┐\n│ A │\n└───┘\n```\n", "\n", "> [!WARNING]\n> no\n",
        "| a | b |\n|--|--|\n| `ls` | c |\n", "<details><summary>x</summary>\n\n", "</details>\n", "    indented\n", "```sql\nselect 1;\n", "*Note*: a\n", "\tx\n", "---\n", "é→🚨\n",
    ]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=25))
def test_any_document_fits_the_published_schema(validator: Draft202012Validator, pieces: list[str]) -> None:
    book = parse_runbook("".join(pieces), "any.md")
    validator.validate(json.loads(json.dumps(shown(book))))
    lines = len(book.document.lines)
    for one in book.procedures:
        assert 1 <= one.line <= one.end <= max(lines, 1)
        assert one.steps
        assert all(one.line <= step.line <= step.end <= one.end for step in one.steps)


def page(path: Path, *, width: int = 80, as_json: bool = False) -> str:
    out = io.StringIO()
    show_runbook(path, as_json=as_json, console=Console(file=out, width=width, highlight=False))
    return out.getvalue()


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "RUNBOOK.md"
    path.write_text(BOOK, encoding="utf-8")
    return path


def test_the_page_says_what_is_understood_without_colour(book: Path) -> None:
    text = page(book)
    assert "\x1b" not in text
    for said in (
        "Restart the shop (P2)",
        "fix",
        "for: slow pages",
        "only if it hangs",
        "by hand",
        "HTTP status",
        "blocks that belong to no procedure",
        "#restart-the-shop-p2",
    ):
        assert said in text, text


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_page_keeps_to_the_width(book: Path, width: int) -> None:
    lines = page(book, width=width).split("\n")
    assert max(len(line) for line in lines if str(book) not in line and "RUNBOOK" not in line) <= width


def test_the_json_says_the_same(book: Path, validator: Draft202012Validator) -> None:
    form = json.loads(page(book, as_json=True))
    validator.validate(form)
    (procedure,) = form["procedures"]
    assert procedure["id"] == "restart-the-shop-p2"
    assert procedure["blocks"] == [1, 2]
    assert [step["id"] for step in procedure["steps"]] == [
        "restart-the-shop-p2/1",
        "restart",
        "restart-the-shop-p2/3",
    ]
    assert procedure["steps"][1]["condition"] == "it hangs"
    first = form["blocks"][0]
    assert {
        "line",
        "end",
        "lang",
        "heading",
        "kind",
        "risk",
        "placeholders",
        "endless",
        "tools",
        "why",
    } <= first.keys()
    assert (first["line"], first["end"], first["endless"]) == (8, 10, False)


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(Mistake):
        page(tmp_path / "missing.md")
