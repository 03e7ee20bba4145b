"""Tell what a field speaks of: a procedure, or the document as a whole."""

import re

from runward.runbooks.fact.field_names import field_named
from runward.runbooks.fact.model import Form, Statement, Title
from runward.runbooks.model import Runbook
from runward.runbooks.procedure.titles import Role, plain, role_of

# Titles that say which part of a text this is; a field below them speaks of what stands above.
_PARTS = re.compile(
    r"overview|summary|introduction|purpose|metadata|meta|information|(?:document|runbook) (?:information|info|control|metadata|details)|details|general|impact|alert(?: details| info(?:rmation)?)?"
    r"|symptoms?|description|context|scope|meaning|properties|at a glance|quick (?:facts|reference|info)|überblick|übersicht|zusammenfassung|allgemein(?:es)?|resumen|información(?: general)?|descripción general",
    re.IGNORECASE,
)
PAPERS = frozenset({"version", "updated", "next review", "review"})  # fields that only a document has
_RULES = frozenset({"---", "***", "___", "* * *", "- - -"})
_FOOT = 14  # lines at the end of a document in which it speaks of itself
_NOT_NAMES = frozenset(Role) - {Role.NAME, Role.STEP, Role.BRANCH, Role.OPTION}


def subject_of(one: Statement, runbook: Runbook) -> str:
    """The heading of what a field describes; "" where it describes the whole document."""
    if one.form is Form.ENTRY and one.above and one.above[-1].form is Form.ENTRY:
        return plain(one.above[-1].text)
    headings = [title for title in one.above if title.form is Form.HEADING]
    named = [title for title in headings if not _is_part(title)]
    if len(named) > 1:
        return plain(named[-1].text)
    return plain(named[0].text) if len(named) == 1 and named[0] is not _first(runbook, headings) else ""


def _is_part(title: Title) -> bool:
    words = plain(title.text)
    return bool(_PARTS.fullmatch(words)) or role_of(title.text) in _NOT_NAMES


def _first(runbook: Runbook, headings: list[Title]) -> Title | None:
    """The heading that is the document's own title."""
    return headings[0] if headings and plain(headings[0].text) == plain(runbook.title) else None


def speaks_of_document(one: Statement, runbook: Runbook) -> bool:
    """Whether a field stands in the front matter, in the head or at the foot, where a document speaks of itself."""
    if one.form is Form.FRONT:
        return True
    headings = [title for title in one.above if title.form is Form.HEADING]
    if one.form not in {Form.PARAGRAPH, Form.ITEM}:
        return False
    if len(headings) <= 1 and (not headings or headings[0] is _first(runbook, headings)):
        return True
    at_foot = one.line > len(runbook.document.lines) - _FOOT and len(one.text) < 100
    return at_foot and (field_named(one.label) in PAPERS or _below_rule(headings[-1].line, one.line, runbook))


def _below_rule(first: int, last: int, runbook: Runbook) -> bool:
    """Whether a line drawn across the page parts a field from what stands under the last heading."""
    return any(line.strip() in _RULES for line in runbook.document.lines[first : last - 1])
