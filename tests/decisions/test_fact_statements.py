"""A document flattened into statements: their labels, titles, lines and forms."""

from textwrap import dedent

import pytest

from runward.runbooks.fact.labels import labelled
from runward.runbooks.fact.model import Form, Statement
from runward.runbooks.fact.statements import statements_of
from runward.runbooks.read import parse_runbook


def said(text: str) -> tuple[Statement, ...]:
    return statements_of(parse_runbook(dedent(text).lstrip("\n"), "book.md")).every


@pytest.mark.parametrize(
    ("text", "bold", "expected"),
    [
        ("Owner: Data team", "Owner", ("Owner", ":", "Data team")),
        ("Owner: Data team", "", ("Owner", ":", "Data team")),
        ("Detection - An alert fires", "Detection", ("Detection", "-", "An alert fires")),
        ("Acknowledge alerts at once", "Acknowledge", ("Acknowledge", "", "alerts at once")),
        ("Monday", "Monday", ("Monday", "", "")),
        ("Option 1: Grow the pool (for now):", "Option 1: Grow the pool", ("Option 1: Grow the pool (for now)", ":", "")),
        ("It runs at 9:00 every day", "", ("", "", "It runs at 9:00 every day")),
        ("Read this. Then: go on", "", ("", "", "Read this. Then: go on")),
        ("影響：なし", "", ("影響", ":", "なし")),
    ],
)  # fmt: skip
def test_a_label_is_parted_from_what_it_says(text: str, bold: str, expected: tuple[str, str, str]) -> None:
    assert tuple(labelled(text, bold)) == expected


def test_every_statement_knows_the_titles_above_it() -> None:
    found = said(
        """
        # Shop
        ## Checks
        **Monday**:
        - Look at the queue
          - Is it short?

        **Owner**: Ada
        """
    )
    assert [(one.line, one.form, [title.text for title in one.above]) for one in found] == [
        (1, Form.HEADING, []),
        (2, Form.HEADING, ["Shop"]),
        (3, Form.LABEL, ["Shop", "Checks"]),
        (4, Form.ITEM, ["Shop", "Checks", "Monday"]),
        (5, Form.ITEM, ["Shop", "Checks", "Monday", "Look at the queue"]),
        (7, Form.PARAGRAPH, ["Shop", "Checks"]),
    ]
    assert (found[5].label, found[5].rest) == ("Owner", "Ada")
    assert found[4].depth == 2


def test_lines_of_a_paragraph_with_labels_are_statements_of_their_own() -> None:
    found = said("**Every**: day  \n**Takes**: 5 minutes\nor more, it\ndepends\n")
    assert [(one.line, one.end, one.label, one.rest) for one in found] == [
        (1, 1, "Every", "day"),
        (2, 4, "Takes", "5 minutes or more, it depends"),
    ]
    assert found[1].line_at(found[1].text.index("depends")) == 4


def test_rows_carry_the_names_of_their_columns() -> None:
    found = said("| Service | RTO |\n|---|---|\n| Search | 2 h |\n")
    assert [(one.line, one.form, one.cells) for one in found] == [
        (3, Form.ROW, (("Service", "Search"), ("RTO", "2 h")))
    ]


def test_keys_of_a_fence_hold_what_is_indented_below_them() -> None:
    found = said("```yaml\nCPU Usage:\n  Warning: > 70%  # for now\nDisk:\n  Critical: > 90%\n```\n")
    assert [(one.line, one.form, one.label, one.nearest) for one in found] == [
        (2, Form.ENTRY, "CPU Usage", ""),
        (3, Form.ENTRY, "Warning", "CPU Usage"),
        (3, Form.COMMENT, "", ""),
        (4, Form.ENTRY, "Disk", ""),
        (5, Form.ENTRY, "Critical", "Disk"),
    ]


def test_comments_hold_the_code_below_them_up_to_a_blank_line() -> None:
    found = said(
        "1. **Tidy up**:\n```bash\n# Remove old logs\nfind /var/log \\\n  --delete\n\nls  # look\n# services:\n#   api:\n#     replicas: 4\n```\n"
    )
    assert [(one.line, one.form, one.text, one.nearest) for one in found[1:]] == [
        (3, Form.COMMENT, "Remove old logs", "Tidy up"),
        (4, Form.CODE, "find /var/log \\", "Remove old logs"),
        (5, Form.CODE, "--delete", "Remove old logs"),
        (7, Form.CODE, "ls  # look", "Tidy up"),
        (7, Form.COMMENT, "look", "Tidy up"),
        (8, Form.COMMENT, "services:", "Tidy up"),
        (9, Form.COMMENT, "api:", "services"),
        (10, Form.COMMENT, "replicas: 4", "api"),
    ]


def test_boxes_are_read_with_what_stands_in_and_beside_them() -> None:
    found = said(
        """
        ```
        ┌───────────┐
        │   Look    │  ◄── Within 5 minutes
        │  - Read   │      Ask around
        │    logs   │
        └─────┬─────┘
              │
        ┌───────────┐
        │   Mend    │
        └───────────┘
        ```
        """
    )
    assert [(one.line, one.end, one.text) for one in found] == [(3, 4, "Look"), (9, 9, "Mend")]
    assert [(one.line, one.text, one.inside) for one in found[0].words] == [
        (3, "Look", True),
        (3, "Within 5 minutes", False),
        (4, "- Read logs", True),
        (4, "Ask around", False),
    ]


def test_front_matter_is_said_too() -> None:
    found = said("---\nowner: Data team\nsteps: [1, 2]\n---\n# Shop\n")
    assert [(one.line, one.form, one.label, one.rest) for one in found] == [
        (2, Form.FRONT, "owner", "Data team"),
        (5, Form.HEADING, "", "Shop"),
    ]
