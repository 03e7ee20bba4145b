"""Patterns that bash would take for itself, as a table: a script -> the patterns that stand open."""

import pytest

from runward.runs.planning.globs import open_patterns

TABLE = [
    ("redis-cli KEYS *", ["*"]),
    ("redis-cli KEYS '*'", []),
    ('redis-cli KEYS "user:*"', []),
    ("redis-cli -n 2 keys user:* | wc -l", ["user:*"]),
    ("redis-cli --scan --pattern sess?", ["sess?"]),
    ("sudo find /var/log -name *.log -mtime +7", ["*.log"]),
    ("find /var/log -name '*.log'", []),
    ("find . -iname [ab].txt", ["[ab].txt"]),
    ("find . -name core", []),
    ("ls *.log", []),
    ("grep -r foo *", []),
]


@pytest.mark.parametrize(("script", "found"), TABLE)
def test_open_patterns(script: str, found: list[str]) -> None:
    assert [each.pattern for each in open_patterns(script, 1)] == found


def test_the_line_is_the_documents() -> None:
    assert open_patterns("echo one\nredis-cli KEYS *", 40)[0].line == 41
