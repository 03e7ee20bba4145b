"""A book's own expected results, judged on figures as its commands return them."""

import json
from pathlib import Path

import pytest

from runward.runbooks.model import Block, Expectation, Source
from runward.runbooks.read import read_runbook
from runward.runs.judge import judge
from runward.runs.judging.ruling import Ruling
from runward.runs.model import Met
from runward.runs.outcome import Seen, SeenCommand, SeenSection, SeenTable

YES, NO, UNSURE = Met.MET, Met.NOT_MET, Met.COULD_NOT_TELL


@pytest.fixture(scope="module")
def morning(books: dict[str, Path]) -> tuple[dict[int, Expectation], dict[int, Block]]:
    """The expected results of the morning check by line, and its blocks by number."""
    book = read_runbook(books["muejam"])
    procedure = next(one for one in book.procedures if one.line == 16)
    decided = {one.line: one for one in procedure.expects if one.source is not Source.HUMAN}
    return decided, {block.number: block for block in book.blocks}


def asked(block: Block, answers: list[object], status: int = 200) -> Seen:
    """A block of requests as it was executed, each line that begins with curl answered in turn."""
    lines = [
        (number, text)
        for number, text in enumerate(block.text.split("\n"), block.first_line)
        if text.startswith("curl")
    ]
    return Seen(
        block.number,
        0,
        commands=tuple(SeenCommand(line, text, (0,), http_status=status) for line, text in lines),
        sections=tuple(
            SeenSection(line, line, json.dumps(answer))
            for (line, _), answer in zip(lines, answers, strict=True)
        ),
    )


def rulings(
    morning: tuple[dict[int, Expectation], dict[int, Block]],
    lag: object,
    pool: object,
    cache: object,
    status: int = 200,
) -> dict[int, Ruling]:
    expects, blocks = morning
    replication = SeenTable(
        blocks[2].first_line + 1,
        ("client_addr", "state", "lag_seconds"),
        (("10.0.0.2", "streaming", lag),),
        1,
    )
    seen = {
        1: (asked(blocks[1], [{"status": "ok"}, {}], status),),
        2: (Seen(2, 0, tables=(replication,)),),
        3: (asked(blocks[3], [pool]),),
        4: (asked(blocks[4], [cache]),),
    }
    return {line: judge(one, seen) for line, one in expects.items()}


GOOD = (0.4, {"active": 27, "max": 50}, {"hit_rate": 0.91})


def test_all_hold(morning: tuple[dict[int, Expectation], dict[int, Block]]) -> None:
    found = rulings(morning, *GOOD)
    assert {line: one.met for line, one in found.items()} == dict.fromkeys((66, 67, 68, 69), YES), found


FAULTS = [
    (67, (9.5, *GOOD[1:]), NO, "9.5"),
    (68, (GOOD[0], {"active": 49, "max": 50}, GOOD[2]), NO, "98"),
    (68, (GOOD[0], {"active": 5, "max": 50}, GOOD[2]), NO, "10"),
    (69, (*GOOD[:2], {"hits": 61, "misses": 39}), NO, "61"),
    (67, (None, *GOOD[1:]), UNSURE, "null"),
    (68, (GOOD[0], {"state": "starting"}, GOOD[2]), UNSURE, "no figure"),
    (69, (*GOOD[:2], None), UNSURE, "null"),
]


@pytest.mark.parametrize(("line", "figures", "answer", "reason"), FAULTS)
def test_one_fault_shows_in_one_place(
    morning: tuple[dict[int, Expectation], dict[int, Block]],
    line: int,
    figures: tuple[object, object, object],
    answer: Met,
    reason: str,
) -> None:
    found = rulings(morning, *figures)
    assert (found[line].met, reason in found[line].because) == (answer, True), found[line]
    assert all(one.met is YES for place, one in found.items() if place != line)


def test_a_health_check_that_answers_503(morning: tuple[dict[int, Expectation], dict[int, Block]]) -> None:
    found = rulings(morning, *GOOD, status=503)
    assert found[66].met is NO
    assert "503" in found[66].because
