"""The page of a document: whole, by itself, with everything that was understood beside its line."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from runward.cli.main import app
from runward.runbooks.explanation import Explanation, explanation_of, explanation_page
from runward.runbooks.finding.model import Case, Finding, Found, Rule, Severity
from runward.runbooks.linting import findings_of
from runward.runbooks.model import Fact, FactType, Policy
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook, read_runbook
from runward.runbooks.zone import Zone

UTC = Zone("UTC", "default")
SHOP = """# Shop

## Check the shop

**Owner**: the shop team

1. Look at the door
2. Ask the shop:

   ```bash
   curl -f http://shop.internal/health
   rm -rf /srv/shop/cache
   ```

Answer within 15 minutes.
"""
RULE = Rule(
    "old-door",
    Severity.ERROR,
    "A door.",
    "It squeaks.",
    "Oil it.",
    "",
    "",
    lambda _case: iter(()),
    instead="oil",
)


def explained(text: str) -> Explanation:
    runbook = parse_runbook(text, "RUNBOOK.md")
    fact = Fact(FactType.DUTY, 15, "Answer within 15 minutes.", {"duty": "answer", "within": "15m"})
    finding = Finding(RULE, "RUNBOOK.md", Found(7, "the door <b>squeaks</b>"))
    return explanation_of(runbook, Policy((fact,)), [finding], {"check-the-shop": "last run yesterday"})


def test_the_page_says_what_was_understood_and_what_is_wrong() -> None:
    page = explanation_page(explained(SHOP), Zone("Europe/Berlin", "front matter"))
    for words in (
        "times in Europe/Berlin (front matter)",
        "runward run RUNBOOK.md#check-the-shop",
        "owner: the shop team",
        "last run yesterday",
        "answer; within 15m",
        "the door &lt;b&gt;squeaks&lt;/b&gt;",
        "<code>runward library show oil</code>",
        '<span class="row destroy" id="L12">',
        "▲ destroys",
    ):
        assert words in page


def test_every_link_of_the_page_leads_somewhere(books: dict[str, Path]) -> None:
    for path in books.values():
        runbook = read_runbook(path)
        policy = policy_of(runbook)
        page = explanation_page(explanation_of(runbook, policy, findings_of(Case(runbook, policy))), UTC)
        ids = re.findall(r'\bid="(L\d+|not-understood)"', page)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#(L\d+|not-understood)"', page)) <= set(ids)


def test_the_page_needs_nothing_else() -> None:
    page = explanation_page(explained(SHOP), UTC)
    assert not re.search(r"<(script|link|img|iframe|object)\b|@import|url\(", page)
    assert "default-src 'none'" in page


@pytest.mark.parametrize(
    "text", ["", "\n\n", "just words", "```\n", "# 日本語\n\n```bash\n\x1b[31mls\n```\n"]
)
def test_a_page_is_made_of_anything(text: str) -> None:
    runbook = parse_runbook(text, "RUNBOOK.md")
    assert "</html>" in explanation_page(explanation_of(runbook, policy_of(runbook), ()), UTC)


def test_the_verb_prints_the_page_and_writes_it(tmp_path: Path) -> None:
    book = tmp_path / "RUNBOOK.md"
    book.write_text(SHOP)
    printed = CliRunner().invoke(app, ["explain", str(book)], env={"COLUMNS": "120"})
    assert printed.exit_code == 0
    assert "Check the shop" in printed.output
    assert "% understood of the" in printed.output
    out = tmp_path / "page.html"
    written = CliRunner().invoke(app, ["explain", str(book), "--out", str(out)])
    assert written.exit_code == 0
    assert "</html>" in out.read_text()
    assert {one.name for one in tmp_path.iterdir()} == {
        "RUNBOOK.md",
        "page.html",
    }


@pytest.mark.parametrize(
    ("name", "said"), [("page.txt", "end it in .html"), ("no/such/page.html", "could not be written")]
)
def test_a_page_that_cannot_be_written_is_a_mistake(tmp_path: Path, name: str, said: str) -> None:
    book = tmp_path / "RUNBOOK.md"
    book.write_text(SHOP)
    asked = CliRunner().invoke(app, ["explain", str(book), "--out", str(tmp_path / name)])
    assert asked.exit_code != 0
    assert said in str(asked.exception)
