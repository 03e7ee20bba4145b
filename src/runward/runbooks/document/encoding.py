"""Turn a file into text: size, byte order mark, encoding, and a clear refusal of what is not text."""

from pathlib import Path

from runward.foundation.errors import Mistake

LARGEST_BYTES = 5 * 1024 * 1024
MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_WINDOWS = {byte: bytes((byte,)).decode("cp1252", "ignore") or chr(byte) for byte in range(0x80, 0xA0)}
_CONTROLS = bytes(byte for byte in range(0x20) if byte not in b"\t\n\f\r\x1b")


def text_of(path: Path) -> tuple[str, bytes, tuple[str, ...]]:
    """The text of a file, its bytes, and what had to be assumed to read it."""
    content = _bytes_of(path)
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding, path), content, ()
    if b"\x00" in content:
        raise _not_text(path, "it holds NUL bytes")
    try:
        return content.decode("utf-8"), content, ()
    except UnicodeDecodeError as problem:
        if len(content) - len(content.translate(None, _CONTROLS)) > len(content) // 100:
            raise _not_text(path, "it is neither UTF-8 nor any other text") from problem
        line = content.count(b"\n", 0, problem.start) + 1
        note = f"line {line}: the file is not UTF-8, read as Windows-1252"
        return _western(content), content, (note,)


def _not_text(path: Path, reason: str) -> Mistake:
    return Mistake(
        f"this is not a text file: {reason}", file=str(path), hint="Give a Markdown file in UTF-8."
    )


def _bytes_of(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise Mistake(
                "this is a folder, not a file", file=str(path), hint="Give the Markdown file inside it."
            )
        with path.open("rb") as opened:
            content = opened.read(LARGEST_BYTES + 1)
    except FileNotFoundError as problem:
        raise Mistake("there is no such file", file=str(path), hint="Check the path.") from problem
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise Mistake(
            f"the file cannot be read: {reason}", file=str(path), hint="Check its permissions."
        ) from problem
    if len(content) > LARGEST_BYTES:
        raise Mistake(
            f"the file is larger than {LARGEST_BYTES // 1024 // 1024} MB",
            file=str(path),
            hint="Split it into several runbooks.",
        )
    return content


def _decoded(content: bytes, encoding: str, path: Path) -> str:
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as problem:
        raise Mistake(
            f"its byte order mark says {encoding.upper()}, but it is not",
            file=str(path),
            hint="Save it as UTF-8.",
        ) from problem
    if "\x00" in text:
        raise _not_text(path, "it holds NUL characters")
    return text


def _western(content: bytes) -> str:
    """Bytes as Windows-1252, with the five bytes it leaves undefined kept as control characters."""
    return content.decode("latin-1").translate(_WINDOWS)
