"""Read whom to reach and how: contact lists, contact tables, and the mail addresses that commands write to."""

import re
from functools import lru_cache

from runward.runbooks.fact.asked import asked
from runward.runbooks.fact.channels import Channel, channel_named, channels_in, is_channel_name
from runward.runbooks.fact.model import Form, Statement, Title
from runward.runbooks.fact.outline import Group, Outline, Said, Table
from runward.runbooks.model import Fact, FactType
from runward.runbooks.procedure.titles import plain

_TITLE = re.compile(
    r"\bcontacts?\b|\bcontact information\b|\bwho to (?:call|contact|reach)\b|\bansprechpartner\b|\bkontakte?\b|\bcontactos?\b|\bnotify\b|\bnotification list\b|\bescalat|\bgetting help\b|\bsupport channels\b",
    re.IGNORECASE,
)
_NOT_HERE = re.compile(r"\b(?:examples?|templates?|setup|configur\w+|install\w*|form|page)\b", re.IGNORECASE)
_TO_BE = re.compile(r"\b(?:TBD|TBA|TODO|placeholder|platzhalter|por definir)\b")
_BLANK = re.compile(r"\b(?:template|vorlage|plantilla)\b", re.IGNORECASE)
_NOTIFY = re.compile(
    r"^(?:notify|inform|alert|page|tell|benachrichtigen|informar|contactar)\s+(?:the\s+)?", re.IGNORECASE
)
_VIA = re.compile(r"\s*\((?:via\s+)?(?P<via>[^()]{2,40})\)\s*$")
_MAILED = re.compile(
    r"\bmailx?\b[^|;&]*\s-s\s+(?P<quote>[\"'])(?P<subject>.+?)(?P=quote)[^|;&]*?\s(?P<to>[\w.+-]+@[\w.-]+)"
)
_ROLE_COLUMN = re.compile(
    r"role|team|level|function|service|vendor|provider|group|contact type|type|rolle|rol|equipo|issue type|area|system|responsibility",
    re.IGNORECASE,
)
_NAME_COLUMN = re.compile(r"name|person|contact name", re.IGNORECASE)
_REACH_COLUMN = re.compile(
    r"contact(?: info(?:rmation)?| method| details)?|phone(?: number)?|e-?mail|slack(?: channel)?|channel|pager ?duty|telefon|correo|teléfono|kontakt|contacto|mobile|how to reach",
    re.IGNORECASE,
)
_REACH = re.compile(r"^(?:contact|email|call|page)\s+(?:the )?", re.IGNORECASE)
_READING = re.compile(
    r"\bdoc(?:s|umentation)?\b|\bwiki\b|\bguides?\b|\bmanual\b|\brunbooks?\b|\bdashboards?\b|\breference\b|\brepo(?:sitory)?\b|\btutorial\b|\bsubject\b|\bdokumentation\b|\bdocumentación\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"support|issues?|contact|help|ticket|slack|pager|jira|status|discord|forum|service-?desk|teams|opsgenie|hotline|soporte",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(?!(?:check|review|open|post|see|use|visit|file|create|join|search|read)\b)[^\W\d_][^{}\"'=<>$;()]*(?:\([^()]*\))?\s*",
    re.IGNORECASE,
)
_ONLY_BRACKETS = re.compile(r"(?:\W*(?:\[[^\[\]]*\]|<[^<>]*>))+\W*(?:\([^()]*\))?\W*")
_LONGEST_ROLE = 60


def contacts(outline: Outline) -> Said:
    """Everybody that a list or a table of contacts names, with each address of theirs."""
    for group in outline.groups:
        if _speaks_of_contacts(group):
            for one in group.said:
                if one.form in {Form.ITEM, Form.ENTRY, Form.COMMENT, Form.PARAGRAPH}:
                    yield from _listed(one, outline)
                    if not one.label:
                        yield from asked(one, outline)
    for table in outline.tables:
        if any(_is_about_contacts(title.text) for title in table.above[-2:]):
            yield from _rows(table, outline)
    yield from _mailed(outline)


def _speaks_of_contacts(group: Group) -> bool:
    names = group.path[-2:] if group.title.form is not Form.COMMENT else group.path[-1:]
    return any(map(_is_about_contacts, names)) and not _BLANK.search(names[-1] if names else "")


@lru_cache(maxsize=4096)
def _is_about_contacts(title: str) -> bool:
    return bool(_TITLE.search(title)) and not _NOT_HERE.search(title)


def _listed(one: Statement, outline: Outline) -> Said:
    """One line of a list: "Database team: db@example.org", "Slack: #ops", "Primary: [Name] - [Phone]"."""
    if not one.label or not one.rest or not _ROLE.fullmatch(one.label):
        return
    found = channels_in(one.rest)
    named = channel_named(one.label)
    if named == "pagerduty" and not found and len(one.rest) <= 40 and one.form is Form.COMMENT:
        yield _contact(
            outline,
            one,
            {"role": _role_above(one.above), "channel": named, "value": one.rest, "placeholder": False},
        )
        return
    if not found or _says_more(one.rest, found):
        return
    nobody = is_channel_name(one.label) or _is_place(one.label, found)
    role = _role_above(one.above) if nobody else _REACH.sub("", plain(one.label))
    if _is_reading(one, found):
        return
    yield from _each(one, (role, named), found, outline)


