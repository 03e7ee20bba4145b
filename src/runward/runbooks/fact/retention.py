"""Read how long things are kept: in fields, tables and comments, and in code that throws them away."""

import re
from collections.abc import Iterator
from functools import lru_cache

from runward.runbooks.fact.keeping import kept_in
from runward.runbooks.fact.kept import cached_by, files_named, objects_named, rotated_by
from runward.runbooks.fact.lengths import LENGTH, find_length, length_from
from runward.runbooks.fact.model import Form, Statement, Statements, Title
from runward.runbooks.model import Fact, FactType, Notice
from runward.runbooks.procedure.titles import plain

_RETENTION = re.compile(
    r"(?:(?P<what>[\w ]+?) )?(?:default )?(?:retention(?: (?:period|time|policy))?|aufbewahrung(?:s(?:frist|zeit|dauer))?|retenci[oó]n|kept for|keep for)",
    re.IGNORECASE,
)
_STORE = re.compile(r"(?:backup )?(?:storage|location|stored (?:in|at))|speicherort|ablage|almacenamiento|ubicación", re.IGNORECASE)  # fmt: skip
_FREQUENCY = re.compile(r"frequency|schedule|häufigkeit|frecuencia", re.IGNORECASE)
_KEPT = re.compile(rf"^(?:[<≤~]\s*|keep(?: for)?\s+|rolling\s+|last\s+|up to\s+)?{LENGTH}(?:\s*(?:for|für|para)\s+(?P<what>[\w -]+?))?\s*(?:\([\w ]*\))?$", re.IGNORECASE)  # fmt: skip
_COUNTED = re.compile(r"^(?:keep |retain |the )?(?:last |letzte |últim[oa]s )?(?P<count>\d+)\s+(?P<what>(?:[\w-]+ )?(?:backups?|copies|snapshots?|versions?|generations?|files|dumps?|releases|sicherungen|copias))$", re.IGNORECASE)  # fmt: skip
_RHYTHMIC = re.compile(r"^(?:keep )?(?P<count>\d+) (?P<rhythm>hourly|daily|weekly|monthly|yearly)(?: backups?| snapshots?)?$", re.IGNORECASE)  # fmt: skip
_SAID = re.compile(
    rf"(?:\b(?:keep|retain|behalte[n]?|conservar)(?:s|ing)?\b(?: (?:the |for )?(?:last |past )?(?P<noun>[\w ]{{0,20}}?)(?:for )?)?\s*|\b(?:older than|älter als|(?:con )?más (?:antiguos )?de)\s+){LENGTH}",
    re.IGNORECASE,
)
_THROWS = re.compile(r"^(?:clean|clear|delete|remove|purge|prune|expire|drop|lösche[n]?|bereinige[n]?|eliminar|borrar|limpiar)\w*\b", re.IGNORECASE)  # fmt: skip
_OBJECT = re.compile(r"^\w+\s+(?:up\s+)?(?:the |all |any )?(?:old(?:er)? |alte |antiguos )?(?P<what>[\w -]{3,40}?)\s*(?:\(|older|that|älter|,|$)", re.IGNORECASE)  # fmt: skip
_FIND = re.compile(
    r"\bfind\s+(?P<path>\S+)\s+(?:.*?-i?name\s+(?P<name>\S+))?.*?-mtime\s+\+(?P<days>\d+)(?P<rest>.*)"
)
_DELETES = re.compile(r"-delete\b|\brm\b")
_PACKS = re.compile(r"\b(?:gzip|bzip2|xz|zstd)\b")
_VARIABLE = re.compile(r"^(?:export\s+)?(?P<name>(?:\w+_)?RETENTION(?:_(?:DAYS|PERIOD|HOURS|WEEKS))?)\s*=\s*[\"']?(?P<count>\d+)(?P<unit>[dhw])?[\"']?$")  # fmt: skip
_ROTATE = re.compile(r"^rotate\s+(?P<count>\d+)$")
_LAST = re.compile(r"\bhead\s+-n\s*-(?P<count>\d+)\b|\btail\s+-n\s*\+(?P<next>\d+)\b")
_TTL = re.compile(r"\b(?:ttl|ex|timeout|expire)\s*=\s*(?P<seconds>\d+)\b")
_DELTA = re.compile(r"^timedelta\((?P<unit>seconds|minutes|hours|days|weeks)=(?P<count>\d+)\)")
_DUMPS = re.compile(r"\b(?:pg_dump|pg_dumpall|mysqldump|mongodump|pg_basebackup)\b")
_NOUNS = r"backup|snapshot|log|data|metric|trace|event|record|file|archive|image|artifact|report"
_ABOUT = re.compile(
    r"\s*\b(?:strategy|policy|policies|plan|schedule|configuration|settings|strategie|richtlinie|estrategia|política)$|^(?:retention|aufbewahrung|retención)$"
)
_RHYTHMS = frozenset({"hourly", "daily", "weekly", "monthly", "yearly", "annual"})
_COPIED_OR_LOGGED = re.compile(r"backup|snapshot|log")
_ENDS = (
    ("min", re.compile(r"min(?:imum)?|mindest\w*|mínim[oa]", re.IGNORECASE)),
    ("max", re.compile(r"max(?:imum)?|höchst\w*|máxim[oa]", re.IGNORECASE)),
)
_DIGIT = re.compile(r"\d")
_LONGEST = 600
_COPIES = re.compile(r"backup|snapshot")
_LONGEST_SUBJECT = 5
_CODE = {"stated": "code"}
_MARKS = re.compile(r"-mtime|RETENTION|\brotate\b|head -n|tail -n|\bttl\b|timedelta|expire|\bex=|timeout=")
_SENTENCES = frozenset({Form.ITEM, Form.PARAGRAPH})
_FRAMES = frozenset({Form.ITEM, Form.PARAGRAPH, Form.ENTRY, Form.FRONT})


