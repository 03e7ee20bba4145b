"""Read the rows of tables that list alerts or metrics with their limits."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from runward.runbooks.fact.alert_words import badness, channels_of, condition_from, escalation_after, name_of
from runward.runbooks.fact.conditions import condition_of
from runward.runbooks.fact.lengths import length_only
from runward.runbooks.fact.levels import level_of, with_level
from runward.runbooks.fact.measures import measure_of, stat_of
from runward.runbooks.fact.model import Form, Statement, Statements
from runward.runbooks.fact.quantities import QUANTITY, quantity_of
from runward.runbooks.fact.recovery import is_service_level
from runward.runbooks.model import Fact, FactType, Notice

_COLUMNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("alert", re.compile(r"alerts?(?: ?name)?|alarms?|alarme?|alertas?|alarmas?", re.IGNORECASE)),
    ("measure", re.compile(r"(?:key )?metrics?(?: name)?|measure|indicator|signal|kpi|sli|metrik|kennzahl|messwert|métricas?|indicador", re.IGNORECASE)),
    ("condition", re.compile(r"(?:trigger |alert )?conditions?|triggers?|expression|fires when|bedingung|auslöser|condición|disparador", re.IGNORECASE)),
    ("threshold", re.compile(r"(?:alert )?thresholds?|limits?|schwell(?:en)?wert|grenzwert|umbral(?: de alerta)?|límite", re.IGNORECASE)),
    ("severity", re.compile(r"(?:default )?severity|priority|level|schweregrad|severidad|prioridad|gravedad|nivel", re.IGNORECASE)),
    ("channels", re.compile(r"channels?|notif(?:y|ications?)|notified|benachrichtigung|kanal|canal(?:es)?|notificación", re.IGNORECASE)),
    ("for", re.compile(r"for|duration|dauer|duración", re.IGNORECASE)),
    ("escalation", re.compile(r"escalat(?:ion|e)(?: after| if unresolved)?|eskalation|escalación", re.IGNORECASE)),
    ("action", re.compile(r"(?:recommended )?actions?(?: required)?|response|maßnahmen?|aktion|acci[oó]n(?:es)?", re.IGNORECASE)),
)  # fmt: skip
_ALONE = re.compile(QUANTITY, re.IGNORECASE)
_OBJECTIVES = frozenset({"rto", "rpo", "recovery time objective", "recovery point objective"})
_BRACKETS = re.compile(r"\s*\([^()]*\)$")
_MEAN_TIME = re.compile(r"\bmean time\b", re.IGNORECASE)  # "MTTR (Mean Time To Resolve)" is a name
_LONGEST = 400
_EMPTY = frozenset({"", "-", "–", "—", "n/a", "tbd", "na", "none", "?"})


def rows_of(statements: Statements) -> Iterator[Fact | Notice]:
    """Alerts and thresholds that stand in tables."""
    for one in statements.words:
        if one.form is Form.ROW:
            cells = _cells(tuple(column for column, _ in one.cells), one)
            if "alert" in cells:
                yield from _alert(statements, one, cells)
            elif "measure" in cells and not is_service_level(one):
                yield from _limits(statements, one, cells)


@lru_cache(maxsize=512)
def _roles(columns: tuple[str, ...]) -> tuple[str, ...]:
    """What each column holds: a name of the table above, a level, or "" ."""
    return tuple(_role(column) for column in columns)


def _role(column: str) -> str:
    words = column.strip(" *`")
    named = next((name for name, pattern in _COLUMNS if pattern.fullmatch(words)), "")
    level = level_of(words) if not named else ""
    return named or (f"level {level}" if level in {"warning", "critical", "normal"} else "")


def _cells(columns: tuple[str, ...], one: Statement) -> dict[str, str]:
    """The cells of a row by what their columns hold; the first of a sort counts."""
    found: dict[str, str] = {}
    for role, (_, cell) in zip(_roles(columns), one.cells, strict=True):
        if role and role not in found and len(cell) <= _LONGEST and cell.strip().lower() not in _EMPTY:
            found[role] = cell.strip().strip("`")
    return found


def _alert(statements: Statements, one: Statement, cells: Mapping[str, str]) -> Iterator[Fact | Notice]:
    """A row of a table of alerts; one that gives only a name and a description is none."""
    said = cells.get("condition") or cells.get("threshold", "")
    name = name_of(cells["alert"])
    if not name or not (said or "severity" in cells):
        return
    condition = condition_from(said, name) if said else _in_brackets(name)
    if said and condition is None:
        yield Notice(one.line, f"the condition of the alert “{name}” is not one that could be read")
        return
    lasting = length_only(cells.get("for", ""))
    if condition and lasting:
        condition.setdefault("for", lasting)
    bad = badness(cells.get("severity", ""))
    if not said and not bad:
        return
    value = {
        "name": re.sub(r"\s*\([<>≥≤].*\)$", "", name),
        **bad,
        "condition": condition,
        "channels": channels_of(cells["channels"])
        if "channels" in cells
        else channels_of(cells.get("action", ""), nothing_else=True),
        "escalate_after": escalation_after(cells.get("escalation", "")),
    }
    yield statements.fact(FactType.ALERT, one.line, value)


def _in_brackets(name: str) -> dict[str, object] | None:
    """The condition that stands in brackets behind an alert's name, if it is a figure."""
    found = re.fullmatch(r"(?P<name>[^()]+?)\s*\((?P<condition>[^()]+)\)", name)
    condition = condition_from(found["condition"], found["name"]) if found else None
    return condition if condition and "op" in condition else None


def _limits(statements: Statements, one: Statement, cells: Mapping[str, str]) -> Iterator[Fact | Notice]:
    """A row of a table of metrics: one threshold for each column that gives a limit."""
    bare = _BRACKETS.sub("", cells["measure"])
    measure = measure_of(bare)
    stat = "" if _MEAN_TIME.search(cells["measure"]) else stat_of(cells["measure"])[0]
    if not measure or measure.name in _OBJECTIVES:
        return
    for role in ("level normal", "level warning", "level critical", "threshold", "condition"):
        text, level = with_level(cells.get(role, ""))
        if not text or (role == "condition" and "threshold" in cells):
            continue
        condition = condition_of(text, measure.name) or _bare(text, measure.name)
        if not condition:
            if role != "level normal":
                yield Notice(one.line, f"the limit “{text}” of {measure.name} is not one that could be read")
            continue
        if stat or measure.stat:
            condition.setdefault("stat", stat or measure.stat)
        named = (
            role.removeprefix("level ")
            if role.startswith("level")
            else level or level_of(cells.get("severity", ""))
        )
        value = {**condition, "level": named, "action": cells.get("action", "")}
        yield statements.fact(FactType.THRESHOLD, one.line, value)


def _bare(text: str, measure: str) -> dict[str, object] | None:
    """A limit given as nothing but a quantity: the table does not say which side of it is bad."""
    found = _ALONE.fullmatch(text.strip(" ~"))
    quantity = quantity_of(found) if found else None
    if not quantity or (quantity.unit == "count" and not quantity.per):
        return None
    return {
        "measure": measure,
        "value": quantity.value,
        "unit": quantity.unit,
        **({"per": quantity.per} if quantity.per else {}),
    }
