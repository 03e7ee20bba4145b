"""The reference page of facts says what the code gives."""

import json
import re
from pathlib import Path

import pytest

from decisions.facts_told import told
from runward.runbooks.model import FactType
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference/facts.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## \w+\n\n[A-Z]|\Z)", PAGE, re.MULTILINE | re.DOTALL))
EXAMPLE = re.compile(
    r"^(`{3,})markdown\n(?P<text>.*?)\n\1\n\n```json\n(?P<facts>.*?)\n```", re.MULTILINE | re.DOTALL
)


def keys_of(section: str) -> set[str]:
    """The keys that the table of a section lists."""
    return set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))


def test_the_page_has_a_section_for_every_type() -> None:
    assert {kind.value for kind in FactType} <= set(SECTIONS)


@pytest.mark.parametrize("kind", [*FactType])
def test_the_example_of_each_type_gives_what_the_page_says(kind: FactType) -> None:
    example = EXAMPLE.search(SECTIONS[kind.value])
    assert example
    wanted = [(one["line"], one["value"]) for one in json.loads(example["facts"])]
    assert wanted
    assert told(example["text"], kind) == wanted
    assert {key for _, value in wanted for key in value} <= keys_of(SECTIONS[kind.value])


@pytest.mark.parametrize("kind", [*FactType])
def test_every_key_that_the_five_books_give_is_on_the_page(books: dict[str, Path], kind: FactType) -> None:
    given = {
        key
        for path in books.values()
        for fact in policy_of(read_runbook(path)).facts
        if fact.type is kind
        for key in fact.value
    }
    assert given
    assert given <= keys_of(SECTIONS[kind.value])


def test_the_schema_names_every_type() -> None:
    schema = json.loads((ROOT / "docs/reference/runbook.schema.json").read_text(encoding="utf-8"))
    assert schema["$defs"]["fact"]["properties"]["type"]["enum"] == [kind.value for kind in FactType]
