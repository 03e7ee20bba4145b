"""Read severity schemes: what a level means, how soon it is answered, who hears of it."""

import re
from collections.abc import Mapping

from runward.runbooks.fact.channels import is_channel_name
from runward.runbooks.fact.deadlines import answer_time_of
from runward.runbooks.fact.field_names import field_named
from runward.runbooks.fact.lengths import find_length
from runward.runbooks.fact.model import Form, Statement
from runward.runbooks.fact.outline import Group, Outline, Said, Table
from runward.runbooks.fact.records import is_looking_back, is_of_alert
from runward.runbooks.fact.recurrences import rhythm_of
from runward.runbooks.fact.roles import people_in
from runward.runbooks.fact.severity_levels import Level, level_of, level_of_incidents
from runward.runbooks.fact.subjects import subject_of
from runward.runbooks.model import FactType, Notice
from runward.runbooks.procedure.titles import plain

_LEVEL_COLUMN = re.compile(
    r"(?:(?:alert|incident) )?(?:severity|level|priority|sev|class|tier|stufe|schweregrad|priorität|nivel|severidad|prioridad|gravedad)(?: levels?)?",
    re.IGNORECASE,
)
_ALERTS = re.compile(
    r"(?P<class>[\w -]{2,30}\b(?:alerts|alarme|alertas(?: \w+)?))\s*\((?P<answer>[^()]+)\)", re.IGNORECASE
)
_ESCALATED = re.compile(r"escalat\w+ \((?:after )?\d+ ?(?:m|min|minutes?|h|hours?)\)", re.IGNORECASE)
_ANSWERED = re.compile(
    r"^(?:review|respond|answer|action|page)\s+|\s+(?:response|review|reaction|action)$", re.IGNORECASE
)
_MARK = re.compile(r"^(?:P|SEV-?)[0-5]\s*[-–—:,]\s*", re.IGNORECASE)  # the level before the answer
_REVIEW = re.compile(r"\breview\b", re.IGNORECASE)
_UNLESS = re.compile(r"\s+(?:if|unless|when|falls|wenn|si)\s.*$", re.IGNORECASE)
_NOTIFIED = re.compile(
    r"\s*\b(?:(?:(?:are|is|to be|must be|will be)\s+)?(?:notified|informed|alerted)\b\s*(?P<when>.*)|(?P<now>immediately|sofort))$",
    re.IGNORECASE,
)


def severities(outline: Outline) -> Said:
    """Severity schemes in tables and under titles, the levels of procedures, how soon classes of alerts are answered."""
    for table in outline.tables:
        yield from _of_table(table, outline)
    for group in outline.groups:
        yield from _of_group(group, outline)
    yield from _of_procedures(outline)


def _of_table(table: Table, outline: Outline) -> Said:
    column = next((name for name in table.columns if _LEVEL_COLUMN.fullmatch(name.strip())), "")
    if not column or column != table.columns[0]:
        return
    read = [(row, level) for row in table.rows if (level := level_of(dict(row.cells)[column]))]
    if len(read) < 2:
        return
    if len({level.level.lower() for _, level in read}) < len(read):
        yield from _of_alerts(read, outline)
        return
    for row, level in read:
        cells = {field_named(name): cell for name, cell in row.cells if cell}
        cells["name"] = next((cell for name, cell in row.cells if name.strip().lower() == "name"), "")
        timed = [(name, cell) for name, cell in row.cells if cell and _ESCALATED.fullmatch(plain(name))]
        if timed:
            cells.pop("escalation", None)
        yield from _level(outline, row, level, cells)
        for name, cell in timed:
            who = list(people_in(cell))
            if who:
                value = {"severity": level.level, "who": who, "from": find_length(name) or ""}
                yield outline.fact(FactType.ESCALATION, row.line, value)


def _of_alerts(read: list[tuple[Statement, Level]], outline: Outline) -> Said:
    """A table of alerts that names a level several times: how soon it is answered, where all its rows agree."""
    answers: dict[str, dict[str, Statement]] = {}
    for row, level in read:
        said = next((cell for name, cell in row.cells if field_named(name) == "response"), "")
        answers.setdefault(level.level, {}).setdefault(answer_time_of(said), row)
    for level_name, rows in answers.items():
        ((respond, row),) = rows.items() if len(rows) == 1 else (("", read[0][0]),)
        if respond:
            yield outline.fact(FactType.RESPONSE_TIME, row.line, {"level": level_name, "respond": respond})


def _of_group(group: Group, outline: Outline) -> Said:
    if group.title.form is Form.ENTRY or group.title.form is Form.COMMENT:
        return
    answered = _ALERTS.fullmatch(group.name)
    if answered and group.opening:
        yield from _of_class(answered, group.opening, outline)
    gathered = level_of_incidents(group.name) if group.title.form is Form.HEADING else None
    if gathered and group.parts:
        names = [part.name for part in group.parts if part.title.form is Form.HEADING]
        if names and group.opening:
            value = {"level": gathered.level, "name": gathered.name, "procedures": names}
            yield outline.fact(
                FactType.SEVERITY, group.opening.line, value, (group.opening.line, group.parts[-1].title.line)
            )
        return
    level = level_of(group.title.text)
    if level and group.opening:
        yield from _under_title(group, level, outline)


