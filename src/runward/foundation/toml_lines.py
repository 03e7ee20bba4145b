"""Find the line on which each key of a TOML text stands, so that a mistake can be pointed at."""

import re
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_ENDS_PLAIN = re.compile(r"[,\]}\n#]|$", re.MULTILINE)
_STRINGS = (
    re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}', re.DOTALL),
    re.compile(r"'''.*?'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^"\\]|\\.)*"'),
    re.compile(r"'[^']*'"),
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}


def lines_of_keys(text: str) -> Mapping[KeyPath, int]:
    """The 1-based line of every table, key and array item of a text that is known to be valid TOML."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0
        self._lines: dict[KeyPath, int] = {}
        self._arrays: dict[KeyPath, int] = {}  # how many tables each array of tables has so far

    def scan(self) -> Mapping[KeyPath, int]:
        table: KeyPath = ()
        while self._skip_space(newlines=True):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
        return self._lines

    def _header(self) -> KeyPath:
        double = self._text.startswith("[[", self._at)
        self._at += 2 if double else 1
        keys, path = self._keys(), ()  # type: tuple[str, ...], KeyPath
        for position, key in enumerate(keys):
            path = (*path, key)
            self._lines.setdefault(path, self._line())
            if double and position == len(keys) - 1:
                self._arrays[path] = self._arrays.get(path, 0) + 1
            if path in self._arrays:
                path = (*path, self._arrays[path] - 1)
        self._lines[path] = self._line()
        self._at += 2 if double else 1
        return path

    def _pair(self, table: KeyPath) -> None:
        path = table
        line = self._line()
        for key in self._keys():
            path = (*path, key)
            self._lines.setdefault(path, line)
        self._at += 1  # the equals sign
        self._value(path)

    def _keys(self) -> tuple[str, ...]:
        keys = []
        while True:
            self._skip_space()
            keys.append(self._key())
            self._skip_space()
            if not self._text.startswith(".", self._at):
                return tuple(keys)
            self._at += 1

    def _key(self) -> str:
        quote = self._text[self._at]
        if quote not in "\"'":
            return self._take(_BARE)
        written = self._take(_STRINGS[2 if quote == '"' else 3])[1:-1]
        return _ESCAPE.sub(_unescaped, written) if quote == '"' else written

    def _value(self, path: KeyPath) -> None:
        self._skip_space()
        opening = self._text[self._at]
        if opening == "[":
            self._array(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in "\"'":
            self._string()
        else:
            end = _ENDS_PLAIN.search(self._text, self._at)
            self._at = end.start() if end else len(self._text)

    def _array(self, path: KeyPath) -> None:
        self._at += 1
        index = 0
        while self._skip_space(newlines=True) and self._text[self._at] != "]":
            self._lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1
            self._skip_comma()
        self._at += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._at += 1
        while self._skip_space(newlines=True) and self._text[self._at] != "}":
            self._pair(path)
            self._skip_comma()
        self._at += 1

    def _string(self) -> None:
        for pattern in _STRINGS:
            if found := pattern.match(self._text, self._at):
                self._at = found.end()
                return
        self._at = len(self._text)

    def _skip_comma(self) -> None:
        if self._skip_space(newlines=True) and self._text[self._at] == ",":
            self._at += 1

    def _skip_space(self, *, newlines: bool = False) -> bool:
        """Go to the next sign that means something; False at the end of the text."""
        while self._at < len(self._text):
            sign = self._text[self._at]
            if sign == "#":
                end = self._text.find("\n", self._at)
                self._at = end if end >= 0 else len(self._text)
            elif sign in " \t" or (newlines and sign == "\n"):
                self._at += 1
            else:
                return True
        return False

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"line {self._line()} holds no key where one must stand")
        self._at = found.end()
        return found.group()

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1


def _unescaped(found: re.Match[str]) -> str:
    written = found.group(1)
    if written[0] in "uU":
        return chr(int(written[1:], 16))
    return _ESCAPED.get(written, written)