@lru_cache(maxsize=2048)
def _worth(text: str) -> bool:
    """Whether any line of a block may throw something away."""
    return bool(_MARKS.search(text))


def retention_of(statements: Statements) -> Iterator[Fact | Notice]:
    """Everything that the document says is kept for a time, kept in a number, or kept somewhere."""
    said: dict[int, set[str]] = {}  # what prose states under each heading, so that code need not
    for place, one in enumerate(statements.words):
        if not (one.label and one.rest) and one.form in _SENTENCES and (kept := kept_in(one.text)):
            yield statements.fact(FactType.RETENTION, one.line, {"what": kept[0], "keep": kept[1]})
        if len(one.text) > _LONGEST or (not (one.label and one.rest) and one.form is not Form.COMMENT):
            continue
        for found in _stated(statements, place):
            if isinstance(found, Fact):
                said.setdefault(_section(one), set()).add(str(found.value.get("keep")))
            yield found
    for one in statements.code:
        if one.block and _worth(one.block.text):
            yield from (
                kept
                for kept in _coded(statements, one)
                if str(kept.value["keep"]) not in said.get(_section(one), ())
            )


def _section(one: Statement) -> int:
    return next((title.line for title in reversed(one.above) if title.form is Form.HEADING), 0)


def _stated(statements: Statements, place: int) -> Iterator[Fact | Notice]:
    one = statements.words[place]
    if one.form is Form.ROW:
        yield from _row(statements, one)
    elif one.form in _FRAMES and one.label and one.rest:
        sort = _sort_of(one.label)
        if sort == "kept":
            yield from _field(statements, one)
        elif sort == "stored":
            yield from _stored(statements, place)
        elif one.above and _sort_of(plain(one.above[-1].text)) == "kept":
            yield from _listed(statements, one)
    elif one.form is Form.COMMENT and _DIGIT.search(one.text) and _SAID.search(one.text):
        yield from _commented(statements, one)


@lru_cache(maxsize=4096)
def _sort_of(label: str) -> str:
    """What a field of this name says: "kept" for how long, "stored" for where, "" for anything else."""
    return "kept" if _RETENTION.fullmatch(label) else "stored" if _STORE.fullmatch(label) else ""


