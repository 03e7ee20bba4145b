"""A finding is known again wherever its line has moved, and only as often as it was there."""

import json

import pytest

from runward.runbooks.finding.baseline import baseline_of, key_of, known_of, new_among
from runward.runbooks.finding.model import Finding, Found
from runward.runbooks.linting import list_rules

ONE, OTHER = list_rules()[:2]


def finding(line: int, rule: object = ONE) -> Finding:
    return Finding(rule, "docs/RUNBOOK.md", Found(line, "so"))  # type: ignore[arg-type]


def known_after(*texts: str) -> object:
    return json.loads(json.dumps(baseline_of(key_of(finding(1), "docs/RUNBOOK.md", text) for text in texts)))


NEW = [
    ("moved down", ["rm -rf /x"], [(90, "rm -rf /x")], []),
    ("indented otherwise", ["rm  -rf /x"], [(3, "   rm -rf /x")], []),
    ("changed", ["rm -rf /x"], [(3, "rm -rf /y")], [3]),
    ("once more than before", ["rm -rf /x"], [(3, "rm -rf /x"), (9, "rm -rf /x")], [9]),
    ("twice as before", ["rm -rf /x", "rm -rf /x"], [(3, "rm -rf /x"), (9, "rm -rf /x")], []),
    ("gone", ["rm -rf /x"], [], []),
]


@pytest.mark.parametrize(("_name", "before", "now", "new"), NEW, ids=[row[0] for row in NEW])
def test_what_is_new(_name: str, before: list[str], now: list[tuple[int, str]], new: list[int]) -> None:
    keys = [key_of(finding(line), "docs/RUNBOOK.md", text) for line, text in now]
    told = new_among(keys, known_of(known_after(*before)))
    assert [line for (line, _), is_new in zip(now, told, strict=True) if is_new] == new


def test_another_rule_or_document_is_new() -> None:
    known = known_of(known_after("ls"))
    other = key_of(finding(1, OTHER), "docs/RUNBOOK.md", "ls")
    elsewhere = key_of(finding(1), "docs/OTHER.md", "ls")
    assert list(new_among([other, elsewhere], known)) == [True, True]


def test_it_holds_no_text_of_the_document() -> None:
    assert "s3cret" not in json.dumps(known_after("redis-cli -a s3cret"))


@pytest.mark.parametrize("shape", [[], {}, {"version": 2, "findings": []}, {"version": 1, "findings": [{}]}])
def test_what_is_no_baseline_is_refused(shape: object) -> None:
    with pytest.raises(ValueError, match=r"baseline|cannot be read"):
        known_of(shape)
