"""Words of facts become lengths, levels and sentences."""

import pytest

from runward.runbooks.finding.phrases import named
from runward.runbooks.finding.stated import level_of, levels_in, seconds_of, spoken


@pytest.mark.parametrize(
    ("length", "seconds"),
    [
        ("15m", 900),
        ("1h", 3600),
        ("7d", 604800),
        ("0.5h", 1800),
        ("immediate", 0),
        ("next business day", None),
        ("", None),
    ],
)
def test_a_length_in_seconds(length: str, seconds: float | None) -> None:
    assert seconds_of(length) == seconds


@pytest.mark.parametrize(
    ("length", "words"), [("15m", "15 minutes"), ("1h", "1 hour"), ("7d", "7 days"), ("soon", "soon")]
)
def test_a_length_as_it_is_said(length: str, words: str) -> None:
    assert spoken(length) == words


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("P1", "P1"),
        ("P2 (High)", "P2"),
        ("Critical Incidents (P1)", "P1"),
        ("sev 2", "SEV-2"),
        ("SEV1", "SEV-1"),
        ("Severity 3", "SEV-3"),
        ("S1", "SEV-1"),
        ("Priority 2", "P2"),
        ("upload to S3 within 30 days", ""),
        ("P95 above 2 s", ""),
        ("MP3", ""),
        ("critical", ""),
    ],
)
def test_a_level_in_one_spelling(text: str, level: str) -> None:
    assert level_of(text) == level


def test_levels_are_told_once() -> None:
    assert list(levels_in(["P2", "P1 now", "none", "P2"])) == ["P2", "P1"]


@pytest.mark.parametrize(
    ("names", "phrase"),
    [
        (["a"], "“a”"),
        (["a", "b"], "“a” and “b”"),
        (["a", "b", "c", "d", "e", "f"], "“a”, “b”, “c”, “d”, “e” and 1 more"),
    ],
)
def test_names_in_a_sentence(names: list[str], phrase: str) -> None:
    assert named(names) == phrase
