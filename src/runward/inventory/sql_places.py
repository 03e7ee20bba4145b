"""Write a value into SQL for the place it stands in: a string, an identifier, a number or a whole statement."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from runward.inventory.spots import CannotWrite

_TOKEN = re.compile(
    r"(?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<dollar>\$(?P<tag>[A-Za-z_]\w*)?\$.*?(?:\$(?P=tag)?\$|\Z))"
    r"|(?P<escaped>[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z))"
    r"|(?P<string>'(?:[^']|'')*(?:'|\Z))"
    r'|(?P<quoted>"(?:[^"]|"")*(?:"|\Z))'
    r"|(?P<word>[A-Za-z_]\w*)|(?P<number>\d+(?:\.\d+)?)|(?P<other>\S)",
    re.DOTALL,
)
_NAME_FOLLOWS = frozenset({
    "FROM", "JOIN", "INTO", "UPDATE", "TABLE", "INDEX", "DATABASE", "SCHEMA", "VIEW", "SEQUENCE", "ONLY",
    "ROLE", "USER", "EXTENSION", "TRUNCATE", "CLUSTER", "REINDEX", "VACUUM", "ANALYZE", "FULL", "VERBOSE",
    "CONCURRENTLY", "EXISTS", "COLUMN", "TABLESPACE", "PUBLICATION", "SUBSCRIPTION", "CONSTRAINT",
    "SYSTEM", "OWNER", "COPY", "FUNCTION", "TRIGGER", "ON",
})  # fmt: skip
_NAMED_SO = re.compile(
    r"(?i)(^|[_<\[{\s-])(tables?|columns?|schema|database|db|index|role|view|slot_?table)([_>\]}\s-]|name|$)"
)
_PLAIN_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_QUOTED_NAME = re.compile(r'"(?:[^"]|"")+"')
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_RESERVED = frozenset({
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "both", "case", "cast", "check",
    "collate", "column", "constraint", "create", "cross", "current_date", "current_role", "current_time",
    "current_user", "default", "desc", "distinct", "do", "else", "end", "except", "false", "fetch", "for",
    "foreign", "from", "full", "grant", "group", "having", "in", "inner", "intersect", "into", "is",
    "join", "lateral", "leading", "left", "like", "limit", "natural", "not", "null", "offset", "on",
    "only", "or", "order", "outer", "primary", "references", "right", "select", "session_user", "some",
    "table", "then", "to", "trailing", "true", "union", "unique", "user", "using", "values", "when",
    "where", "window", "with",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class SqlPlace:
    """Where in SQL a name stands: the token that holds it and the words before it in its statement."""

    kind: str  # comment | dollar | escaped | string | quoted | bare
    start: int
    end: int
    before: tuple[str, ...]
    after: str


def sql_places(text: str, solid: Mapping[int, int]) -> dict[int, SqlPlace]:
    """The place of each stretch of a text (start -> end) that is to be filled."""
    places: dict[int, SqlPlace] = {}
    before: list[str] = []
    at = 0
    while at < len(text):
        end = solid.get(at)
        if end:
            places[at] = SqlPlace("bare", at, end, tuple(before), text[end : end + 1])
            before.append("?")
            at = end
            continue
        match = _TOKEN.match(text, at)
        if not match:
            at += 1
            continue
        kind = match.lastgroup if match.lastgroup != "tag" else "dollar"
        limit = match.end()
        inside = sorted(start for start in solid if at < start < limit)
        if kind in {"word", "number"} and inside:
            limit = inside[0]
        for start in inside if kind not in {"word", "number"} else []:
            places[start] = SqlPlace(str(kind), at, match.end(), tuple(before), "")
        before = [] if match[0] == ";" else before if kind == "comment" else [*before, text[at:limit].upper()]
        at = limit
    return places


def written_in_sql(value: str, place: SqlPlace, name: str) -> str:
    """The text to put for a value where `name` stands."""
    if "\0" in value or "\n" in value or "\r" in value:
        raise CannotWrite("it holds a line break, which could end or begin a statement")
    if place.kind == "string":
        return value.replace("'", "''")
    if place.kind == "quoted":
        return value.replace('"', '""')
    if place.kind == "escaped":
        return value.replace("\\", "\\\\").replace("'", "''")
    if place.kind == "dollar":
        if "$" in value:
            raise CannotWrite("it holds a $ and stands in a dollar-quoted text")
        return value
    return _bare(value, place, name)


def _bare(value: str, place: SqlPlace, name: str) -> str:
    if _stands_for_statement(place):
        return _one_statement(value)
    if _NUMBER.fullmatch(value):
        return f" {value}" if value.startswith(("-", "+")) else value
    if _is_name(place, name):
        return ".".join(_identifier(part) for part in _name_parts(value))
    if place.after == "'" or (place.before and place.before[-1].endswith("'")):
        raise CannotWrite("it stands directly beside a quoted text")
    return "'" + value.replace("'", "''") + "'"


def _stands_for_statement(place: SqlPlace) -> bool:
    words = place.before
    return not words or (words[0] == "EXPLAIN" and (words[-1] in {"EXPLAIN", "ANALYZE", "VERBOSE", ")"}))


def _is_name(place: SqlPlace, name: str) -> bool:
    last = place.before[-1] if place.before else ""
    return last in _NAME_FOLLOWS or last == "." or place.after in {".", "("} or bool(_NAMED_SO.search(name))


def _name_parts(value: str) -> list[str]:
    """`schema.table`, quoted or not, as its parts; what is no such name is one name as a whole."""
    if not re.fullmatch(r'(?:"(?:[^"]|"")+"|[^".]+)(?:\.(?:"(?:[^"]|"")+"|[^".]+))*', value):
        return [value]
    return re.findall(r'"(?:[^"]|"")+"|[^".]+', value)


def _identifier(part: str) -> str:
    if _QUOTED_NAME.fullmatch(part) or (_PLAIN_NAME.fullmatch(part) and part not in _RESERVED):
        return part
    if not part:
        raise CannotWrite("a part of the name is empty")
    return '"' + part.replace('"', '""') + '"'


def _one_statement(value: str) -> str:
    """A whole statement, if it is exactly one and holds no comment that could swallow what follows it."""
    if "--" in value or "/*" in value:
        raise CannotWrite("it holds a comment, which could hide what follows")
    text = value.strip().rstrip(";").rstrip()
    try:
        statements = sqlglot.parse(text, read="postgres")
    except SqlglotError:
        raise CannotWrite("it is not a statement of SQL") from None
    if len(statements) != 1 or statements[0] is None or not isinstance(statements[0], (exp.Query, exp.DML)):
        raise CannotWrite("it is not exactly one statement of SQL")
    return text
