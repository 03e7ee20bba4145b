"""Read how the document itself is kept: its version, its reviews, what makes it change, who approves."""

import re

from runward.runbooks.fact.field_names import field_named
from runward.runbooks.fact.model import Form, Statement
from runward.runbooks.fact.outline import Group, Outline, Said, Table
from runward.runbooks.fact.recurrences import recurrence_of
from runward.runbooks.fact.subjects import speaks_of_document
from runward.runbooks.model import FactType
from runward.runbooks.procedure.titles import plain

_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}(?:[-/.]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|(?:\d{1,2}\.? )?[^\W\d]{3,10}\.? (?:\d{1,2}(?:st|nd|rd|th)?,? )?\d{4}",
    re.IGNORECASE,
)
_VERSION = re.compile(r"v?\d+(?:\.\d+){0,3}(?:[-+.]?\w{1,12})?", re.IGNORECASE)
_LOG = re.compile(
    r"\b(?:change ?log|version history|revision history|document history|history|änderungshistorie|historial)\b|\brevisions?\b|\bversion control\b",
    re.IGNORECASE,
)
_COLUMNS = {
    "date": r"date|datum|fecha",
    "version": r"version|ver\.?|rev(?:ision)?|versión",
    "changes": r"changes?|description|summary|notes?|änderung(?:en)?|cambios?|what changed|change description",
    "by": r"author|by|changed by|updated by|autor|modified by",
}
_REVIEWS = re.compile(
    r"^(?:review(?: and update)?|update|überprüf\w+|aktualisier\w+|revisar(?: y actualizar)?|actualizar)\s+(?:and (?:update|review)\s+)?(?:the |all |this |die |das |los |el )?(?:\w+ )?(?P<what>runbooks?|playbooks?)\b(?P<rest>.*)$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\b(?:this|the) (?:runbook|document|playbook|page)\b.*?\b(?:update|review|revise)d?\b(?: it| this)?\s+(?:after|following|whenever|on)\s+(?P<each>every |each |any )?(?P<what>[^.]{4,80})",
    re.IGNORECASE | re.DOTALL,
)
_UPDATE_IT = re.compile(
    r"\bupdate (?:it|this (?:document|runbook|page))\s+(?:after|following)\s+(?P<each>every |each |any )?(?P<what>[^.]{4,80})",
    re.IGNORECASE,
)
_UPDATES = re.compile(
    r"update (?:the )?runbooks?|runbook (?:aktualisieren|update)|actualizar (?:el )?runbook", re.IGNORECASE
)
_POST_MORTEM = re.compile(r"post-?mortem|retrospective|post-?incident", re.IGNORECASE)
_ABOUT_RUNBOOK = re.compile(
    r"runbook|document|playbook|dokument|maintenance of|version control", re.IGNORECASE
)


def reviews(outline: Outline) -> Said:
    """The document's version and dates, its reviews, and its change log."""
    for one in outline.fields:
        if one.form not in {Form.ENTRY, Form.ROW}:
            yield from _of_field(one, outline)
    for table in outline.tables:
        yield from _of_log(table, outline)
    for group in outline.groups:
        yield from _triggers(group, outline)
    for one in outline.spoken:
        if one.form is Form.PARAGRAPH and "pdate" in one.text:
            yield from _living(one, outline)
        elif one.form is Form.BOX and _POST_MORTEM.search(one.text):
            yield from _after_post_mortem(one, outline)


def _of_field(one: Statement, outline: Outline) -> Said:
    name = field_named(one.label)
    rest = one.rest.strip(" *`")
    value: dict[str, object] = {}
    if name == "version" and speaks_of_document(one, outline.runbook) and _VERSION.fullmatch(rest):
        value = {"version": rest}
    elif name == "updated" and speaks_of_document(one, outline.runbook) and _DATE.fullmatch(rest):
        value = {"last_updated": rest}
    elif name == "next review" and _DATE.fullmatch(rest):
        value = {"next": rest}
    elif name == "purpose" and speaks_of_document(one, outline.runbook) and one.form is Form.PARAGRAPH:
        value = {"purpose": rest}
    elif name == "review":
        value = dict(recurrence_of(rest) or {})
    elif name == "approval" and _about_runbook(one):
        value = {
            "approval": [
                part.strip()
                for part in re.split(r"\s*(?:\+|,|&|\band\b|\bund\b|\by\b)\s*", rest)
                if part.strip()
            ]
        }
    if value:
        yield outline.fact(FactType.REVIEW, one.line, {"what": "runbook", **value})


def _about_runbook(one: Statement) -> bool:
    return any(_ABOUT_RUNBOOK.search(title.text) for title in one.above[-2:] if title.form is Form.HEADING)


def _of_log(table: Table, outline: Outline) -> Said:
    columns = {
        key: name
        for key, pattern in _COLUMNS.items()
        for name in table.columns
        if re.fullmatch(pattern, name.strip(), re.IGNORECASE)
    }
    if "date" not in columns or not {"version", "changes"} <= set(columns):
        return
    if not any(_LOG.search(title.text) for title in table.above[-2:]) and "by" not in columns:
        return
    for row in table.rows:
        cells = dict(row.cells)
        value = {str(key): cells[name].strip() for key, name in columns.items()}
        if _DATE.fullmatch(value["date"]):
            yield outline.fact(FactType.REVIEW, row.line, {"what": "runbook", **value})


def _triggers(group: Group, outline: Outline) -> Said:
    items = group.items() if field_named(group.name) == "triggers" else []
    if items:
        value = {"what": "runbook", "triggers": [one.text for one in items]}
        yield outline.fact(FactType.REVIEW, group.title.line, value, (group.title.line, items[-1].end))


def _living(one: Statement, outline: Outline) -> Said:
    """A sentence such as "Update it after every incident and improvement"."""
    found = (
        _UPDATE_IT.search(one.text)
        if re.search(r"\b(?:runbook|document|playbook)\b", one.text, re.IGNORECASE)
        else None
    )
    found = found or _AFTER.search(one.text)
    if not found:
        return
    each = (found["each"] or "").lower()
    what = [
        part.strip(" .*_")
        for part in re.split(r",\s*(?:and |or )?|\s+(?:and|or)\s+", found["what"])
        if part.strip()
    ]
    triggers = [f"{each}{re.sub(r'^(?:every|each|any) ', '', part)}" for part in what]
    yield outline.fact(FactType.REVIEW, one.line, {"what": "runbook", "triggers": triggers})


def _after_post_mortem(one: Statement, outline: Outline) -> Said:
    told = next((words for words in one.words if _UPDATES.search(words.text)), None)
    if told:
        value = {"what": "runbook", "triggers": [plain(one.text).lower()]}
        yield outline.fact(FactType.REVIEW, told.line, value, (one.line, told.line))


def reviewed(text: str) -> str:
    """What a task reviews, where it is the runbook itself: "Review and update runbooks"; "" if not."""
    found = _REVIEWS.match(text)
    return found["what"].lower() if found and not found["rest"].strip(" .") else ""
