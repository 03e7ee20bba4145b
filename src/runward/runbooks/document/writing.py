"""Turn text back into the bytes of the file it was read from: same mark, same encoding, byte for byte."""

from pathlib import Path

from runward.foundation.errors import Mistake
from runward.runbooks.document.encoding import MARKS, text_of


def bytes_like(text: str, path: Path) -> bytes:
    """The bytes of this text in the encoding of the file; a Mistake where the file could not hold it unchanged."""
    old, content, _ = text_of(path)
    mark, encoding = next(((mark, name) for mark, name in MARKS if content.startswith(mark)), (b"", "utf-8"))
    if not mark and not _is_utf8(content):
        encoding = "windows-1252"
    if mark + _encoded(old, encoding, path) != content:
        raise Mistake(
            "the file cannot be written back byte for byte", file=str(path), hint="Save it as UTF-8."
        )
    return mark + _encoded(text, encoding, path)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _encoded(text: str, encoding: str, path: Path) -> bytes:
    if encoding != "windows-1252":
        return text.encode(encoding)
    try:
        return b"".join(_western(character) for character in text)
    except UnicodeEncodeError as problem:
        character = problem.object[problem.start]
        raise Mistake(
            f"“{character}” cannot be written: the file is in Windows-1252",
            file=str(path),
            hint="Save it as UTF-8 first.",
        ) from problem


def _western(character: str) -> bytes:
    """One character as read from Windows-1252, whose five undefined bytes were kept as control characters."""
    return character.encode("latin-1" if 0x80 <= ord(character) < 0xA0 else "cp1252")
