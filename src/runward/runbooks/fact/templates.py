"""Read templates: reports and messages that an incident asks for, with the fields that are to be filled in."""

import re
from collections.abc import Iterator
from functools import lru_cache

from runward.runbooks.fact.model import Form
from runward.runbooks.fact.outline import Group, Outline, Said
from runward.runbooks.model import Block, Fact, FactType, Kind
from runward.runbooks.procedure.titles import plain

_TEMPLATE = re.compile(r"\btemplates?\b|\bvorlagen?\b|\bplantillas?\b|\bmodèles?\b", re.IGNORECASE)
_CODE_TEMPLATE = re.compile(
    r"\b(?:use|follow|see|copy|select|choose|prompts?|pr|pull request|procedure|reference|runbook|alert|helm|terraform|cloudformation|jinja|index|launch|vm|pod|go|email templates|issue templates|arm|bicep|ansible|config(?:uration)?|instance|env)\b",
    re.IGNORECASE,
)
_INCIDENT = re.compile(r"\b(?:incidents?|outage|störung|vorfall|incidentes?)\b", re.IGNORECASE)
_MESSAGE = re.compile(r"\b(?:declare|update|close|resolve|announce|notify|create|open)\b", re.IGNORECASE)
_POSTS = re.compile(r"(?:^|\|\s*|/)slack\s+(?:post|create|set|send|message)\b", re.IGNORECASE | re.MULTILINE)
_HEADING = re.compile(r"(?P<marks>#{1,6})\s+(?P<text>.+?)\s*#*")
_FIELD = re.compile(
    r"(?:[-*•]\s+)?(?:\*\*|__)?(?P<name>[^\W\d_][^:*|`]{1,50}?)(?:\*\*|__)?\s*:(?:\*\*|__)?(?:\s+(?P<rest>.*))?"
)
_TIMED = re.compile(
    r"[-*•]\s+\**\[?(?:HH:MM(?::SS)?|\d{1,2}:\d{2}|Time|T[+-]\d+\w*)\]?\**(?:\s*UTC)?\s*[-–—:]\s*(?P<what>[^\[<]{3,60})"
)
_ID = re.compile(
    r"#?[A-Za-z]{2,12}(?:-[A-Za-z]{0,12})?-(?:YYYY[-/]?MM(?:[-/]?DD)?|\[?YYYY)(?:-[A-Z#N]{1,4})?|#[\w-]+-\$\(date[^)]*\)|#[\w-]+-YYYY-?MM-?DD"
)
_DATE_COMMAND = re.compile(r"\$\(date\s+\+?[\"']?(?P<form>[^)\"']+)[\"']?\)")
_PARTS_OF_DATE = {"%Y": "YYYY", "%m": "MM", "%d": "DD", "%H": "HH", "%M": "MM", "%F": "YYYY-MM-DD"}
_SAID = re.compile(r"[\"'](?:[^\w\"']*)(?P<key>[A-Z][A-Z ]{2,30}|[A-Z][\w ]{2,30}?):\s")
_LINE_KEY = re.compile(r"(?P<key>[A-Z][\w /-]{1,30}?):\s+\S.*")


def templates(outline: Outline) -> Said:
    """Templates under titles that say so, and the messages that an incident's commands post."""
    by_line = {block.line: block for block in outline.runbook.blocks if block.form != "inline"}
    starts = sorted(by_line)
    for group in outline.groups:
        block = _block_below(group, starts, by_line)
        if block is None:
            continue
        if _is_template(group, block):
            fields = list(dict.fromkeys(_fields(block.text)))
            if len(fields) > 1:
                yield _template(outline, group, block, fields)
        elif _is_message(group, block):
            yield _template(
                outline, group, block, list(dict.fromkeys(_said(block.text))), named=_creates(block)
            )


@lru_cache(maxsize=4096)
def _may_hold_one(title: str) -> bool:
    return bool(_TEMPLATE.search(title) or _INCIDENT.search(title))


def _block_below(group: Group, starts: list[int], blocks: dict[int, Block]) -> Block | None:
    """The first block below a title, before the next title."""
    if group.title.form not in {Form.HEADING, Form.LABEL} or not _may_hold_one(group.name):
        return None
    last = min(
        (part.title.line for part in group.parts if part.title.form in {Form.HEADING, Form.LABEL}),
        default=1 << 30,
    )
    line = next((start for start in starts if start > group.title.line), 0)
    block = blocks.get(line)
    near = block is not None and line < last and block.heading and plain(block.heading[-1]) in group.path
    return block if near and line - group.title.line <= 6 else None


def _is_template(group: Group, block: Block) -> bool:
    return bool(
        _TEMPLATE.search(group.name)
        and not _CODE_TEMPLATE.search(group.name)
        and block.kind not in {Kind.COMMAND, Kind.TRANSCRIPT}
        and block.lang in {"markdown", "md", "none", "text", "txt", "plaintext", ""}
    )


def _is_message(group: Group, block: Block) -> bool:
    return bool(_INCIDENT.search(group.name) and _MESSAGE.search(group.name) and _POSTS.search(block.text))


def _creates(block: Block) -> bool:
    """Whether the command gives what it posts to a name of its own."""
    return bool(re.search(r"\bcreate\b", block.text))


def _template(outline: Outline, group: Group, block: Block, fields: list[str], *, named: bool = True) -> Fact:
    found = _ID.search(block.text) if named else None
    value = {"title": group.name, "id": _undated(found[0]) if found else "", "fields": fields}
    return outline.fact(FactType.TEMPLATE, group.title.line, value, (group.title.line, block.end))


def _undated(name: str) -> str:
    """A name with the date's form in place of the command that prints it."""
    found = _DATE_COMMAND.search(name)
    if not found:
        return name
    form = found["form"]
    for mark, word in _PARTS_OF_DATE.items():
        form = form.replace(mark, word)
    return name[: found.start()] + form + name[found.end() :]


def _fields(text: str) -> Iterator[str]:
    """The headings and labels of a template; a label below a heading is told with it."""
    above, told = "", True
    depth = 0
    for line in text.split("\n"):
        heading = _HEADING.fullmatch(line.strip())
        if heading:
            if above and not told:
                yield above
            above, depth, told = heading["text"].strip(" *:"), len(heading["marks"]), False
            if depth == 1:
                titled = _FIELD.fullmatch(above)
                above, told = (titled["name"], False) if titled and titled["rest"] else ("", True)
            continue
        name = _name_in(line.strip())
        if name:
            yield f"{above}: {name}" if above and depth > 1 else name
            told = True
    if above and not told:
        yield above


def _name_in(line: str) -> str:
    if not line or line.startswith(("|", "- [")):
        return ""
    timed = _TIMED.fullmatch(line)
    if timed:
        return timed["what"].strip()
    found = _FIELD.fullmatch(line)
    return found["name"].strip(" -*") if found and len(found["name"].split()) <= 5 else ""


def _said(text: str) -> Iterator[str]:
    """The keys of a posted message: "UPDATE: ...", "Severity: P1"."""
    for line in text.split("\n"):
        if line.lstrip().startswith("#"):
            continue
        quoted = _SAID.search(line)
        plain_line = _LINE_KEY.match(line)
        if quoted:
            yield quoted["key"].strip()
        elif plain_line:
            yield plain_line["key"].strip()
