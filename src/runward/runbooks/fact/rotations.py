"""Read who is on call in which week, and what those on call have to do."""

import re
from functools import lru_cache

from runward.runbooks.fact.deadlines import deadline_of
from runward.runbooks.fact.lengths import LENGTH, length_from
from runward.runbooks.fact.model import Form, Statement
from runward.runbooks.fact.outline import Outline, Said, Table
from runward.runbooks.model import FactType
from runward.runbooks.procedure.titles import plain

_ROTA = re.compile(
    r"\brotations?\b|\brotas?\b|on-?call (?:schedule|rotation)|rufbereitschaft|bereitschaftsplan|guardias?|turnos",
    re.IGNORECASE,
)
_WEEK = re.compile(r"(?:week|woche|semana|kw)\s*(?P<week>\d{1,2})", re.IGNORECASE)
_PLACES = {
    "primary": r"primary|primär|erste[r]?|principal|primari[oa]",
    "secondary": r"secondary|backup|sekundär|zweite[r]?|vertretung|secundari[oa]|respaldo",
}
_PLACE = re.compile(r"(?P<who>[^,;()]{2,50}?)\s*\((?P<place>[^()]+)\)")
_DUTIES = re.compile(
    r"\bresponsibilit(?:y|ies)\b|\bduties\b|\bexpectations of\b|\bon-?call expectations\b|\bpflichten\b|\bverantwortlichkeiten\b|\bresponsabilidades\b|\bobligaciones\b",
    re.IGNORECASE,
)
_ON_CALL = re.compile(
    r"\bon-?call\b|\bbereitschaft\b|\bguardia\b|\bincident (?:commander|manager|lead)\b|\bengineers?\b|\bresponders?\b",
    re.IGNORECASE,
)
_TRAINING = re.compile(
    r"\b(?:cross-?)?training (?:requirements|policy)\b|\bschulungs(?:anforderungen|pflichten)\b|\brequisitos de formación\b",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"(?P<verb>acknowledge|triage|communicate|escalate|document|respond|monitor|review|update|notify|investigate|mitigate|hand ?over|participate|maintain|coordinate|resolve|keep|be|carry|report|write|post|check|answer"
    r"|bestätigen|dokumentieren|eskalieren|informieren|responder|documentar|escalar|comunicar|confirmar)\b\s*(?P<what>.*)",
    re.IGNORECASE,
)
_EVERY = re.compile(rf"\s*\b(?:every|alle|cada|jede[nr]?)\s+{LENGTH}", re.IGNORECASE)
_WITHIN = re.compile(
    rf"\s*\b(?:within|innerhalb(?: von)?|binnen|en menos de|dentro de)\s+{LENGTH}", re.IGNORECASE
)
_IF = re.compile(r"^\s*(?:if|when|falls|wenn|si)\s+(?P<if>.+)$", re.IGNORECASE)
_MUST = re.compile(
    r"(?P<who>(?:all|every|each)\s[\w -]{3,40}?)\s+(?:must|shall|have to|has to|need to|needs to|are required to)\s+(?:be able to\s+)?(?P<duty>.+?)\.?",
    re.IGNORECASE,
)
_REGULAR = re.compile(r"(?:regular|regelmäßige|regulares?)\s+(?P<duty>.+?)\.?", re.IGNORECASE)


def rotations(outline: Outline) -> Said:
    """Which person is first and which second in which week."""
    for group in outline.groups:
        if not is_rota(group.name):
            continue
        for one in group.said:
            week = _WEEK.fullmatch(plain(one.label)) if one.label else None
            places = _places(one.rest) if week else {}
            if week and "primary" in places:
                yield outline.fact(FactType.ROTATION, one.line, {"week": int(week["week"]), **places})
    for table in outline.tables:
        if any(is_rota(title.text) for title in table.above[-2:]):
            yield from _rows(table, outline)


def _places(rest: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in _PLACE.finditer(rest):
        place = _place_named(one["place"])
        if place:
            found[place] = one["who"].strip(" ,;-")
    return found


def _place_named(text: str) -> str:
    return next(
        (place for place, words in _PLACES.items() if re.fullmatch(words, text.strip(), re.IGNORECASE)), ""
    )


def _rows(table: Table, outline: Outline) -> Said:
    columns = {
        place: name
        for name in table.columns
        if (place := _place_named(re.sub(r"\s*on-?call\s*", "", name, flags=re.IGNORECASE)))
    }
    if "primary" not in columns:
        return
    for row in table.rows:
        cells = dict(row.cells)
        week = _WEEK.search(row.label) or re.fullmatch(r"(?P<week>\d{1,2})", row.label.strip())
        who = {place: cells[name] for place, name in columns.items() if cells[name]}
        if week and who.get("primary"):
            yield outline.fact(FactType.ROTATION, row.line, {"week": int(week["week"]), **who})


def duties(outline: Outline) -> Said:
    """What those on call have to do, by when and how often; what everybody must be able to do."""
    for group in outline.groups:
        if _subject(group.name) == "duties" and any(_ON_CALL.search(name) for name in group.path[-2:]):
            for one in group.items():
                yield from _duty(one, outline)
        elif _subject(group.name) == "training":
            for one in group.items():
                yield from _required(one, outline)


def _duty(one: Statement, outline: Outline) -> Said:
    verb = _VERB.fullmatch(one.text.rstrip("."))
    if not verb or one.form is not Form.ITEM or len(one.text) > 160:
        return
    what = verb["what"].lstrip(": ")
    condition = _IF.fullmatch(what)
    every, within = _EVERY.search(what), "" if condition else deadline_of(what)
    told = _EVERY.sub("", _WITHIN.sub("", what)).strip(" ,.")
    value = {
        "duty": verb["verb"].lower(),
        "what": "" if condition else told,
        "within": within,
        "every": length_from(every["count"], every["unit"]) if every else "",
        "if": condition["if"].strip() if condition else "",
    }
    yield outline.fact(FactType.DUTY, one.line, value)


def _required(one: Statement, outline: Outline) -> Said:
    must, regular = _MUST.fullmatch(one.text), _REGULAR.fullmatch(one.text)
    if must:
        yield outline.fact(FactType.DUTY, one.line, {"duty": must["duty"], "who": must["who"].lower()})
    elif regular:
        yield outline.fact(FactType.DUTY, one.line, {"duty": regular["duty"], "every": "regular"})
    elif re.search(r"\brequirements?$", one.text, re.IGNORECASE):
        yield outline.fact(
            FactType.DUTY, one.line, {"duty": re.sub(r"\s*requirements?$", "", one.text, flags=re.IGNORECASE)}
        )


@lru_cache(maxsize=4096)
def is_rota(title: str) -> bool:
    """Whether what stands under the title says who is on call when."""
    return bool(_ROTA.search(title))


@lru_cache(maxsize=4096)
def _subject(title: str) -> str:
    """Whether the title announces duties or requirements of training."""
    return "duties" if _DUTIES.search(title) else "training" if _TRAINING.search(title) else ""
