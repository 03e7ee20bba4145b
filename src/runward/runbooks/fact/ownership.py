"""Read who owns a procedure, how long it takes, and for how long the service is down meanwhile."""

import re

from runward.runbooks.fact.deadlines import Window, range_or_length_of
from runward.runbooks.fact.field_names import field_named
from runward.runbooks.fact.lengths import LENGTH, find_length, length_from
from runward.runbooks.fact.model import Form, Statement, Title
from runward.runbooks.fact.outline import Outline, Said
from runward.runbooks.fact.records import is_forecast, is_looking_back, is_of_alert, is_to_be_done
from runward.runbooks.fact.subjects import PAPERS, speaks_of_document, subject_of
from runward.runbooks.model import Block, Fact, FactType, Kind, Notice
from runward.runbooks.procedure.titles import plain, step_title

_ASIDE = re.compile(r"\s*\((?P<aside>[^()]*)\)\s*$")
_NO_DOWNTIME = re.compile(
    r"(?:none|no|zero|0|keine|ninguno|nicht erforderlich|n/a)(?: downtime)?", re.IGNORECASE
)
_VARIES = re.compile(r"(?:it )?(?:varies|depends|variable|variiert|depende|varía)\b.*", re.IGNORECASE)
_WATCHED = re.compile(
    rf"(?P<step>(?:monitor|watch|observe|wait|beobachten|warten|esperar|monitorear)\b[^,.;]*?)\s+(?:for|at least|für|durante)\s+(?:at least |another |about )?{LENGTH}(?P<rest>[^.,;]*)\.?",
    re.IGNORECASE,
)
_BUDGET = re.compile(r"\berror budget|\bfehlerbudget|presupuesto de error", re.IGNORECASE)
_DO = re.compile(r"\bdo\b")
_SLEEP = re.compile(r"sleep\s+(?P<count>\d+)(?P<unit>[smh]?)\s*(?:#.*)?")
_PLACEHOLDER = re.compile(
    r"^[\[<{].*[\]>}]$|^_+$|^(?:tbd|todo|n/?a|name|none|-|—|team/?person(?: name)?|your (?:team|name).*|@?team-?name)$",
    re.IGNORECASE,
)
_NEAR = 4  # lines
_LONGEST = 80


def owners(outline: Outline) -> Said:
    """Who owns what: a procedure, or the whole document where its head, its foot or its front matter says so."""
    named = [
        (one, field_named(one.label)) for one in outline.fields if one.form not in {Form.ENTRY, Form.ROW}
    ]
    papers = [one.line for one, name in named if name in PAPERS]
    for one, name in named:
        if name not in {"owner", "maintainer"}:
            continue
        who = plain(one.rest).rstrip(".")
        if not who or len(who) > _LONGEST or _PLACEHOLDER.search(who):
            continue
        if one.form is Form.ITEM and one.depth > 1:
            continue  # the owner of a thing to do, not of a procedure
        if is_to_be_done(one, outline):
            continue
        beside = any(abs(line - one.line) <= _NEAR for line in papers)
        whole = beside or name == "maintainer" or speaks_of_document(one, outline.runbook)
        subject = "" if whole else subject_of(one, outline.runbook)
        yield outline.fact(FactType.OWNER, one.line, {"procedure": subject or "whole runbook", "who": who})


def durations(outline: Outline) -> Said:
    """How long procedures and their waits take."""
    for one in outline.fields:
        name = field_named(one.label)
        if name in {"duration", "downtime"} and one.form in {Form.PARAGRAPH, Form.ITEM, Form.FRONT}:
            told = _stated(outline, one, name)
            if told and not _is_none(one, outline):
                yield told
    for one in outline.spoken:
        if one.form in {Form.COMMENT, Form.ITEM} and one.procedure and (found := _watched(one)):
            step = " ".join(f"{found['step']} {found['rest']}".split()).lower()
            value = {
                "procedure": _procedure(one.above),
                "step": step,
                "value": length_from(found["count"], found["unit"]),
            }
            yield outline.fact(FactType.DURATION, one.line, value)
    yield from _sleeps(outline)


