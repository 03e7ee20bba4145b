"""What is wrong in the text of a real book alone is never executed, and is shown as it was meant."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from runward.cli.main import app

NEVER_RUN = [
    pytest.param("subjunctive", (100, 220), "yaml", id="T-011 thresholds that are no YAML"),
    pytest.param("subjunctive", (220, 300), "yaml", id="T-011 alerts that are no YAML"),
    pytest.param("subjunctive", (180, 220), "python", id="T-016 logging without its factory"),
    pytest.param("todo", (456, 475), "python", id="T-101 a cache of one process"),
]


def shown(book: Path) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["show", str(book), "--json"])
    assert done.exit_code == 0, done.output
    read: dict[str, Any] = json.loads(done.stdout)
    return read


@pytest.mark.parametrize(("book", "lines", "lang"), NEVER_RUN)
def test_a_sample_is_never_a_step(
    books: dict[str, Path], book: str, lines: tuple[int, int], lang: str
) -> None:
    view = shown(books[book])
    blocks = [one for one in view["blocks"] if lines[0] <= one["line"] <= lines[1] and one["lang"] == lang]
    assert blocks
    for block in blocks:
        assert block["kind"] != "command", block
        assert block["why"]["kind"]


def test_t013_a_command_in_a_comment_is_not_executed(books: dict[str, Path]) -> None:
    """Its JSON is not balanced and its quote is never closed; bash never sees either."""
    block = next(one for one in shown(books["fraiseql"])["blocks"] if one["line"] <= 127 <= one["end"])
    assert block["kind"] == "command"
    assert not {"kubectl"} & set(block["tools"])
    assert all(line["line"] != 127 for line in block.get("risks", ()))


@pytest.mark.parametrize(
    ("book", "lines", "wanted"),
    [
        pytest.param("fraiseql", (219, 255), "❌", id="T-111 read as Mac Roman"),
        pytest.param("todo", (190, 200), "🚨", id="T-112 read as cp1252"),
    ],
)
def test_text_read_in_the_wrong_way_is_shown_repaired(
    books: dict[str, Path], book: str, lines: tuple[int, int], wanted: str
) -> None:
    assert wanted not in books[book].read_text()
    procedure = next(
        one["id"] for one in shown(books[book])["procedures"] if lines[0] <= one["line"] <= lines[1]
    )
    done = CliRunner().invoke(app, ["plan", f"{books[book]}#{procedure}"])
    assert wanted in done.stdout
