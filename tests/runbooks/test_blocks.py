"""The blocks of the five real runbooks are what their table says they are."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from runward.runbooks.blocks import list_blocks
from runward.runbooks.markdown import parse_document, read_document
from runward.runbooks.model import Block, Risk

NAMES = ("fraiseql", "lms", "muejam", "subjunctive", "todo")
Row = dict[str, str]


@pytest.fixture(scope="module")
def pairs(shared: Path, books: dict[str, Path]) -> list[tuple[Row, Block]]:
    """Each row of the table with the fence that it speaks of."""
    with (shared / "blocks.tsv").open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened, delimiter="\t", quoting=csv.QUOTE_NONE))
    made: list[tuple[Row, Block]] = []
    for name, path in books.items():
        fences = [block for block in list_blocks(read_document(path)) if block.form == "fence"]
        mine = [row for row in rows if row["book"] == name]
        made.extend(zip(mine, fences, strict=True))
    return made


def test_every_fence_stands_where_the_table_says(pairs: list[tuple[Row, Block]]) -> None:
    assert len(pairs) == 165
    for row, block in pairs:
        path = " > ".join(block.heading)
        assert (block.number, block.line, block.end, block.lang) == (
            int(row["n"]),
            int(row["line"]),
            int(row["end"]),
            row["lang"],
        )
        assert row["heading"] == path or row["heading"].startswith(f"{path} / ")


def _wrong(pairs: list[tuple[Row, Block]]) -> Iterator[tuple[Row, Block]]:
    """Blocks of another kind; of fences that hold only comments, command and template are both right."""
    for row, block in pairs:
        comments = all(not line.strip() or line.lstrip().startswith("#") for line in block.text.split("\n"))
        allowed = {row["kind"]} | ({"command", "template"} if comments and row["lang"] == "bash" else set())
        if block.kind not in allowed:
            yield row, block


def test_kinds_agree_with_the_table(pairs: list[tuple[Row, Block]]) -> None:
    wrong = list(_wrong(pairs))
    assert len(wrong) <= len(pairs) * 0.02, [(row["book"], row["n"]) for row, _ in wrong]


def test_risks_agree_with_the_table(pairs: list[tuple[Row, Block]]) -> None:
    wrong = [(row["book"], row["n"], block.risk) for row, block in pairs if block.risk != row["risk"]]
    assert len(wrong) <= len(pairs) * 0.05, wrong


def test_no_risk_is_ever_called_less_than_it_is(pairs: list[tuple[Row, Block]]) -> None:
    lower = [(row["book"], row["n"]) for row, block in pairs if block.risk.rank < Risk(row["risk"]).rank]
    assert lower == []


def test_every_judgement_gives_its_reason(pairs: list[tuple[Row, Block]]) -> None:
    for _, block in pairs:
        assert set(block.why) == {"kind", "risk", "placeholders", "endless", "tools"}
        assert all(block.why.values())


def test_every_finding_stands_on_a_line_of_its_block(pairs: list[tuple[Row, Block]]) -> None:
    for _, block in pairs:
        findings = (*block.placeholders, *block.endless, *block.questions, *block.parts, *block.risks)
        assert all(block.first_line <= one.line < block.end for one in findings)


def test_what_does_not_end_is_given_as_it_is_written(pairs: list[tuple[Row, Block]]) -> None:
    for _, block in pairs:
        for one in block.endless:
            assert one.command in block.text
            assert one.bounded != one.command


@pytest.mark.parametrize("name", NAMES)
def test_content_lines_are_lines_of_the_document(books: dict[str, Path], name: str) -> None:
    document = read_document(books[name])
    for block in list_blocks(document):
        if block.form != "inline":
            for offset, line in enumerate(block.text.split("\n")):
                assert document.lines[block.first_line - 1 + offset].endswith(line)


BETWEEN = """\
# Title

## One

```sh
ls
```

- Look: `docker logs api`

      df -h

```sh
uptime
```
"""


def test_inline_and_indented_code_never_disturb_the_numbers_of_fences() -> None:
    blocks = list_blocks(parse_document(BETWEEN, "RUNBOOK.md"))
    assert [(block.form, block.number, block.line) for block in blocks] == [
        ("fence", 1, 5),
        ("inline", 3, 9),
        ("indented", 4, 11),
        ("fence", 2, 13),
    ]
    assert {block.heading for block in blocks} == {("One",)}


def test_fences_keep_their_lines_inside_lists_and_quotes() -> None:
    text = "1. Do\n\n   > quoted\n   >\n   > ~~~sh\n   > ls -l\n   >   df\n   > ~~~\n"
    (block,) = list_blocks(parse_document(text, "RUNBOOK.md"))
    assert (block.line, block.end, block.first_line, block.text) == (5, 8, 6, "ls -l\n  df")


def test_a_fence_that_is_never_closed_ends_with_the_document() -> None:
    (block,) = list_blocks(parse_document("text\n\n```sh\nls\ndf", "RUNBOOK.md"))
    assert (block.line, block.end, block.text) == (3, 5, "ls\ndf")
