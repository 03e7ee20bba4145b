"""Rules about deleting files: by count, before the new copy is checked, in folders that others use."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import block_at, line_of, list_named, marked, text_between
from runward.runbooks.finding.commands import Placed, list_calls
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.model import Block, Runbook
from runward.runbooks.shell.calls import calls_of
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.parse import script_of

_DELETES = re.compile(r"\brm\b|\bdelete\b|\bunlink\b|delete-object|-delete\b", re.IGNORECASE)
_BY_TIME = re.compile(
    r"\bls\s+(?:-\w+\s+)*-\w*t|--sort[-=]|sort_by|--full-time|-printf\s+['\"]?%[TAC]|--time|sort\s+(?:-\w+\s+)*-k\s*1\b"
)
_DAYS = re.compile(r"(\d+)[\s-]*(?:days?|d\b|tagen?|días|jours)|older than", re.IGNORECASE)
_COUNTED = re.compile(r"-n?\s*-(\d+)|--lines=-(\d+)|\+(\d+)")
_DUMPS = {
    "pg_dump", "pg_dumpall", "mysqldump", "mariadb-dump", "mongodump", "pg_basebackup", "mariabackup", "xtrabackup", "influxd", "etcdctl",
}  # fmt: skip
_CHECKS = re.compile(
    r"\bg(?:un)?zip\s+(?:-\w+\s+)*-\w*t|pg_restore\s+(?:.*\s)?(?:-l|--list)\b|sha\d+sum\s+(?:-\w+\s+)*(?:-c|--check)|md5sum\s+-c|\btar\s+-?\w*t\w*f"
    r"|pg_verifybackup|zstd\s+(?:-\w+\s+)*-t|\bxz\s+-t|unzip\s+-t|(?:test|\[\[?)\s+!?\s*-[sf]\s|\$\?|\bif\s+!?\s*(?:pg_dump|mysqldump|mongodump)"
    r"|\|\|\s*(?:exit|return|\{|die|fail)|restic\s+check|snapshot\s+status|stat\s+-c|wc\s+-c|PIPESTATUS",
)
_BACKUPS = re.compile(r"backup|bkup|dump|\.sql|\.bak|snapshot|archive|\.tar|\.gz", re.IGNORECASE)
_SHARED = re.compile(
    r"(?:/var/log|/tmp|/var/tmp|/var|/var/lib|/var/spool|/var/cache|/home|/etc|/usr|/root|/)/?\*?"
)
_OWN_NAME = re.compile(r"[A-Za-z]{4,}")
_ANYONES = {
    "log",
    "logs",
    "gz",
    "old",
    "tmp",
    "temp",
    "bak",
    "zip",
    "txt",
    "core",
    "dump",
    "tar",
    "xz",
    "bz",
    "json",
    "gzip",
    "backup",
}


def _by_count(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "head", "tail"):
        said = " ".join(word.text for word in placed.call.arguments)
        counted = _COUNTED.search(said)
        if counted is None or (placed.call.name == "head") == ("+" in said):
            continue
        line = line_of(placed)
        pipeline, first = _pipeline(case.runbook, placed)
        if not _DELETES.search(pipeline):
            continue
        number = next(group for group in counted.groups() if group)
        days = _DAYS.search(text_between(case.runbook, first - 2, first - 1))
        if (
            days
            or re.search(r"aws\s+s3\s+ls", pipeline)
            or not (_BY_TIME.search(pipeline) or "sort" in pipeline)
        ):
            meant = f"“{days[0].strip()}” is meant, but" if days else "By position in the list, not by age:"
            yield marked(
                case.runbook,
                line,
                f"{placed.call.name} {said}",
                f"{meant} {placed.call.name} {said} spares {int(number) - ('+' in said)} names of the list and has all others deleted, whatever their age.",
            )


def _pipeline(runbook: Runbook, placed: Placed) -> tuple[str, int]:
    """The text of the whole pipeline or loop around a call, and its first line."""
    lines = runbook.document.lines
    first = last = line_of(placed)
    while first > 1 and re.search(r"[|\\]\s*$", lines[first - 2]):
        first -= 1
    while last < len(lines) and (
        re.search(r"[|\\]\s*$", lines[last - 1]) or re.search(r"\bdo\s*$", lines[last - 1])
    ):
        last += 1
    return text_between(runbook, first, last), first


def _before_check(case: Case) -> Iterator[Found]:
    for block in case.runbook.blocks:
        for calls, end in _scripts(block):
            made = next((call for call in calls if _dumps(call)), None)
            if made is None or block.form == "inline":
                continue
            pruning = (
                call
                for call in calls
                if call.command.line > made.command.line and _prunes(call) and _of_backups(call, made)
            )
            call = next(pruning, None)
            said = _unchecked(case.runbook, made, call, end) if call else ""
            if call and said:
                yield marked(case.runbook, call.command.line, call.name, said)


def _scripts(block: Block) -> Iterator[tuple[tuple[Call, ...], int]]:
    """The block, and each script that it writes to a file by a here-document: their calls and last lines."""
    yield block.calls, block.end
    for call in block.calls:
        written = call.feed.text if call.feed and call.name in {"cat", "tee"} else None
        if written and written.lstrip().startswith("#!"):
            yield calls_of(script_of(written, call.command.line + 1)), call.command.end


def _dumps(call: Call) -> bool:
    return call.name in _DUMPS or (call.name in {"restic", "borg"} and call.has("create", "backup"))


def _unchecked(runbook: Runbook, made: Call, call: Call, end: int) -> str:
    """What is wrong with pruning there, "" if the new backup was looked at or the script stops where it fails."""
    first = text_between(runbook, 1, made.command.line - 1).rpartition("```")[2]
    between = text_between(runbook, made.command.end, call.command.line - 1)
    later = _CHECKS.search(text_between(runbook, call.command.end + 1, end))
    if _CHECKS.search(between) or (_stops_at_failure(f"{first}\n{between}", made) and not later):
        return ""
    when = (
        f"and {later[0].strip()} looks at the new one only afterwards"
        if later
        else "and nothing looks at the new one first"
    )
    return f"It deletes old backups {when}: when {made.name} fails night after night, the last good one goes."


def _prunes(call: Call) -> bool:
    """Whether a call deletes what is older than something."""
    if call.name != "find" or not call.has("-mtime", "-mmin", "-ctime", "-newermt"):
        return False
    return (
        call.has("-delete")
        or any(word.text == "rm" for word in call.arguments)
        or "rm" in call.command.text.split("|")[-1]
    )


def _of_backups(call: Call, made: Call) -> bool:
    """Whether what is pruned are backups: by their names, or because the dump goes to the same folder."""
    folder = call.arguments[0].text
    return bool(_BACKUPS.search(call.command.text)) or (len(folder) > 2 and folder in made.command.text)


def _stops_at_failure(before: str, made: Call) -> bool:
    """Whether the script ends where the dump fails."""
    stops = re.search(r"^\s*set\s+-\w*e|^#!.*\s-\w*e", before, re.MULTILINE)
    return bool(stops) and (not made.command.piped or "pipefail" in before)


def _in_shared_folder(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "find"):
        call = placed.call
        if not call.arguments or not _SHARED.fullmatch(call.arguments[0].text) or not _deletes(case, placed):
            continue
        names = [
            call.arguments[at + 1].text
            for at, word in enumerate(call.arguments[:-1])
            if word.text in {"-name", "-iname"}
        ]
        if call.has("-user", "-group", "-path", "-regex", "-empty") or any(_is_own(name) for name in names):
            continue
        matched = f"everything named {names[0]}" if names else "everything"
        where = call.arguments[0].text
        lost = (
            "audit and login logs with the rest"
            if "log" in where
            else "sockets, locks and uploads that others still use with the rest"
        )
        said = f"It deletes {matched} below {where}, whichever program it belongs to: {lost}."
        yield marked(case.runbook, line_of(placed), "find", said)


def _deletes(case: Case, placed: Placed) -> bool:
    call = placed.call
    if call.has("-delete") or any(word.text in {"rm", "shred"} for word in call.arguments):
        return True
    block = block_at(case.runbook, line_of(placed))
    following = [
        one.call
        for one in list_calls(case.runbook)
        if one.block is block and one.call.through[-1:] == ("xargs",)
    ]
    return any(
        one.name == "rm" and one.command.line in range(call.command.line, call.command.line + 3)
        for one in following
    )


def _is_own(pattern: str) -> bool:
    """Whether a pattern names something in particular and not a kind of file."""
    return any(word.lower() not in _ANYONES for word in _OWN_NAME.findall(pattern))


RULES = (
    Rule(
        id="delete-by-count",
        severity=Severity.ERROR,
        title="What is deleted is decided by counting lines of a list.",
        why=(
            "A list by name is not a list by age: `head -n -30` keeps 30 names, not 30 days. When backups fail it deletes nothing and when they"
            " run twice a day it keeps half; folder lines and names with blanks break it."
        ),
        right=(
            "Select by date (`find -mtime`, a catalogue, an S3 lifecycle rule with versioning), keep a least number of verified copies"
            " whatever their age, and print what would go before it goes."
        ),
        bad=example(
            "Clean up", "bash", "# keep the last 14 days", "ls /backups/shop | head -n -14 | xargs rm"
        ),
        good=example("Clean up", "bash", "find /backups/shop -name 'shop_*.dump' -mtime +14 -print"),
        look=_by_count,
    ),
    Rule(
        id="prune-before-check",
        severity=Severity.ERROR,
        title="Old backups are deleted before the new one is known to be good.",
        why="A backup that fails silently for as long as the retention lasts leaves nothing: the same script that made no new copy deletes the last old one.",
        right=(
            "Stop at the first failure (`set -euo pipefail`), check the new copy (`pg_restore --list`, `gzip -t`, size, a test restore), then"
            " delete, and never below a least number of copies; delete remote copies by the same rule."
        ),
        bad=example(
            "Nightly backup",
            "bash",
            "pg_dump shop | gzip > /backups/shop_$(date +%F).sql.gz",
            "find /backups -name 'shop_*.sql.gz' -mtime +30 -delete",
        ),
        good=example(
            "Nightly backup",
            "bash",
            "set -euo pipefail",
            'pg_dump -Fc -f "$NEW" shop',
            'pg_restore --list "$NEW" > /dev/null',
            "find /backups -name 'shop_*.dump' -mtime +30 -delete",
        ),
        look=_before_check,
    ),
    Rule(
        id="shared-folder-swept",
        severity=Severity.WARNING,
        title="Files are deleted by age in a folder that many programs share.",
        why="Every program's files match, those that must be kept (audit, login, other teams' backups) and those in use included; logrotate and tmpfiles.d no longer know what is there.",
        right="Name the program's own folder and files; let logrotate (`rotate`, `maxage`) or systemd-tmpfiles do it, one policy for each program.",
        bad=example("Clean up", "bash", "find /var/log -name '*.gz' -mtime +30 -delete"),
        good=example("Clean up", "bash", "find /var/log/shop -name '*.gz' -mtime +30 -delete"),
        look=_in_shared_folder,
    ),
)