def _field(statements: Statements, one: Statement) -> Iterator[Fact | Notice]:
    """The form "Retention: 30 days for dailies, 7 days for incrementals"."""
    found = _RETENTION.fullmatch(one.label)
    given = (found["what"] or "").strip().lower() if found else ""
    given = "" if given in {"default", "standard", "minimum", "maximum"} else given
    read = [(part, _kept(part)) for part in re.split(r"\s*[,;+]\s+", one.rest.strip(" ."))]
    title = _named(one)
    for part, kept in read:
        if kept is None:
            if any(letter.isdigit() for letter in part):
                yield Notice(one.line, f"how long something is kept could not be read from “{part}”")
            continue
        keep, noun = kept
        what = _which(statements, one, noun) if noun else _plural(given) or _subject(statements, one)
        if what:
            start = title.line if title and title.line < one.line and one.form is Form.ITEM else one.line
            yield statements.fact(FactType.RETENTION, one.line, {"what": what, "keep": keep}, start=start)


@lru_cache(maxsize=1024)
def _kept(text: str) -> tuple[object, str] | None:
    """How long or how many, and of what if it is said; None where the text says more than that."""
    found = _KEPT.match(text.strip())
    if found:
        return length_from(found["count"], found["unit"]), (found["what"] or "").lower()
    rhythmic = _RHYTHMIC.match(text.strip())
    if rhythmic:
        return {"count": int(rhythmic["count"])}, f"{rhythmic['rhythm'].lower()} backups"
    counted = _COUNTED.match(text.strip())
    return ({"count": int(counted["count"])}, "") if counted else None


def _named(one: Statement) -> Title | None:
    return next((title for title in reversed(one.above) if title.form is not Form.COMMENT), None)


def _subject(statements: Statements, one: Statement) -> str:
    """What the section is about: "Daily Backup", with a dump of a database in it, is "daily database backups"."""
    title = _named(one)
    words = re.sub(r"\s*\([^()]*\)", "", plain(title.text)).lower() if title else ""
    words = _ABOUT.sub("", words).strip()
    if not words or len(words.split()) > _LONGEST_SUBJECT or words in _RHYTHMS:
        return ""
    if _dumps(statements, one) and "database" not in words:
        words = re.sub(r"\bbackups?\b", "database backups", words)
    return _plural(words)


def _dumps(statements: Statements, one: Statement) -> bool:
    """Whether the procedure that it stands in dumps a database."""
    if one.procedure is None:
        return False
    numbers = set(one.procedure.blocks)
    return any(_DUMPS.search(block.text) for block in statements.runbook.blocks if block.number in numbers)


def _plural(words: str) -> str:
    return re.sub(r"\b(backup|snapshot|log|dump)$", r"\1s", words.strip())


def _which(statements: Statements, one: Statement, noun: str) -> str:
    """What "dailies" or "incrementals" are, by the field beside it that says how often they are made."""
    stem = re.sub(r"(?:ies|s)$", "", noun)
    beside = [
        other for other in statements.words if other.above == one.above and _FREQUENCY.fullmatch(other.label)
    ]
    parts = [part for other in beside for part in re.split(r"\s*(?:\+|,|\band\b)\s*", other.rest)]
    named = next((part.lower() for part in parts if stem in part.lower() and "backup" in part.lower()), "")
    if named:
        return named
    if re.search(r"backup|log|snapshot|metric|data|trace|event", noun):
        return noun
    return f"{stem}y backups" if noun.endswith("ies") else f"{stem} backups"


def _stored(statements: Statements, place: int) -> Iterator[Fact]:
    """The form "Storage: Encrypted off-site storage" beside how often and how long backups are kept."""
    one = statements.words[place]
    title = _named(one)
    beside = statements.words[max(0, place - 6) : place + 6]
    if not title or not re.search(r"backup|sicherung|copia|respaldo", title.text, re.IGNORECASE):
        return
    if not any(
        other.above == one.above and (_RETENTION.fullmatch(other.label) or _FREQUENCY.fullmatch(other.label))
        for other in beside
    ):
        return
    store = [
        part.strip(" \"'`").lower()
        for part in re.split(r"\s*(?:\+|,|;|\band\b)\s*", one.rest)
        if part.strip()
    ]
    what = _subject(statements, one)
    if what and len(store) <= 4:
        yield statements.fact(FactType.RETENTION, one.line, {"what": what, "store": store}, start=title.line)


