"""Read recovery and service objectives: RTO, RPO, SLOs and where they are defined."""

import re
from collections.abc import Iterator
from functools import lru_cache

from runward.runbooks.fact.lengths import LENGTH, length_from
from runward.runbooks.fact.model import Form, Statement, Statements
from runward.runbooks.model import Fact, FactType, Notice
from runward.runbooks.procedure.titles import plain

_ABBREVIATED = r"(?:target |expected |zielwert |objetivo )?{short}(?: \([^()]*\))?(?: (?:targets?|objectives?|ziel|objetivo))?"
_NAMED: tuple[tuple[FactType, re.Pattern[str]], ...] = (
    (FactType.RTO, re.compile(rf"{_ABBREVIATED.format(short='rto')}|(?:target )?recovery time objective(?: \(rto\))?|wiederherstellungszeit(?: \(rto\))?|objetivo de tiempo de recuperación(?: \(rto\))?", re.IGNORECASE)),
    (FactType.RPO, re.compile(rf"{_ABBREVIATED.format(short='rpo')}|(?:target )?recovery point objective(?: \(rpo\))?|objetivo de punto de recuperación(?: \(rpo\))?", re.IGNORECASE)),
)  # fmt: skip
_MAY_BE_LEVEL = re.compile(r"SL[AOI]|sl[aoi]s?\b|[Ss]ervice[ -][Ll]evel")
_WANTED = re.compile(rf"^(?:[<≤~≈]=?\s*|under |up to |within |less than |max(?:imum|\.)?:? |höchstens |maximal |máximo |unter |menos de )?{LENGTH}(?P<rest>.*)$", re.IGNORECASE | re.DOTALL)  # fmt: skip
_SEVERAL = re.compile(rf"[,;/]\s*(?:and |or )?{LENGTH}", re.IGNORECASE)
_ANOTHER = re.compile(r"^\s*(?:-|–|to\b|bis\b|a\b|/|or\b)\s*\d", re.IGNORECASE)
_SUBJECT = re.compile(r"(?:critical )?(?:services?|components?|systems?|tiers?|applications?|scenarios?|data(?: type)?|workloads?|resources?|dienste?|komponente|systeme?|servicios?|componentes?|sistemas?|aplicación)(?: (?:name|types?))?", re.IGNORECASE)  # fmt: skip
_GENERAL = re.compile(
    r"\b(?:rto|rpo|recovery|objectives?|targets?|overview|disaster|dr|backups?|summary|metrics|strategy|goals?|wiederherstellung\w*|ziele|recuperación|recuperacao|procedimientos?|procedimentos?|objetivos?|phase|step|scenario|impact|validation|procedure|sla|slo|plan|test\w*|requirements?|service levels?|policy|assessment|performance|prerequisites|timeline|checklist|level|general|escenarios?|desastres?|szenarien|katastrophe\w*|información|information|criticality|slas?|slos?|continuity|incidents?|operations|monitoring|availability|severity|classification|szenario|escenario|fase)\b|\d|:",
    re.IGNORECASE,
)
_SERVICE_LEVEL = re.compile(r"\b(?:SLOs?|SLAs?|SLIs?|service[ -]level)\b")
_PERCENT = re.compile(r"^(?P<op>[≥>]=?|at least |mindestens |al menos )?\s*(?P<value>\d{2,3}(?:[.,]\d+)?)\s?%(?:\s*(?:\(|over |per |/|im |al )?\s*(?P<window>\d+[- ]?(?:days?|d|tage)|monthly|month|monat|mes|year|quarter)\b(?!-).*)?\)?$", re.IGNORECASE)  # fmt: skip
_TARGETED = re.compile(r"target|slo|sla|objective|goal|ziel|objetivo", re.IGNORECASE)
_WINDOWS = {"monthly": "month", "monat": "month", "mes": "month"}
_COMPLIANCE = re.compile(r"^(?:review|analy[sz]e|check|report(?: on)?|prüfe[n]?|revisar|analizar)\s+(?:the )?(?P<name>S[LA]?[LOA]+s? compliance)\b", re.IGNORECASE)  # fmt: skip
_EVERY = (("day", r"daily|täglich\w*|diari[oa]"), ("week", r"weekly|wöchentlich\w*|semanal\w*"), ("month", r"monthly|monatlich\w*|mensual\w*"), ("quarter", r"quarterly|vierteljährlich\w*|trimestral\w*"))  # fmt: skip
_WITHIN = re.compile(r"\b(?P<verb>resolv|respon[ds]|acknowledg|lös|behoben|resolver|responder)\w*\s+(?:it |them |incidents? )?(?:within|innerhalb de[rs]|dentro del?)\s+(?:the |our )?(?P<name>SL[AO])\b", re.IGNORECASE)  # fmt: skip
_FILE = re.compile(r"(?P<path>[\w./-]*/)?(?P<stem>[\w-]*\bsl[aoi]s?\b[\w-]*)\.(?:md|rst|adoc|pdf|docx?|html)", re.IGNORECASE)  # fmt: skip
_PARTED = re.compile(rf"^{LENGTH}\s*(?:for|für|para)\s+(?P<what>[^,;]+)$", re.IGNORECASE)
_MOST_WORDS = 5
_TROUBLE = re.compile(r"violat|breach|burn|alert|incident-\d|miss", re.IGNORECASE)
_ONLY_TARGET = re.compile(r"(?:target|objective|goal)?\s*(?:SLO|SLA)s?\s*(?:target|objective|goal)?|ziel-?(?:SLO|SLA)|(?:SLO|SLA)-?ziel|objetivo(?: de)? (?:SLO|SLA)", re.IGNORECASE)  # fmt: skip
_SHEET = re.compile(r"\b(?:template|vorlage|plantilla)\b", re.IGNORECASE)
_SAMPLE = re.compile(r"\W*(?:example|beispiel|ejemplo)\b", re.IGNORECASE)
_LEVELS = {"sla": "SLA", "slo": "SLO", "sli": "SLI", "slas": "SLAs", "slos": "SLOs"}


