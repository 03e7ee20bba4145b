"""Find where bash would surely stop reading: a quote that is never closed, a parenthesis where none may stand.

The parser of shell text refuses some lines that bash takes; only what both refuse is a finding.
"""

import re
from typing import NamedTuple

from runward.runbooks.programs.judge import is_known

_HEREDOC = re.compile(r"<<-?\s*(['\"\\]?)(\w+)\1?")
_OUTSIDE = re.compile(
    r"\\.|\$'(?:\\.|[^'\\])*'|(?P<single>'[^']*(?P<end>'?))|(?P<comment>(?<![^\s;(`])#[^\n]*)|(?P<push>\$\(\(|\$\(|[<>=]\(|[?*+@!]\(|\(\(|\$\{)|(?P<open>\()|(?P<close>[)}])"
    r"|(?P<quote>[\"`])|(?P<apart>&&|\|\||[;\n|&])|(?P<blank>[^\S\n]+)|(?P<word>[^\s'\"`()${};&|<>\\#=?*+@!]+|.)",
    re.DOTALL,
)
_DOUBLE = re.compile(r"\\.|(?P<push>\$\(\(|\$\(|\$\{)|(?P<quote>[\"`])|[^\\\"$`]+|\$", re.DOTALL)
_OPENING = frozenset(
    {"if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "&&", "||", "function"}
)
_LEADING = re.compile(r"^\s*(?:[$#>%]\s+)?(?:(?:sudo|time|nohup|exec|if|while|until|do|then|!)\s+)*")
_SYNOPSIS = re.compile(
    r"\((?:--?[\w-]+[^)]*\||default\b)|\[-|\[\w+=|^\S+ v?\d+(?:\.\d+)+ |\(c\) \d{4}|^\s*\w+ ?- |\w \(\w+\)\s*$",
    re.IGNORECASE,
)
_CLOSING = {"(": ")", "{": "}"}


class ShellStop(NamedTuple):
    """Where bash stops, counted from 0, and at what."""

    line: int
    why: str


def shell_stop(text: str) -> ShellStop | None:
    """Where bash stops in this text, None where nothing is surely wrong with it."""
    body = _without_heredocs(text)
    if re.search(r"\bcase\b[^\n]*\bin\b|\[\[|\bselect\b[^\n]*\bin\b", body):
        return None  # parentheses stand there in ways of their own
    return _Scan(body).stop()


def is_typed(text: str, number: int) -> bool:
    """Whether the command that this line belongs to is one that a person would type: no answer, no form, no help text."""
    lines = text.split("\n")
    first = number
    while first and lines[first - 1].rstrip().endswith(("\\", "|", "&&")):
        first -= 1
    line = _LEADING.sub("", lines[first])
    if _SYNOPSIS.search(lines[number]) or _SYNOPSIS.search(line):
        return False
    word = re.match(r"(?:[A-Za-z_]\w*(?==)|(?!\.\.\.)[\w./~$-]*[\w/]\S*)", line)
    return word is not None and (
        line[word.end() :].startswith("=") or is_known(word[0]) or word[0].startswith(("./", "/", "~/", "$"))
    )


def _without_heredocs(text: str) -> str:
    """The text with the bodies of its here-documents blanked, their lines kept."""
    kept: list[str] = []
    waiting = ""
    for line in text.split("\n"):
        if waiting:
            waiting = "" if line.strip() == waiting else waiting
            kept.append("")
            continue
        found = _HEREDOC.search(line)
        waiting = found[2] if found else ""
        kept.append(line[: found.start()] + line[found.end() :] if found else line)
    return "\n".join(kept)


class _Scan:
    """One walk over the text; the stack holds what is open, each with its place."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._stack: list[tuple[str, int]] = []
        self._start = True  # at the place of a command's first word
        self._stuck = -1
        self._word = ""

    def stop(self) -> ShellStop | None:
        at = 0
        while at < len(self._text) and self._stuck < 0:
            inside = self._stack[-1][0] if self._stack else ""
            found = (_DOUBLE if inside == '"' else _OUTSIDE).match(self._text, at)
            if found is None:
                break
            self._take(found, inside)
            at = found.end()
        if self._stuck >= 0:
            return self._at(self._stuck, "an unexpected “" + self._text[self._stuck] + "”")
        quotes = [(mark, place) for mark, place in self._stack if mark in {'"', "`", "'"}]
        return self._at(quotes[0][1], f"a {quotes[0][0]} that is never closed") if quotes else None

    def _at(self, place: int, why: str) -> ShellStop:
        return ShellStop(self._text.count("\n", 0, place), why)

    def _take(self, found: re.Match[str], inside: str) -> None:
        kind, text, at = found.lastgroup or "", found[0], found.start()
        if kind in {"end", "single"}:
            self._single(text, at)
        elif kind == "push":
            self._push(text, at)
        elif kind in {"open", "close", "quote"}:
            getattr(self, f"_{kind}")(text, at, inside)
        elif kind == "apart":
            self._start, self._word = True, ""
        elif kind == "blank":
            self._start, self._word = self._start and (not self._word or self._word in _OPENING), ""
        elif kind != "comment":
            self._word += text

    def _quote(self, mark: str, at: int, inside: str) -> None:
        if inside == mark:
            self._stack.pop()
        else:
            self._stack.append((mark, at))
        self._word += mark

    def _single(self, text: str, at: int) -> None:
        if len(text) < 2 or not text.endswith("'"):
            self._stack.append(("'", at))
        self._word += text

    def _push(self, text: str, at: int) -> None:
        frame = "{" if text == "${" else "((" if text.endswith("((") else "("
        self._stack.append((frame, at))
        self._start, self._word = True, ""

    def _open(self, text: str, at: int, inside: str) -> None:
        misplaced = inside != "((" and (self._word or not self._start)
        if misplaced and re.match(r"\(\s*\)", self._text[at : at + 10]) is None:
            self._stuck = at
        self._stack.append((text, at))
        self._start, self._word = True, ""

    def _close(self, text: str, at: int, inside: str) -> None:
        if text == "}" and inside != "{":
            self._word += text
            return
        if inside == "((" and text == ")":
            self._stack[-1] = ("(", at)  # the second of the two closes it
            return
        if _CLOSING.get(inside) == text:
            self._stack.pop()
        elif not self._stack:
            self._stuck = at
        self._start, self._word = False, ""
