"""Read what is due when: under titles that name a rhythm, in fields, tables and lists, and from the code that plans it."""

import re
from collections.abc import Iterator, Mapping

from runward.runbooks.fact.clock_times import clock_time_of
from runward.runbooks.fact.crontab import cron_of, planned_in
from runward.runbooks.fact.field_names import field_named
from runward.runbooks.fact.lengths import LENGTH
from runward.runbooks.fact.model import Form, Statement
from runward.runbooks.fact.moments import event_named, moment_of, trigger_of
from runward.runbooks.fact.outline import Group, Outline, Said, Table
from runward.runbooks.fact.recurrences import recurrence_of, rhythm_of, without_recurrence
from runward.runbooks.fact.reviews import reviewed
from runward.runbooks.fact.rhythms import (
    Rhythm,
    day_and_time_in,
    is_named_task,
    rhythm_title_of,
    title_and_time,
)
from runward.runbooks.fact.subjects import subject_of
from runward.runbooks.model import Block, FactType, Notice
from runward.runbooks.procedure.titles import Role, plain, role_of

_PARTS = re.compile(r"\s*(?:\+|;|,|&|\band\b|\bund\b|\by\b)\s*")
_ALERTS = re.compile(r"(?P<class>[\w -]{2,30}\balerts?)\s*\(review (?P<when>[^()]+)\)", re.IGNORECASE)
_IN_WINDOW = re.compile(
    r"(?:(?:[Cc]onsider|[Ss]chedule|[Pp]lan|[Rr]un|[Pp]erform|[Dd]o)\s+)?(?:running\s+)?(?P<task>\w[\w .-]{2,60}?)\s+(?:only\s+)?(?:during|in)\s+(?:a |the |the next |an? scheduled )?(?P<event>maintenance window)s?\.?"
)
_VERIFIED = re.compile(
    r"(?:verify|check|confirm|ensure)\b(?: that)?(?: the| last| latest)?\s+(?P<rhythm>daily|nightly|hourly|weekly|monthly)\s+(?P<task>(?:[a-z]+ )?backup)s?\b.*",
    re.IGNORECASE,
)
_COPIED = re.compile(
    r"backup (?:frequency|schedule|interval)|sicherungs(?:intervall|häufigkeit)|frecuencia de (?:backup|copia)",
    re.IGNORECASE,
)
_CLOCK = re.compile(r"(?:start(?: time)?|time|at|uhrzeit|zeit|hora)", re.IGNORECASE)
_TELLING = re.compile(r"\bcommunications?\b|\bnotifications?\b|\bkommunikation|\bcomunicación", re.IGNORECASE)
_WITHHELD = re.compile(
    r"(?:skip|avoid|disable|pause|silence|mute|suppress|no|never|don't|do not|only)\b", re.IGNORECASE
)
_WEEK = re.compile(r"(?:week|woche|semana)\s*(?P<week>\d{1,2})", re.IGNORECASE)
_START = re.compile(r"\b(?P<event>on-?boarding|einarbeitung|incorporación)\b", re.IGNORECASE)
_TASK_COLUMN = re.compile(
    r"(?:(?:maintenance|recurring|scheduled|operational) )?(?:tasks?|jobs?|activity|activities|actions?|checks?|drills?|procedures?|operations?|meetings?|reports?|exercises?|routines?|ceremony|ritual|cron ?jobs?|test|what|component|komponente|steps?|paso|aufgaben?|tätigkeit|tareas?|actividad(?:es)?)(?: (?:name|type))?",
    re.IGNORECASE,
)
_WHEN_COLUMN = re.compile(
    r"frequency|schedule(?: \(\w+\))?|cadence|how often|recurrence|interval|häufigkeit|turnus|intervall|zeitplan|rhythmus|frecuencia|periodicidad|horario|when",
    re.IGNORECASE,
)
_TASKS = re.compile(
    r"\btasks?\b|maintenance|\bschedules?\b|\bcadence\b|\broutines?\b|\bchecks?\b|\btesting\b|\bdrills?\b|\breviews?\b|aufgaben|wartung|mantenimiento|tareas|operations",
    re.IGNORECASE,
)
_LASTING = re.compile(rf"\s*\([~<≈ ]*{LENGTH}\)$", re.IGNORECASE)  # "Weekly (30 minutes)"
_ASIDES = re.compile(r"\([^()]*\)")
_NO_TASK = re.compile(
    r"^\W*\d|^(?:keep|retain|retention|kept|costs?:|\$|~)|\b(?:retention|retained)\b", re.IGNORECASE
)
_LONGEST_TASK = 160
_TITLES = frozenset({Form.HEADING, Form.LABEL, Form.ITEM})


