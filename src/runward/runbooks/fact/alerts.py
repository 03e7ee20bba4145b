"""Read the alerts that a document states: under their names, in lists by class, and among symptoms."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from runward.runbooks.fact.alert_words import (
    ALERTS,
    IMPERATIVE,
    PARTS,
    badness,
    channels_of,
    condition_from,
    condition_in_name,
    escalation_after,
    mark_of,
    name_of,
    subject_of,
)
from runward.runbooks.fact.conditions import condition_of
from runward.runbooks.fact.levels import level_of, severity_in
from runward.runbooks.fact.measures import known_measure
from runward.runbooks.fact.model import Form, Statement, Statements, Title
from runward.runbooks.model import Fact, FactType, Notice
from runward.runbooks.procedure.titles import plain

_LABEL = re.compile(r"(?:alerts?|alert names?|alarm|alerta)", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“'](?P<name>[^\"”']{3,60})[\"”']")
_IDENTIFIER = re.compile(r"(?P<name>[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+|[A-Za-z][A-Za-z0-9]*(?:[_-][A-Za-z0-9]+)+)(?:\s+(?:alert|alarm))?(?:\s+(?:is\s+)?(?:fires|firing|triggered))?")  # fmt: skip
_ASIDE = re.compile(r"^(?P<name>[^()]{3,70}?)\s*\((?P<condition>.+)\)$")
_OWNERS = frozenset({Form.ENTRY, Form.HEADING, Form.ITEM, Form.LABEL})
_FIELDS = frozenset({Form.ENTRY, Form.ITEM, Form.PARAGRAPH})
_LISTED = frozenset({Form.ENTRY, Form.ITEM})
_LONGEST = 400
_FAR = 40
_MOST_WORDS = 7


@dataclass(frozen=True, slots=True)
class _Field:
    """A labelled part of an alert."""

    name: str
    statement: Statement


def alerts_of(statements: Statements) -> Iterator[Fact | Notice]:
    """Every alert that is named with its parts, listed under a class, or given as a symptom."""
    every = statements.words
    owners: dict[int, list[_Field]] = {}
    for place, one in enumerate(every):
        if one.form not in _FIELDS or not one.above or len(one.text) > _LONGEST:
            continue
        part = _part(one.label) if one.label and one.rest else ""
        if part and one.above[-1].form in _OWNERS:
            owners.setdefault(one.above[-1].line, []).append(_Field(part, one))
        elif one.label and one.form is not Form.ENTRY and _LABEL.fullmatch(one.label):
            yield from _symptom(statements, every, place)
        elif one.form in _LISTED:
            yield from _listed(statements, one)
    for fields in owners.values():
        yield from _named(statements, fields[0].statement.above[-1], fields)


@lru_cache(maxsize=2048)
def _part(label: str) -> str:
    return next((name for name, pattern in PARTS.items() if pattern.fullmatch(label)), "")


def _named(statements: Statements, title: Title, fields: Sequence[_Field]) -> Iterator[Fact | Notice]:
    """An alert under its own name, with at least its condition."""
    found = {field.name: field.statement for field in reversed(fields)}
    condition = found.get("condition")
    name = name_of(title.text)
    if not condition or not name:
        return
    above = [one for one in condition.above if one.line < title.line]
    told = bool(found.keys() & {"channels", "severity"}) or severity_in(title.text)
    if not any(ALERTS.search(one.text) for one in above) and not (told and ALERTS.search(title.text)):
        return
    said = condition_from(condition.rest, name)
    if said is None:
        yield Notice(condition.line, f"the condition of the alert “{name}” is not one that could be read")
        return
    metric = found.get("metric")
    if metric and said.get("measure") in {name, subject_of(name)} and not known_measure(subject_of(name)):
        said = {
            **{key: one for key, one in said.items() if key != "measure"},
            "metric": metric.rest.strip("`\"'"),
        }
    if "for" in found and "for" not in said:
        said["for"] = escalation_after(found["for"].rest)
    severity = found.get("severity")
    value = {
        "name": name,
        **_class(above, title, severity.rest if severity else ""),
        "condition": {key: one for key, one in said.items() if one != ""},
        "channels": channels_of(found["channels"].rest) if "channels" in found else [],
        "escalate_after": escalation_after(found["escalation"].rest) if "escalation" in found else "",
        "answers": _answering(condition, title),
    }
    last = max(field.statement.end for field in fields)
    yield statements.fact(FactType.ALERT, title.line, value, end=last)


def _class(above: Sequence[Title], title: Title, severity: str) -> dict[str, object]:
    """How bad the alert is: by its own field, by its title, or by the list it stands in."""
    if severity:
        return badness(severity)
    own = badness(severity_in(title.text) or mark_of(title.text))
    if own:
        return own
    for one in reversed(above):
        level = _class_of(one.text)
        if level:
            return {"class": level}
    return {}


@lru_cache(maxsize=2048)
def _class_of(title: str) -> str:
    """The class of alerts that a title announces ("Critical Alerts (Immediate Response)"), "" if none."""
    words = re.sub(r"\s*\([^()]*\)", "", plain(title)).strip()
    return level_of(words) if ALERTS.search(words) else ""


def _answering(one: Statement, title: Title) -> str:
    """The procedure that stands under the alert's own heading."""
    procedure = one.procedure
    if (
        not procedure
        or title.form is not Form.HEADING
        or procedure.line != title.line
        or not name_of(title.text)
    ):
        return ""
    return title.text


