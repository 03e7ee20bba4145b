"""What a program printed for a terminal becomes text that cannot deceive."""

import pytest

from runward.foundation.terminal import plain

CASES = [
    (b"plain\ttext\n", "plain\ttext\n"),
    (b"\x1b[31mred\x1b[0m", "red"),
    (b"\x1b]0;title\x07text", "text"),
    (b"\x1b]52;c;aGVsbG8=\x1b\\text", "text"),
    (b"\x1b[2J\x1b[Hcleared", "cleared"),
    (b"\x1bPdevice\x1b\\after", "after"),
    (b"10%\r50%\r100%\n", "100%\n"),
    (b"long line\rab\n", "abng line\n"),
    (b"line\r\nline\r\n", "line\nline\n"),
    (b"rm\x08\x08ls", "ls"),
    (b"\x08\x08x", "x"),
    (b"a\x00b\x07", "a\ufffdb\ufffd"),
    (b"bad \xff\xfe bytes", "bad \ufffd\ufffd bytes"),
    ("evil \u202etxt.exe".encode(), "evil \ufffdtxt.exe"),
    ("日本 ü 🚨".encode(), "日本 ü 🚨"),
    (b"cut off \x1b[3", "cut off "),
    (b"", ""),
]


@pytest.mark.parametrize(("printed", "shown"), CASES)
def test_plain(printed: bytes, shown: str) -> None:
    assert plain(printed) == shown
