"""Mends touch their own lines and nothing else, never meet, and have nothing left to do the second time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runward.runbooks.finding.mending import applied, compatible, mended_text, overlapping
from runward.runbooks.finding.model import Finding, Found, Mend
from runward.runbooks.linting import list_rules

RULE = list_rules()[0]


def finding(mend: Mend, rule: int = 0) -> Finding:
    return Finding(list_rules()[rule], "RUNBOOK.md", Found(mend.line, "so", mend=mend))


APPLIED = [
    ("a\nb\nc\n", [Mend(2, 2, "B")], "a\nB\nc\n"),
    ("a\r\nb\r\nc", [Mend(2, 2, "B"), Mend(3, 3, "C")], "a\r\nB\r\nC"),
    ("a\rb\rc", [Mend(1, 1, "A")], "A\rb\rc"),
    ("a\r\nb\nc\n", [Mend(2, 2, "B\nB")], "a\r\nB\nB\nc\n"),
    ("a\r\nb\r\nc\r\n", [Mend(1, 1, "A\nA")], "A\r\nA\r\nb\r\nc\r\n"),
    ("a\nb\nc\n", [Mend(1, 2, "AB")], "AB\nc\n"),
    ("a\nb\n", [Mend(9, 9, "X")], "a\nb\n"),
    ("\ufeffa\nb", [Mend(2, 2, "")], "\ufeffa\n"),
    ("old x â†’ y", [Mend(1, 1, "new x → y")], "new x â†’ y"),
    ("â†’ old x", [Mend(1, 1, "→ new x")], "â†’ new x"),
    ("â†’ old â†’", [Mend(1, 1, "→ new →")], "→ new →"),
    ("a â†’ b", [Mend(1, 1, "a → b")], "a → b"),
    ("a â†’ b", [Mend(1, 1, "a → b c")], "a â†’ b c"),
]


@pytest.mark.parametrize(("text", "mends", "wanted"), APPLIED)
def test_applied(text: str, mends: list[Mend], wanted: str) -> None:
    assert applied(text, mends) == wanted


@given(
    st.lists(st.text("ab \t", min_size=1, max_size=4), min_size=1, max_size=8),
    st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=8, max_size=8),
    st.sets(st.integers(1, 8)),
)
def test_no_other_line_is_touched(bodies: list[str], ends: list[str], wanted: set[int]) -> None:
    text = "".join(body + end for body, end in zip(bodies, ends, strict=False))
    mends = [Mend(line, line, "MENDED") for line in wanted if line <= len(bodies)]
    better = applied(text, mends)
    changed = {mend.line for mend in mends}
    expected = [
        ("MENDED" if number in changed else body) + end
        for number, (body, end) in enumerate(zip(bodies, ends, strict=False), 1)
    ]
    assert better == "".join(expected)


def test_of_mends_that_meet_only_the_first_is_taken() -> None:
    every = [
        finding(Mend(2, 4, "x")),
        finding(Mend(4, 5, "y")),
        finding(Mend(6, 6, "z")),
        finding(Mend(1, 1, "w")),
    ]
    chosen = [one.found.mend for one in compatible(every) if one.found.mend]
    assert [mend.text for mend in chosen] == ["w", "x", "z"]
    assert not overlapping(chosen)


def test_one_mend_may_lay_another_one_open() -> None:
    steps = {"a": "b", "b": "c"}

    def judge(text: str) -> list[Finding]:
        return [finding(Mend(1, 1, steps[text]))] if text in steps else []

    assert mended_text("a", judge)[0] == "c"
    assert mended_text("c", judge) == ("c", ())


def test_two_that_undo_each_other_come_to_an_end() -> None:
    turned = {"a": "b", "b": "a"}
    assert mended_text("a", lambda text: [finding(Mend(1, 1, turned[text]))])[0] in turned
