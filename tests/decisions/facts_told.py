"""Ask what facts a few lines of Markdown state."""

from collections.abc import Mapping
from textwrap import dedent

from runward.runbooks.model import FactType
from runward.runbooks.policy import policy_of
from runward.runbooks.read import parse_runbook

Told = list[tuple[int, dict[str, object]]]


def told(text: str, *kinds: FactType) -> Told:
    """Line and value of each fact of these types."""
    policy = policy_of(parse_runbook(dedent(text).lstrip("\n"), "book.md"))
    return [(fact.line, plain(fact.value)) for fact in policy.facts if fact.type in kinds]


def unread(text: str) -> list[int]:
    """The lines of the statements that were not understood."""
    policy = policy_of(parse_runbook(dedent(text).lstrip("\n"), "book.md"))
    return [notice.line for notice in policy.unread]


def plain(value: Mapping[str, object]) -> dict[str, object]:
    """A value with plain dictionaries all the way down."""
    return {key: plain(one) if isinstance(one, Mapping) else one for key, one in value.items()}
