"""Output is kept within limits, in order, and is readable after a crash at any byte."""

import errno
import os
from pathlib import Path

import pytest

from runward.foundation import tape as tapes
from runward.foundation.tape import ERR, OUT, Limits, Reader, Tape, bytes_of, list_frames

SMALL = Limits(head=2000, tail=2000, section=200, chunk=500)


def test_streams_and_sections_are_kept_apart_and_in_order(tmp_path: Path) -> None:
    tape = Tape(tmp_path)
    tape.write(OUT, 10, b"one\n", 1.0)
    tape.write(ERR, 10, b"bad\n", 2.0)
    tape.write(OUT, 12, b"two\n", 3.5)
    tape.close()
    assert [(frame.stream, frame.section, frame.data) for frame in list_frames(tmp_path)] == [
        (OUT, 10, b"one\n"),
        (ERR, 10, b"bad\n"),
        (OUT, 12, b"two\n"),
    ]
    assert bytes_of(tmp_path, section=10) == b"one\nbad\n"
    assert bytes_of(tmp_path, section=10, stream=OUT) == b"one\n"
    assert list_frames(tmp_path)[2].at.timestamp() == 3.5


def test_files_are_nobody_elses(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "tape")
    tape.write(OUT, 1, b"x", 0.0)
    tape.close()
    assert (tmp_path / "tape").stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (tmp_path / "tape").iterdir())


def test_head_and_tail_stay_and_the_middle_is_counted(tmp_path: Path) -> None:
    tape = Tape(tmp_path, SMALL)
    lines = [f"{number:08}\n".encode() for number in range(5000)]
    for line in lines:
        tape.write(OUT, 1, line, 0.0)
    tape.close()
    kept = b"".join(frame.data for frame in list_frames(tmp_path))
    assert kept.startswith(b"".join(lines[:20]))
    assert kept.endswith(b"".join(lines[-20:]))
    assert tape.dropped_of[1] == len(b"".join(lines)) - len(kept)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 6000
    assert b"bytes were not kept]" in bytes_of(tmp_path)


def test_each_section_keeps_its_beginning_after_a_flood(tmp_path: Path) -> None:
    tape = Tape(tmp_path, SMALL)
    tape.write(OUT, 1, b"x" * 100_000, 0.0)
    tape.write(OUT, 2, b"the small answer\n", 0.0)
    tape.write(OUT, 3, b"y" * 100_000, 0.0)
    tape.close()
    assert bytes_of(tmp_path, section=2) == b"the small answer\n"


def test_a_reader_follows_a_writer(tmp_path: Path) -> None:
    tape, reader = Tape(tmp_path, SMALL), Reader(tmp_path)
    heard = b""
    for number in range(300):
        tape.write(OUT, 1, f"{number:04}\n".encode(), 0.0)
        heard += b"".join(frame.data for frame in reader.read())
    assert heard == b"".join(f"{number:04}\n".encode() for number in range(300))


def test_a_reader_left_behind_goes_on_with_the_newest(tmp_path: Path) -> None:
    tape, reader = (
        Tape(tmp_path, Limits(head=0, section=0, tail=100_000, chunk=500)),
        Reader(tmp_path, patience=2),
    )
    for number in range(1000):
        tape.write(OUT, 1, f"{number:04}\n".encode(), 0.0)
    frames = list(reader.read())
    assert frames[-1].data == b"0999\n"
    assert frames[0].place > 0


def test_a_crash_at_any_byte_loses_only_what_was_not_written(tmp_path: Path) -> None:
    tape = Tape(tmp_path / "whole")
    for number in range(5):
        tape.write(OUT if number % 2 else ERR, 10 + number, f"line {number}\n".encode(), 1.0)
    tape.close()
    whole = (tmp_path / "whole" / "000001.tape").read_bytes()
    expected = b"".join(frame.data for frame in list_frames(tmp_path / "whole"))
    for size in range(len(whole)):
        torn = tmp_path / str(size)
        torn.mkdir()
        (torn / "000001.tape").write_bytes(whole[:size])
        found = b"".join(frame.data for frame in list_frames(torn))
        assert expected.startswith(found)
        assert all(len(frame.data) <= 7 for frame in Reader(torn).read())


def test_rubbish_in_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "notes.tape").write_bytes(b"x")
    (tmp_path / "000001.tape").write_bytes(b"\x1eo not a header\nx")
    assert list_frames(tmp_path) == []
    assert list_frames(tmp_path / "nothing") == []


def test_a_full_disk_is_told_and_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tape = Tape(tmp_path)
    tape.write(OUT, 1, b"before\n", 0.0)
    true_write = os.write

    def full(handle: int, data: bytes) -> int:
        true_write(handle, data[:5])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tapes.os, "write", full)
    tape.write(OUT, 1, b"lost\n", 0.0)
    monkeypatch.undo()
    tape.write(OUT, 1, b"lost too\n", 0.0)
    tape.close()
    assert tape.trouble == "the output could not be kept any more: No space left on device"
    assert tape.dropped_of[1] == len(b"lost\nlost too\n")
    assert bytes_of(tmp_path) == b"before\n"