def _under_title(group: Group, level: Level, outline: Outline) -> Said:
    """A level as a title with its fields below: "SEV-1: Critical", then "Response Time: ..."."""
    opening = group.opening
    fields = {
        name: one
        for one in group.said
        if one.form in {Form.ITEM, Form.PARAGRAPH} and (name := field_named(one.label))
    }
    if not opening or not {"response", "definition"} & set(fields):
        return
    cells = {name: one.rest for name, one in fields.items()}
    lines = {name: one.line for name, one in fields.items()}
    yield from _level(outline, opening, level, cells, lines)


def _level(
    outline: Outline,
    at: Statement,
    level: Level,
    cells: Mapping[str, str],
    lines: Mapping[str, int] | None = None,
) -> Said:
    """The facts of one level; `lines` are those of its fields, where they do not stand on the level's own line."""
    lines = lines or {}
    told = {
        "level": level.level,
        "name": level.name or cells.get("name", ""),
        "definition": cells.get("definition", ""),
        "examples": _listed(cells.get("examples", "")),
        **_audience(cells.get("communication", "")),
    }
    if set(cells) & {"definition", "examples", "communication"}:
        span = (at.line, *(lines.get(name, at.line) for name in ("definition", "examples", "communication")))
        yield outline.fact(FactType.SEVERITY, at.line, told, span)
    escalation = cells.get("escalation", "")
    later = _time_in(escalation)
    yield from _response(outline, at, level, cells.get("response", ""), (later, lines))
    who = list(people_in(escalation)) if escalation and not later else []
    if who:
        line = lines.get("escalation", at.line)
        yield outline.fact(FactType.ESCALATION, line, {"severity": level.level, "who": who}, (at.line, line))


def _response(
    outline: Outline, at: Statement, level: Level, said: str, rest: tuple[str, Mapping[str, int]]
) -> Said:
    later, lines = rest
    if not said:
        return
    line = lines.get("response", at.line)
    respond = answer_time_of(said)
    if not respond and find_length(said) and "percentile" not in said:
        yield Notice(line, f"how soon {level.level} is answered was not understood: “{said}”")
    if not respond:
        return
    value = {"level": level.level, "respond": respond, "escalate": later}
    last = lines.get("escalation", line) if later else line
    yield outline.fact(FactType.RESPONSE_TIME, line, value, (at.line, line, last))


def _time_in(text: str) -> str:
    """The time after which a level is escalated, where that is what the text says."""
    words = _UNLESS.sub("", text).strip()
    return answer_time_of(words) or (
        words.lower() if rhythm_of(words) and _REVIEW.search(words) and len(words.split()) <= 3 else ""
    )


def _audience(text: str) -> dict[str, object]:
    """Who hears of it and how soon, or through which channels."""
    if not text:
        return {}
    channels = [part.strip() for part in re.split(r"\s*(?:\+|,|&|\band\b|\bund\b|\by\b)\s*", text)]
    if all(is_channel_name(part) for part in channels):
        return {"channels": channels}
    notified = _NOTIFIED.search(text)
    when = answer_time_of(notified["when"] or notified["now"] or "") if notified else ""
    return {"audience": list(people_in(text[: notified.start()] if notified else text)), "notify": when}


def _listed(text: str) -> list[str]:
    return [part.strip() for part in re.split(r",\s+(?![^(]*\))|;\s+", text) if part.strip()]


def _of_class(found: re.Match[str], at: Statement, outline: Outline) -> Said:
    """A class of alerts with its answer: "Critical Alerts (Immediate Response)", "(Review Daily)"."""
    said = _MARK.sub("", found["answer"])
    rhythm = rhythm_of(said) if _REVIEW.search(said) else ""
    words = _ANSWERED.sub("", said).strip()
    respond = f"{words.lower()} review" if rhythm and rhythm_of(words) else answer_time_of(words)
    if respond:
        yield outline.fact(
            FactType.RESPONSE_TIME, at.line, {"level": found["class"].lower(), "respond": respond}
        )


def _of_procedures(outline: Outline) -> Said:
    """The level that a field gives a procedure: "Severity: P2 (High)"."""
    for one in outline.fields:
        if one.form not in {Form.PARAGRAPH, Form.ITEM} or field_named(one.label) != "severity":
            continue
        level = level_of(one.rest)
        about = _carrier(one, outline)
        if level and about and not level_of(about) and not is_looking_back(one, outline):
            value = {"level": level.level, "name": level.name, "procedures": [about]}
            yield outline.fact(FactType.SEVERITY, one.line, value)


def _carrier(one: Statement, outline: Outline) -> str:
    """What carries the level: the label right above the fields of an alert, else the section."""
    title = one.announced
    if title and title.form in {Form.LABEL, Form.ITEM} and is_of_alert(one, outline):
        return plain(title.text)
    return subject_of(one, outline.runbook) or outline.runbook.title
