"""A procedure is found by its id, its heading or the beginning of one; else the nearest are named."""

from dataclasses import replace

import pytest

from lab.planned import a_runbook
from runward.foundation.errors import Mistake
from runward.runbooks.model import Runbook
from runward.runs.planning.select import chosen


def a_book(*names: str) -> Runbook:
    book = a_runbook()
    one = book.procedures[0]
    every = [
        replace(one, id=name.lower().replace(" ", "-"), heading=name, line=number)
        for number, name in enumerate(names, 1)
    ]
    return replace(book, procedures=tuple(every))


BOOK = a_book("Morning Check", "Morning Check Extended", "Redis Memory Full", "Disk Full")


@pytest.mark.parametrize(
    ("wanted", "heading"),
    [
        ("morning-check", "Morning Check"),
        ("MORNING  check", "Morning Check"),
        ("morning-check-e", "Morning Check Extended"),
        ("red", "Redis Memory Full"),
        ("memory", "Redis Memory Full"),
        ("disk full", "Disk Full"),
    ],
)
def test_it_is_found(wanted: str, heading: str) -> None:
    assert chosen(BOOK, wanted).heading == heading


@pytest.mark.parametrize(
    ("wanted", "named", "unnamed"),
    [
        ("morn", ["morning-check ", "morning-check-extended"], ["redis"]),
        ("full", ["redis-memory-full", "disk-full"], ["morning"]),
        ("redsi-memroy", ["redis-memory-full"], []),
        ("", ["morning-check", "disk-full"], []),
    ],
)
def test_else_the_nearest_are_named(wanted: str, named: list[str], unnamed: list[str]) -> None:
    with pytest.raises(Mistake) as caught:
        chosen(BOOK, wanted)
    assert all(name in str(caught.value) for name in named)
    assert not any(name in str(caught.value) for name in unnamed)


def test_the_only_one_need_not_be_named() -> None:
    assert chosen(a_book("Only"), "").heading == "Only"


def test_a_document_without_procedures_says_so() -> None:
    with pytest.raises(Mistake, match="no procedure"):
        chosen(a_book(), "x")