def _is_reading(one: Statement, found: tuple[Channel, ...]) -> bool:
    """Whether a line leads to something to read, and to nobody: a link to documents."""
    if _READING.search(one.label) and all(channel.kind in {"url", ""} for channel in found):
        return True
    if all(not channel.kind for channel in found):
        return not _ONLY_BRACKETS.fullmatch(one.rest)
    return all(channel.kind == "url" for channel in found) and not _ASKS.search(f"{one.label} {one.rest}")


def _each(one: Statement, about: tuple[str, str], found: tuple[Channel, ...], outline: Outline) -> Said:
    role, named = about
    if len(role) > _LONGEST_ROLE:
        return
    name = _name_before(one.rest, found)
    reached = [channel for channel in found if channel.kind or channel.value != name]
    via = _VIA.search(one.rest)
    beyond = via["via"] if via and not channels_in(via["via"]) and channel_named(via["via"]) else ""
    for channel in reached:
        value = {
            "role": role,
            "name": name,
            "channel": channel.kind or named,
            "value": channel.value,
            "via": beyond,
            "placeholder": channel.placeholder or bool(_TO_BE.search(one.rest)),
        }
        yield _contact(outline, one, value)


def _contact(outline: Outline, one: Statement, value: dict[str, object]) -> Fact:
    return outline.fact(FactType.CONTACT, one.line, value)


def _name_before(rest: str, found: tuple[Channel, ...]) -> str:
    """The name of a person before the first address, or the first bracket of several."""
    first = found[0]
    before = rest[: first.start].strip(" -–—,:(|")
    if not first.kind and len(found) > 1:
        return first.value
    return (
        before
        if re.fullmatch(r"[A-Z][\w.'-]+(?: [A-Z][\w.'-]+){1,3}", before) and not channel_named(before)
        else ""
    )


def _says_more(rest: str, found: tuple[Channel, ...]) -> bool:
    """Whether the line is a sentence that only happens to hold an address."""
    left = rest
    for channel in reversed(found):
        left = left[: channel.start] + left[channel.end :]
    return len(re.findall(r"[^\W\d_]{2,}", _VIA.sub("", left))) > 6


def _is_place(label: str, found: tuple[Channel, ...]) -> bool:
    """Whether the label names where the address leads ("GitHub: https://github.com/...") and nobody's role."""
    word = re.sub(r"\W", "", label).lower()
    return len(found) == 1 and found[0].kind == "url" and len(word) > 3 and word in found[0].value.lower()


def _role_above(above: tuple[Title, ...]) -> str:
    """The role of which the title speaks: "Notify incident response team"."""
    title = plain(above[-1].text) if above else ""
    return _NOTIFY.sub("", title) if _NOTIFY.match(title) else ""


def _rows(table: Table, outline: Outline) -> Said:
    role = next((name for name in table.columns if _ROLE_COLUMN.fullmatch(name.strip())), "")
    if role and re.fullmatch("level", role.strip(), re.IGNORECASE):
        role = next(
            (name for name in table.columns if re.fullmatch("role|team|name", name.strip(), re.IGNORECASE)),
            role,
        )
    person = next((name for name in table.columns if _NAME_COLUMN.fullmatch(name.strip())), "")
    reach = [name for name in table.columns if _REACH_COLUMN.fullmatch(name.strip())]
    if not reach or not (role or person):
        return
    for row in table.rows:
        cells = dict(row.cells)
        for column in reach:
            named = channel_named(column)
            for channel in channels_in(cells[column]):
                value = {
                    "role": plain(cells.get(role, "")),
                    "name": cells.get(person, "") if person != role else "",
                    "channel": channel.kind or named,
                    "value": channel.value,
                    "placeholder": channel.placeholder,
                }
                yield outline.fact(FactType.CONTACT, row.line, value)


def _mailed(outline: Outline) -> Said:
    """The address that a command sends its complaint to."""
    for block in outline.runbook.blocks:
        if "mail" not in block.text or "@" not in block.text:
            continue
        for number, line in enumerate(block.text.split("\n"), block.first_line):
            found = _MAILED.search(line)
            if found and "$" not in found["subject"]:
                (channel,) = channels_in(found["to"])[:1] or (None,)
                if channel:
                    value = {
                        "role": f"{found['subject']} mail",
                        "channel": "email",
                        "value": channel.value,
                        "placeholder": channel.placeholder,
                        "stated": "code",
                    }
                    yield outline.fact(FactType.CONTACT, number, value)