def schedules(outline: Outline) -> Said:
    """Everything that is due again and again, or at a time told from an event; each task of a line once."""
    seen: set[tuple[object, ...]] = set()
    for one in _all(outline):
        key = (one.line, one.text) if isinstance(one, Notice) else (one.type, one.line, one.value.get("task"))
        if key not in seen:
            seen.add(key)
            yield one


def _all(outline: Outline) -> Said:
    for group in outline.groups:
        if group.title.form in _TITLES:
            yield from _of_group(group, outline)
    for one in outline.fields:
        yield from _of_field(one, outline)
    for table in outline.tables:
        yield from _of_table(table, outline)
    for one in outline.spoken:
        if "backup" in one.text or "window" in one.text:
            yield from _of_sentence(one, outline)
    for block in outline.runbook.blocks:
        yield from _of_code(block, outline)


def _of_code(block: Block, outline: Outline) -> Said:
    for plan in planned_in(block.text):
        task = plan.task or (plain(block.heading[-1]) if block.heading else outline.runbook.title)
        value = {"task": task, **plan.when, "stated": "code"}
        yield outline.fact(FactType.SCHEDULE, block.first_line + plan.line, value)


def _of_group(group: Group, outline: Outline) -> Said:
    alerts = _ALERTS.fullmatch(group.name)
    if alerts and (when := recurrence_of(alerts["when"])):
        yield outline.fact(
            FactType.SCHEDULE, group.title.line, {"task": f"review of {alerts['class'].lower()}", **when}
        )
        return
    moment = moment_of(group.title.text)
    if moment and group.items() and group.title.form is not Form.ITEM:
        yield from _at_moment(group, moment.offset, moment.event, outline)
        return
    if group.opening and not any(field_named(one.label) == "frequency" and one.rest for one in group.said):
        yield from _of_title(group, outline)
    if _START.search(group.name):
        yield from _of_weeks(group, outline)


def _at_moment(group: Group, offset: str, event: str, outline: Outline) -> Said:
    event = event or next((name for one in reversed(group.above) if (name := event_named(one.text))), "")
    above = plain(group.above[-1].text) if group.above else ""
    if event:
        task = f"{above}: {group.name}" if above else group.name
        yield outline.fact(
            FactType.SCHEDULE, group.title.line, {"task": task, "relative_to": event, "offset": offset}
        )


def _of_title(group: Group, outline: Outline) -> Said:
    """A title that names its time, its rhythm, or stands below one that does."""
    inherited = _inherited(group, outline)
    named, when = title_and_time(group.title.text, inherited.unit if inherited else "")
    rhythm = rhythm_title_of(group.title.text)
    if rhythm and rhythm.bare and not when:
        yield from _bare(group, rhythm, inherited, outline)
    elif when and named and (group.title.form is Form.HEADING or group.items() or group.coded):
        yield from _task(group, named, when, outline)
    elif (
        rhythm is None
        and inherited
        and group.title.form is Form.HEADING
        and role_of(group.title.text) is Role.NAME
    ):
        own = recurrence_of(group.title.text)
        yield from _task(group, group.name, own or inherited.when, outline, inherited)
    elif is_named_task(group.title.text) and (group.items() or group.coded):
        yield from _task(group, group.name, recurrence_of(group.title.text) or {}, outline)


