"""Read in sentences who takes over when nobody answers, or when nothing helped in time."""

import re
from collections.abc import Iterator

from runward.runbooks.fact.deadlines import window_of
from runward.runbooks.fact.lengths import LENGTH, length_from
from runward.runbooks.fact.model import Form, Statement
from runward.runbooks.fact.outline import Group, Outline, Said
from runward.runbooks.fact.roles import PERSON, lowered
from runward.runbooks.model import FactType
from runward.runbooks.procedure.titles import plain

_NOT_DONE = r"(?:[\w'’-]+\s+){0,6}?(?:not|unable|un(?:resolved|acknowledged|answered)|cannot|can['’]t|don['’]t|doesn['’]t|isn['’]t|hasn['’]t|haven['’]t|no (?:response|answer|acknowledge?ment|ack|progress)|still (?:down|failing|broken)|nicht|keine(?: reaktion| antwort)?|no|sin respuesta)\b[^.,:;]*?"
_WITHIN = r"\s+(?:within|in|after|for|innerhalb(?: von)?|nach|binnen|en|tras|después de|dentro de)\s+(?:the first |about )?"
# "If nobody acknowledges within 10 minutes", "No response after 10 min", "Unresolved for 2 hours".
_UNHELPED = re.compile(
    rf"(?:(?:if|when|wenn|falls|si|cuando)\s+)?{_NOT_DONE}{_WITHIN}{LENGTH}(?P<rest>.*)", re.IGNORECASE
)
_LATER = re.compile(rf"(?:after|nach|tras|después de)\s+{LENGTH}(?P<rest>.*)", re.IGNORECASE)
_THEN = re.compile(r"\s*(?:[,:]|→|->|=>|\s[-–—]\s)\s*(?:then\s+|dann\s+|entonces\s+)?(?P<do>\S.*)")
_CALLS = re.compile(
    r"\b(?:escalat\w*|page[sd]?|call(?:s|ed)?|contact(?:s|ed)?|notify|notified|inform(?:ed)?|involve|bring in|loop in|goes to|wake|ping|reach out|eskalier\w*|ruf\w*|informier\w*|verständig\w*|escal\w+|llam\w+|avis\w+|contact\w+|notific\w+)\b",
    re.IGNORECASE,
)
_STEP = re.compile(r"(?P<who>[^()]{2,60}?)\s*\((?P<when>[^()]{2,30})\)\.?")
_TIMED = re.compile(r"\s*(?:[\d><≥]|after\b|nach\b|tras\b|después\b|if (?:not|un))", re.IGNORECASE)
_NEXT = re.compile(r"\b(?:secondary|backup|primary|next level|zweite[nr]?|secundari[oa])\b", re.IGNORECASE)
_LONGEST = 220
_MOST = 160


def takeovers(outline: Outline, groups: Iterator[Group]) -> Said:
    """Sentences that set a time after which somebody else is called, in groups that speak of escalation."""
    for group in groups:
        for one in group.said:
            if one.form in {Form.ITEM, Form.PARAGRAPH} and len(one.text) <= _LONGEST:
                yield from _sentence(one, outline)
        yield from _ladder(group, outline)


def unhelped_label(one: Statement) -> str:
    """After how long "If unable to resolve within 30 minutes:" has something done, "" for any other label."""
    found = _UNHELPED.fullmatch(one.label) if one.form is Form.LABEL and len(one.label) <= _LONGEST else None
    return length_from(found["count"], found["unit"]) if found and not found["rest"].strip() else ""


def labelled_takeovers(outline: Outline) -> Said:
    """The list below such a label, where it calls somebody."""
    for group in outline.groups:
        if group.title.form is not Form.LABEL or group.opening is None:
            continue
        after = unhelped_label(group.opening)
        items = [one.text.rstrip(".") for one in group.items()] if after else []
        do = ", ".join(items)
        if items and _calls(do):
            value = {"from": after, "do": do}
            yield outline.fact(
                FactType.ESCALATION, group.title.line, value, (group.title.line, group.items()[-1].line)
            )


def _sentence(one: Statement, outline: Outline) -> Said:
    text = plain(one.text)
    if one.label and one.rest and _TIMED.match(one.label):
        return  # a window with what is done in it
    found = _UNHELPED.fullmatch(text) or (None if one.mark == ":" else _LATER.fullmatch(text))
    then = _THEN.fullmatch(found["rest"]) if found else None
    do = then["do"].strip(" .") if then else ""
    if found and do and _calls(do) and len(do) <= _MOST and not re.search(r"[.!?]\s+\S", do):
        value = {"from": length_from(found["count"], found["unit"]), "do": do}
        yield outline.fact(FactType.ESCALATION, one.line, value)


def _calls(text: str) -> bool:
    """Whether somebody is called."""
    return bool(_CALLS.search(text) and (PERSON.search(text) or _NEXT.search(text)))


def _ladder(group: Group, outline: Outline) -> Said:
    """An ordered list of people, each with a window: "1. On-call engineer (0-15 min)"."""
    items = group.items()
    steps = [_STEP.fullmatch(one.text) for one in items]
    windows = [window_of(step["when"]) if step else None for step in steps]
    if len(items) < 2 or not all(windows) or not all(one.number for one in items):
        return
    for one, step, window in zip(items, steps, windows, strict=True):
        if step and window and PERSON.search(step["who"]) and not one.label:
            value = {"who": lowered(step["who"].strip()), "from": window.start, "to": window.to}
            yield outline.fact(FactType.ESCALATION, one.line, value)