def _listed(statements: Statements, one: Statement) -> Iterator[Fact]:
    """The form "Metrics: 30 days" in a list under "Retention"."""
    kept = _kept(one.rest)
    what = one.label.lower()
    if what in _RHYTHMS:  # of backups or snapshots, if a title says so; of nothing known otherwise
        kind = next((found[0] for title in one.above if (found := _COPIES.search(title.text.lower()))), "")
        what = f"{what} {kind}s" if kind else ""
    if kept and what and len(what.split()) <= _LONGEST_SUBJECT:
        yield statements.fact(FactType.RETENTION, one.line, {"what": what, "keep": kept[0]})


def _row(statements: Statements, one: Statement) -> Iterator[Fact | Notice]:
    """A row under a column called retention."""
    columns = [
        (found["what"] or "", cell.strip("*` "))
        for column, cell in one.cells[1:]
        if (found := _RETENTION.fullmatch(column.strip("* ")))
    ]
    what = _of_row(one) if columns else ""
    ends = {end: cell for name, cell in columns if (end := _end_of(name))}
    if ends:
        yield from _between(statements, one, what, ends)
        return
    kept = next((kept for _, cell in columns if (kept := _kept(cell))), None)
    if kept and what and not what[0].isdigit():
        yield statements.fact(FactType.RETENTION, one.line, {"what": what, "keep": kept[0]})


def _of_row(one: Statement) -> str:
    """What the row speaks of: "daily" in a column of backups is "daily backups"."""
    header, what = one.cells[0][0].lower(), one.cells[0][1].strip("*` ").lower()
    if (noun := _COPIED_OR_LOGGED.search(header)) and not _COPIED_OR_LOGGED.search(what):
        return f"{what} {_plural(noun[0])}"
    if not re.search(_NOUNS, f"{header} {what}"):
        noun = _COPIED_OR_LOGGED.search(plain(one.nearest).lower())
        return f"{what} {noun[0]}s" if noun and what else what
    return what


def _end_of(name: str) -> str:
    """Which end of a range a column gives: "Minimum Retention" the "min"."""
    return next((end for end, words in _ENDS if words.fullmatch(name.strip())), "")


def _between(
    statements: Statements, one: Statement, what: str, ends: dict[str, str]
) -> Iterator[Fact | Notice]:
    """Something is kept for at least so long and at most so long; both ends, or only those that stand there."""
    read = {end: kept[0] for end, cell in ends.items() if (kept := _kept(cell))}
    if what and len(read) == len(ends):
        yield statements.fact(FactType.RETENTION, one.line, {"what": what, "keep": read})
    elif any(letter.isdigit() for cell in ends.values() for letter in cell):
        yield Notice(one.line, f"how long “{what}” is kept could not be read from “{one.rest}”")


def _commented(statements: Statements, one: Statement) -> Iterator[Fact]:
    """The form "Clear logs older than 30 days", with what the code below it throws away."""
    found = _SAID.search(one.text)
    if not found or not _THROWS.match(one.text) or one.block is None:
        return
    keep = length_from(found["count"], found["unit"])
    below = _code_below(one)
    finds = [match for text in below if (match := _FIND.search(text))]
    what = ""
    if finds:
        paths = [match["path"] for match in finds]
        what = files_named(paths, finds[0]["name"] or "", compresses=bool(_PACKS.search(finds[0]["rest"])))
    what = what or objects_named(" ".join(below)) or _thrown(one.text)
    end = one.line + 1 if finds and len(finds) == 1 else one.line
    if what:
        yield statements.fact(
            FactType.RETENTION, one.line, {"what": what, "keep": keep, "then": "delete"}, end=end
        )


def _thrown(text: str) -> str:
    found = _OBJECT.match(text)
    return found["what"].strip().lower() if found else ""


