"""Tell what reports a past trouble or a thing still to be done from what states a policy."""

import re
from functools import lru_cache

from runward.runbooks.fact.model import Form, Statement
from runward.runbooks.fact.outline import Outline
from runward.runbooks.procedure.titles import plain

# A numbered trouble happened: "Incident 7: The index was lost"; one without number may be a kind of trouble.
_HAPPENED = re.compile(
    r"(?:incident|outage|post-?mortem|case(?: study)?|vorfall|störung|ausfall|incidente|caso)\s*#?\s*\d+\b",
    re.IGNORECASE,
)
# Fields that only somebody who looks back can fill in; of those hit, only with their number.
_KNOWN_LATER = re.compile(
    r"exposure window|(?:detected|discovered|resolved|mitigated)(?: (?:at|by|on))?|time (?:detected|resolved)|commit(?: hash)?|incident (?:date|id|number)|date of (?:the )?(?:incident|outage)"
    r"|entdeckt(?: am)?|behoben(?: am)?|detectado(?: el)?|resuelto(?: el)?",
    re.IGNORECASE,
)
_HIT = re.compile(
    r"(?:customers?|users?|data|records?|accounts?|clients?) (?:affected|exposed|impacted|lost)|affected (?:customers|users|data)|(?:financial|revenue) (?:loss|impact)|betroffene (?:kunden|nutzer|daten)|(?:clientes|usuarios|datos) afectados",
    re.IGNORECASE,
)
_CAUSE = re.compile(r"root cause|ursache|causa raíz", re.IGNORECASE)
_LASTED = re.compile(r"duration|dauer|duración", re.IGNORECASE)
_REPORTS = re.compile(r"\b(?:incident|outage|post-?mortem|vorfall|incidente)\s*(?::|report\b)", re.IGNORECASE)
_DATE = re.compile(r"date|datum|fecha", re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
# Fields that an alert has; its "Duration" is how long its condition must hold.
_OF_ALERT = re.compile(
    r"(?:alert )?thresholds?|rule(?: id| name)?|(?:alert |trigger )?conditions?|expr(?:ession)?|query|umbral|condición|schwell(?:en)?wert|bedingung",
    re.IGNORECASE,
)
# Fields of something to be done once.
_TO_BE_DONE = re.compile(
    r"deadline|due(?: (?:date|by|on))?|target date|success criteria|actions? required|fällig(?: am)?|frist|fecha (?:límite|de entrega)|vencimiento",
    re.IGNORECASE,
)
# Fields beside which an "ETA" says when a thing will be done, and not how long it takes.
_IN_WORK = re.compile(
    r"status|priority|remaining|blockers?|issue|risk|progress|assignee|estado|prioridad|stand|priorität",
    re.IGNORECASE,
)
_ETA = re.compile(r"eta", re.IGNORECASE)
_NEAR = 12  # lines


@lru_cache(maxsize=4096)
def _happened(title: str) -> bool:
    return bool(_HAPPENED.match(plain(title)))


def is_looking_back(one: Statement, outline: Outline) -> bool:
    """Whether a field belongs to the report of something that happened."""
    if any(_happened(title.text) for title in one.above if title.form is Form.HEADING):
        return True
    near = _near(one, outline)
    if _dated(one, near):
        return True
    if any(_KNOWN_LATER.fullmatch(other.label) or _counted(other) for other in near):
        return True
    return all(any(names.fullmatch(other.label) for other in near) for names in (_CAUSE, _LASTED))


def _dated(one: Statement, near: list[Statement]) -> bool:
    """Whether it stands in the report of one incident, with its date."""
    titled = any(_REPORTS.search(title.text) for title in one.above if title.form is Form.HEADING)
    return titled and any(_DATE.fullmatch(other.label) and _DAY.search(other.rest) for other in near)


def _counted(one: Statement) -> bool:
    """Whether a field counts who was hit: "Customers affected: 1,204"."""
    return bool(_HIT.fullmatch(one.label)) and any(letter.isdigit() for letter in one.rest)


def is_to_be_done(one: Statement, outline: Outline) -> bool:
    """Whether a field belongs to a thing to be done once, with its deadline."""
    return _beside(one, outline, _TO_BE_DONE)


def is_of_alert(one: Statement, outline: Outline) -> bool:
    """Whether a field is one of an alert's definition."""
    return _beside(one, outline, _OF_ALERT)


def is_forecast(one: Statement, outline: Outline) -> bool:
    """Whether an "ETA" tells when a piece of work will be done."""
    return bool(_ETA.fullmatch(one.label)) and _beside(one, outline, _IN_WORK)


def _beside(one: Statement, outline: Outline, names: re.Pattern[str]) -> bool:
    """Whether a field of such a name stands under the same title, a few lines away."""
    return any(names.fullmatch(other.label) for other in _near(one, outline))


def _near(one: Statement, outline: Outline) -> list[Statement]:
    return [
        other for other in outline.fields if abs(other.line - one.line) <= _NEAR and other.above == one.above
    ]
