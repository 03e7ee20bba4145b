"""Attributes of a fence are read as Runme writes them; malformed braces mean nothing."""

import pytest

from runward.runbooks.block.attributes import info_of

TABLE: list[tuple[str, str, dict[str, str]]] = [
    ("", "none", {}),
    ("bash", "bash", {}),
    ("BASH", "bash", {}),
    ("yml", "yaml", {}),
    ("sh {}", "sh", {}),
    ('sh {"name":"x"}', "sh", {"name": "x"}),
    ('sh {"name":"x","interactive":false,"n":3}', "sh", {"name": "x", "interactive": "false", "n": "3"}),
    ('sh { name=x expect="exit=0" }', "sh", {"name": "x", "expect": "exit=0"}),
    ("sh {name=x, timeout=5s}", "sh", {"name": "x", "timeout": "5s"}),
    ("sh { name='a b' }", "sh", {"name": "a b"}),
    (r'sh { say="a \"b\" c" }', "sh", {"say": 'a "b" c'}),
    ("sh { unknown=1 odd.name=2 }", "sh", {"unknown": "1", "odd.name": "2"}),
    ("sh { background }", "sh", {"background": "true"}),
    ("sh{name=x}", "sh", {"name": "x"}),
    ("{.bash .numberLines #a}", "bash", {}),
    ('bash title="run.sh"', "bash", {}),
    ("sh {", "sh", {}),
    ("sh { name=", "sh", {}),
    ('sh {"name":', "sh", {}),
    ("sh [1]", "sh", {}),
    ("sh { = = }", "sh", {}),
    ("sh }{", "sh", {}),
    ("sh {" + "[" * 5000 + "}", "sh", {}),
]


@pytest.mark.parametrize(("info", "language", "attributes"), TABLE)
def test_the_info_string_of_a_fence(info: str, language: str, attributes: dict[str, str]) -> None:
    assert info_of(info) == (language, attributes)