def objectives_of(statements: Statements) -> Iterator[Fact | Notice]:
    """Every RTO, RPO and service level that a document states or refers to."""
    for one in statements.words:
        if one.form is Form.ROW:
            yield from _row(statements, one)
        elif one.form not in {Form.CODE, Form.BOX, Form.COMMENT} and len(one.text) < 300:
            if one.label and _kind(one.label):
                yield from _field(statements, one)
            if _MAY_BE_LEVEL.search(one.text):
                yield from _service_level(statements, one)


def _row(statements: Statements, one: Statement) -> Iterator[Fact | Notice]:
    """A row under columns called RTO and RPO, or a row that begins with one of them."""
    columns = [(_kind(column), column, cell) for column, cell in one.cells]
    service = next(
        (cell for kind, column, cell in columns if not kind and _SUBJECT.fullmatch(column.strip("* "))), ""
    )
    service = service or (one.cells[0][1] if not columns[0][0] else "")
    for kind, _, cell in columns:
        if kind:
            yield from _objective(statements, one, kind, cell, service)
    first = _kind(one.cells[0][1]) if len(one.cells) > 1 else None
    if first and not any(kind for kind, _, _ in columns):
        yield from _objective(statements, one, first, one.cells[1][1], "")
    elif len(one.cells) > 1:
        yield from _level_row(statements, one)


@lru_cache(maxsize=2048)
def _kind(name: str) -> FactType | None:
    words = plain(name).strip(" *`")
    return next((kind for kind, pattern in _NAMED if pattern.fullmatch(words)), None)


def _field(statements: Statements, one: Statement) -> Iterator[Fact | Notice]:
    """The form "RTO: 4 hours" under the name of what must come back."""
    kind = _kind(one.label)
    if kind and one.rest:
        yield from _objective(statements, one, kind, one.rest, _service(one))


def _service(one: Statement) -> str:
    """The nearest title that names something and not objectives; the document's own title is none."""
    titles = [plain(title.text) for title in one.above[1:]]
    named = (
        title
        for title in reversed(titles)
        if not _GENERAL.search(title) and len(title.split()) <= _MOST_WORDS
    )
    return next(named, "")