def _inherited(group: Group, outline: Outline) -> Rhythm | None:
    """The rhythm of the title above, where what stands below it is due in that rhythm."""
    above = group.above[-1] if group.above else None
    rhythm = rhythm_title_of(above.text) if above else None
    if not rhythm or not rhythm.bare or above is None:
        return None
    return (
        rhythm
        if rhythm.sure or _has_siblings(group.above[-2].line if len(group.above) > 1 else 0, rhythm, outline)
        else _weak(rhythm)
    )


def _weak(rhythm: Rhythm) -> Rhythm | None:
    """A lone title such as "Daily operations" speaks of everyday work, so it only lends its rhythm to a time of day."""
    return Rhythm(rhythm.unit, {}, bare=True, sure=False) if rhythm.unit == "day" else None


def _has_siblings(parent: int, rhythm: Rhythm, outline: Outline) -> bool:
    """Whether titles of another rhythm stand beside it: daily, then weekly, then monthly operations."""
    group = next((one for one in outline.groups if one.title.line == parent), None)
    beside = [rhythm_title_of(part.title.text) for part in group.parts] if group else []
    return any(one and one.bare and one.unit != rhythm.unit for one in beside)


def _bare(group: Group, rhythm: Rhythm, inherited: Rhythm | None, outline: Outline) -> Said:
    """Each item below "Daily tasks", "Monday", "First Monday" is a task of its own."""
    when = rhythm.when
    above = rhythm_title_of(group.above[-1].text) if group.above else None
    in_rhythm = bool(inherited or above)
    sure = (
        rhythm.sure or in_rhythm or _has_siblings(group.above[-1].line if group.above else 0, rhythm, outline)
    )
    items = [one for one in group.items() if not one.text.rstrip().endswith((":", "："))]
    if items and all(one.number for one in items):
        yield from _task(group, _full_name(group), when, outline)
        return
    if not sure or (group.title.form is Form.ITEM and not _under_tasks(group)):
        return
    if any(field_named(one.label) or _NO_TASK.search(one.text) for one in items) or not when:
        return
    ticked = [one for one in items if one.checked is not None]
    if ticked:
        yield outline.fact(FactType.SCHEDULE, group.title.line, {"task": _full_name(group), **when})
        items = [one for one in items if reviewed(one.text)]
    for one in items:
        if len(one.text) <= _LONGEST_TASK:
            if not ticked:
                yield outline.fact(
                    FactType.SCHEDULE,
                    one.line,
                    {"task": one.text.rstrip(". -"), **when},
                    (group.title.line, one.line),
                )
            yield from _review(one, when, group, outline)


def _full_name(group: Group) -> str:
    """The title; one that is a rhythm alone ("Daily") is told with the title above it."""
    above = plain(group.above[-1].text) if group.above else ""
    name = _LASTING.sub("", group.name).strip()
    return f"{above}: {name}" if above and not without_recurrence(name) else group.name


def _under_tasks(group: Group) -> bool:
    return any(_TASKS.search(one.text) for one in group.above[-2:])


def _review(one: Statement, when: Mapping[str, object], group: Group, outline: Outline) -> Said:
    what = reviewed(one.text)
    if what:
        yield outline.fact(FactType.REVIEW, one.line, {"what": what, **when}, (group.title.line, one.line))


def _task(
    group: Group, name: str, when: Mapping[str, object], outline: Outline, above: Rhythm | None = None
) -> Said:
    """A named task with its time; a plain list below it are its parts."""
    if not when or not (group.items() or group.coded or _has_work(group)):
        return
    items = group.items()
    value: dict[str, object] = {"task": name, **when}
    plain_list = items and not group.coded and all(one.checked is None and not one.number for one in items)
    if plain_list and not any(field_named(one.label) for one in items):
        value["tasks"] = [one.text.rstrip(":") for one in items]
    first = group.above[-1].line if above and group.above else group.title.line
    last = items[-1].line if "tasks" in value else group.title.line
    yield outline.fact(FactType.SCHEDULE, group.title.line, value, (first, last))
    for one in items:
        yield from _review(one, when, group, outline)


