"""Read the facts about people, times and papers out of a small document, for the tables of their tests."""

from typing import Any

from runward.runbooks.fact.arrangements import arrangements
from runward.runbooks.fact.statements import statements_of
from runward.runbooks.model import Fact, FactType, Notice
from runward.runbooks.read import parse_runbook


def facts(text: str, kind: str) -> list[tuple[int, dict[str, Any]]]:
    """Line and value of every fact of one type, in the order of their lines."""
    said = arrangements(statements_of(parse_runbook(text, "book.md")))
    found = [one for one in said if isinstance(one, Fact) and one.type is FactType(kind)]
    return sorted(((one.line, dict(one.value)) for one in found), key=lambda one: one[0])


def values(text: str, kind: str) -> list[dict[str, Any]]:
    """The values alone."""
    return [value for _, value in facts(text, kind)]


def notices(text: str) -> list[tuple[int, str]]:
    """What was not understood."""
    said = arrangements(statements_of(parse_runbook(text, "book.md")))
    return [(one.line, one.text) for one in said if isinstance(one, Notice)]
