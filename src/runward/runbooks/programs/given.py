"""List the SQL that a call hands to the client of a database: by a flag, a here-document or a pipe from echo."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from runward.runbooks.programs.databases import MYSQL_VALUED, PSQL_VALUED
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import options_of

_POSTGRES = ("psql", "pgcli")
_MYSQL = ("mysql", "mariadb", "mycli")


class Given(NamedTuple):
    """A piece of SQL as the client gets it, with the document line it begins on."""

    text: str
    line: int
    dialect: str


def sql_given(call: Call) -> Iterator[Given]:
    """The SQL that this call is given, piece by piece; each piece of psql is one -c, and one transaction."""
    if call.name in _POSTGRES:
        yield from _given(call, "postgres", PSQL_VALUED, ("-c", "--command"))
    elif call.name in _MYSQL:
        yield from _given(call, "mysql", MYSQL_VALUED, ("-e", "--execute"))


def _given(call: Call, dialect: str, valued: frozenset[str], naming: tuple[str, ...]) -> Iterator[Given]:
    options = options_of(call.arguments, valued)
    said = options.values(*naming)
    for word in said:
        yield Given(word.text, word.line or call.command.line, dialect)
    if not said and call.feed is not None and call.feed.text is not None:
        yield Given(call.feed.text, _line_of(call, call.feed.text), dialect)


def _line_of(call: Call, text: str) -> int:
    """The line on which fed text begins: a here-document's is the one after its mark."""
    place = re.search(re.escape(text.strip("\n")), call.command.text) if text.strip() else None
    if place is None:
        return call.command.line + (call.command.end > call.command.line)
    blank = len(text) - len(text.lstrip("\n"))
    return max(call.command.line, call.command.line + call.command.text.count("\n", 0, place.start()) - blank)
