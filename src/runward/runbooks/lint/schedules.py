"""Schedules that name no zone, fall into the hour when clocks change, or meet each other."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from runward.runbooks.finding.calendar import find_slot, is_skipped_or_repeated, list_pairs, meeting
from runward.runbooks.finding.latest import once_a_runbook
from runward.runbooks.finding.model import Case, Found, Rule, Severity, Stated
from runward.runbooks.finding.phrases import named
from runward.runbooks.finding.places import found_at
from runward.runbooks.finding.stated import facts_of, seconds_of, word_of
from runward.runbooks.model import Document, Fact, FactType, Policy, Runbook
from runward.runbooks.zone import zone_of

_ZONES = (
    r"UTC|GMT|CES?T|MES?Z|WES?T|EES?T|BST|IST|JST|KST|SGT|HKT|AES?T|AE[SD]T|NZ[SD]?T|[ECMP][SD]?T|MSK|BRT|ART|Z(?=\W|$)"
    r"|(?:Europe|America|Asia|Africa|Australia|Pacific|Atlantic|Etc)/\w+"
)
_NAMES_ZONE = re.compile(
    rf"\d\s*(?:(?i:[ap]\.?m\.?)\s*)?\(?(?:{_ZONES})\b|(?i:\b(?:in|at|zone:?|times?:?|tz:?)\s+(?:are\s+)?(?:in\s+)?)(?:{_ZONES})\b"
    r"|(?i:time[_ ]?zone|local time|hora local|ortszeit|zeitzone|zona horaria|heure locale)|[+-]\d\d:\d\d\b"
)
_MOST = 300  # schedules that are held against each other; the pairs of more would take minutes
_OF_TIMES = re.compile(r"\btimes?\b|zone|zeit|horas?\b")
_ALWAYS_UTC = re.compile(r"^\s*-\s+cron:|\bcron\(|rate\(")  # GitHub Actions and EventBridge know no other
# Work that takes the database, the disk or the service for itself; looking and reviewing do not.
_HEAVY = re.compile(
    r"back-?up|dump|snapshot|vacuum|re-?index|maintenance|updat|upgrad|patch|restart|reboot|migrat|restor|drill|purge|prun|clean-?up|archiv|compact|rebuild|scrub|batch|etl|load test|deploy"
    r"|sicherung|wartung|neustart|aufräum|respaldo|copia|mantenimiento|reinici|limpieza|sauvegarde",
    re.IGNORECASE,
)
_TAKES_ALL = re.compile(
    r"vacuum|re-?index|maintenance|updat|upgrad|patch|restart|reboot|migrat|restor|wartung|neustart|mantenimiento|reinici|load test|deploy",
    re.IGNORECASE,
)
_WHOLE, _PARTIAL = re.compile(r"\bfull\b", re.IGNORECASE), re.compile(r"\bincremental", re.IGNORECASE)
_HARMLESS = re.compile(r"review|check|verif|report|read|prüf|revis|plan\b", re.IGNORECASE)


def _without_zone(case: Case) -> Iterator[Found]:
    document = case.runbook.document
    timed = [fact for fact in _schedules(case.policy) if word_of(fact, "at")]
    timed = [fact for fact in timed if not _names_zone(fact, document)]
    if not timed or case.surroundings.zone or _is_zoned(case.runbook):
        return
    first, more = timed[0], len({fact.line for fact in timed}) - 1
    others = (
        f", and neither do{'es' if more == 1 else ''} {more} other time{'s' if more > 1 else ''} in this document"
        if more
        else ""
    )
    said = f"“{_task_of(first)}” at {word_of(first, 'at')} names no time zone{others}."
    yield Found(first.line, said)


def _names_zone(fact: Fact, document: Document) -> bool:
    first, last = fact.start or fact.line, fact.end or fact.line
    lines = document.lines[first - 1 : last]
    return any(_NAMES_ZONE.search(line) or _ALWAYS_UTC.search(line) for line in lines)


@once_a_runbook
def _is_zoned(runbook: Runbook) -> bool:
    """Whether the document states a zone for all of its times."""
    if zone_of(runbook).source == "front matter":
        return True
    of_times = (line for line in runbook.document.lines if _OF_TIMES.search(line.lower()))
    return any(_NAMES_ZONE.search(line) for line in of_times)


def _in_changing_hour(case: Case) -> Iterator[Found]:
    document, zone = case.runbook.document, case.surroundings.zone
    hit = [
        fact
        for fact in _schedules(case.policy)
        if _is_hit(fact, zone) and (zone or not _names_zone(fact, document))
    ]
    if not zone and hit and _is_zoned(case.runbook):
        return  # the zone is named in words; most of those named are UTC
    if hit:
        tasks = named([_task_of(fact) for fact in hit])
        verb = "falls" if len(hit) == 1 else "fall"
        where = f"the change of the clocks in {zone} skips" if zone else "a change of the clocks mostly skips"
        said = (
            f"{tasks} {verb} into the hour that {where} in spring or repeats in autumn: on those nights not at all or twice,"
            " unless the scheduler makes up for it."
        )
        yield found_at(case, hit[0].line, word_of(hit[0], "at"), said)


def _is_hit(fact: Fact, zone: str) -> bool:
    """Whether a schedule told in words falls into such an hour; cron itself makes up for a change of the clocks."""
    slot = find_slot(fact)
    return slot is not None and word_of(fact, "stated") != "code" and is_skipped_or_repeated(slot, zone)


def _clashing(case: Case) -> Iterator[Found]:
    yield from (found for _, found in _clashes([Stated("", case.policy)]))


def _clashing_across(stated: Sequence[Stated]) -> Iterator[tuple[str, Found]]:
    """Clashes between documents of one service; those within one document are its own."""
    services: dict[str, list[Stated]] = defaultdict(list)
    for one in stated:
        if one.service:
            services[one.service].append(one)
    for documents in services.values():
        if len(documents) > 1:
            yield from _clashes(documents)


def _clashes(documents: Sequence[Stated]) -> Iterator[tuple[str, Found]]:
    """Each two heavy tasks that begin at one time; with several documents only those of two different ones."""
    lasting = {
        _task_of(fact).lower(): minutes for one in documents for fact, minutes in _durations(one.policy)
    }
    where = {id(fact): one.path for one in documents for fact in one.policy.facts}
    slots = [
        (fact, slot)
        for one in documents
        for fact in _schedules(one.policy)
        if _is_heavy(fact) and (slot := find_slot(fact))
    ]
    for (first, one), (second, other) in list_pairs(slots[:_MOST]):
        apart = where[id(first)] != where[id(second)]
        day = meeting(one, other, lasting.get(_task_of(first).lower(), 1)) or meeting(other, one, 1)
        if (
            not day
            or apart != (len(documents) > 1)
            or _is_same(first, second)
            or not _get_in_the_way(first, second)
        ):
            continue
        yield where[id(second)], _clash(first, second, day, where[id(first)] if apart else "")


def _clash(first: Fact, second: Fact, day: str, path: str) -> Found:
    place = f"line {first.line} of {path}" if path else f"line {first.line}"
    on = day if day == "every day" else f"on {day}"
    said = f"“{_task_of(second)}” begins {on} at {word_of(second, 'at')}, while “{_task_of(first)}” ({place}) runs, which began at {word_of(first, 'at')}."
    return Found(second.line, said)


def _durations(policy: Policy) -> Iterator[tuple[Fact, int]]:
    """How many minutes procedures last, each under its name."""
    for fact in facts_of(policy, FactType.DURATION):
        seconds = seconds_of(word_of(fact, "value"))
        if word_of(fact, "procedure") and seconds and not word_of(fact, "step"):
            yield fact, int(seconds // 60)


def _is_heavy(fact: Fact) -> bool:
    task = _task_of(fact)
    return bool(_HEAVY.search(task)) and not _HARMLESS.search(task)


def _get_in_the_way(first: Fact, second: Fact) -> bool:
    """Whether one of two tasks takes what the other needs: locks, the service itself, or the very data copied."""
    tasks = (_task_of(first), _task_of(second))
    if any(_TAKES_ALL.search(task) for task in tasks):
        return True
    return any(_WHOLE.search(task) for task in tasks) and any(_PARTIAL.search(task) for task in tasks)


def _is_same(first: Fact, second: Fact) -> bool:
    """Whether two schedules are of one task, told twice or divided into its parts."""
    return (
        first.line == second.line
        or _task_of(first).lower() == _task_of(second).lower()
        or _shares_lines(first, second)
    )


def _shares_lines(first: Fact, second: Fact) -> bool:
    return (first.start or first.line) == (second.start or second.line)


def _schedules(policy: Policy) -> tuple[Fact, ...]:
    return facts_of(policy, FactType.SCHEDULE)


def _task_of(fact: Fact) -> str:
    return word_of(fact, "task") or word_of(fact, "procedure") or fact.quote


RULES = (
    Rule(
        id="no-time-zone",
        severity=Severity.WARNING,
        title="Looks for times of day in schedules that name no time zone.",
        why=(
            "Nine o'clock is another moment for the team in Lisbon, the one in Denver and the server on UTC. Twice a year"
            " the same words mean another moment for everybody."
        ),
        right="A zone beside each time (“09:00 Europe/Berlin”), or once for the document: `timezone:` in its front matter, or in runward.toml.",
        bad="# Bakery\n\n## Morning check\n\n**Frequency**: Daily at 6:30 AM\n\n1. Look at the ovens\n",
        good="# Bakery\n\n## Morning check\n\n**Frequency**: Daily at 6:30 AM UTC\n\n1. Look at the ovens\n",
        look=_without_zone,
    ),
    Rule(
        id="clock-change-hour",
        severity=Severity.NOTE,
        title="Looks for schedules in the hour that a change of the clocks skips or repeats.",
        why="On one Sunday in spring 02:00 to 03:00 does not exist, and in autumn one hour comes twice: the backup of that night is missing, or two of them run into each other.",
        right="A time outside 01:00 to 03:00, a zone without such changes (UTC), or a task that knows whether it has run today.",
        bad="# Bakery\n\n## Nightly backup\n\n**Frequency**: Daily at 2:30 AM\n\n1. Run the backup\n",
        good="# Bakery\n\n## Nightly backup\n\n**Frequency**: Daily at 4:30 AM\n\n1. Run the backup\n",
        look=_in_changing_hour,
    ),
    Rule(
        id="schedules-clash",
        severity=Severity.WARNING,
        title="Looks for two heavy tasks that are due at the same time.",
        why="A dump that runs while indexes are rebuilt waits for locks and makes others wait; each of them takes longer than was measured alone.",
        right="A gap between them that is longer than the first one takes, or one schedule that does one after the other.",
        bad=(
            "# Bakery\n\n## Nightly backup\n\n**Frequency**: Daily at 4:00 AM\n\n1. Run the backup\n\n"
            "## Weekly maintenance\n\n**Frequency**: Weekly on Sunday at 4:00 AM\n\n1. Rebuild the indexes\n"
        ),
        good=(
            "# Bakery\n\n## Nightly backup\n\n**Frequency**: Daily at 4:00 AM\n\n1. Run the backup\n\n"
            "## Weekly maintenance\n\n**Frequency**: Weekly on Sunday at 6:00 AM\n\n1. Rebuild the indexes\n"
        ),
        look=_clashing,
        across=_clashing_across,
    ),
)
