"""Say where in a shell text each character stands: in which quotes, in which program's words."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

_SPACE = " \t"
_HERE = re.compile(r"<<-?[ \t]*(?:'([^'\n]+)'|\"([^\"\n]+)\"|\\?([A-Za-z_][\w.-]*))")
_ENDS = ";&|\n()"


class Quote(StrEnum):
    """The quoting that a stretch of shell text stands in."""

    BARE = "bare"
    SINGLE = "single"
    DOUBLE = "double"
    ANSI = "ansi"  # $'...'
    HEREDOC = "heredoc"
    RAW_HEREDOC = "raw heredoc"
    COMMENT = "comment"
    PARAMETER = "parameter"  # inside ${...}
    ARITHMETIC = "arithmetic"
    BACKTICK = "backtick"


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of shell text under one quoting, with the words of its command before it."""

    start: int
    end: int
    quote: Quote
    words: tuple[str, ...] = ()
    prefix: str = ""  # of the word it stands in, before it
    delimiter: str = ""  # of a here-document


@dataclass(slots=True)
class _Command:
    """The simple command being read."""

    words: list[str] = field(default_factory=list)
    word: list[str] = field(default_factory=list)

    def close_word(self) -> None:
        if self.word:
            self.words.append("".join(self.word))
            self.word.clear()

    def clear(self) -> None:
        self.words.clear()
        self.word.clear()


def shell_places(text: str, solid: Mapping[int, int]) -> tuple[Place, ...]:
    """The places of a text in order; `solid` are stretches (start -> end) that count as letters of a word."""
    scanner = _Scanner(text, solid)
    while scanner.at < len(text):
        scanner.commands("")
        scanner.at += 1
    return tuple(sorted(scanner.places, key=lambda place: (place.start, place.end)))


