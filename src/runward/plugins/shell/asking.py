"""Decide whether a script asks the same thing again and again where nobody can answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

ENOUGH = 20  # times
_CERTAIN = 5000  # reads in vain: the recorders do not tell of many more
_IN_VAIN = 200  # times that `read` may find nothing in a row: a loop over files has empty ones too
_TAIL = 1 << 14  # bytes of each output that are looked at
_PAUSE = 0.25  # seconds between looks
_GOES_ON = (
    0.5  # seconds over which it must be seen to go on, so that a file being printed is not taken for it
)
_LONGEST = _TAIL // ENOUGH
_STEPS = 16  # places at which a repetition is looked for
_MARK = re.compile(r"\x1e[^\x1e]*\x1e")
_NUMBER = re.compile(r"\d+")
_LINE_ENDS = re.compile(r"[\r\n]+")
# A program that waits says so in a line of its own and goes on by itself.
_WAITS = re.compile(
    r"\b(?:wait\w*|retry\w*|pending|polling|connecting|trying|not (?:yet )?ready|progress)\b", re.IGNORECASE
)
_ASKS = re.compile(
    r"\b(?:password|passphrase|passcode|passwd|\bpin\b|one-time code|verification code|otp|user ?name|login)"
    r"(?: (?:for|of|again|\()[^\n]{0,120})?\s*[:?]\s*$"
    r"|[\[(](?:y|yes)\s*/\s*(?:n|no)(?:/[^\])]*)?[\])]\s*[:?]?\s*$|\bare you sure\b|\bretype\b[^\n]*:\s*$"
    r"|^(?:please )?(?:enter|type|press|re-?enter)\b[^\n]*[:?>]\s*$|\bpress (?:any key|enter|return)\b"
    r"|\b(?:please|you must|you have to)\s+(?:answer|enter|type|press|choose|select|confirm|specify)\b"
    r"|\b(?:your|an?) (?:choice|selection|answer)\b[^\n]*[:?>]\s*$"
    r"|\b(?:invalid|unknown|wrong) (?:choice|option|selection|answer)\b|\bdo you want\b[^\n]*\?",
    re.IGNORECASE,
)  # fmt: skip
_CHOICE = re.compile(r"[\[(](?:y|yes)\s*/\s*(?:n|no)(?:/[^\])]*)?[\])]", re.IGNORECASE)
_OPEN = re.compile(r"[A-Za-z]{2}[^\r\n\x1b\b]*[:?>\])]\s*$")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked, and how often at least; without words where the shell itself only reads its input."""

    prompt: str
    times: int
    covers: int = 0  # how many of the last letters are nothing but that
    stream: str = ""  # on which it is asked
    mark: int = 0  # of the `read`, where that is what asks

    @property
    def in_vain(self) -> int:
        """How often the shell's own `read` found nothing."""
        return self.times if self.mark else 0

    @property
    def key(self) -> tuple[str, int]:
        """What it is known by from one look to the next."""
        return "" if self.mark else _NUMBER.sub("0", self.prompt), self.mark


def asked_of(text: str) -> Asked | None:
    """What the end of an output asks at least twenty times in a row, with nothing else between.

    Numbers may differ from one time to the next. A text that is never ended by a line's end is a question by
    its last sign; lines are one only by their words, since polling loops print the same line too.
    """
    plain = _MARK.sub("", text)
    shown = _NUMBER.sub("0", plain)
    unit = _repeated(shown)
    prompt = _prompt_in(unit) if unit else ""
    if not prompt:
        return None
    times = _times(shown, unit)
    words = re.escape(prompt).replace("0", r"\d+")
    return Asked(re.findall(words, plain)[-1], times, times * len(unit))


def question_left(text: str) -> str:
    """The question at the end of what a program printed before it gave up: "Go on? [Y/n] Abort." has one."""
    for line in reversed(_LINE_ENDS.split(text.rstrip())[-2:]):
        found = _CHOICE.search(line) or _ASKS.search(line)
        if found and not _WAITS.search(line):
            return line[: found.end()].strip()[-200:]
    return ""


