"""Headings become anchors as GitHub makes them, and as other renderers do."""

import pytest

from runward.runbooks.finding.anchors import anchors_of, headings_of, slug_of, slugs_of
from runward.runbooks.markdown import parse_document


@pytest.mark.parametrize(
    ("title", "anchor"),
    [
        ("Daily Operations", "daily-operations"),
        ("Alerting & On-Call", "alerting--on-call"),
        ("1. Stop the pump", "1-stop-the-pump"),
        ("What's next?", "whats-next"),
        ("C++ and snake_case", "c-and-snake_case"),
        ("🚨 Emergency", "-emergency"),
        ("⚠️ Warning", "-warning"),
        ("Übersicht", "übersicht"),
        ("Рестарт службы", "рестарт-службы"),
        ("日常运维", "日常运维"),
        ("RTO/RPO (targets)", "rtorpo-targets"),
        ("A – B", "a--b"),
    ],
)
def test_a_title_becomes_its_anchor(title: str, anchor: str) -> None:
    assert slug_of(title) == anchor


@pytest.mark.parametrize(
    ("text", "anchors"),
    [
        ("# Pump\n## Start\n## Start\n## Start\n", ("pump", "start", "start-1", "start-2")),
        ("# Start\n## Start-1\n## Start\n", ("start", "start-1", "start-2")),
        ("# `kubectl` **get**\n", ("kubectl-get",)),
        ("# Pump {#the-pump}\n", ("pump",)),
        ("> ## Quoted\n\n- ## Listed\n", ("quoted", "listed")),
    ],
)
def test_anchors_are_told_apart(text: str, anchors: tuple[str, ...]) -> None:
    assert slugs_of(list(headings_of(parse_document(text, "a.md").nodes))) == anchors


TEXT = '# Pump\n\n## Stop & Go {#halt}\n\n<a name="by-hand"></a>\n\n## 3. Drain\n\n## Don\'t panic\n\n```html\n<p id="x">\n```\n'


@pytest.mark.parametrize(
    ("anchor", "found"),
    [
        ("pump", True),
        ("Pump", True),
        ("", True),
        ("top", True),
        ("L12-L15", True),
        ("halt", True),
        ("by-hand", True),
        ("user-content-pump", True),
        ("stop--go", True),
        ("stop-go", False),
        ("drain", False),
        ("Pump%20", False),
        ("nothing", False),
    ],
)
def test_github_finds(anchor: str, found: bool) -> None:
    assert anchors_of(parse_document(TEXT, "a.md")).has(anchor) is found


@pytest.mark.parametrize(
    ("anchor", "meant"),
    [
        ("stop-go", "stop--go"),
        ("stop-and-go", None),
        ("don-39-t-panic", "dont-panic"),
        ("markdown-header-pump", "pump"),
        ("nothing", None),
    ],
)
def test_other_renderers_find(anchor: str, meant: str | None) -> None:
    assert anchors_of(parse_document(TEXT, "a.md")).find_elsewhere(anchor) == meant


@pytest.mark.parametrize(
    ("anchor", "near"), [("drain", "3-drain"), ("4-drain", "3-drain"), ("pumps", None), ("", None)]
)
def test_a_number_before_a_title_is_the_nearest(anchor: str, near: str | None) -> None:
    assert anchors_of(parse_document(TEXT, "a.md")).find_unnumbered(anchor) == near
