"""Rules about verifications of backups that verify something else, or nothing."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import calls_by_name, line_of, list_named, marked, text_around
from runward.runbooks.finding.claims import said_above
from runward.runbooks.finding.commands import Placed, list_statements
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.model import Block, Kind, Runbook
from runward.runbooks.shell.options import options_of, words_of

_VERIFIED = re.compile(
    r"\bverif(?:y|ies|ied|ication)\b|\bvalid(?:ate[sd]?|ation)?\b|\bintegrity\b|\brestorable\b", re.IGNORECASE
)
_VERIFY_MADE = re.compile(
    r"\b(?:verify|check|confirm|ensure)\b(?:\s+(?:that|if|whether|the|all|our|your))*\s+(?:[\w'’]+\s+){0,3}?backups?\b",
    re.IGNORECASE,
)
_CREATES = re.compile(
    r"\b(?:creat|mak|tak|run|trigger|perform|generat|writ|start|can be|works?\b)\w*", re.IGNORECASE
)
_BACKUP_SCRIPT = re.compile(
    r"(?:^|[\\/._-])(?:\w+[_-])?backup(?:[_-]\w+)*\.(?:sh|bat|cmd|ps1|py|rb|pl)$", re.IGNORECASE
)
_LOOKING_SCRIPT = re.compile(
    r"dry-?run|verif|check|list|stat|valid|test|drill|restor|monitor|report|audit|clean|prune|rotat",
    re.IGNORECASE,
)
_STARTERS = words_of("sudo bash sh call & python python3 powershell")
_SUCCESS = re.compile(
    r"^\W*(?:\w+ )?(?:success(?:ful(?:ly)?)?|succeeded|passed|complete[d]?(?: successfully)?|done)\W*$",
    re.IGNORECASE,
)
_LOG_SEARCH = re.compile(
    r"(?:\b(?:grep|egrep|findstr|rg|zgrep|Select-String)\b(?:\s+(?:-\w+|/\w))*\s+(?P<quote>[\"']?)(?P<word>[\w .]+?)(?P=quote))(?P<rest>(?:\s+\S+)*)$",
    re.IGNORECASE,
)
_LOG = re.compile(r"\.log\b|/log/|\\logs?\\|_logs?[\\/]", re.IGNORECASE)
_DATED = re.compile(
    r"\$\(date|%date|\$(?:\{)?(?:DATE|TODAY|DAY)|\d{4}-\d\d|\btail\b|--since|-mtime|-newer|\bawk\b|latest",
    re.IGNORECASE,
)
_CUSTOM = re.compile(r"^(?:c|custom|d|directory)$", re.IGNORECASE)
_DUMP_VALUED = words_of(
    "-d -h -p -U -n -N -t -T -F -f -j -Z -E -S --dbname --host --port --username --format --file --jobs --compress --schema --table"
)
_PACKERS = ("gzip", "pigz", "bzip2", "xz", "zstd")
_COUNT = re.compile(
    r"^\s*select\s+count\s*\(\s*(?:\*|1)\s*\)\s+(?:as\s+\w+\s+)?from\s+[\w.\"<>{}$-]+\s*;?\s*$", re.IGNORECASE
)
_RESTORES = re.compile(r"\b(?:pg_restore|restore[ds]?|restoration)\b", re.IGNORECASE)


def _makes_anew(case: Case) -> Iterator[Found]:
    for block in _commands(case.runbook):
        for number, text in enumerate(block.text.split("\n"), block.first_line):
            program = _maker_in(text)
            if not program:
                continue
            said = said_above(case.runbook, number)
            if _VERIFY_MADE.search(said) and not _CREATES.search(_VERIFY_MADE.sub("", said)):
                yield marked(
                    case.runbook,
                    number,
                    program,
                    f"{program} makes a new backup; whether the one that was due was made, and is good, is not looked at.",
                )


def _commands(runbook: Runbook) -> Iterator[Block]:
    return (block for block in runbook.blocks if block.kind is Kind.COMMAND)


def _maker_in(text: str) -> str:
    """The backup script that a line runs; "" if it runs none, or one with something else to do."""
    words = text.partition("#")[0].split()
    while words and (words[0] in _STARTERS or "=" in words[0]):
        words = words[1:]
    if not words or not _BACKUP_SCRIPT.search(words[0]):
        return ""
    named = [re.split(r"[\\/]", words[0])[-1], *words[1:]]
    return "" if any(_LOOKING_SCRIPT.search(word) for word in named) else words[0]


def _any_old_success(case: Case) -> Iterator[Found]:
    for block in _commands(case.runbook):
        for number, text in enumerate(block.text.split("\n"), block.first_line):
            found = _LOG_SEARCH.search(text)
            if not found or not _SUCCESS.match(found["word"]) or not _LOG.search(text) or _DATED.search(text):
                continue
            if re.search(r"\s-\w*[vcL]|\bfor\b|\bwhile\b", text):
                continue
            yield marked(
                case.runbook,
                number,
                found["word"],
                f"Any “{found['word']}” of any day passes: the logs are searched whole, so last month's success hides today's failure.",
            )


def _packed_twice(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "pg_dump"):
        options = options_of(placed.call.arguments, _DUMP_VALUED)
        if not any(_CUSTOM.match(word.text) for word in options.values("-F", "--format")):
            continue
        files = {word.text.rpartition("/")[2] for word in options.values("-f", "--file")}
        for packer in _packers_of(case.runbook, placed, files):
            yield marked(
                case.runbook,
                line_of(packer),
                packer.call.name,
                f"pg_dump -F c has compressed the dump already: {packer.call.name} gains almost nothing, and pg_restore cannot read"
                " the file any more before it is unpacked.",
            )


def _packers_of(runbook: Runbook, dump: Placed, files: set[str]) -> Iterator[Placed]:
    for name in _PACKERS:
        for one in calls_by_name(runbook).get(name, ()):
            feed = one.call.feed
            fed = feed is not None and feed.name == "pg_dump" and line_of(one) == line_of(dump)
            named = any(word.text.rpartition("/")[2] in files for word in one.call.arguments)
            unpacks = one.call.has("-d", "-dc", "-t", "--decompress", "--test")
            if one.block.number == dump.block.number and (fed or named) and not unpacks:
                yield one


def _count_alone(case: Case) -> Iterator[Found]:
    for placed in list_statements(case.runbook):
        if not _COUNT.match(placed.text) or (placed.call and placed.call.command.piped):
            continue
        said = said_above(case.runbook, placed.line)
        around = text_around(case.runbook, placed.line)
        if not (
            _VERIFIED.search(said)
            and _RESTORES.search(f"{said}\n{_before(case.runbook, placed.block, placed.line)}")
        ):
            continue
        if re.search(
            r"\bcompar|\bexpected\b|\bshould (?:be|match|show|return)|\bmatch(?:es)?\b|\bdiff\b|(?:validate|verify)[\w-]*\.(?:sh|py)",
            around,
            re.IGNORECASE,
        ):
            continue
        yield marked(
            case.runbook,
            placed.line,
            placed.text.split("\n")[0].strip(),
            "The number of rows is compared with nothing: half of the table passes as restored.",
        )


def _before(runbook: Runbook, block: Block, line: int) -> str:
    return "\n".join(runbook.document.lines[block.first_line - 1 : line - 1])


RULES = (
    Rule(
        id="verification-makes-anew",
        title="What should verify a backup makes a new one.",
        why="The new backup may well succeed while every one that was due has failed, and nobody looks at those.",
        right="Look at what the scheduled backup left: its newest file, the time and size of it, and whether it can be read.",
        severity=Severity.WARNING,
        bad=example("Daily", "bash", "# Verify last night's backup", "./backup_shop.sh"),
        good=example("Daily", "bash", "# Verify last night's backup", "./verify_backup.sh --max-age 26h"),
        look=_makes_anew,
        misleads=True,
    ),
    Rule(
        id="any-old-success",
        title="Any success in any log counts.",
        why="Logs keep what was. The word stands in them from the first run that went well, and no later failure takes it out again.",
        right='Look at the newest log only, with its date: `grep SUCCESS "$(ls -t drill_*.log | head -1)"` (every version).',
        severity=Severity.WARNING,
        bad=example("Weekly", "bash", "grep SUCCESS /var/log/drills/*.log"),
        good=example("Weekly", "bash", 'grep SUCCESS "/var/log/drills/$(date +%F).log"'),
        look=_any_old_success,
        misleads=True,
    ),
    Rule(
        id="compressed-twice",
        title="A dump that is compressed already is compressed once more.",
        why=(
            "The custom and directory forms of pg_dump are compressed. A second pass takes time and saves next to nothing, and neither"
            " `pg_restore --list` nor a restore with several jobs can read the result."
        ),
        right="Keep the file as it is and choose the level with -Z; methods such as zstd from PostgreSQL 16.",
        severity=Severity.NOTE,
        bad=example("Backup", "bash", "pg_dump -F c -f shop.dump shop", "gzip shop.dump"),
        good=example("Backup", "bash", "pg_dump -F c -Z 6 -f shop.dump shop"),
        look=_packed_twice,
    ),
    Rule(
        id="count-compared-with-nothing",
        title="A restore counts as verified by a number of rows that is compared with nothing.",
        why="A number is printed whether all rows came back or a tenth of them. Nobody knows by heart what it should be.",
        right="Write down the counts when the backup is made and compare them after the restore, with ON_ERROR_STOP on (every version).",
        severity=Severity.WARNING,
        bad=example("Drill", "sql", "-- Verify the restore", "SELECT count(*) FROM orders;"),
        good=example(
            "Drill", "sql", "-- Verify the restore: it should be the number in the manifest", "SELECT count(*) FROM orders;"
        ),
        look=_count_alone,
        misleads=True,
    ),
)  # fmt: skip
