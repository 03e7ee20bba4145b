"""Documents of every make are read into pieces with exact lines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runward.foundation.errors import Mistake
from runward.runbooks.blocks import list_blocks
from runward.runbooks.markdown import parse_document, read_document
from runward.runbooks.model import Document, Node, NodeKind


def _all(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        yield from _all(node.children)


def _of(text: str, kind: NodeKind) -> list[Node]:
    return [node for node in _all(parse_document(text, "RUNBOOK.md").nodes) if node.kind is kind]


def _read(folder: Path, content: bytes) -> Document:
    path = folder / "RUNBOOK.md"
    path.write_bytes(content)
    return read_document(path)


def test_line_ends_of_windows_and_old_macs_count_as_lines() -> None:
    for end in ("\n", "\r\n", "\r"):
        document = parse_document(end.join(["# A", "", "```sh", "ls", "```", ""]), "RUNBOOK.md")
        assert [(block.line, block.end, block.text) for block in list_blocks(document)] == [(3, 5, "ls")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_no_text(tmp_path: Path, encoding: str) -> None:
    document = _read(tmp_path, "# Größe 🚨\n".encode(encoding))
    assert document.nodes[0].text == "Größe 🚨"
    assert document.mended == ()


def test_text_that_is_not_utf8_is_read_as_windows_and_said(tmp_path: Path) -> None:
    document = _read(tmp_path, "# A\n\nGröße – ok\n".encode("cp1252"))
    assert document.lines[2] == "Größe – ok"
    assert document.mended == ("line 3: the file is not UTF-8, read as Windows-1252",)


@pytest.mark.parametrize(
    "content", [b"a\x00b", b"\x89PNG\r\n\x1a\n\x00\x00", bytes(range(1, 32)) * 9 + b"\xff\xfd"]
)
def test_what_is_no_text_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(Mistake, match="not a text file"):
        _read(tmp_path, content)


def test_files_that_cannot_be_read_are_mistakes(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="no such file"):
        read_document(tmp_path / "none.md")
    with pytest.raises(Mistake, match="a folder"):
        read_document(tmp_path)
    with pytest.raises(Mistake, match="larger than 5 MB"):
        _read(tmp_path, b"a" * (5 * 1024 * 1024 + 1))


def test_an_empty_file_is_a_document(tmp_path: Path) -> None:
    document = _read(tmp_path, b"")
    assert (document.nodes, document.lines, list_blocks(document)) == ((), ("",), ())


def test_five_megabytes_are_read_to_the_end(tmp_path: Path) -> None:
    piece = (
        "## Check {n}\n\nLook at the disk.\n\n```bash\ndf -h | tail -{n}\n```\n\n" + "word " * 900 + "\n\n"
    )
    text = "".join(piece.format(n=number) for number in range(1100))
    document = _read(tmp_path, text.encode()[: 5 * 1024 * 1024])
    blocks = list_blocks(document)
    assert len(blocks) == 1100
    assert blocks[-1].heading == ("Check 1099",)
    assert document.lines[blocks[-1].line - 1] == "```bash"


def test_front_matter_is_settings_and_keeps_the_lines() -> None:
    document = parse_document("---\nname: check\nrunme:\n  version: v3\n---\n# A\n", "RUNBOOK.md")
    assert document.front_matter == {"name": "check", "runme": {"version": "v3"}}
    assert document.nodes[0].line == 6


def test_front_matter_of_hugo_is_read_too() -> None:
    assert parse_document('+++\ntitle = "A"\n+++\n# A\n', "RUNBOOK.md").front_matter == {"title": "A"}


@pytest.mark.parametrize(
    "head",
    ["a: [b", "a: b: c", "- a\n- b", "a: 2024-13-45", "a: !!python/object:os.system x", "a: &a [*a", "{{{:"],
)
def test_malformed_front_matter_is_said_and_never_fatal(head: str) -> None:
    document = parse_document(f"---\n{head}\n---\n# A\n", "RUNBOOK.md")
    assert document.front_matter == {}
    assert any("front matter" in said for said in document.mended)
    assert [node.text for node in document.nodes] == ["A"]


def test_a_rule_above_prose_is_no_front_matter() -> None:
    document = parse_document("---\nJust words\n\n---\n", "RUNBOOK.md")
    assert document.front_matter == {}
    assert document.mended == ()
    assert [node.kind for node in document.nodes] == [NodeKind.RULE, NodeKind.PARAGRAPH, NodeKind.RULE]


def test_items_carry_their_number_their_bold_words_and_their_box() -> None:
    text = "3. **Check it**: now `df -h`\n4. plain\n\n- [x] done\n- [ ] open\n"
    items = _of(text, NodeKind.ITEM)
    assert [(item.level, item.bold, item.checked, item.text) for item in items] == [
        (3, "Check it", None, "Check it: now df -h"),
        (4, "", None, "plain"),
        (0, "", True, "done"),
        (0, "", False, "open"),
    ]
    assert items[0].codes[0].text == "df -h"


def test_code_and_links_know_their_line_in_a_paragraph_of_several() -> None:
    (paragraph,) = _of("one `a`\ntwo [b](http://x)\nthree `c\nd` `e`\n", NodeKind.PARAGRAPH)
    assert [(code.text, code.line) for code in paragraph.codes] == [("a", 1), ("c d", 3), ("e", 4)]
    assert [(link.text, link.target, link.line) for link in paragraph.links] == [("b", "http://x", 2)]


def test_names_in_angle_brackets_are_words_and_tags_are_not() -> None:
    (paragraph,) = _of("ssh to <bastion-host> <b>now</b><br>then <!-- no --> go\n", NodeKind.PARAGRAPH)
    assert paragraph.text == "ssh to <bastion-host> now\nthen  go"


def test_tables_give_their_cells() -> None:
    (table,) = _of("| A | B |\n|---|---|\n| `x` | **y** |\n", NodeKind.TABLE)
    assert table.rows == (("A", "B"), ("x", "y"))
    assert [(code.text, code.line) for code in table.codes] == [("x", 3)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("> [!WARNING]\n> Careful.\n>\n> ```sh\n> ls\n> ```\n", "warning"),
        ('!!! danger "Hot"\n    Careful.\n\n    ```sh\n    ls\n    ```\n', "danger"),
        (":::caution\nCareful.\n\n```sh\nls\n```\n:::\n", "caution"),
        (":::{note}\nCareful.\n\n```sh\nls\n```\n:::\n", "note"),
    ],
)
def test_admonitions_of_every_make_are_quotes_with_a_kind(text: str, kind: str) -> None:
    (quote,) = _of(text, NodeKind.QUOTE)
    assert quote.info == kind
    assert [node.text for node in quote.children] == ["Careful.", "ls"]


def test_details_hold_what_stands_between_their_tags() -> None:
    text = "<details>\n<summary>More <b>here</b></summary>\n\n```sh\nls\n```\n\n</details>\n\nafter\n"
    details, after = parse_document(text, "RUNBOOK.md").nodes
    assert (details.kind, details.text, details.line, details.end) == (NodeKind.DETAILS, "More here", 1, 8)
    assert details.children[0].text == "ls"
    assert after.text == "after"


def test_details_that_are_never_closed_lose_nothing() -> None:
    nodes = parse_document("<details>\n\n" * 300 + "```sh\nls\n```\n", "RUNBOOK.md").nodes
    assert [node.text for node in _all(nodes) if node.kind is NodeKind.FENCE] == ["ls"]


def test_comments_are_comments() -> None:
    (comment,) = _of("<!-- owner: me\nand you -->\n", NodeKind.COMMENT)
    assert (comment.line, comment.end, comment.text) == (1, 2, "<!-- owner: me\nand you -->")


@pytest.mark.parametrize(
    "text", ["> " * 400 + "a", "- " * 400 + "a", "   " * 400 + "- a", "[" * 4000, "`" * 4000, "*a **b " * 800]
)
def test_no_nesting_is_too_deep(text: str) -> None:
    assert parse_document(text, "RUNBOOK.md").lines
