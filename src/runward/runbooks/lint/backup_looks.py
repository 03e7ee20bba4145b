"""Rules about looks at backups that show less than they seem to."""

import re
from collections.abc import Iterator
from itertools import pairwise

from runward.runbooks.finding.around import calls_by_name, line_of, list_named, marked
from runward.runbooks.finding.claims import purpose_of, said_above
from runward.runbooks.finding.commands import Placed
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.model import Block, Kind, Runbook

_BACKUP = re.compile(r"backup|bkup|\bbak\b|dump|snapshot|archive|\.sql\b|\.tgz|\.tar", re.IGNORECASE)
_VERIFIED = re.compile(
    r"\bverif(?:y|ies|ied|ication)\b|\bvalid(?:ate[sd]?|ation)?\b|\bintegrity\b|\brestorable\b", re.IGNORECASE
)
_ONLY_THERE = re.compile(r"\b(?:exist\w*|presen(?:t|ce)|there)\b", re.IGNORECASE)
_IS_THERE = re.compile(
    r"(?:\bif\s+)?(?:\[\[?|\btest)\s+-[fes]\s+(?P<path>\"[^\"]+\"|'[^']+'|\S+)\s*(?:\]\]?)?\s*(?:;\s*then|&&|$)"
)
_LOOKS = re.compile(r"-[fes]\s")
_CHECKS = re.compile(
    r"pg_restore\s+(?:-l|--list)|pg_verifybackup|gzip\s+-\w*t|gunzip\s+-\w*t|zstd\s+-\w*t|xz\s+-\w*t|tar\s+-?\w*t|unzip\s+-t|zcat\b"
    r"|(?:sha|md5)\w*sum|restic check|borg check|\brestore\b|\bstat\b|\bwc\b|RDB_CHECK|check-rdb|head\s+-c|file\s+\"?\$",
    re.IGNORECASE,
)  # fmt: skip
_NEWEST = re.compile(r"\b(?:last|latest|newest|most recent|recent)\b", re.IGNORECASE)
_FRESH = re.compile(
    r"\b(?:verify|check|confirm|ensure|validate)\b[^\n]{0,60}\b(?:backups?|dumps?|snapshots?|age|fresh\w*|recent\w*|ran|updated|created)\b",
    re.IGNORECASE,
)


def _only_there(case: Case) -> Iterator[Found]:
    for block in _commands(case.runbook):
        if not _LOOKS.search(block.text) or _CHECKS.search(block.text):
            continue
        for number, text in enumerate(block.text.split("\n"), block.first_line):
            found = _IS_THERE.search(text)
            if not found:
                continue
            said = said_above(case.runbook, number)
            after = "\n".join(case.runbook.document.lines[number - 1 : number + 3])
            about = f"{said}\n{after}"
            if _claims_verified(said, after) and _BACKUP.search(about):
                path = found["path"].strip("\"'")
                yield marked(
                    case.runbook,
                    number,
                    found["path"],
                    f"Whether {path} is there is all that is looked at: half a dump, an empty one and yesterday's pass as verified too.",
                )


def _claims_verified(said: str, after: str) -> bool:
    claim = said if _VERIFIED.search(said) else ""
    told = re.findall(r"\b(?:echo|printf)\b.*", after)
    return bool((claim and not _ONLY_THERE.search(claim)) or any(_VERIFIED.search(one) for one in told[:1]))


def _commands(runbook: Runbook) -> Iterator[Block]:
    return (block for block in runbook.blocks if block.kind is Kind.COMMAND)


def _listed_by_name(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "head"):
        feed = placed.call.feed
        if (
            feed is None
            or feed.name != "ls"
            or any(word.text.startswith(("-n-", "-c")) for word in placed.call.arguments)
        ):
            continue
        listing = _call_at(case.runbook, placed, "ls")
        if listing is None or _sorts(listing):
            continue
        if _NEWEST.search(purpose_of(case.runbook, line_of(placed))):
            yield marked(
                case.runbook,
                line_of(listing),
                "ls",
                "ls sorts by name: with dates in the names, head shows the oldest files, and the newest are never seen.",
            )


def _call_at(runbook: Runbook, placed: Placed, name: str) -> Placed | None:
    """The program of this name on the same line."""
    return next(
        (one for one in calls_by_name(runbook).get(name, ()) if line_of(one) == line_of(placed)), None
    )


def _sorts(listing: Placed) -> bool:
    """Whether ls is told an order."""
    flags = [word.text for word in listing.call.arguments if word.text.startswith("-")]
    return any(re.fullmatch(r"-\w*[trSUvX]\w*", one) or one.startswith("--sort") for one in flags)


def _silence_is_no_answer(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "find"):
        words = [word.text for word in placed.call.arguments]
        young = next((f"{one} {two}" for one, two in pairwise(words) if _is_young(one, two)), "")
        acts = any(one.startswith(("-exec", "-ok", "-delete", "-quit")) for one in words)
        if not young or acts or placed.call.command.piped or placed.call.command.nested:
            continue
        if _FRESH.search(purpose_of(case.runbook, line_of(placed))):
            yield marked(
                case.runbook,
                line_of(placed),
                young,
                f"find ends with exit 0 when nothing matches {young}: where no file is young enough it prints nothing, and that passes.",
            )


