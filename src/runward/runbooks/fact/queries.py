"""Read the limits that stand in code: what a query selects, what a script compares, what it asks of Prometheus."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from runward.runbooks.fact.lengths import LENGTH, find_length, length_from
from runward.runbooks.fact.measures import known_measure, spoken
from runward.runbooks.fact.model import Form, Statement, Statements
from runward.runbooks.fact.promql import measured_by, queries_in
from runward.runbooks.model import Fact, FactType

_MARKS = re.compile(
    r"pg_stat_statements|query_start|xact_start|state_change|-(?:gt|ge|lt|le)\b|-mtime -|min(?:imum)?_(?:size|length)|__(?:gt|lt)e?=|[?&]query=|expr=|older than|longer than|running for|errors?\b.*\((?:in )?(?:the )?(?:last|past)"
)
_QUERY_TIME = re.compile(r"\b(?P<column>mean|total|max)_(?:exec_)?time\s*(?P<op>>=?)\s*(?P<value>\d+)", re.IGNORECASE)  # fmt: skip
_ORDER = re.compile(r"order\s+by\s+(?P<column>mean|total|max)_(?:exec_)?time\b", re.IGNORECASE)
_LIMIT = re.compile(r"\blimit\s+(?P<count>\d+)", re.IGNORECASE)
_AGE = re.compile(
    r"(?P<before>\b(?:now\(\)|current_timestamp|clock_timestamp\(\))\s*-\s*(?:\w+\.)?)?\b(?P<column>query_start|xact_start|state_change|backend_start)\b\)?"
    r"(?P<between>[^;]{0,60}?)(?:interval\s*)'(?P<length>[^']+)'",
    re.IGNORECASE,
)
_STATE = re.compile(r"\bstate\s*(?:=|in\s*\(|like)\s*'(?P<state>[^']+)", re.IGNORECASE)
_KILLED = re.compile(
    rf"^(?P<verb>kill|terminate|cancel|close)\s+(?:all )?(?P<what>[\w -]+?)\s+(?:that (?:have been |are )?)?(?:(?:idle|running|open)\s+)?(?:older than|longer than|(?:running )?for (?:more than|over)|running (?:longer|more) than)\s+{LENGTH}",
    re.IGNORECASE,
)
_TEST = re.compile(
    r"\[\[?\s+\"?\$\{?(?P<name>\w+)(?:%[^}]*)?\}?\"?\s+-(?P<op>gt|ge|lt|le)\s+\"?(?P<value>\d+)\"?\s+\]\]?"
)
_FOUND = re.compile(r"\bfind\s+\S*(?:backup|dump|snapshot)\S*\s.*-mtime\s+-(?P<days>\d+)")
_ACTS = re.compile(r"-(?:delete|exec|ok)\b|\|\s*xargs")
_COMPRESSED = re.compile(r"(?:gzip|compress)\w*.*\bmin(?:imum)?_(?:size|length)\s*[=: ]\s*(?P<value>\d+)", re.IGNORECASE)  # fmt: skip
_FILTER = re.compile(r"(?P<model>[A-Z]\w+)\.objects\.filter\((?P<field>\w+?)__(?P<op>gte?|lte?)=(?P<value>\d+)\)(?:\[:(?P<top>\d+)\])?")  # fmt: skip
_RECENT = re.compile(
    r"\berrors?\b[^\"()]*\((?:in )?(?:the )?(?:last|past)\s+(?P<span>[\w ]+)\)", re.IGNORECASE
)
_OPERATORS = {"gt": ">", "ge": ">=", "gte": ">=", "lt": "<", "le": "<=", "lte": "<="}
_STATS = {"mean": "avg", "total": "total", "max": "max"}
_AGES = {"xact_start": "transaction age", "backend_start": "connection age", "state_change": "connection age"}
_LEVELS = (
    ("critical", re.compile(r"critical|kritisch|crítico|🚨", re.IGNORECASE)),
    ("warning", re.compile(r"warn|⚠|advertencia", re.IGNORECASE)),
)
_CODE = {"stated": "code"}
_READ = frozenset({Form.CODE, Form.COMMENT})


@lru_cache(maxsize=2048)
def _worth(text: str) -> bool:
    """Whether a line, or any of a block, may hold a limit."""
    return bool(_MARKS.search(text.lower()))


def limits_in_code(statements: Statements) -> Iterator[Fact]:
    """The limits that code states and no prose of its block does."""
    lines = [one for one in statements.every if one.form in _READ and one.block and _worth(one.block.text)]
    for place, one in enumerate(lines):
        if not _worth(one.text):
            continue
        if one.form is Form.COMMENT:
            yield from _commented(statements, one)
        else:
            yield from _coded(statements, lines, place)


def _commented(statements: Statements, one: Statement) -> Iterator[Fact]:
    """The form "Kill idle connections older than 5 minutes"."""
    found = _KILLED.search(one.text)
    if not found:
        return
    what = found["what"].lower().strip()
    value = {
        "measure": f"{re.sub(r's$', '', what.replace('queries', 'query'))} age",
        "op": ">",
        **_amount(length_from(found["count"], found["unit"])),
        "level": "filter",
        "action": "cancel" if found["verb"].lower() == "cancel" else "terminate",
    }
    yield statements.fact(FactType.THRESHOLD, one.line, value)


def _coded(statements: Statements, lines: Sequence[Statement], place: int) -> Iterator[Fact]:
    one = lines[place]
    if "pg_stat_statements" in one.text.lower():
        yield from _slow_queries(statements, _Query.around(lines, place))
    if _AGE.search(one.text):
        yield from _aged(statements, _Query.around(lines, place), one)
    for read in (_tested, _compared, _recent):
        found = read(one, lines[place + 1] if place + 1 < len(lines) else None)
        if found:
            end = one.line + 1 if read is _tested else one.line
            yield statements.fact(FactType.THRESHOLD, one.line, {**found, **_CODE}, end=end)
    for query in queries_in(one.text):
        measured = measured_by(query)
        if measured:
            value = {**measured, "level": "tracked" if "op" not in measured else "filter", **_CODE}
            yield statements.fact(FactType.THRESHOLD, one.line, value)


@dataclass(frozen=True, slots=True)
class _Query:
    """The lines of one SQL statement."""

    lines: tuple[Statement, ...]

    @classmethod
    def around(cls, lines: Sequence[Statement], place: int) -> "_Query":
        """The lines from the last semicolon before the place to the next one, of the same block."""
        block = lines[place].block
        first = place
        while first and lines[first - 1].block is block and not _ends(lines[first - 1]):
            first -= 1
        last = place
        while not _ends(lines[last]) and last + 1 < len(lines) and lines[last + 1].block is block:
            last += 1
        return cls(tuple(lines[first : last + 1]))

    @property
    def text(self) -> str:
        return " ".join(one.text for one in self.lines if one.form is Form.CODE)

    def line_of(self, pattern: re.Pattern[str]) -> int:
        return next((one.line for one in self.lines if one.form is Form.CODE and pattern.search(one.text)), 0)


def _ends(one: Statement) -> bool:
    return one.form is Form.CODE and (one.text.endswith(";") or one.text.rstrip("\"'").endswith(";"))


def _slow_queries(statements: Statements, query: _Query) -> Iterator[Fact]:
    """Which statements the statistics are asked for: slower than a limit, the first of an order."""
    text = query.text
    slower, order, limit = _QUERY_TIME.search(text), _ORDER.search(text), _LIMIT.search(text)
    if not slower and not (order and limit):
        return
    where, first, last = query.line_of(_QUERY_TIME), query.line_of(_ORDER), query.line_of(_LIMIT)
    stat = (slower or order or {})["column"].lower()  # type: ignore[index]  # one of the two is there
    value = {
        "measure": "query time",
        "stat": _STATS[stat],
        **({"op": slower["op"], "value": int(slower["value"]), "unit": "ms"} if slower else {}),
        "top": int(limit["count"]) if limit else None,
        "order": _STATS[order["column"].lower()] if order else None,
        "level": "filter",
        **_CODE,
    }
    line = where or last
    yield statements.fact(
        FactType.THRESHOLD, line, value, start=first if not where else 0, end=max(last, line)
    )


def _aged(statements: Statements, query: _Query, one: Statement) -> Iterator[Fact]:
    """How old a query, transaction or connection must be to be selected."""
    found = _AGE.search(one.text)
    length = find_length(found["length"]) if found else None
    if not found or not length or any(_KILLED.search(other.text) for other in query.lines):
        return
    text = query.text
    state = _STATE.search(text)
    name = _AGES.get(found["column"].lower(), "query age")
    older = bool(found["before"]) == (">" in found["between"])
    terminates, cancels = "pg_terminate_backend" in text, "pg_cancel_backend" in text
    value = {
        "measure": f"{state['state'].lower()} {name}" if state and "%" not in state["state"] else name,
        "op": ">" if older else "<",
        **_amount(length),
        "level": "filter",
        "action": "terminate" if terminates else "cancel" if cancels else "",
        **_CODE,
    }
    yield statements.fact(FactType.THRESHOLD, one.line, value)


def _amount(length: str) -> dict[str, object]:
    number = length.rstrip("abcdefghijklmnopqrstuvwxyz")
    return {"value": int(number) if number.isdigit() else float(number), "unit": length[len(number) :]}


def _tested(one: Statement, after: Statement | None) -> dict[str, object] | None:
    """`if [ "$DISK_USAGE" -gt 90 ]` with what the script says then."""
    found = _TEST.search(one.text)
    name = spoken(found["name"].lower()) if found else ""
    measure = known_measure(re.sub(r"\s*(?:percent|pct|days|current)$", "", name))
    if not found or not measure:
        return None
    said = after.text if after else ""
    days = name.endswith("days")
    return {
        "measure": measure,
        "op": _OPERATORS[found["op"]],
        "value": int(found["value"]),
        "unit": "d" if days else _unit(found["name"], name, said),
        "level": next((level for level, pattern in _LEVELS if pattern.search(said)), ""),
    }


def _unit(variable: str, name: str, said: str) -> str:
    """The unit that what is said puts behind the variable; per cent where its name speaks of a usage."""
    behind = re.search(rf"\$\{{?{variable}[^}}\s]*\}}?\s?(?P<unit>%|ms\b|s\b|[GM]B\b)", said)
    return behind["unit"] if behind else "%" if re.search(r"pct|percent|usage", name) else ""


def _compared(one: Statement, _after: Statement | None) -> dict[str, object] | None:
    """What a search for files, a web server or a query of objects selects."""
    found = _FOUND.search(one.text)
    if found and not _ACTS.search(one.text):
        return {
            "measure": "backup age",
            "op": "<",
            "value": int(found["days"]),
            "unit": "d",
            "level": "normal",
        }
    found = _COMPRESSED.search(one.text)
    if found:
        value = int(found["value"])
        return {
            "measure": "response size",
            "op": ">=",
            "value": value,
            "unit": "B",
            "level": "filter",
            "action": "compress",
        }
    found = _FILTER.search(one.text)
    if not found:
        return None
    return {
        "measure": f"{spoken(found['model']).lower()} {found['field']}",
        "op": _OPERATORS[found["op"]],
        "value": int(found["value"]),
        "unit": "count",
        "top": int(found["top"]) if found["top"] else None,
        "level": "filter",
    }


def _recent(one: Statement, _after: Statement | None) -> dict[str, object] | None:
    """`echo "Recent Errors (last hour):"`."""
    found = _RECENT.search(one.text)
    if not found:
        return None
    span = found["span"].strip()
    length = find_length(span if span[0].isdigit() else f"1 {span}")
    return {"measure": "error log entries", "level": "tracked", "window": length} if length else None
