"""Read escalation paths: who is called at which level, after how long, and what follows a failed check."""

import re
from functools import lru_cache

from runward.runbooks.fact.deadlines import Window, window_of
from runward.runbooks.fact.lengths import find_length
from runward.runbooks.fact.model import Form, Statement
from runward.runbooks.fact.outline import Group, Outline, Said, Table
from runward.runbooks.fact.roles import PERSON, lowered
from runward.runbooks.fact.taken_over import labelled_takeovers, takeovers
from runward.runbooks.model import FactType
from runward.runbooks.procedure.titles import plain

_SENTENCES = frozenset({Form.PARAGRAPH, Form.ITEM})
_TITLE = re.compile(r"escalat|eskalation|escalaci[oó]n|escalamiento|escalade", re.IGNORECASE)
_LEVEL = re.compile(
    r"(?:(?:escalation )?(?:level|tier|stufe|nivel|ebene|niveau)\s*|L|T)(?P<level>[0-9])(?:\s+(?:support|escalation))?",
    re.IGNORECASE,
)
_DOING = re.compile(r"\s+(?:escalation|resolution|involvement)$", re.IGNORECASE)
_ASIDE = re.compile(r"\s*\((?P<aside>[^()]*)\)\s*$")
_OR = re.compile(r"\s+(?:or|oder|o)\s+(?P<or>[^()]+)$", re.IGNORECASE)
_AFTER = re.compile(
    r"(?:after|nach|después de|tras|if (?:not|un)\w* (?:resolved|acknowledged)(?: (?:in|within|after))?)\s+(?P<length>.+)",
    re.IGNORECASE,
)
_CHECK_FAILS = re.compile(
    r"(?:if|when|falls|wenn|si)\s+(?P<if>[^,:]{3,80}?\b(?:fails?|failed|unhealthy|fehlschlägt|falla)\b[^,:]{0,30})[,:]\s*(?:then\s+)?(?P<do>[^.]{5,160})\.?",
    re.IGNORECASE,
)
_WHO_COLUMN = re.compile(
    r"role|who|contact|team|person|owner|escalate to|responsible|rolle|wer|kontakt|rol|quién|contacto|equipo",
    re.IGNORECASE,
)
_LEVEL_COLUMN = re.compile(r"(?:escalation )?(?:level|tier|stufe|nivel|#)", re.IGNORECASE)
_TIME_COLUMN = re.compile(
    r"time|when|after|timeframe|escalate after|time elapsed|elapsed|zeit|nach|tiempo|cuándo|response time",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _speaks_of_it(title: str) -> bool:
    return bool(_TITLE.search(title))


def escalations(outline: Outline) -> Said:
    """Levels with those who stand at them, in lists, fences and tables under a title that speaks of escalation."""
    for group in outline.groups:
        if any(map(_speaks_of_it, group.path[-2:])):
            yield from _levels(group, outline)
        if group.title.form is Form.HEADING and any(map(_speaks_of_it, group.path[-2:-1])):
            yield from _titled(group, outline)
    yield from _failed(outline)
    speaking = (group for group in outline.groups if group.path and _speaks_of_it(group.path[-1]))
    yield from takeovers(outline, speaking)
    yield from labelled_takeovers(outline)
    for table in outline.tables:
        if any(_speaks_of_it(title.text) for title in table.above[-2:]):
            yield from _rows(table, outline)


def _levels(group: Group, outline: Outline) -> Said:
    for one in group.said:
        if one.form not in {Form.ITEM, Form.ENTRY, Form.PARAGRAPH} or not one.label or not one.rest:
            continue
        level = _LEVEL.fullmatch(plain(one.label))
        if level:
            yield from _level(one, int(level["level"]), outline)
        elif _window_label(one):
            yield from _timed(one, outline)


def _titled(group: Group, outline: Outline) -> Said:
    """A level that is a title of its own: "Level 2: Team lead"."""
    named, _, who = group.name.partition(":")
    level = _LEVEL.fullmatch(named.strip())
    found, window, _ = _split(who) if level else ("", None, "")
    if level and group.opening and PERSON.search(found) and len(found) <= 60:
        value = {"level": int(level["level"]), "who": lowered(found), **_window(window)}
        yield outline.fact(FactType.ESCALATION, group.title.line, value)


def _level(one: Statement, level: int, outline: Outline) -> Said:
    who, window, other = _split(one.rest)
    if not PERSON.search(who) or len(who) > 60:
        return
    value = {"level": level, "who": lowered(who), **_window(window), "or": other}
    yield outline.fact(FactType.ESCALATION, one.line, value)


def _split(rest: str) -> tuple[str, Window | None, str]:
    """Who, the window in brackets, and the other condition that stands beside it."""
    aside = _ASIDE.search(rest)
    if not aside:
        return _DOING.sub("", rest.strip(" .")), None, ""
    window = window_of(aside["aside"])
    other = _OR.search(aside["aside"]) if window else None
    who = _DOING.sub("", rest[: aside.start()].strip())
    return who, window, other["or"].strip() if other else ""


def _window(window: Window | None) -> dict[str, str]:
    return {"from": window.start, "to": window.to} if window else {}


def _window_label(one: Statement) -> bool:
    return bool(re.match(r"\s*[\d><≥]", one.label) or _AFTER.match(one.label)) and len(one.label) <= 40


def _timed(one: Statement, outline: Outline) -> Said:
    """Who is called when: "0-30 min: on-call engineer assesses", "After 15 minutes: page the manager"."""
    label = plain(one.label)
    window = window_of(label)
    after = _AFTER.fullmatch(label)
    if not window and after and (length := find_length(after["length"])):
        window = Window(length, "")
    if window and PERSON.search(one.rest) and len(one.rest) <= 140:
        yield outline.fact(FactType.ESCALATION, one.line, {**_window(window), "do": one.rest.rstrip(".")})


def _rows(table: Table, outline: Outline) -> Said:
    level = next((name for name in table.columns if _LEVEL_COLUMN.fullmatch(name.strip())), "")
    who = next((name for name in table.columns if _WHO_COLUMN.fullmatch(name.strip())), "")
    when = next((name for name in table.columns if _TIME_COLUMN.fullmatch(name.strip())), "")
    if not level or not who:
        return
    for row in table.rows:
        cells = dict(row.cells)
        found = _LEVEL.fullmatch(plain(cells[level])) or re.fullmatch(r"(?P<level>\d)", cells[level].strip())
        name = cells[who].strip()
        if found and PERSON.search(name) and len(name) <= 60:
            window = window_of(cells[when]) if when and "response" not in when.lower() else None
            value = {"level": int(found["level"]), "who": lowered(name), **_window(window)}
            yield outline.fact(FactType.ESCALATION, row.line, value)


def _failed(outline: Outline) -> Said:
    """What to do when a check of the procedure fails."""
    for one in outline.spoken:
        under = bool(one.above) and _speaks_of_it(one.above[-1].text)
        if one.form not in _SENTENCES or not (under or (one.label and _speaks_of_it(one.label))):
            continue
        found = _CHECK_FAILS.fullmatch(one.text if under else one.rest)
        heading = next((plain(title.text) for title in reversed(one.above) if title.form is Form.HEADING), "")
        if found and heading:
            value = {"procedure": heading, "if": found["if"].strip(), "do": found["do"].strip()}
            line = one.line_at(len(one.text) - len(found[0]))
            yield outline.fact(FactType.ESCALATION, line, value)