def _is_none(one: Statement, outline: Outline) -> bool:
    """Whether a length is no procedure's: of a past trouble, of an alert's condition, of the downtime a budget allows."""
    budget = any(_BUDGET.search(title.text) for title in one.above)
    return budget or is_forecast(one, outline) or is_looking_back(one, outline) or is_of_alert(one, outline)


def _stated(outline: Outline, one: Statement, name: str) -> Fact | Notice | None:
    procedure = subject_of(one, outline.runbook) or outline.runbook.title
    aside = _ASIDE.search(one.rest)
    said = one.rest[: aside.start()] if aside else one.rest
    said = said.strip(" .*`")
    if name == "downtime":
        value: dict[str, object] = {"procedure": procedure, "downtime": _downtime(said)}
        if value["downtime"] == said.lower() and (any(letter.isdigit() for letter in said) or len(said) > 40):
            return Notice(one.line, f"how long “{procedure}” is down was not understood: “{one.rest}”")
        if aside and value["downtime"] == "none":
            value["how"] = aside["aside"]
        return outline.fact(FactType.DURATION, one.line, value)
    length = range_or_length_of(said)
    if length is None and not _VARIES.fullmatch(said):
        if not find_length(said) or len(said) > 60:
            return None  # speaks of a length and states none
        return Notice(one.line, f"how long “{procedure}” takes was not understood: “{one.rest}”")
    return outline.fact(FactType.DURATION, one.line, {"procedure": procedure, "value": _plain(length, said)})


def _downtime(said: str) -> object:
    if _NO_DOWNTIME.fullmatch(said):
        return "none"
    return _plain(range_or_length_of(said), said)


def _plain(length: str | Window | None, said: str) -> object:
    if isinstance(length, Window):
        return {"min": length.start, "max": length.to}
    return length or said.lower()


def _watched(one: Statement) -> re.Match[str] | None:
    text = one.text
    if not text or text[0].lower() not in "mwobe" or len(text) > _LONGEST:
        return None
    return _WATCHED.fullmatch(text)


def _procedure(above: tuple[Title, ...]) -> str:
    """The heading of the procedure that a line stands in."""
    return next((plain(title.text) for title in reversed(above) if title.form is Form.HEADING), "")


def _sleeps(outline: Outline) -> Said:
    """Waits that a script makes between its steps; those inside a loop poll, and say nothing about length."""
    for block in outline.runbook.blocks:
        if block.kind is not Kind.COMMAND or "sleep" not in block.text:
            continue
        lines = block.text.split("\n")
        for number, line in enumerate(lines):
            found = _SLEEP.fullmatch(line)
            procedure = next((one for one in outline.runbook.procedures if block.number in one.blocks), None)
            if found and procedure and not _in_loop(lines[:number]):
                yield _sleep(outline, block, (number, found), block.heading)


def _in_loop(before: list[str]) -> bool:
    opened = sum(bool(_DO.search(line)) for line in before if "do" in line)
    return opened > sum(line.lstrip().startswith("done") for line in before)


def _sleep(outline: Outline, block: Block, at: tuple[int, re.Match[str]], heading: tuple[str, ...]) -> Fact:
    number, found = at
    line = block.first_line + number
    comment = (
        block.text.split("\n")[number - 1].lstrip("# ").strip()
        if number and block.text.split("\n")[number - 1].startswith("#")
        else ""
    )
    says_wait = re.match(r"(?:\d+[.)]\s*)?(?:wait|warte|esperar|let|allow)\b", comment, re.IGNORECASE)
    value = {
        "procedure": plain(heading[-1]) if heading else outline.runbook.title,
        "step": step_title(comment).lower() if says_wait else "wait",
        "value": f"{found['count']}{found['unit'] or 's'}",
        "stated": "code",
    }
    return outline.fact(FactType.DURATION, line, value, (line - 1 if says_wait else line, line))
