"""Make the bytes that a program printed for a terminal into text that is safe to show anywhere."""

import re

_SEQUENCES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]?"  # CSI: colours, cursor
    r"|[\]PX^_](?:[^\x07\x1b]|\x1b(?!\\))*(?:\x07|\x1b\\)?"  # OSC, DCS and kin: titles, clipboard, links
    r"|[ -/]*[0-~]?)"
    r"|\x9b[0-?]*[ -/]*[@-~]?",
)
_CONTROLS = re.compile("[\x00-\x07\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_RUBBED_OUT = re.compile("[^\x08\n]\x08")


def plain(data: bytes) -> str:
    """The text as a person would have read it: no escapes, progress bars in their last state.

    Bytes that are not UTF-8 and controls that could deceive the eye become the replacement character.
    """
    text = _SEQUENCES.sub("", data.decode("utf-8", "replace"))
    if "\r" in text:
        text = "\n".join(_overwritten(line) for line in text.replace("\r\n", "\n").split("\n"))
    while "\x08" in text:
        rubbed = _RUBBED_OUT.sub("", text)
        text = rubbed if rubbed != text else text.replace("\x08", "")
    return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", text)


def _overwritten(line: str) -> str:
    """What is left of a line after its carriage returns."""
    seen = ""
    for piece in line.split("\r"):
        seen = piece + seen[len(piece) :]
    return seen.rstrip() if "\r" in line else seen