class _Scanner:
    """Reads shell text once, left to right, and notes each stretch's quoting."""

    def __init__(self, text: str, solid: Mapping[int, int]) -> None:
        self.text, self.solid = text, solid
        self.at = 0
        self.places: list[Place] = []
        self.waiting: list[tuple[str, bool, tuple[str, ...]]] = []  # here-documents announced on this line
        self.quote = Quote.BARE

    def note(self, start: int, end: int, quote: Quote, command: _Command) -> None:
        if end > start:
            self.places.append(Place(start, end, quote, tuple(command.words), "".join(command.word)))

    def commands(self, until: str) -> None:
        """Read commands up to the closing character, which is left standing."""
        command, depth = _Command(), 0
        while self.at < len(self.text):
            if self._solid(command):
                continue
            letter = self.text[self.at]
            if letter == until and not depth:
                return
            if letter in "()" and not self._opens(command):
                depth += 1 if letter == "(" else -1 if depth else 0
                command.clear()
                self.at += 1
                continue
            if not self._opens(command):
                self._plain(letter, command)

    def _solid(self, command: _Command) -> bool:
        end = self.solid.get(self.at)
        if not end:
            return False
        self.note(self.at, end, self.quote, command)
        command.word.append(self.text[self.at : end])
        self.at = end
        return True

    def _opens(self, command: _Command) -> bool:
        """Read a quoted stretch, substitution, here-document mark or comment, if one begins here."""
        text, at = self.text, self.at
        readers = (
            ("\\", self._escape), ("$'", self._ansi), ("'", self._single), ('$"', self._double), ('"', self._double),
            ("$((", self._arithmetic), ("$(", self._substitution), ("${", self._parameter), ("`", self._backtick),
            ("<<<", self._here_string), ("<<", self._here), ("<(", self._substitution), (">(", self._substitution),
            ("((", self._arithmetic), ("#", self._comment),
        )  # fmt: skip
        for opening, read in readers:
            if text.startswith(opening, at) and (self.quote is not Quote.BACKTICK or opening != "`"):
                return read(opening, command)
        return False

    def _plain(self, letter: str, command: _Command) -> None:
        self.note(self.at, self.at + 1, self.quote, command)
        self.at += 1
        if letter in _SPACE:
            command.close_word()
        elif letter in _ENDS:
            command.clear()
            if letter == "\n":
                self._documents()
        elif letter in "<>":
            command.close_word()
        else:
            command.word.append(letter)

    def _escape(self, _opening: str, command: _Command) -> bool:
        joined = self.text.startswith("\\\n", self.at)
        if not joined:
            command.word.append(self.text[self.at + 1 : self.at + 2])
        self.note(self.at, self.at + 2, self.quote, command)
        self.at += 2
        return True

    def _until(self, closing: str, quote: Quote, command: _Command, *, escapes: bool) -> None:
        """Note stretches up to the closing character and step over it."""
        start, word_start = self.at, self.at
        while self.at < len(self.text) and self.text[self.at] != closing:
            end = self.solid.get(self.at)
            if end:
                self.at = end
            else:
                self.at += 2 if escapes and self.text[self.at] == "\\" else 1
        self.at = min(self.at, len(self.text))
        self.note(start, self.at, quote, command)
        command.word.append(self.text[word_start : self.at])
        self.at += 1

    def _single(self, opening: str, command: _Command) -> bool:
        self.at += len(opening)
        command.word.append("")
        self._until("'", Quote.SINGLE, command, escapes=False)
        return True

    def _ansi(self, opening: str, command: _Command) -> bool:
        self.at += len(opening)
        self._until("'", Quote.ANSI, command, escapes=True)
        return True

    def _double(self, opening: str, command: _Command) -> bool:
        self.at += len(opening)
        self._inside('"', Quote.DOUBLE, command)
        return True

    def _parameter(self, opening: str, command: _Command) -> bool:
        self.at += len(opening)
        self._inside("}", Quote.PARAMETER, command)
        return True

    def _inside(self, closing: str, quote: Quote, command: _Command) -> None:
        """Read text in which substitutions still happen, up to the closing character."""
        written = _Command(list(command.words), [*command.word])
        while self.at < len(self.text) and self.text[self.at] != closing:
            end = self.solid.get(self.at)
            if end:
                self.note(self.at, end, quote, command)
                self.at = end
            elif self.text[self.at] == "\\":
                self.note(self.at, self.at + 2, quote, command)
                self.at += 2
            elif not self._expands(written):
                self.note(self.at, self.at + 1, quote, command)
                self.at += 1
        command.word.append("\0")  # a quoted stretch is a word even when it is empty
        self.at += 1

    def _expands(self, command: _Command) -> bool:
        for opening, read in (
            ("$((", self._arithmetic), ("$(", self._substitution), ("${", self._parameter), ("`", self._backtick),
        ):  # fmt: skip
            if self.text.startswith(opening, self.at) and (
                self.quote is not Quote.BACKTICK or opening != "`"
            ):
                return read(opening, command)
        return False

    def _substitution(self, opening: str, command: _Command) -> bool:
        self.at += len(opening)
        before, self.quote = self.quote, self.quote if self.quote is Quote.BACKTICK else Quote.BARE
        self.commands(")")
        self.quote = before
        self.at += 1
        command.word.append("\0")
        return True

    def _backtick(self, opening: str, command: _Command) -> bool:
        self.at += len(opening)
        before, self.quote = self.quote, Quote.BACKTICK
        self.commands("`")
        self.quote = before
        self.at += 1
        command.word.append("\0")
        return True

    def _arithmetic(self, opening: str, command: _Command) -> bool:
        closing = self.text.find("))", self.at + len(opening))
        if closing < 0 or (opening == "((" and command.words):
            return False
        self.note(self.at, closing, Quote.ARITHMETIC, command)
        self.at = closing + 2
        command.word.append("\0")
        return True

    def _comment(self, _opening: str, command: _Command) -> bool:
        if command.word:
            return False
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end
        self.note(self.at, end, Quote.COMMENT, command)
        self.at = end
        return True

    def _here_string(self, opening: str, command: _Command) -> bool:
        self.at += len(opening)
        command.close_word()
        return True

    def _here(self, _opening: str, command: _Command) -> bool:
        match = _HERE.match(self.text, self.at)
        if not match:
            return False
        raw = match[3] is None or "\\" in match[0]
        self.waiting.append((match[1] or match[2] or match[3], raw, tuple(command.words)))
        self.at = match.end()
        return True

    def _documents(self) -> None:
        """Step over the here-documents whose marks stood on the line that has just ended."""
        for delimiter, raw, words in self.waiting:
            start = self.at
            end = _document_end(self.text, start, delimiter)
            quote = Quote.RAW_HEREDOC if raw else Quote.HEREDOC
            if end > start:
                self.places.append(Place(start, end, quote, words, "", delimiter))
            newline = self.text.find("\n", end)
            self.at = len(self.text) if newline < 0 else newline + 1
        self.waiting.clear()


def _document_end(text: str, start: int, delimiter: str) -> int:
    at = start
    while at < len(text):
        newline = text.find("\n", at)
        end = len(text) if newline < 0 else newline
        if text[at:end].strip("\t") == delimiter:
            return at
        at = end + 1
    return len(text)