def _has_work(group: Group) -> bool:
    return any(part.items() or part.coded for part in group.parts)


def _of_field(one: Statement, outline: Outline) -> Said:
    """What a field says: "Frequency: Daily at 2 AM"; several rhythms are several schedules."""
    if one.form is Form.ROW or (one.form is Form.ENTRY and not one.label[:1].isupper()):
        return
    name = field_named(one.label)
    if name == "testing":
        yield from _tested(one, outline)
        return
    if one.form is Form.ITEM and len(one.label) < 40 and (rhythm := rhythm_title_of(one.label)):
        yield from _labelled(one, rhythm, outline)
        return
    if name != "frequency" or any(_TELLING.search(title.text) for title in one.above[-3:]):
        return
    task = singular_title(subject_of(one, outline.runbook) or outline.runbook.title)
    said = f"{one.rest.strip('`* .')}{_time_beside(one, outline)}"
    found = list(_whens(said, task))
    for value in found:
        first = next((title.line for title in reversed(one.above) if title.form is Form.HEADING), one.line)
        yield outline.fact(
            FactType.SCHEDULE, one.line, {**value, **_parts_of(one, outline)}, (first, one.line)
        )
    if not found and len(said) <= 60:
        yield Notice(one.line, f"when “{task}” is due was not understood: “{one.rest}”")


def _time_beside(one: Statement, outline: Outline) -> str:
    """The time of day that the next field tells: "Frequency: daily", then "Time: 03:00 UTC"."""
    beside = [
        other.rest
        for other in outline.fields
        if 0 < other.line - one.line <= 2 and other.above == one.above and _CLOCK.fullmatch(other.label)
    ]
    return f" {beside[0]}" if beside and clock_time_of(beside[0]) and not clock_time_of(one.rest) else ""


def _labelled(one: Statement, rhythm: Rhythm, outline: Outline) -> Said:
    """An item of a list of recurring work: "Weekly: review the alerts"; "Weekly restore drill" is itself the task."""
    if one.mark not in {":", "-"} or not any(_TASKS.search(title.text) for title in one.above[-2:]):
        return
    task = one.rest.rstrip(". -") if rhythm.bare else plain(one.label) if is_named_task(one.label) else ""
    only_days = len(task.split()) <= 4 and bool(recurrence_of(task)) and not rhythm_of(task)
    if (
        task
        and not only_days
        and not _NO_TASK.search(one.rest)
        and " " in task
        and len(task) <= _LONGEST_TASK
    ):
        yield outline.fact(FactType.SCHEDULE, one.line, {"task": task, **rhythm.when})


def _whens(said: str, task: str) -> Iterator[dict[str, object]]:
    when = cron_of(said) or recurrence_of(said)
    if when:
        yield {"task": task, **when}
    elif trigger := trigger_of(said):
        yield {"task": task, "trigger": trigger}
    else:
        parts = [(part, recurrence_of(part)) for part in _PARTS.split(said)]
        if len(parts) > 1 and all(found for _, found in parts):
            yield from ({"task": _kind_of(part, task), **found} for part, found in parts if found)


def _kind_of(part: str, task: str) -> str:
    """The task that a part speaks of: "daily full backups" of the "database backup" is the "full database backup"."""
    nouns = set(task.lower().split())
    kind = [
        word
        for word in _ASIDES.sub(" ", without_recurrence(part)).split()
        if word.lower().rstrip("s") not in nouns and word.lower() not in nouns
    ]
    return " ".join([*kind, task]).lower() if kind else task


