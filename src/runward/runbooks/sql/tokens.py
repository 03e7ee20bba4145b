"""Cut SQL and psql text into statements and their tokens, as the server and its client would."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
      (?P<blank>\s+)
    | (?P<line>--[^\n]*)
    | (?P<code>/\*[!+][MmEe]?\d*)            # MySQL runs what stands in /*! ... */
    | (?P<comment>/\*)
    | (?P<dollar>\$(?P<tag>[A-Za-z_]\w*)?\$)
    | (?P<quote>(?:[EeNnBbXxRr]|[Uu]&)?')
    | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`)
    | (?P<meta>\\[^\s;'"\\]*)                # \d, \copy, \gexec ...
    | (?P<word>[^\W\d][\w$#]*)
    | (?P<number>\d[\w.]*|\.\d+)
    | (?P<variable>[$:@%?][\w'"{}]*)
    | (?P<sign>::|->>|->|<=|>=|<>|!=|\|\||[^\s])
    """,
    re.VERBOSE,
)
_CLOSING = {"comment": re.compile(r"/\*|\*/")}


@dataclass(frozen=True, slots=True)
class Token:
    """A token: `kind` is word, name, text, number, sign, variable or meta."""

    kind: str
    text: str
    at: int

    @property
    def lower(self) -> str:
        """The token as keywords are compared."""
        return self.text.lower()


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement or client command, with the line it begins on, counted from 0."""

    tokens: tuple[Token, ...]
    text: str
    line: int
    end: int
    whole: bool = True  # False where a quote or comment is never closed
    stop: int = 0  # where it ends in the text


def tokens_of(text: str, *, backslash: bool = False) -> Iterator[Token]:
    r"""The tokens of SQL text without blanks and comments; `backslash` if \ escapes within quotes.

    What is never closed ends with a token of kind "open".
    """
    at, count, code = 0, len(text), 0
    while at < count:
        found = _TOKEN.match(text, at)
        if found is None:
            at += 1
            continue
        kind = found.lastgroup or "sign"
        if code and text.startswith("*/", at):
            code -= 1
            at += 2
            continue
        at, token = _next(text, found, "dollar" if kind == "tag" else kind, backslash)
        code += kind == "code"
        if token:
            yield token


def _next(text: str, found: re.Match[str], kind: str, backslash: bool) -> tuple[int, Token | None]:
    start, end = found.start(), found.end()
    if kind in {"blank", "line", "code"}:
        return end, None
    if kind == "comment":
        closing = _comment_end(text, start)
        return (closing, None) if closing else (len(text), Token("open", "/*", start))
    if kind == "dollar":
        closing = text.find(found["dollar"], end)
        if closing < 0:
            return len(text), Token("open", found["dollar"], start)
        return closing + len(found["dollar"]), Token(
            "text", text[start : closing + len(found["dollar"])], start
        )
    if kind == "name" and backslash and found[0][0] == '"':
        kind, end = "quote", start + 1  # MySQL takes double quotes for text
    if kind == "quote":
        mark = text[end - 1]
        escaped = backslash or found[0][:1] in "Ee"
        closing = _quote_end(text, end, mark, escaped=escaped)
        return (
            (closing, Token("text", text[start:closing], start))
            if closing
            else (len(text), Token("open", "'", start))
        )
    return end, Token(kind, found[0], start)


def _comment_end(text: str, start: int) -> int:
    """Comments nest in PostgreSQL; where that leaves one open, the first end counts."""
    depth = 0
    for mark in _CLOSING["comment"].finditer(text, start):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    return 0


def _quote_end(text: str, at: int, quote: str, *, escaped: bool) -> int:
    pattern = rf"{quote}{quote}|\\.|{quote}" if escaped else f"{quote}{quote}|{quote}"
    for mark in re.compile(pattern, re.DOTALL).finditer(text, at):
        if mark[0] == quote:
            return mark.end()
    return 0


def statements_of(text: str, dialect: str = "postgres") -> tuple[Statement, ...]:
    r"""The statements of a text, with client commands such as \d apart."""
    made: list[Statement] = []
    held: list[Token] = []
    depth = 0
    tokens = list(tokens_of(text, backslash=dialect == "mysql"))
    number = 0
    while number < len(tokens):
        token = tokens[number]
        if token.kind == "meta" and dialect != "mysql":
            number = _meta(text, tokens, number, held, made)
            depth = 0
            continue
        if token.text == ";" and depth == 0:
            _finish(text, held, token.at + 1, made)
        elif token.kind == "meta" and token.lower == "\\g":
            _finish(text, held, token.at + 2, made)
        else:
            held.append(token)
            depth = max(0, depth + {"(": 1, ")": -1}.get(token.text, 0))
        number += 1
    _finish(text, held, len(text), made)
    return tuple(made)


def _meta(text: str, tokens: list[Token], number: int, held: list[Token], made: list[Statement]) -> int:
    r"""A client command takes the rest of its line, and sends what was typed before it if it is \g, \gexec ..."""
    token = tokens[number]
    line_end = text.find("\n", token.at)
    line_end = len(text) if line_end < 0 else line_end
    rest = [token]
    number += 1
    while number < len(tokens) and tokens[number].at < line_end:
        rest.append(tokens[number])
        number += 1
    if held and token.lower.startswith(("\\g", "\\w", "\\crosstab")):
        held.extend(rest)
        _finish(text, held, line_end, made)
        return number
    _finish(text, held, token.at, made)
    _finish(text, rest, line_end, made)
    return number


def _finish(text: str, held: list[Token], end: int, made: list[Statement]) -> None:
    if held:
        start = held[0].at
        whole = all(token.kind != "open" for token in held)
        known, counted = (made[-1].stop, made[-1].end) if made else (0, 0)
        stop = max(start, end - 1)
        first = counted + text.count("\n", known, start)
        last = first + text.count("\n", start, stop)
        made.append(Statement(tuple(held), text[start:end].rstrip(), first, last, whole, stop))
        held.clear()
