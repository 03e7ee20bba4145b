"""Understand what the recorders tell, as it comes."""

import re
from dataclasses import dataclass, field
from typing import Any

_HTTP = re.compile(rb"HTTP/[\d.]+ (\d{3})\b")
_MOST_FORMS = 50


@dataclass(slots=True)
class Told:
    """What is known of one mark."""

    times: int = 0
    exits: dict[str, int] = field(default_factory=dict)  # "0 1" -> how often
    started: float = 0.0
    running: bool = False
    took: float = 0.0
    longest: float = 0.0
    http: list[int] = field(default_factory=list)
    bounded: bool = False

    def stored(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "times": self.times,
            "exits": self.exits,
            "started": self.started,
            "running": self.running,
            "took": self.took,
            "http": self.http,
            "bounded": self.bounded,
        }


class Hearing:
    """Collects events; `order` keeps the sequence in which marks first began."""

    def __init__(self, word: str) -> None:
        self._word = word.encode()
        self._held = b""
        self._answers: list[int] = []
        self.told: dict[int, Told] = {}
        self.now = 0  # the mark that began last
        self.left: dict[str, Any] = {}  # how, status, line, statuses of the end

    def feed(self, data: bytes) -> list[tuple[str, int]]:
        """Take what came; the beginnings ("S") and ends ("E") of marks in it, in order."""
        lines = (self._held + data).split(b"\n")
        self._held = lines.pop()
        if len(self._held) > 1 << 16:
            self._held = b""
        heard = (self._line(line) for line in lines if line)
        return [event for event in heard if event]

    def _line(self, line: bytes) -> tuple[str, int] | None:
        words = line.split()
        if words and words[0] == self._word and len(words) >= 3:
            try:
                return self._event(words[1].decode(), [word.decode() for word in words[2:]])
            except (ValueError, IndexError):
                return None
        if answer := _HTTP.match(line):
            self._answers.append(int(answer[1]))
        return None

    def _event(self, kind: str, words: list[str]) -> tuple[str, int] | None:
        if kind == "X":
            self.left = {"how": words[0], "status": int(words[1]), "line": int(words[2]), "exits": words[3:]}
            return None
        number = int(words[0])
        told = self.told.setdefault(number, Told())
        if kind == "C":
            told.times = max(told.times, int(words[1]))
            return None
        at = float(words[1].replace(",", "."))
        if kind == "S":
            self.now = number
            told.started = told.started if told.times else at
            told.longest = at
            told.running = True
            return kind, number
        self._ended(told, at, " ".join(words[2:]))
        return kind, number

    def _ended(self, told: Told, at: float, exits: str) -> None:
        told.times += 1
        if exits in told.exits or len(told.exits) < _MOST_FORMS:
            told.exits[exits] = told.exits.get(exits, 0) + 1
        told.took += max(0.0, at - told.longest) if told.running else 0.0
        told.started = told.started or at
        told.running = False
        if self._answers:
            told.http = (told.http + _final(self._answers))[-_MOST_FORMS:]
            self._answers = []


def _final(answers: list[int]) -> list[int]:
    """Without what was only on the way: continue, redirects that were followed."""
    return [
        answer
        for place, answer in enumerate(answers)
        if answer >= 200 and not (300 <= answer < 400 and place + 1 < len(answers))
    ]
