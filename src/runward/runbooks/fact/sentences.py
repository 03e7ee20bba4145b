"""Say in words what a fact states."""

from collections.abc import Callable, Mapping, Sequence

from runward.runbooks.fact.occasions import when_words
from runward.runbooks.model import Fact, FactType

Value = Mapping[str, object]
_LEVELS = {
    "warning": "is a warning",
    "critical": "is critical",
    "normal": "must hold",
    "symptom": "is a symptom",
    "branch": "decides what to do",
    "tracked": "is watched",
}
# Keys that a sentence of their type has already said.
_SAID: dict[FactType, frozenset[str]] = {
    FactType.SCHEDULE: frozenset(
        {
            "task",
            "every",
            "interval",
            "times",
            "day",
            "week",
            "on",
            "nth",
            "at",
            "zone",
            "cron",
            "relative_to",
            "offset",
            "trigger",
        }
    ),
    FactType.RESPONSE_TIME: frozenset({"level", "respond", "escalate"}),
    FactType.RETENTION: frozenset({"what", "keep", "then"}),
    FactType.CONTACT: frozenset({"role", "name", "channel", "value", "placeholder"}),
    FactType.ROTATION: frozenset({"week", "primary", "secondary"}),
    FactType.CHECKLIST: frozenset({"title", "items", "form"}),
    FactType.TEMPLATE: frozenset({"title", "id", "fields"}),
    FactType.OWNER: frozenset({"procedure", "who"}),
    FactType.RTO: frozenset({"service", "value"}),
    FactType.RPO: frozenset({"service", "value"}),
    FactType.CAPACITY: frozenset({"resource", "when", "do"}),
    FactType.STAGE: frozenset({"stage", "name"}),
    FactType.DUTY: frozenset({"duty", "what"}),
    FactType.REVIEW: frozenset({"what"}),
    FactType.DURATION: frozenset({"procedure", "step", "value"}),
    FactType.ESCALATION: frozenset({"level", "severity", "who", "from", "to", "or"}),
}


def sentence_of(fact: Fact) -> str:
    """The fact in one line, as a colleague would say it: "p95 response time > 200 ms is a warning"."""
    value = {key: each for key, each in fact.value.items() if key != "stated"}
    where = " (in code)" if fact.value.get("stated") == "code" else ""
    said = _SENTENCES[fact.type](value).strip() if fact.type in _SENTENCES else ""
    if said and fact.type not in _SAID:
        return said + where
    rest = {key: each for key, each in value.items() if key not in _SAID.get(fact.type, ()) or not said}
    return "; ".join(part for part in (said, _pairs(rest)) if part) + where


def measured(value: Value) -> str:
    """A measure held against a figure: "p95 response time > 200 ms for 5m"."""
    stat = value.get("stat")
    figure = value.get("value")
    words = [
        _words(stat) if stat else "",
        _words(value.get("measure", "")),
        "drop" if value.get("change") == "drop" else "",
        {"fails": "fails", "=": "="}.get(str(value.get("op", "")), str(value.get("op", ""))),
        _figure(figure, str(value.get("unit", ""))) if figure is not None else "",
        f"per {value['per']}" if "per" in value else "",
        _words(value.get("text", "")),
        f"for {value['for']}" if "for" in value else "",
        f"within {value['within']}" if "within" in value else "",
        f"over {value['window']}" if "window" in value else "",
    ]
    return " ".join(word for word in words if word)


def _threshold(value: Value) -> str:
    level = str(value.get("level", ""))
    top = f"the top {value['top']} by {value.get('order', 'figure')}" if "top" in value else ""
    action = f": {_words(value['action'])}" if "action" in value else ""
    if level == "filter":
        return "selects " + ", ".join(filter(None, (measured(value), top))) + action
    return f"{measured(value)} {_LEVELS.get(level, level)}".strip() + action


def _alert(value: Value) -> str:
    condition = value.get("condition")
    parts = [
        f"{value.get('name', '')} when {measured(condition)}"
        if isinstance(condition, Mapping)
        else str(value.get("name", "")),
        f"{value.get('class') or value.get('severity')}"
        if value.get("class") or value.get("severity")
        else "",
        f"to {_words(value['channels'])}" if "channels" in value else "",
        f"escalates after {value['escalate_after']}" if "escalate_after" in value else "",
        f"answered by “{value['answers']}”" if "answers" in value else "",
    ]
    return ", ".join(part for part in parts if part)


def _schedule(value: Value) -> str:
    cron = f" ({value['cron']})" if "cron" in value and "every" in value else ""
    return f"{_words(value.get('task') or value.get('tasks', ''))}: {when_words(value)}{cron}"