def _listed(statements: Statements, one: Statement) -> Iterator[Fact]:
    """The form "High memory usage (>90%)" in a list of warning alerts."""
    level = _class_of(one.above[-1].text)
    if not level or level == "normal" or one.number or one.checked is not None or IMPERATIVE.match(one.text):
        return
    if one.block is not None and one.depth:
        return
    aside = _ASIDE.match(one.text)
    if one.label and not one.rest:
        return
    name, said = (
        (one.label, one.rest)
        if one.label
        else (aside["name"], aside["condition"])
        if aside
        else (one.text, "")
    )
    name = name.strip("\"'` ")
    if len(name.split()) > _MOST_WORDS or name.endswith((".", "?")) or not name[:1].isalpha():
        return
    condition = condition_from(said, name) if said else condition_in_name(name)
    if condition and (condition.get("measure") or not said):
        yield statements.fact(
            FactType.ALERT, one.line, {"name": name, "class": level, "condition": condition}
        )


def _symptom(statements: Statements, every: Sequence[Statement], place: int) -> Iterator[Fact]:
    """`Alert: "HighQueryLatency"` among the symptoms of an answer to it."""
    one = every[place]
    names = _names_in(one.rest)
    heading = _heading_over(one)
    if not names or not heading:
        return
    near = [other for other in every[max(0, place - _FAR) : place + _FAR] if _heading_over(other) is heading]
    beside = [other for other in near if other.form is Form.ITEM and other.above == one.above]
    measured = next(
        ((other, said) for other in beside if other is not one and (said := _figure(other))), None
    )
    severity = next((other for other in near if _part(other.label) == "severity" and other.rest), None)
    for name in names:
        value = {
            "name": name,
            **(badness(severity.rest) if severity else {}),
            "condition": measured[1] if measured and len(names) == 1 else None,
            "answers": _answering(one, heading),
        }
        if len(value) == 1 + sum(key in value and not value[key] for key in ("condition", "answers")):
            continue
        lines = [other.line for other in (one, severity, measured[0] if measured else None) if other]
        yield statements.fact(FactType.ALERT, one.line, value, start=min(lines), end=max(lines))


def _heading_over(one: Statement) -> Title | None:
    """The nearest heading above."""
    for title in reversed(one.above):
        if title.form is Form.HEADING:
            return title
    return None


def _figure(one: Statement) -> dict[str, object] | None:
    condition = condition_of(one.text)
    return condition if condition and "op" in condition else None


def _names_in(text: str) -> list[str]:
    """The names of alerts, where the text gives nothing but names."""
    parts = [part.strip(" `") for part in re.split(r",|\bor\b|\band\b", text)]
    found = [_QUOTED.fullmatch(part) or _IDENTIFIER.fullmatch(part) for part in parts]
    return [one["name"] for one in found if one] if all(found) else []
