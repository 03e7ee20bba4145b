"""Split SQL into statements where PostgreSQL's own shell would, keeping every line's number."""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<comment>--[^\n]*)
  | (?P<block>/\*)
  | (?P<escaped>\b[eE]'(?:[^'\\]|\\.|'')*(?:'|\Z))
  | (?P<string>'(?:[^']|'')*(?:'|\Z))
  | (?P<name>"(?:[^"]|"")*(?:"|\Z))
  | (?P<dollar>(?<![\w$])\$(?P<tag>[A-Za-z_\x80-\U0010ffff][\w]*)?\$)
  | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$]*)
  | (?P<meta>\\)
  | (?P<open>[(\[])
  | (?P<close>[)\]])
  | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)
_NESTED = re.compile(r"/\*|\*/")
_COPY = re.compile(r"^COPY\b.*\b(?:FROM\s+STDIN|TO\s+STDOUT)\b", re.IGNORECASE | re.DOTALL)
_ROUTINE = re.compile(r"^CREATE\s+(?:OR\s+REPLACE\s+)?(?:FUNCTION|PROCEDURE)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, without the semicolon that ended it; `line` is the document's line of its first word."""

    line: int
    text: str
    head: str  # the statement without comments at its beginning, in capitals, its first 200 characters

    @property
    def needs_shell(self) -> bool:
        """Whether it reads from or writes to a client's own streams."""
        return bool(_COPY.match(self.head))

    @property
    def is_transaction_control(self) -> bool:
        """Whether it begins or ends a transaction."""
        return self.head.split(" ", 1)[0].rstrip(";") in {
            "BEGIN",
            "START",
            "COMMIT",
            "END",
            "ROLLBACK",
            "ABORT",
        }


@dataclass(slots=True)
class _Reader:
    text: str
    place: int = 0
    depth: int = 0  # of parentheses
    blocks: int = 0  # of BEGIN ATOMIC ... END
    start: int = 0
    first_word: int = -1
    meta: bool = False


def list_statements(script: str, first_line: int = 1) -> tuple[list[Statement], bool]:
    """The statements in order, and whether there are commands for psql itself among them."""
    reader = _Reader(script)
    found: list[Statement] = []
    while match := _TOKEN.search(reader.text, reader.place):
        _note_first(reader, match)
        if match.lastgroup == "end" and not reader.depth and not reader.blocks:
            _take(reader, match.start(), first_line, found)
            reader.start = match.end()
        reader.place = _past(reader, match)
    _note_rest(reader, len(script))
    _take(reader, len(script), first_line, found)
    return found, reader.meta


def _kind(match: re.Match[str]) -> str:
    return "dollar" if match["dollar"] else str(match.lastgroup)


def _note_first(reader: _Reader, match: re.Match[str]) -> None:
    """Remember where the statement's first word stands."""
    _note_rest(reader, match.start())
    if reader.first_word < 0 and _kind(match) not in {"comment", "block", "end"}:
        reader.first_word = match.start()


def _note_rest(reader: _Reader, end: int) -> None:
    between = reader.text[reader.place : end]
    if reader.first_word < 0 and between.strip():
        reader.first_word = reader.place + len(between) - len(between.lstrip())


def _past(reader: _Reader, match: re.Match[str]) -> int:
    """Where reading goes on after a token."""
    match _kind(match):
        case "block":
            return _past_comment(reader.text, match.end())
        case "dollar":
            end = reader.text.find(match["dollar"], match.end())
            return len(reader.text) if end < 0 else end + len(match["dollar"])
        case "open":
            reader.depth += 1
        case "close":
            reader.depth = max(0, reader.depth - 1)
        case "meta":
            reader.meta = True
        case "word":
            _count_blocks(reader, match[0].upper())
    return match.end()


def _past_comment(text: str, place: int) -> int:
    depth = 1
    while depth:
        found = _NESTED.search(text, place)
        if found is None:
            return len(text)
        depth += 1 if found[0] == "/*" else -1
        place = found.end()
    return place


def _count_blocks(reader: _Reader, word: str) -> None:
    if word not in {"BEGIN", "CASE", "END"} or reader.depth:
        return
    if not _ROUTINE.match(reader.text[max(reader.first_word, 0) : reader.place + 200]):
        return
    if word == "BEGIN" or (word == "CASE" and reader.blocks):
        reader.blocks += 1
    elif word == "END" and reader.blocks:
        reader.blocks -= 1


def _take(reader: _Reader, end: int, first_line: int, found: list[Statement]) -> None:
    if reader.first_word >= 0:
        text = reader.text[reader.first_word : end].rstrip()
        line = first_line + reader.text.count("\n", 0, reader.first_word)
        found.append(Statement(line, text, " ".join(text[:400].upper().split())[:200]))
    reader.first_word, reader.depth, reader.blocks = -1, 0, 0
