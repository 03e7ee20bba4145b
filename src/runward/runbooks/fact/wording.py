"""Say a fact in a few words for people: "response time p95 > 200 ms", "database backups kept 30d"."""

from collections.abc import Mapping

from runward.runbooks.model import Fact

_NAMES = (
    "name",
    "task",
    "title",
    "resource",
    "service",
    "duty",
    "procedure",
    "level",
    "severity",
    "role",
    "what",
    "primary",
)
_MORE = {
    "every": "every", "on": "on", "at": "at", "keep": "kept", "within": "within", "respond": "respond", "escalate_after": "escalates after",
    "who": "", "value": "", "count": "", "min": "at least", "max": "at most", "size": "", "target": "", "version": "version", "downtime": "downtime", "secondary": "then",
}  # fmt: skip
_MOST = 60


def wording_of(fact: Fact) -> str:
    """What a fact says, in a few words."""
    value = fact.value
    if "measure" in value or "metric" in value:
        return _cut(_condition(value))
    if isinstance(value.get("when"), Mapping) and "do" in value:
        return _cut(f"{_condition(value['when'])}: {value['do']}")
    named = [str(value[name]) for name in _NAMES if isinstance(value.get(name), str | int)]
    said = [
        f"{word} {_plain(value[name])}".strip() for name, word in _MORE.items() if value.get(name) is not None
    ]
    return _cut(" ".join([*named[:1], *said]) or fact.quote)


def _condition(value: object) -> str:
    if not isinstance(value, Mapping):
        return ""
    amount = value.get("value")
    unit = str(value.get("unit", "")).replace("count", "")
    parts = [
        value.get("measure") or value.get("metric", ""),
        _plain(value.get("stat", "")),
        value.get("op", ""),
        f"{_plain(amount)} {unit}".strip() if amount is not None else "",
        f"per {value['per']}" if value.get("per") else "",
        f"for {value['for']}" if value.get("for") else "",
        str(value.get("text", "")),
    ]
    return " ".join(str(part) for part in parts if part)


def _plain(value: object) -> str:
    if isinstance(value, Mapping):
        return "-".join(_plain(one) for one in value.values())
    if isinstance(value, list | tuple):
        return ", ".join(_plain(one) for one in value)
    return str(value)


def _cut(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _MOST else words[: _MOST - 1].rstrip() + "…"
