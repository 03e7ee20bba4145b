"""Recovery objectives that the document's own backups cannot meet, and pools that ask for more than there is."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from runward.runbooks.finding.commands import list_calls
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.places import found_at, lowered
from runward.runbooks.finding.stated import facts_of, number_of, seconds_of, spoken, word_of
from runward.runbooks.model import Fact, FactType

_CONTINUOUS = re.compile(
    r"\bwal\b|archive_(?:mode|command|timeout)|wal-g|pgbackrest|barman|point-in-time|\bpitr\b|binlog|binary logs?|continuous|streaming|replicat|synchronous|multi-?az|aurora|oplog|\baof\b|geo-?redundan|mirror|change streams?|\bcdc\b"
)
_BACKUP = re.compile(r"back-?up|dump|snapshot|sicherung|respaldo|copia|sauvegarde", re.IGNORECASE)
_LOOKS_AT = re.compile(
    r"verif|check|review|test|drill|restor|clean|prun|delet|retention|\bkeep\b|\blast \d", re.IGNORECASE
)
_EVERY = {"hour": 3600.0, "day": 86400.0, "week": 604800.0, "month": 2592000.0}
_RHYTHMS = (
    (re.compile(r"\bcontinuous|\bevery (?:\d+ )?min|\beach minute", re.IGNORECASE), 60.0),
    (re.compile(r"\bhourly\b|\bevery (?:\d+ )?hours?\b|stündlich|cada hora", re.IGNORECASE), _EVERY["hour"]),
    (
        re.compile(
            r"\bdaily\b|\bnightly\b|\bevery (?:day|night)\b|täglich|nächtlich|diari[oa]", re.IGNORECASE
        ),
        _EVERY["day"],
    ),
)
_BELOW = 12  # lines below one that speaks of backups which may tell how often
_EXPLAINED = re.compile(r"\((?=[^)]*(?:log|replic|stream|journal|event|snapshot))", re.IGNORECASE)
_MANAGED = re.compile(r"\baws rds [a-z]|rds\.amazonaws|\bgcloud sql\b|\baz postgres|(?i:spring_datasource)")
_DUMP = re.compile(r"[\w./-]{1,200}\.(?:sql|dump)(?:\.(?:gz|zst|xz|bz2))?\b")
_WITHOUT_DATA = re.compile(
    r"\b(?:api|web|front-?end|back-?end|app(?:lication)?|gateway|server|service)\b", re.IGNORECASE
)
_DATA = re.compile(r"database|postgres|mysql|mariadb|\bdb\b|datenbank|base de datos|datastore", re.IGNORECASE)
_MOST = re.compile(r"\bmax_connections\b\W{0,6}(?:to |of |is )?(\d{2,5})\b")
_POOLED = re.compile(r"pgbouncer|pgpool|pgcat|odyssey|rds proxy|supavisor|connection pooler")
_DEFAULT_MOST = 100
_DATABASE_POOL = re.compile(r"database|\bdb\b|postgres|connection pool", re.IGNORECASE)
_POSTGRES = re.compile(r"postgres|psql|\bpg_\w+|sqlalchemy|create_engine")
_WORKERS = re.compile(r"worker|process", re.IGNORECASE)
_COPIES = re.compile(r"pods?|replicas?|instances?|servers?|containers?", re.IGNORECASE)
_FOREIGN = re.compile(
    r"redis|kafka|broker|queue|celery|cache|node|new |monitor|nginx|proxy|connection|pool", re.IGNORECASE
)


def _missed_by_backups(case: Case) -> Iterator[Found]:
    """An RPO that is shorter than the time between backups."""
    text = lowered(case.runbook)
    targets = [
        (fact, seconds)
        for fact in facts_of(case.policy, FactType.RPO)
        if (seconds := seconds_of(word_of(fact, "value")))
    ]
    if not targets or _CONTINUOUS.search(text):
        return
    apart, made = _time_between(case)
    missed = [
        (fact, seconds) for fact, seconds in targets if seconds < apart and not _EXPLAINED.search(fact.quote)
    ]
    if missed:
        fact, _ = min(missed, key=lambda one: (not _DATA.search(word_of(one[0], "service")), one[1]))
        service = word_of(fact, "service") or "The service"
        said = f"{service} may lose {spoken(word_of(fact, 'value'))} of data, but {made}: whatever came after the last one is lost."
        yield found_at(case, fact.line, service, said)


def _time_between(case: Case) -> tuple[float, str]:
    """How long it is from one backup to the next, and what says so; nothing where nothing does."""
    made = [fact for fact in facts_of(case.policy, FactType.SCHEDULE) if _makes_backup(fact)]
    spans = [(_EVERY[word_of(fact, "every")], fact) for fact in made if word_of(fact, "every") in _EVERY]
    if spans:
        span, fact = min(spans, key=lambda one: one[0])
        if span > _shortest_said(case.runbook.document.lines):
            return 0.0, ""  # the document speaks of a shorter rhythm that was not understood
        return span, f"backups are made every {word_of(fact, 'every')} (line {fact.line})"
    for placed in list_calls(case.runbook):
        dump = _DUMP.search(placed.call.command.text)
        if dump and _BACKUP.search(placed.block.text + " ".join(placed.block.heading)):
            line = placed.call.command.line
            return (
                _EVERY["day"],
                f"it is restored from the dump {dump[0]} (line {line}), and nothing is said to copy changes in between",
            )
    return 0.0, ""


def _shortest_said(lines: Sequence[str]) -> float:
    """The shortest rhythm among the lines that speak of backups and the few below each."""
    shortest, near = math.inf, -_BELOW
    for number, line in enumerate(lines):
        near = number if _BACKUP.search(line) else near
        if number - near < _BELOW:
            shortest = min([shortest, *(span for pattern, span in _RHYTHMS if pattern.search(line))])
    return shortest


def _makes_backup(fact: Fact) -> bool:
    text = f"{word_of(fact, 'task')} {fact.quote}"
    return bool(_BACKUP.search(text)) and not _LOOKS_AT.search(text)


def _tighter_than_data(case: Case) -> Iterator[Found]:
    """A service without data of its own that may lose less than the database behind it."""
    targets = [
        (fact, seconds)
        for fact in facts_of(case.policy, FactType.RPO)
        if (seconds := seconds_of(word_of(fact, "value")))
    ]
    stores = [(fact, seconds) for fact, seconds in targets if _DATA.search(word_of(fact, "service"))]
    for fact, seconds in targets:
        service = word_of(fact, "service")
        looser = next((store for store, span in stores if span > seconds), None)
        if looser is None or _DATA.search(service) or not _WITHOUT_DATA.search(service):
            continue
        said = (
            f"{service} may lose {spoken(word_of(fact, 'value'))} of data, while {word_of(looser, 'service')}, which holds it,"
            f" may lose {spoken(word_of(looser, 'value'))} (line {looser.line})."
        )
        yield found_at(case, fact.line, service, said)


def _over_budget(case: Case) -> Iterator[Found]:
    """Pools that together may open more connections than the database allows."""
    text = case.runbook.document.text
    capacities = facts_of(case.policy, FactType.CAPACITY)
    pools = [(fact, each) for fact in capacities if (each := _connections(fact))]
    stated = _MOST.search(text) if pools else None
    if (
        not pools
        or _POOLED.search(lowered(case.runbook))
        or (not stated and (_MANAGED.search(text) or not _POSTGRES.search(lowered(case.runbook))))
    ):
        return
    most = int(stated[1]) if stated else _DEFAULT_MOST
    factors = [*_largest(capacities, _WORKERS), *_largest(capacities, _COPIES)]
    for pool, each in pools:
        wanted = each * math.prod(count for count, _ in factors)
        if wanted > most:
            product = " × ".join([f"{each:g} connections", *(f"{count:g} {name}" for count, name in factors)])
            limit = (
                f"max_connections of {most}" if stated else f"PostgreSQL's default max_connections of {most}"
            )
            said = f"{product} may open {wanted:g} connections, more than {limit}, and nothing here raises it or pools in front of it."
            yield Found(pool.line, said)


def _connections(fact: Fact) -> float:
    """How many connections one pool may open; nothing for a capacity of another sort."""
    if not _DATABASE_POOL.search(word_of(fact, "resource")):
        return 0.0
    return (number_of(fact, "size") or 0.0) + (number_of(fact, "overflow") or 0.0)


def _largest(capacities: tuple[Fact, ...], kind: re.Pattern[str]) -> list[tuple[float, str]]:
    """The largest number of workers, or of copies of the application, with its name; nothing where there is none."""
    counts = [
        (count, resource)
        for fact in capacities
        if kind.search(resource := word_of(fact, "resource"))
        and (kind is _WORKERS or not _WORKERS.search(resource))
        and not _DATA.search(resource)
        and not _FOREIGN.search(resource)
        and (count := _count_of(fact)) > 1
    ]
    return [max(counts)] if counts else []


def _count_of(fact: Fact) -> float:
    value: Mapping[str, object] = fact.value
    return max(
        (float(one) for key in ("count", "max") if isinstance(one := value.get(key), int | float)),
        default=0.0,
    )


RULES = (
    Rule(
        id="rpo-missed-by-backups",
        severity=Severity.WARNING,
        title="Looks for a recovery point objective that is shorter than the time between backups.",
        why="The objective is a promise about how much may be lost. A dump each night keeps a promise of 24 hours, and none of 15 minutes.",
        right="Archived WAL (PostgreSQL: `archive_mode`, and `archive_timeout` no longer than the objective) or replication, and a check that measures the gap.",
        bad=(
            "# Ledger\n\n## Backups\n\n**Frequency**: Daily database backup at 4:00 AM UTC\n\n## Targets\n\n| Service | RTO | RPO |\n|---|---|---|\n"
            "| Database | 1 hour | 15 minutes |\n\n## Restore\n\n```bash\ngunzip -c /backups/ledger.sql.gz | psql ledger_new\n```\n"
        ),
        good=(
            "# Ledger\n\n## Backups\n\n**Frequency**: Daily database backup at 4:00 AM UTC, and archived WAL each 5 minutes\n\n## Targets\n\n| Service | RTO | RPO |\n|---|---|---|\n"
            "| Database | 1 hour | 15 minutes |\n\n## Restore\n\n```bash\ngunzip -c /backups/ledger.sql.gz | psql ledger_new\n```\n"
        ),
        look=_missed_by_backups,
    ),
    Rule(
        id="rpo-tighter-than-data",
        severity=Severity.WARNING,
        title="Looks for a service that may lose less data than the database that holds it.",
        why="What the service may lose is what its database loses; the tighter figure cannot be met by anything that is done to the service.",
        right="One figure for a service and its data, or the tighter one for both.",
        bad="# Ledger\n\n| Service | Recovery Time Objective (RTO) | Recovery Point Objective (RPO) |\n|---|---|---|\n| Backend API | 15 minutes | 5 minutes |\n| Database | 1 hour | 30 minutes |\n",
        good="# Ledger\n\n| Service | Recovery Time Objective (RTO) | Recovery Point Objective (RPO) |\n|---|---|---|\n| Backend API | 15 minutes | 30 minutes |\n| Database | 1 hour | 30 minutes |\n",
        look=_tighter_than_data,
    ),
    Rule(
        id="pools-over-limit",
        severity=Severity.WARNING,
        title="Looks for connection pools that together may open more connections than PostgreSQL allows.",
        why="Under load, when every worker of every copy fills its pool, PostgreSQL answers “too many connections”, to the people who repair it as well.",
        right="Pool and overflow, times workers, times copies, below `max_connections` less a reserve; or a pooler such as PgBouncer in front.",
        bad="# Shop\n\n## Pool\n\n```python\nengine = create_engine(\n    URL,\n    pool_size=10,\n    max_overflow=20,\n)\n```\n\n## Start\n\n```bash\ngunicorn shop:app --workers 8\n```\n",
        good="# Shop\n\n## Pool\n\n```python\nengine = create_engine(\n    URL,\n    pool_size=3,\n    max_overflow=2,\n)\n```\n\n## Start\n\n```bash\ngunicorn shop:app --workers 8\n```\n",
        look=_over_budget,
    ),
)