def _objective(
    statements: Statements, one: Statement, kind: FactType, text: str, service: str
) -> Iterator[Fact | Notice]:
    text = text.strip().strip("*` ")
    parts = [_PARTED.match(part) for part in re.split(r"[,;]\s+", text)]
    if len(parts) > 1 and all(parts):
        for part in parts:
            if part:
                value = {"service": part["what"].strip(), "value": length_from(part["count"], part["unit"])}
                yield statements.fact(kind, one.line, value)
        return
    found = _WANTED.match(text)
    if found and _SEVERAL.search(found["rest"]):
        yield Notice(one.line, f"the {kind.value.upper()} “{text}” gives more than one length of time")
    elif found and not _ANOTHER.match(found["rest"]):
        value = {"service": service.strip("*` "), "value": length_from(found["count"], found["unit"])}
        yield statements.fact(kind, one.line, value)
    elif (
        re.match(r"(?:zero|none|0|near[- ]zero)\b", text, re.IGNORECASE)
        and kind is FactType.RPO
        and "near" not in text.lower()
    ):
        yield statements.fact(kind, one.line, {"service": service.strip("*` "), "value": "0s"})
    elif any(letter.isdigit() for letter in text):
        yield Notice(one.line, f"the {kind.value.upper()} “{text}” is not one length of time")


def _level_row(statements: Statements, one: Statement) -> Iterator[Fact]:
    """A row that gives a service level: the heading or a column speaks of SLOs, a cell gives the percentage."""
    if not is_service_level(one):
        return
    name = one.cells[0][1].strip("*` ")
    for column, cell in one.cells[1:]:
        target = _PERCENT.match(cell.strip("*` "))
        if target and _TARGETED.search(column):
            yield statements.fact(FactType.SLO, one.line, _level(name, target))
            return


def is_service_level(one: Statement) -> bool:
    """Whether a row gives a service level: its table or title speaks of them, and a target is a percentage."""
    said = [column for column, _ in one.cells] + [one.nearest]
    if not any(_SERVICE_LEVEL.search(text) for text in said):
        return False
    return any(
        _PERCENT.match(cell.strip("*` ")) and _TARGETED.search(column) for column, cell in one.cells[1:]
    )


def _level(name: str, target: re.Match[str]) -> dict[str, object]:
    window = (target["window"] or "").lower()
    return {
        "name": name,
        "target": f"{target['value'].replace(',', '.')}%",
        "window": _WINDOWS.get(window, re.sub(r"[- ]?(?:days?|tage)", "d", window)),
    }


def _service_level(statements: Statements, one: Statement) -> Iterator[Fact]:
    """A service level in words: a target, a review, a deadline, or the document that defines it."""
    value: dict[str, object] | None = None
    start = one.line
    target = _PERCENT.match(one.rest) if one.label and _SERVICE_LEVEL.search(one.label) else None
    compliance, within, file = _COMPLIANCE.match(one.text), _WITHIN.search(one.text), _FILE.search(one.text)
    name = _level_named(one) if target else ""
    if target:
        value = _level(name, target) if name else None
    elif compliance:
        every, start = _rhythm(one)
        value = {"name": compliance["name"], "review": every, "target": None}
    elif within:
        resolves = within["verb"].lower().startswith(("resol", "lös", "beh"))
        value = {
            "name": within["name"].upper(),
            "of": "incident resolution" if resolves else "incident response",
            "target": None,
        }
    elif file and one.form is Form.ITEM and not _TROUBLE.search(file["stem"]):
        value = {"name": _document(file["stem"]), "defined_in": file[0], "target": None}
    if value:
        yield statements.fact(FactType.SLO, one.line, value, start=start)


def _level_named(one: Statement) -> str:
    """The name of a service level; a label that only says that it is a target is told by the title above.

    "" where nothing names it, and in a sheet to be filled in, whose figures are only samples.
    """
    if any(_SHEET.search(title.text) for title in one.above):
        return ""
    if not _ONLY_TARGET.fullmatch(one.label):
        return one.label
    named = [title for title in one.above if title.form is Form.HEADING and not _SAMPLE.match(title.text)]
    return re.sub(r"\s*\([^()]*\)$", "", plain(named[-1].text)) if named else ""


def _rhythm(one: Statement) -> tuple[str, int]:
    """How often the work under these titles is done, and the line that says so."""
    for title in reversed(one.above):
        for name, words in _EVERY:
            if re.search(rf"\b(?:{words})\b", title.text, re.IGNORECASE):
                return name, title.line
    return "", one.line


def _document(stem: str) -> str:
    """The name of a document by its file: "09-sla-slo-policy" is "SLA, SLO and policy"."""
    words = re.split(r"[-_]+", re.sub(r"^\d+[-_]", "", stem.lower()))
    if words[0] not in _LEVELS:
        return " ".join(_LEVELS.get(word, word) for word in words)
    levels = [_LEVELS[word] for word in words if word in _LEVELS]
    others = [word for word in words if word not in _LEVELS]
    return " and ".join(part for part in (", ".join(levels), " ".join(others)) if part)
