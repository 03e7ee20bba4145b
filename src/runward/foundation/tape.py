"""Keep the output of a step in numbered chunk files within limits, and read it back, live or after a crash.

A chunk is a row of frames: a header line (mark, stream, section, time, place in the stream, length) and
its bytes. The first frames are kept for good; what comes after their limit goes round in a ring of chunks
that only the newest survive. A reader sees a gap where the place in the stream jumps.
"""

import os
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

MEBIBYTE = 1 << 20
OUT, ERR = "out", "err"
_LETTERS = {OUT: "o", ERR: "e"}
_STREAMS = {"o": OUT, "e": ERR}
_MARK = "\x1e"
_LARGEST_FRAME = 1 << 16


@dataclass(frozen=True, slots=True)
class Frame:
    """A piece of output: whose, from which section (a line of the document), when, and where in its stream."""

    stream: str
    section: int
    at: datetime
    place: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of an output is kept."""

    head: int = 8 * MEBIBYTE
    tail: int = 8 * MEBIBYTE
    section: int = MEBIBYTE // 16  # the beginning of each section is kept even after the head is full
    chunk: int = MEBIBYTE


@dataclass(slots=True)
class _Chunk:
    path: Path
    handle: int
    ring: bool
    size: int = 0
    sections: Counter[int] = field(default_factory=Counter)


class Tape:
    """Writes one step's output; the bytes must already be masked."""

    def __init__(self, folder: Path, limits: Limits | None = None) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder, self._limits = folder, limits or Limits()
        self._number = 0
        self._chunk: _Chunk | None = None
        self._ring: deque[_Chunk] = deque()
        self._ring_size = 0
        self._kept = 0
        self._kept_of: Counter[int] = Counter()
        self.places = {OUT: 0, ERR: 0}  # how many bytes each stream has had
        self.bytes_of: Counter[tuple[str, int]] = Counter()
        self.lines_of: Counter[int] = Counter()
        self.dropped_of: Counter[int] = Counter()
        self.trouble = ""  # why nothing more is kept, "" while all is well

    def write(self, stream: str, section: int, data: bytes, at: float) -> None:
        """Keep a piece of output, if the limits and the disk allow."""
        self.bytes_of[stream, section] += len(data)
        self.lines_of[section] += data.count(b"\n")
        for start in range(0, len(data), _LARGEST_FRAME):
            self._keep(stream, section, data[start : start + _LARGEST_FRAME], at)

    def close(self) -> None:
        """Write nothing more."""
        if self._chunk:
            os.close(self._chunk.handle)
            self._chunk = None

    def _keep(self, stream: str, section: int, data: bytes, at: float) -> None:
        place, self.places[stream] = self.places[stream], self.places[stream] + len(data)
        frame = f"{_MARK}{_LETTERS[stream]} {section} {at:.6f} {place} {len(data)}\n".encode() + data
        if self.trouble:
            self.dropped_of[section] += len(data)
            return
        try:
            self._append(section, frame, len(data))
        except OSError as error:
            self.trouble = f"the output could not be kept any more: {error.strerror}"
            self.dropped_of[section] += len(data)

    def _append(self, section: int, frame: bytes, size: int) -> None:
        ring = self._kept >= self._limits.head and self._kept_of[section] >= self._limits.section
        chunk = self._chunk_for(ring)
        try:
            _write_all(chunk.handle, frame)
        except OSError:
            with suppress(OSError):
                os.ftruncate(chunk.handle, chunk.size)
            raise
        chunk.size += len(frame)
        chunk.sections[section] += size
        if ring:
            self._ring_size += len(frame)
            self._forget()
        else:
            self._kept += len(frame)
            self._kept_of[section] += len(frame)

    def _chunk_for(self, ring: bool) -> _Chunk:
        chunk = self._chunk
        if chunk and chunk.ring == ring and chunk.size < self._limits.chunk:
            return chunk
        self.close()
        self._number += 1
        path = self._folder / f"{self._number:06}.tape"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC, 0o600)
        self._chunk = _Chunk(path, handle, ring)
        if ring:
            self._ring.append(self._chunk)
        return self._chunk

    def _forget(self) -> None:
        """Let the oldest chunks of the ring go, once there are newer ones in plenty."""
        while len(self._ring) > 1 and self._ring_size - self._ring[0].size >= self._limits.tail:
            oldest = self._ring.popleft()
            self._ring_size -= oldest.size
            self.dropped_of.update(oldest.sections)
            oldest.path.unlink(missing_ok=True)


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]


class Reader:
    """Reads a tape from its beginning, as far as it has been written; read again for what is new.

    With `patience`, a reader that has fallen so many chunks behind goes on with the newest: whoever looks on
    live is better served by a gap.
    """

    def __init__(self, folder: Path, patience: int = 0) -> None:
        self._folder, self._patience = folder, patience
        self._number = 0
        self._offset = 0

    def read(self, *, torn: bool = False) -> Iterator[Frame]:
        """The frames since the last reading; with `torn`, also what a crash left of the last one."""
        for number in self._numbers():
            if number != self._number:
                self._number, self._offset = number, 0
            yield from self._frames(torn)

    def _numbers(self) -> list[int]:
        """The chunks not yet read to their end, oldest first."""
        found = (int(path.stem) for path in self._folder.glob("*.tape") if path.stem.isdigit())
        waiting = sorted(number for number in found if number >= self._number)
        return waiting[-1:] if 0 < self._patience < len(waiting) else waiting

    def _frames(self, torn: bool) -> Iterator[Frame]:
        try:
            handle = (self._folder / f"{self._number:06}.tape").open("rb")
        except FileNotFoundError:
            return  # the ring has moved on
        with handle:
            handle.seek(self._offset)
            while header := handle.readline(200):
                frame, length = _frame_of(header)
                if frame is None:
                    return
                data = handle.read(length)
                if len(data) < length and not torn:
                    return
                self._offset = handle.tell()
                yield Frame(frame.stream, frame.section, frame.at, frame.place, data)


def _frame_of(header: bytes) -> tuple[Frame | None, int]:
    """What a header says; None for one that was not wholly written."""
    try:
        letter, section, at, place, length = header.decode("ascii").removeprefix(_MARK).split(" ")
        when = datetime.fromtimestamp(float(at), UTC)
        frame = Frame(_STREAMS[letter], int(section), when, int(place), b"")
        return (frame, int(length)) if header.endswith(b"\n") else (None, 0)
    except (ValueError, KeyError, OverflowError, OSError):
        return None, 0


def list_frames(folder: Path) -> list[Frame]:
    """All that a tape holds, to its last byte."""
    return list(Reader(folder).read(torn=True))


def bytes_of(
    folder: Path, *, section: int | None = None, stream: str = "", most: int = 4 * MEBIBYTE
) -> bytes:
    """The output of one section (a line of the document) or of all, with a word where bytes are missing."""
    pieces: list[bytes] = []
    size, ends = 0, {OUT: (0, -1), ERR: (0, -1)}  # where each stream's last frame ended, and its section
    for frame in Reader(folder).read(torn=True):
        end, before = ends[frame.stream]
        ends[frame.stream] = frame.place + len(frame.data), frame.section
        if (section not in {None, frame.section}) or (stream and frame.stream != stream):
            continue
        if frame.place > end and (section is None or before == section):
            pieces.append(f"\n[{frame.place - end} bytes were not kept]\n".encode())
        pieces.append(frame.data[: most - size])
        size += len(pieces[-1])
        if size >= most:
            break
    return b"".join(pieces)
