"""Rules about steps that destroy data without a way back."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import (
    headings_of,
    is_advised_against,
    line_of,
    list_named,
    marked,
    text_before,
)
from runward.runbooks.finding.commands import list_statements
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.shell.model import Call

_SAVED = re.compile(
    r"back(?:ing)?[ -]?(?:ed )?up|pg_dump|mysqldump|mongodump|snapshot|\bdump\b|export|\bcp\s+-|\bmv\s|rsync|\btar\s|copy|copied|archive|restor|clone|s3\s+(?:cp|sync)",
    re.IGNORECASE,
)
_PLAYGROUND = re.compile(
    r"\b(?:local|locally|dev|development|tests?|testing|staging|sandbox|demo|tear ?down|uninstall\w*|clean ?up|reset|decommission|cleanup|drill|scratch|fresh|benchmark|example|tutorial|quick ?start|initiali[sz]\w*|lab|clean slate|from scratch)\b",
    re.IGNORECASE,
)
_UNIMPORTANT = re.compile(
    r"test|tmp|temp|scratch|restor|verif|drill|staging|_dev|dev_|old|backup|bak\b|copy|demo|example|foo|bench|cache|sandbox|shadow|stale|new_?pvc|disposable|replica|standby|secondary|follower|\d{4}",
    re.IGNORECASE,
)
_DATABASE = re.compile(
    r"postgres|pgdata|\bpg\b|mysql|maria|mongo|redis|kafka|elastic|cassandra|etcd|\bdb\b|-db-|database",
    re.IGNORECASE,
)
# A copy of a copy, or what the text right before says is to go.
_WANTED = re.compile(r"replica|re-?sync|from scratch|orphan|left.?over|clean slate|wipe", re.IGNORECASE)
_DROPS = re.compile(
    r"(?P<verb>drop\s+(?:database|schema|table)|truncate(?:\s+table)?)\s+(?:if\s+exists\s+)?(?:only\s+)?(?P<name>[\w.\"$<>{}-]+)|(?P<all>delete\s+from\s+(?P<rows>[\w.\"]+)\s*;?\s*$)",
    re.IGNORECASE,
)
_DATA_FOLDER = re.compile(
    r"/var/lib/(?:postgresql|pgsql|mysql|mongo\w*|redis|elasticsearch|docker/volumes|kafka|etcd|cassandra|influxdb)\b\S*|\$\{?PGDATA\}?\S*|\S*/pgdata\S*"
)


def _destroyed(case: Case) -> Iterator[Found]:
    for line, words, what in sorted({*_in_sql(case), *_in_shell(case)}):
        if "retention" in case.runbook.document.lines[line - 1]:
            continue
        titles = f"{case.runbook.title} {headings_of(case.runbook, line)}"
        before = text_before(case.runbook, line)
        if (
            _WANTED.search(before[-250:])
            or _PLAYGROUND.search(titles)
            or _SAVED.search(before)
            or _SAVED.search(titles)
        ):
            continue
        yield marked(
            case.runbook,
            line,
            words,
            f"{what}, and nothing before it makes a copy or asks whether there is a good one.",
        )


def _in_sql(case: Case) -> Iterator[tuple[int, str, str]]:
    for one in list_statements(case.runbook):
        if one.text[:1].lower() not in {"d", "t"} or is_advised_against(case.runbook, one.line):
            continue
        found = _DROPS.match(one.text)
        name = (found["name"] or found["rows"]) if found else ""
        if found and not _UNIMPORTANT.search(name):
            verb = found["verb"] or "delete every row of"
            yield (
                one.line,
                one.text.split()[0],
                f"{verb.upper() if found['verb'] else 'DELETE without WHERE empties'} {name} cannot be taken back".replace(
                    " DELETE", "DELETE"
                ),
            )


def _in_shell(case: Case) -> Iterator[tuple[int, str, str]]:
    for placed in list_named(case, "dropdb", "rm", "docker", "docker-compose", "kubectl", "oc"):
        what = _ends(placed.call)
        if what and placed.block.form != "inline" and not _UNIMPORTANT.search(_asked(placed.call)):
            yield line_of(placed), placed.call.name, what


def _asked(call: Call) -> str:
    """What a call of kubectl is about, where a copy of a copy may go."""
    return " ".join(word.text for word in call.arguments[1:]) if call.name in {"kubectl", "oc"} else ""


def _ends(call: Call) -> str:
    """What a call destroys, in words; "" where it destroys no data that matters."""
    words = [word.text for word in call.arguments]
    named = {at + 1 for at, one in enumerate(words) if one in {"-n", "--namespace", "--context"}}
    plain = [one for at, one in enumerate(words) if not one.startswith("-") and at not in named]
    if call.name == "dropdb" and plain:
        return "" if _UNIMPORTANT.search(plain[-1]) else f"dropdb removes {plain[-1]} for good"
    if call.name == "rm":
        folder = next((one for one in plain if _DATA_FOLDER.fullmatch(one)), "")
        recursive = any(re.match(r"-\w*[rR]", one) for one in words)
        lock = folder.endswith((".pid", ".signal", ".lock", ".conf"))
        return f"rm deletes {folder}, the server's data" if folder and recursive and not lock else ""
    if call.name in {"docker", "docker-compose"}:
        down = "down" in plain and bool({"-v", "--volumes"} & set(words))
        return f"{call.name} {' '.join(words)} deletes the volumes with the data in them" if down else ""
    if (
        plain[:1] == ["delete"]
        and re.match(r"(?:pvc|persistentvolumeclaims?)(?:/|$)", " ".join(plain[1:2]))
        and _DATABASE.search(" ".join(plain[1:]))
    ):
        return f"{call.name} delete {' '.join(plain[1:3])} deletes the database behind it"
    return ""


RULES = (
    Rule(
        id="destroyed-without-copy",
        severity=Severity.ERROR,
        title="Data is destroyed, and nothing before it makes sure of a copy.",
        why="In an incident the wrong name is one keystroke away, and last night's backup is only believed to be good.",
        right="Right before it: a fresh copy (or a look at a verified one), a line that shows which server and which object it is, and where it can, a rename instead of a DROP.",
        bad=example(
            "Corrupt orders", "bash", "systemctl stop postgresql", "rm -rf /var/lib/postgresql/15/main"
        ),
        good=example(
            "Corrupt orders",
            "bash",
            "systemctl stop postgresql",
            "mv /var/lib/postgresql/15/main /var/lib/postgresql/15/main.corrupt",
        ),
        look=_destroyed,
    ),
)
