"""Read checklists: task lists to be ticked, and lists whose title says that they are one."""

import re
from functools import lru_cache

from runward.runbooks.fact.model import Form, Statement
from runward.runbooks.fact.moments import event_named, moment_of
from runward.runbooks.fact.outline import Group, Outline, Said
from runward.runbooks.fact.recurrences import recurrence_of
from runward.runbooks.model import Fact, FactType
from runward.runbooks.procedure.titles import plain

_CHECKLIST = re.compile(
    r"\bcheck-?lists?\b|checkliste|prüfliste|\blista de (?:verificación|comprobación|control|chequeo)\b"
    r"|^(?:pre|post)-[\w]+(?: (?:verification|checks?|validation|review|tasks?|actions?|steps))?$"
    r"|\b(?:post-?incident|incident|post-?mortem) review process\b",
    re.IGNORECASE,
)
_PARTIAL = re.compile(r"^(?:pre|post)-\w+(?: (?:tasks?|actions?|steps))?$", re.IGNORECASE)
_NAMELESS = re.compile(
    r"check-?lists?|validation|verification|checkliste|prüfliste|verificación", re.IGNORECASE
)
# Lists of what is still open, which nobody works through again.
_BACKLOG = re.compile(
    r"\baction items?\b|\bnext steps?\b|\bto-?dos?\b|\bback-?log\b|\broad-?map\b|\bopen (?:items|questions|issues|tasks)\b|\bfollow-?ups?\b|\bfuture\b|\bplanned\b|\bprogress\b|\bstatus\b"
    r"|^tasks?$|^tasks? \d|^priori(?:ty|dad|tät)\b|\b(?:completion|success) criteria\b|^prevention\b|^prävention|^prevención|任务清单|^действия$|\bexam\b|\bauslöser\b|\bmilestones?\b|\bdeliverables\b|\bimprovements?\b|\boffene punkte\b|\bpróximos pasos\b|\bpendientes?\b|\bplan\b|\bsprint\b|\bweek \d|\bphase \d",
    re.IGNORECASE,
)
_PLAN = re.compile(
    r"\b(?:action|implementation|migration|project|improvement|execution|development|refactoring) plan\b|\broad-?map\b|\bback-?log\b|\bto-?dos?\b|\bplan de acción\b|план действий",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\s*\((?P<aside>[^()]*)\)\s*$")
_LEAST = 2


def checklists(outline: Outline) -> Said:
    """The checklists, each with its title, its items and, where it says so, when it is due."""
    if _PLAN.search(outline.runbook.title):
        return
    for group in outline.groups:
        if group.title.form in {Form.ENTRY, Form.COMMENT}:
            continue
        items = group.items()
        ticked = [one for one in items if one.checked is not None]
        if len(ticked) >= _LEAST and len(ticked) == len(items):
            if not _BACKLOG.search(group.name) and not any(one.checked for one in ticked):
                yield _checklist(outline, group, ticked, "checkbox")
        elif len(items) >= _LEAST and not group.coded and _is_checklist(group):
            yield _checklist(outline, group, items, "list")


def _is_checklist(group: Group) -> bool:
    return _ends_so(group.name) or (group.title.form is not Form.HEADING and _says_so(group.name))


@lru_cache(maxsize=4096)
def _says_so(title: str) -> bool:
    return bool(_CHECKLIST.search(title))


@lru_cache(maxsize=4096)
def _ends_so(title: str) -> bool:
    return bool(re.search(r"check-?lists?$|checkliste$|prüfliste$", title, re.IGNORECASE))


def _checklist(outline: Outline, group: Group, items: list[Statement], form: str) -> Fact:
    moment = moment_of(group.title.text)
    when = {}
    if moment:
        event = moment.event or next(
            (name for one in reversed(group.above) if (name := event_named(one.text))), ""
        )
        when = {"relative_to": event, "offset": moment.offset} if event else {}
    value: dict[str, object] = {
        "title": _title(group),
        "items": [one.text.rstrip(":") for one in items],
        "form": form,
    }
    if when:
        value["when"] = when
    line = group.title.line or items[0].line  # a list at the top of a document has no title
    return outline.fact(FactType.CHECKLIST, line, value, (line, items[-1].end))


def _title(group: Group) -> str:
    """The title without the time in brackets; one that only says at which point is completed by the heading above."""
    aside = _ASIDE.search(group.name)
    name = group.name[: aside.start()] if aside and recurrence_of(aside["aside"], "day") else group.name
    if not _NAMELESS.fullmatch(name) and (not _PARTIAL.fullmatch(name) or group.title.form is Form.HEADING):
        return name
    above = next((plain(one.text) for one in reversed(group.above) if one.form is Form.HEADING), "")
    return f"{name}: {above}" if above else name