def _code_below(one: Statement) -> list[str]:
    """The lines of code after a comment, up to a blank line or the next comment."""
    if one.block is None:
        return []
    lines = one.block.text.split("\n")[one.line - one.block.first_line + 1 :]
    found: list[str] = []
    for line in lines:
        if not line.strip() or line.strip().startswith(("#", "--")):
            break
        found.append(line.strip())
    return found


def _coded(statements: Statements, one: Statement) -> Iterator[Fact]:
    """What one line of code throws away, packs, or lets expire."""
    text = one.text
    found = _FIND.search(text) if "-mtime" in text else None
    if found and (_DELETES.search(found["rest"]) or _PACKS.search(found["rest"])):
        packs = bool(_PACKS.search(found["rest"]))
        what = files_named([found["path"]], found["name"] or "", compresses=packs)
        then = "compress" if packs else "delete"
        if what:
            yield statements.fact(
                FactType.RETENTION,
                one.line,
                {"what": what, "keep": f"{found['days']}d", "then": then, **_CODE},
            )
        return
    block = one.block.text if one.block else ""
    for read in (_variable, _rotated, _last, _expiring):
        value = read(text, block)
        if value:
            first, last = _around(one, block) if read is _last else (one.line, one.line)
            yield statements.fact(FactType.RETENTION, one.line, {**value, **_CODE}, start=first, end=last)
            return


def _around(one: Statement, block: str) -> tuple[int, int]:
    """The lines of the command that goes on over this one."""
    lines = block.split("\n")
    first = last = one.line - (one.block.first_line if one.block else one.line)
    while first and lines[first - 1].rstrip().endswith("\\"):
        first -= 1
    while last + 1 < len(lines) and lines[last].rstrip().endswith("\\"):
        last += 1
    shift = one.line - (one.line - (one.block.first_line if one.block else one.line))
    return first + shift, last + shift


def _variable(text: str, block: str) -> dict[str, object] | None:
    """`RETENTION_DAYS=30` in a script that deletes what is older."""
    found = _VARIABLE.match(text) if "RETENTION" in text else None
    if not found:
        return None
    name = found["name"]
    unit = found["unit"] or (
        "h"
        if name.endswith("HOURS")
        else "w"
        if name.endswith("WEEKS")
        else "d"
        if name.endswith("DAYS")
        else ""
    )
    subject = re.sub(r"_?RETENTION.*", "", name).replace("_", " ").lower()
    local = "local " if re.search(r"aws s3 (?:cp|sync)|rclone|gsutil|s3cmd", block) else ""
    what = _plural(subject) or (f"{local}database backups" if _DUMPS.search(block) else "")
    then = "delete" if re.search(rf"\$\{{?{name}\}}?.*(?:-delete|\brm\b)", block) else ""
    return {"what": what, "keep": length_from(found["count"], unit), "then": then} if unit and what else None


def _rotated(text: str, block: str) -> dict[str, object] | None:
    found = _ROTATE.match(text)
    what = rotated_by(block) if found else ""
    return {"what": what, "keep": {"count": int(found["count"])}} if found and what else None


def _last(text: str, block: str) -> dict[str, object] | None:
    """`head -n -30 | xargs ... rm`: all but the last thirty."""
    found = _LAST.search(text)
    if not found or not re.search(r"\brm\b|\bdelete\b", block):
        return None
    what = objects_named(block)
    count = int(found["count"]) if found["count"] else int(found["next"]) - 1
    return {"what": what, "keep": {"count": count}, "then": "delete"} if what else None


def _expiring(text: str, block: str) -> dict[str, object] | None:
    """A time to live that is given to a cache."""
    found, delta = _TTL.search(text), _DELTA.match(text)
    what = cached_by(block) if (found and ".set(" in text) or (delta and "setex(" in block) else ""
    if not what:
        return None
    keep = f"{found['seconds']}s" if found else find_length(f"{delta['count']} {delta['unit']}")  # type: ignore[index]  # one of the two
    return {"what": what, "keep": keep}