def _severity(value: Value) -> str:
    name = " ".join(str(value[key]) for key in ("level", "name") if value.get(key))
    examples = f" (such as {_words(value['examples'])})" if value.get("examples") else ""
    audience = f"; told to {_words(value['audience'])}" if value.get("audience") else ""
    procedures = f"; of {_words(value['procedures'])}" if value.get("procedures") else ""
    definition = f": {value['definition']}" if value.get("definition") else ""
    return f"{name}{definition}{examples}{audience}{procedures}"


def _response(value: Value) -> str:
    escalate = f", escalates: {value['escalate']}" if "escalate" in value else ""
    return f"{value.get('level', '')}: respond {_words(value.get('respond', ''))}{escalate}"


def _retention(value: Value) -> str:
    keep = value.get("keep")
    if isinstance(keep, Mapping) and "count" not in keep:
        ends = [
            f"{word} {keep[end]}" for end, word in (("min", "at least"), ("max", "at most")) if end in keep
        ]
        return f"keep {value.get('what', '')} for {' and '.join(ends)}"
    kept = f"the last {keep.get('count')}" if isinstance(keep, Mapping) else _words(keep or "")
    then = f", then {value['then']}" if "then" in value else ""
    return (
        f"keep {value.get('what', '')}{' for ' if kept and not isinstance(keep, Mapping) else ' '}{kept}".rstrip()
        + then
    )


def _contact(value: Value) -> str:
    who = " ".join(dict.fromkeys(str(value[key]) for key in ("role", "name") if value.get(key)))
    mark = " (a placeholder)" if value.get("placeholder") else ""
    return (
        ": ".join(
            part for part in (who, f"{value.get('channel', '')} {value.get('value', '')}".strip()) if part
        )
        + mark
    )


def _rotation(value: Value) -> str:
    return f"week {value.get('week')}: {value.get('primary')}, then {value.get('secondary', 'nobody')}"


def _checklist(value: Value) -> str:
    items = value.get("items")
    return f"“{value.get('title', '')}”, {len(items) if isinstance(items, Sequence) else 0} points"


def _template(value: Value) -> str:
    name = f" {value['id']}" if "id" in value else ""
    return f"“{value.get('title', '')}”{name} with {_words(value.get('fields', ''))}"


def _escalation(value: Value) -> str:
    level = f"level {value['level']}" if "level" in value else _words(value.get("severity", ""))
    who = _words(value.get("who", ""))
    window = f"from {value['from']}" if "from" in value else ""
    until = f"to {value['to']}" if "to" in value else ""
    either = f"or {value['or']}" if "or" in value else ""
    spoken = " ".join(filter(None, (who, window, until, either)))
    return ": ".join(filter(None, (level, spoken)))


def _capacity(value: Value) -> str:
    when = value.get("when")
    if isinstance(when, Mapping):
        return f"{measured(when)}: {value.get('do', '')}"
    return _words(value.get("resource", ""))


def _duration(value: Value) -> str:
    what = ", ".join(str(value[key]) for key in ("procedure", "step") if value.get(key))
    return f"{what} takes {value['value']}" if "value" in value else what


_SENTENCES: dict[FactType, Callable[[Value], str]] = {
    FactType.THRESHOLD: _threshold,
    FactType.ALERT: _alert,
    FactType.SCHEDULE: _schedule,
    FactType.SEVERITY: _severity,
    FactType.RESPONSE_TIME: _response,
    FactType.RETENTION: _retention,
    FactType.CONTACT: _contact,
    FactType.ROTATION: _rotation,
    FactType.CHECKLIST: _checklist,
    FactType.TEMPLATE: _template,
    FactType.OWNER: lambda value: f"{value.get('who', '')} owns {value.get('procedure', '')}",
    FactType.RTO: lambda value: f"{value.get('service', '')} back within {value.get('value', '')}",
    FactType.ESCALATION: _escalation,
    FactType.CAPACITY: _capacity,
    FactType.DURATION: _duration,
    FactType.STAGE: lambda value: f"{_words(value.get('stage', ''))}. {value.get('name', '')}",
    FactType.DUTY: lambda value: " ".join(_words(value[key]) for key in ("duty", "what") if key in value),
    FactType.REVIEW: lambda value: f"review of {_words(value['what'])}" if "what" in value else "",
    FactType.RPO: lambda value: f"{value.get('service', '')} loses at most {value.get('value', '')}",
}


def _pairs(value: Value) -> str:
    return ", ".join(f"{key.replace('_', ' ')} {_words(each)}" for key, each in value.items())


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        return (
            measured(value)
            if "measure" in value
            else " ".join(f"{key} {_words(each)}" for key, each in value.items())
        )
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_words(each) for each in value)
    return (
        "yes" if value is True else "no" if value is False else "not stated" if value is None else str(value)
    )


def _figure(value: object, unit: str) -> str:
    if isinstance(value, Mapping):
        return f"{value.get('min')} to {_figure(value.get('max'), unit)}"
    if not unit or unit == "count":
        return str(value)
    return f"{value}{'' if unit == '%' else ' '}{unit}"
