"""Divide a script's output where it was marked, mask it, and put it on the tape."""

from runward.foundation.masking import Masker
from runward.foundation.tape import Tape


class Divided:
    """One of the two streams on its way from the pipe to the tape."""

    def __init__(self, stream: str, word: bytes, lines: dict[int, int], masker: Masker, tape: Tape) -> None:
        self._stream, self._lines, self._tape = stream, lines, tape
        self._start = b"\x1e" + word + b":"
        self._masked = masker.stream()
        self._held = b""
        self._renamed: tuple[bytes, bytes] | None = None
        self.section = 0

    def rename(self, path: str, name: str) -> None:
        """Let the shell's own messages name the document where they name our copy of the script."""
        self._renamed = f"{path}: line ".encode(), f"{name}: line ".encode()

    def feed(self, data: bytes, at: float) -> None:
        """Take what came out of the pipe."""
        data = self._held + data
        while (found := data.find(self._start)) >= 0:
            end = data.find(b"\x1e", found + len(self._start))
            if end < 0:
                break
            self._put(data[:found], at)
            self._turn(data[found + len(self._start) : end], at)
            data = data[end + 1 :]
        keep = found if found >= 0 else self._open_end(data)
        self._put(data[:keep], at)
        self._held = data[keep:]

    def finish(self, at: float) -> None:
        """Nothing more will come."""
        self._put(self._held, at)
        self._held = b""
        self._write(self._masked.finish(), at)

    def _open_end(self, data: bytes) -> int:
        """Where the beginning of a mark may stand at the end of the data."""
        last = data.rfind(b"\x1e", max(0, len(data) - len(self._start)))
        return last if last >= 0 and self._start.startswith(data[last:]) else len(data)

    def _turn(self, number: bytes, at: float) -> None:
        self._write(self._masked.finish(), at)
        if number.isdigit():
            self.section = self._lines.get(int(number), self.section)

    def _put(self, data: bytes, at: float) -> None:
        if data:
            data = data.replace(*self._renamed) if self._renamed else data
            self._write(self._masked.feed(data), at)

    def _write(self, data: bytes, at: float) -> None:
        if data:
            self._tape.write(self._stream, self.section, data, at)
