"""A fence's `expect`: what can be written, and what is refused with its line."""

from types import MappingProxyType

import pytest

from runward.foundation.errors import Mistake
from runward.runbooks.expectation.annotations import annotated
from runward.runbooks.model import Block, Kind, Risk

NOTHING: MappingProxyType[str, str] = MappingProxyType({})


def fence(expect: str) -> Block:
    attributes = MappingProxyType({"expect": expect})
    return Block(
        7, 12, 14, 13, "sh", "", attributes, (), "ctl", "fence", Kind.COMMAND, Risk.READ, (), (), (), (), (), (), NOTHING
    )  # fmt: skip


RIGHT = [
    ("exit=0", [("exit", "", "==", "0", "")]),
    ("exit != 2", [("exit", "", "!=", "2", "")]),
    ("status=200", [("status", "", "==", "200", "")]),
    ("status=200..204", [("status", "", "between", "200..204", "")]),
    ("rows>=1", [("rows", "", ">=", "1", "")]),
    ("/^up$/", [("output", "", "matches", "/^up$/", "")]),
    ("!/error/", [("output", "", "absent", "/error/", "")]),
    ('"all good"', [("output", "", "matches", "all good", "")]),
    ("$.queue.depth < 10", [("key", "$.queue.depth", "<", "10", "")]),
    ('$.status == "ok"', [("key", "$.status", "==", "ok", "")]),
    ("lag_seconds < 2 s", [("column", "lag_seconds", "<", "2", "s")]),
    ("Use% <= 90%", [("column", "Use%", "<=", "90", "%")]),
    ("STATUS = Running", [("column", "STATUS", "==", "Running", "")]),
    ("/a;b/; exit=0", [("output", "", "matches", "/a;b/", ""), ("exit", "", "==", "0", "")]),
    ("", []),
    (" ; ", []),
]


@pytest.mark.parametrize(("expect", "wanted"), RIGHT)
def test_what_can_be_written(expect: str, wanted: list[tuple[str, ...]]) -> None:
    found = [
        (
            one.source.value,
            one.name if one.source.value in {"key", "column"} else "",
            one.operator.value if one.operator else "",
            one.value,
            one.unit,
        )
        for one in annotated(fence(expect), "x.md")
    ]
    assert found == wanted


@pytest.mark.parametrize(
    "expect",
    [
        "exit",
        "exit=soon",
        "status=ok",
        "rows~3",
        "/(/",
        "exit=0 s",
        "lag < fast",
        "exit<1..2",
        "???",
        "$.a ~ /(/",
        "!exit=0",
    ],
)
def test_what_is_refused_with_its_line(expect: str) -> None:
    with pytest.raises(Mistake) as caught:
        annotated(fence(expect), "x.md")
    assert (caught.value.file, caught.value.line) == ("x.md", 12)
    assert "exit=0" in caught.value.hint