def _is_young(flag: str, value: str) -> bool:
    return (flag in {"-mtime", "-mmin", "-ctime", "-cmin"} and value.startswith("-")) or flag.startswith(
        "-newer"
    )


def _never_made(case: Case) -> Iterator[Found]:
    text = case.runbook.document.text
    for name in ("ls", "gunzip", "zcat", "gzip", "cat", "pg_restore", "psql", "tar", "stat", "cp", "mysql"):
        for placed in list_named(case, name):
            for word in placed.call.arguments:
                found = re.fullmatch(
                    r"(?P<folder>/[\w./-]+)/(?P<file>(?:[\w-]+[-_.])?latest[\w.-]*)", word.text
                )
                if (
                    found
                    and _BACKUP.search(word.text)
                    and _makes_others(text, found["folder"])
                    and not _makes(text, found["file"])
                ):
                    yield marked(
                        case.runbook,
                        line_of(placed),
                        word.text,
                        f"Nothing in this document makes {found['file']}: its backups are written to {found['folder']} under other names,"
                        " so this is missing or was left by something else.",
                    )


def _makes_others(text: str, folder: str) -> bool:
    """Whether the document writes files to the folder: one is named with a variable there, or the folder is one's value."""
    place = re.escape(folder)
    return bool(
        re.search(rf"=[\"']?{place}/?[\"']?\s*$", text, re.MULTILINE)
        or re.search(rf"{place}/[\w.-]*\$", text)
    )


def _makes(text: str, file: str) -> bool:
    """Whether the document makes the file: links, copies, moves or writes to it."""
    name = re.escape(file)
    forms = rf"(?:\bln\s+-|\bmv\s|\bcp\s)[^\n]*{name}[\"']?\s*(?:$|[;&|])|>\s*[\"']?[^\s;|]*{name}|\b(?:pg_dump\w*|mysqldump|mongodump|tar\s+-?\w*c\w*)\b[^\n]*{name}|\s(?:-o|--output)[ =]*\S*{name}"
    brought = rf"\b(?:link|pointer|symlink|scp|rsync|wget|curl|aws|gsutil|rclone)\b[^\n]*{name}"
    return bool(re.search(rf"(?:{forms})", text, re.MULTILINE) or re.search(brought, text))


RULES = (
    Rule(
        id="existence-is-no-verification",
        title="A backup counts as verified because its file is there.",
        why="The shell makes the file before the dump writes its first byte. An empty file, half a dump and one from yesterday are there too.",
        right=(
            "Read it: `pg_restore --list` for custom dumps, `gzip -t` for packed ones, `pg_verifybackup` for base backups (PostgreSQL 13),"
            " a checksum, and from time to time a restore into an empty database."
        ),
        severity=Severity.WARNING,
        bad=example("Backup", "bash", "# Verify the backup", 'if [ -f "/backups/shop.dump" ]; then', '  echo "Backup is fine"', "fi"),
        good=example("Backup", "bash", "# Verify the backup", "pg_restore --list /backups/shop.dump > /dev/null"),
        look=_only_there,
        misleads=True,
    ),
    Rule(
        id="newest-listed-by-name",
        title="The newest files are looked for in a list that is sorted by name.",
        why="ls sorts by name unless it is told otherwise. Names with a date begin with the oldest, so head shows the same old files for ever.",
        right="`ls -t` puts the newest first (every version); `find -newermt '1 day ago'` with a look at what it found decides it.",
        severity=Severity.WARNING,
        bad=example("Check", "bash", "# Latest backups", "ls -l /backups | head -3"),
        good=example("Check", "bash", "# Latest backups", "ls -lt /backups | head -3"),
        look=_listed_by_name,
        misleads=True,
    ),
    Rule(
        id="nothing-found-passes",
        title="A search for young files passes when it finds none.",
        why="find ends with exit 0 whether or not anything matched. In a script or a run nobody notices that the list is empty.",
        right="`find ... -newermt '1 day ago' | grep .` fails when nothing is found (every version); or compare the newest file's time with a limit.",
        severity=Severity.WARNING,
        bad=example("Check", "bash", "# Check that the backup is recent", "find /backups -name '*.dump' -mtime -1"),
        good=example("Check", "bash", "# Check that the backup is recent", "find /backups -name '*.dump' -mtime -1 | grep ."),
        look=_silence_is_no_answer,
        misleads=True,
        only_silent=True,
    ),
    Rule(
        id="latest-is-never-made",
        title="A file called latest is read that nothing in the document makes.",
        why="The backups get other names. Either the file is not there when it is needed, or it is a copy that something else left long ago.",
        right="Let the backup itself move a link to the new file once that is verified: `ln -sfn new.dump latest.dump` (every version).",
        severity=Severity.WARNING,
        bad=example("Backup", "bash", "FOLDER=/backups/shop", 'pg_dump shop > "$FOLDER/shop_$(date +%F).sql"', "ls -l /backups/shop/latest.sql"),
        good=example(
            "Backup",
            "bash",
            "FOLDER=/backups/shop",
            'pg_dump shop > "$FOLDER/shop_$(date +%F).sql"',
            'ln -sfn "shop_$(date +%F).sql" "$FOLDER/latest.sql"',
            "ls -l /backups/shop/latest.sql",
        ),
        look=_never_made,
    ),
)  # fmt: skip
