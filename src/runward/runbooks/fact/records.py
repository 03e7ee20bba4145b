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
# Fields that only somebody who looks back can fill in.
_KNOWN_LATER = re.compile(
    r"root cause|(?:customers?|users?|data|records?|accounts?|clients?) (?:affected|exposed|impacted|lost)|affected (?:customers|users|data)|exposure window|detect(?:ed|ion)(?: (?:at|by|time))?"
    r"|discovered(?: by)?|resolved(?: (?:at|by|on))?|incident (?:date|id|number)|date of (?:incident|outage)|(?:financial|revenue) (?:loss|impact)|ursache|betroffene (?:kunden|nutzer|daten)|entdeckt|behoben"
    r"|causa raíz|(?:clientes|usuarios|datos) afectados|detección|detectado|resuelto",
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
    return _beside(one, outline, _KNOWN_LATER)


def is_to_be_done(one: Statement, outline: Outline) -> bool:
    """Whether a field belongs to a thing to be done once, with its deadline."""
    return _beside(one, outline, _TO_BE_DONE)


def is_forecast(one: Statement, outline: Outline) -> bool:
    """Whether an "ETA" tells when a piece of work will be done."""
    return bool(_ETA.fullmatch(one.label)) and _beside(one, outline, _IN_WORK)


def _beside(one: Statement, outline: Outline, names: re.Pattern[str]) -> bool:
    """Whether a field of such a name stands under the same title, a few lines away."""
    return any(
        names.fullmatch(other.label)
        for other in outline.fields
        if abs(other.line - one.line) <= _NEAR and other.above == one.above
    )
