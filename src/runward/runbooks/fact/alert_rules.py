"""Read alerting rules written for Prometheus: name, expression, how long it must hold, how bad it is."""

from collections.abc import Iterator, Sequence

from runward.runbooks.fact.alert_words import badness
from runward.runbooks.fact.lengths import length_only
from runward.runbooks.fact.model import Form, Statement, Statements
from runward.runbooks.fact.promql import measured_by
from runward.runbooks.model import Fact, FactType

_KEYS = frozenset({"alert", "record", "expr", "for", "labels", "annotations", "keep_firing_for", "severity", "groups", "rules", "name"})  # fmt: skip


def alert_rules_of(statements: Statements) -> Iterator[Fact]:
    """Every rule that names an alert and an expression."""
    entries = [one for one in statements.words if one.form is Form.ENTRY]
    for place, one in enumerate(entries):
        if one.label == "alert" and one.rest:
            yield from _rule(statements, _lines(entries, place))


def _lines(entries: Sequence[Statement], place: int) -> list[Statement]:
    """The rule's lines: up to the next rule or the end of the block."""
    first = entries[place]
    found = [first]
    for one in entries[place + 1 :]:
        if one.block is not first.block or one.label in {"alert", "record"}:
            break
        found.append(one)
    return found


def _rule(statements: Statements, lines: Sequence[Statement]) -> Iterator[Fact]:
    expression = _expression(lines)
    if not expression:
        return
    measured = measured_by(expression)
    condition = measured if measured and "op" in measured else {"text": expression}
    said = {one.label: one for one in reversed(lines) if one.label in {"for", "severity"} and one.rest}
    lasting = length_only(said["for"].rest) if "for" in said else None
    if lasting:
        condition["for"] = lasting
    value = {
        "name": lines[0].rest.strip("\"'"),
        **(badness(said["severity"].rest.strip("\"'")) if "severity" in said else {}),
        "condition": condition,
        "stated": "code",
    }
    last = max(one.line for one in (*said.values(), *lines[:2]))
    yield statements.fact(FactType.ALERT, lines[0].line, value, end=last)


def _expression(lines: Sequence[Statement]) -> str:
    """The expression, gathered from the lines below its key where it is folded."""
    start = next((place for place, one in enumerate(lines) if one.label == "expr"), None)
    if start is None:
        return ""
    words = [lines[start].rest.strip("|>-'\" ") if lines[start].rest[:1] in "|>'\"" else lines[start].rest]
    for one in lines[start + 1 :]:
        if one.label in _KEYS:
            break
        words.append(one.text)
    return " ".join(word for word in words if word).strip()
