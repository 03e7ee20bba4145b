"""Recognise UTF-8 that was read as Mac Roman or Windows-1252, and repair it.

A run of wrong characters is repaired only where its bytes are strict UTF-8 and what they spell is a
character that people put in documents; true text in any language is not such a sequence.
"""

import re
from collections.abc import Callable

_UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)  # bytes without a character in Windows-1252


def _bytes_by_character(encoding: str) -> dict[str, int]:
    """Each character above ASCII with the byte it was read from."""
    table = {}
    for byte in range(0x80, 0x100):
        character = bytes((byte,)).decode(encoding, "ignore") or chr(byte)
        table[character] = byte
    return table


_WINDOWS = _bytes_by_character("cp1252")
_WINDOWS_OR_LATIN = {chr(byte): byte for byte in range(0x80, 0x100)} | _WINDOWS
_MAC = _bytes_by_character("mac_roman")
_NAMES = {"mac": "Mac Roman", "windows": "Windows-1252"}


def _class_of(table: dict[str, int], low: int, high: int) -> str:
    return "".join(sorted(re.escape(character) for character, byte in table.items() if low <= byte <= high))


def _pattern_of(table: dict[str, int]) -> re.Pattern[str]:
    """Runs of well-formed sequences of two, three or four bytes."""
    more = f"[{_class_of(table, 0x80, 0xBF)}]"
    two = f"[{_class_of(table, 0xC2, 0xDF)}]{more}"
    three = f"[{_class_of(table, 0xE0, 0xEF)}]{more}{{2}}"
    four = f"[{_class_of(table, 0xF0, 0xF4)}]{more}{{3}}"
    return re.compile(f"(?:{four}|{three}|{two})+")


_TABLES: dict[str, tuple[dict[str, int], re.Pattern[str]]] = {
    "mac": (_MAC, _pattern_of(_MAC)),
    "windows": (_WINDOWS_OR_LATIN, _pattern_of(_WINDOWS_OR_LATIN)),
}
# The first characters that nearly all mojibake begins with; a text without them is not searched at all.
_SUSPECT = {
    "mac": re.compile("[\uf8ff‚√¬Ô–—ŒœÃÕ“”]"),
    "windows": re.compile("[ÃÂâðïÐÑÎÏÅÄÙØãäåæçèéêëìí]"),
}


def mended(text: str) -> tuple[str, tuple[str, ...]]:
    """The text as its author meant it, and a sentence for each line that had to be repaired."""
    if text.isascii():
        return text, ()
    repaired: list[str] = []
    said: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        better, reading = line, ""
        if not line.isascii():
            better, reading = _mended_line(line)
        repaired.append(better)
        if reading:
            said.append(f"line {number}: UTF-8 read as {reading}, shown repaired")
    return "\n".join(repaired), tuple(said)


def _mended_line(line: str) -> tuple[str, str]:
    """The line repaired under the reading that repairs most of it, and that reading's name."""
    best, name = line, ""
    for reading, (table, pattern) in _TABLES.items():
        if _SUSPECT[reading].search(line):
            better = pattern.sub(_repair(table, reading), line)
            if len(better) < len(best):
                best, name = better, _NAMES[reading]
    return best, name


def _repair(table: dict[str, int], reading: str) -> Callable[[re.Match[str]], str]:
    def repair(run: re.Match[str]) -> str:
        try:
            meant = bytes(table[character] for character in run[0]).decode("utf-8")
        except UnicodeDecodeError:
            return run[0]
        before, after = run.string[run.start() - 1 : run.start()], run.string[run.end() : run.end() + 1]
        return meant if _plausible(meant, run[0], before + after, reading) else run[0]

    return repair


def _plausible(meant: str, seen: str, around: str, reading: str) -> bool:
    """Whether people write what this would spell, and do not write what is seen."""
    if all(_certain(character) for character in meant):
        return True
    if not all(_certain(character) or _possible(character) for character in meant):
        return False
    if len(meant) >= 3:  # a word of another script: every character of it made of a valid sequence
        return True
    return _latin_inside_a_word(meant, seen, around, reading)


def _certain(character: str) -> bool:
    """Signs that take three or four bytes: emoji, arrows, dashes, quotes, boxes, check marks."""
    point = ord(character)
    return (
        0x2010 <= point <= 0x27BF
        or 0x2900 <= point <= 0x2BFF
        or 0x1F000 <= point <= 0x1FAFF
        or point in {0x200B, 0x200D, 0xFE0E, 0xFE0F, 0xFEFF, 0xFFFD, 0x3000}
    )


def _possible(character: str) -> bool:
    """Letters and signs that a document may well hold, but that need more evidence."""
    return (
        character.isalpha()
        or character in "\u00a0°±§©®«»·µ£¥€¿¡²³¼½¾×÷´¨–ªº"
        or 0x3000 <= ord(character) <= 0x30FF
    )


def _latin_inside_a_word(meant: str, seen: str, around: str, reading: str) -> bool:
    """One or two accented letters or signs, where the wrong reading could not have been meant."""
    if not all(0xA0 <= ord(character) <= 0x17F for character in meant):
        return False
    if any(mark in seen for mark in "“”‘’–—…") and not around.islower():
        return False  # a capital letter before a closing quote is typed by people
    if reading == "windows":
        return seen[0] in "ÃÂ" or (seen[0] in "ÅÄ" and around.islower())
    return (seen[0] == "√" and any(letter.isalpha() for letter in around)) or (
        seen[0] == "¬" and meant[0] in "\u00a0°±§©®«»·µ£"
    )