def _parts_of(one: Statement, outline: Outline) -> dict[str, object]:
    """The steps of a procedure that is only called after its rhythm ("Weekly Maintenance")."""
    rhythm = rhythm_title_of(subject_of(one, outline.runbook))
    procedure = one.procedure
    if not rhythm or not rhythm.bare or not procedure:
        return {}
    own = {step.line: step.title for step in procedure.steps}
    titles = [
        statement.label or statement.text
        for statement in outline.spoken
        if statement.form is Form.ITEM
        and statement.number
        and statement.depth == 1
        and procedure.line < statement.line <= procedure.end
    ]
    return {"tasks": titles} if titles and own else {}


def singular_title(title: str) -> str:
    """The title of a section as the name of one task: "Database Backups" is the "database backup"."""
    found = re.fullmatch(
        r"(?P<what>.*\b(?:backup|snapshot|check|review|test|drill|audit|scan|report))s", title, re.IGNORECASE
    )
    return found["what"].lower() if found else title


def _tested(one: Statement, outline: Outline) -> Said:
    when, task = recurrence_of(one.rest), without_recurrence(one.rest)
    if when and re.fullmatch(
        r"(?:[\w-]+ ){0,3}(?:tests?|drills?|exercises?|verifications?|restores?)", task, re.IGNORECASE
    ):
        yield outline.fact(FactType.SCHEDULE, one.line, {"task": re.sub(r"s$", "", task).lower(), **when})


def _of_table(table: Table, outline: Outline) -> Said:
    yield from _of_copies(table, outline)
    when = next((name for name in table.columns if _WHEN_COLUMN.fullmatch(name.strip())), "")
    task = next((name for name in table.columns if _TASK_COLUMN.fullmatch(name.strip())), "")
    if not when or not task or when == task:
        return
    for row in table.rows:
        cells = dict(row.cells)
        beside = day_and_time_in(row.cells)
        found = cron_of(cells[when].strip("` ")) or recurrence_of(f"{cells[when]} {beside}")
        found = found or recurrence_of(cells[when])
        if found and cells[task].strip():
            yield outline.fact(FactType.SCHEDULE, row.line, {"task": plain(cells[task]), **found})


def _of_copies(table: Table, outline: Outline) -> Said:
    """A column that says how often each thing is backed up."""
    column = next((name for name in table.columns[1:] if _COPIED.fullmatch(name.strip())), "")
    for row in table.rows if column else ():
        when = recurrence_of(dict(row.cells)[column])
        if when and row.label.strip():
            value = {"task": f"backup of {plain(row.label)}", **when}
            yield outline.fact(FactType.SCHEDULE, row.line, value)


def _of_sentence(one: Statement, outline: Outline) -> Said:
    """A task that belongs into the maintenance window; a backup whose rhythm is told where it is checked."""
    text = one.text
    if len(text) > 120 or one.form not in {Form.COMMENT, Form.ITEM}:
        return
    if "maintenance window" in text and not _WITHHELD.match(text) and (found := _IN_WINDOW.fullmatch(text)):
        value = {"task": found["task"], "relative_to": found["event"].lower(), "offset": "during"}
        yield outline.fact(FactType.SCHEDULE, one.line, value)
    elif "backup" in text and (found := _VERIFIED.fullmatch(text)):
        value = {"task": found["task"].lower(), "every": rhythm_of(found["rhythm"])}
        yield outline.fact(FactType.SCHEDULE, one.line, value)


def _of_weeks(group: Group, outline: Outline) -> Said:
    """What belongs into which week after a beginning: "Week 1: study the runbooks"."""
    for one in group.items():
        week = _WEEK.fullmatch(plain(one.label)) if one.label else None
        if week and one.rest:
            value = {
                "task": one.rest.rstrip("."),
                "relative_to": "start of onboarding",
                "week": int(week["week"]),
            }
            yield outline.fact(FactType.SCHEDULE, one.line, value)