def _repeated(text: str) -> str:
    """The shortest piece that the end of the text consists of, `ENOUGH` times over; "" if there is none."""
    end = text[-8:]
    place = len(text) - len(end)
    for _ in range(_STEPS):
        place = text.rfind(end, 0, place + len(end) - 1) if place > 0 else -1
        length = len(text) - len(end) - place
        if place < 0 or length > _LONGEST:
            return ""
        if text[-length * ENOUGH :] == text[-length:] * ENOUGH:
            return text[-length:]
    return ""


def _times(text: str, unit: str) -> int:
    count, end = 0, len(text)
    while end >= len(unit) and text[end - len(unit) : end] == unit:
        count, end = count + 1, end - len(unit)
    return count


def _prompt_in(unit: str) -> str:
    """The question within what is repeated; "" where it is none."""
    lines = [line for line in _LINE_ENDS.split(unit + unit) if line.strip()]
    for line in lines:
        if _ASKS.search(line) and not _WAITS.search(line):
            return _first_of(line, unit)
    is_open = not _LINE_ENDS.search(unit) and _OPEN.search(unit) and unit.endswith(" ")
    return unit.strip() if is_open and not _WAITS.search(unit) else ""


def _first_of(line: str, unit: str) -> str:
    """A line of what is repeated; where it is never ended, it is the repeated text itself."""
    return unit.strip() if len(line) > len(unit) else line.strip()


@dataclass(slots=True)
class _Reads:
    """How often in a row one `read` of the script had nothing to read."""

    others: int = 0  # times that it ended otherwise
    before: int = 0  # times in vain before the last of those

    def in_vain(self, exits: Mapping[str, int]) -> int:
        """The present row; `exits` counts the ends of all its times."""
        vain = exits.get("1", 0)
        others = sum(exits.values()) - vain
        if others != self.others:
            self.others, self.before = others, vain
        return vain - self.before


class _Tail:
    """The end of one output."""

    def __init__(self, stream: str) -> None:
        self._stream, self._data, self._fresh = stream, b"", 0

    def heard(self, data: bytes) -> None:
        """Take what was printed."""
        self._data = (self._data + data[-_TAIL:])[-_TAIL:]
        self._fresh = min(_TAIL, self._fresh + len(data))

    def asked(self) -> Asked | None:
        """What it asks, if it printed nothing else since the last look."""
        found = asked_of(self._data.decode("utf-8", "replace"))
        fresh = self._data[-self._fresh :].decode("utf-8", "replace") if self._fresh else ""
        self._fresh = 0
        size = len(_NUMBER.sub("0", _MARK.sub("", fresh)))
        whole = found is not None and size < found.covers + found.covers // found.times
        return replace(found, stream=self._stream) if found and whole else None


class Asking:
    """Looks from time to time at the end of what a script printed, and at its own reading in vain."""

    def __init__(self) -> None:
        self.asked: Asked | None = None  # what was asked, once that is certain
        self._tails: dict[str, _Tail] = {}
        self._reads: dict[int, _Reads] = {}
        self._reading: Asked | None = None
        self._suspect: Asked | None = None
        self._since = self._looked_at = 0.0
        self._news = False

    def heard(self, stream: str, data: bytes) -> None:
        """Take what was printed."""
        self._tails.setdefault(stream, _Tail(stream)).heard(data)
        self._news = True

    def read(self, mark: int, exits: Mapping[str, int]) -> None:
        """Take how a `read` of the script ended, with all its times before."""
        times = self._reads.setdefault(mark, _Reads()).in_vain(exits)
        if times >= _IN_VAIN:
            self._reading, self._news = Asked("", times, mark=mark), True
        elif self._reading and self._reading.mark == mark:
            self._reading = None

    def look(self, now: float) -> Asked | None:
        """What is suspected, where something came and it is time to look; `asked` is set once that is certain."""
        if not self._news or now - self._looked_at < _PAUSE:
            return None
        self._looked_at, self._news = now, False
        asked = self._now()
        if asked is None or self._suspect is None or asked.key != self._suspect.key:
            self._suspect, self._since = asked, now
        if asked and (now - self._since >= _GOES_ON or asked.in_vain >= _CERTAIN):
            self.asked = asked
        return asked

    def _now(self) -> Asked | None:
        found = next((one for tail in list(self._tails.values()) if (one := tail.asked())), None)
        reading = self._reading
        return replace(reading, prompt=found.prompt if found else "") if reading else found
