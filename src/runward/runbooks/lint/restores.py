"""Rules about restoring a database: what a restore does to what is already there."""

import re
from collections.abc import Iterator

from runward.runbooks.finding.around import (
    calls_by_name,
    line_of,
    list_named,
    marked,
    stretch_of,
    text_between,
)
from runward.runbooks.finding.commands import Placed
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Mend, Rule, Severity
from runward.runbooks.model import Runbook
from runward.runbooks.programs.databases import PSQL_VALUED
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import options_of, words_of

_BACKUP = re.compile(r"dump|backup|bkup|bkp|\bbak\b|\.bak|restor|snapshot|archive", re.IGNORECASE)
# Scripts that look at a restored database, and dumps of roles, which hold no tables.
_PART = re.compile(r"valid|verif|check|role|global|schema|test|fixture|seed", re.IGNORECASE)
_PASSING = re.compile(r"/(?:var/)?tmp/")  # a copy fetched for the moment
_COPY = re.compile(
    r"test|restor|scratch|verif|t(?:e)?mp|drill|_new|new_|copy|stag|\bdev|_dev|local|clean|check|sandbox|clone|fresh|shadow",
    re.IGNORECASE,
)
_FRESH = re.compile(
    r"\bcreatedb\b|\bcreate\s+database\b|\bdropdb\b|\bdrop\s+(?:database|schema)\b|\binitdb\b|\bpsql\s.*--clean|docker run|terraform apply|git clone|\bdown\s+(?:-v|--volumes)|create namespace|provision|initiali[sz]e|install\w* postgres|new (?:server|host|instance)|different host|\brm\s+-\w*r\w*\s+\S*(?:postgres|pgdata|pgsql|/main|/data)",
    re.IGNORECASE,
)
_PG_RESTORE = words_of(
    "-d -h -p -U -n -N -t -T -I -P -F -j -L -f -S --dbname --host --port --username --schema --exclude-schema --table --trigger"
    " --index --function --format --jobs --use-list --file --superuser --role --section"
)
_UNPACKERS = ("gunzip", "bunzip2", "unxz", "unlzma", "gzip", "bzip2", "xz")
_KEEPS = (
    "-c",
    "--stdout",
    "--to-stdout",
    "-k",
    "--keep",
    "-t",
    "--test",
    "-l",
    "--list",
    "--help",
    "--version",
)


def _over_live_data(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "psql"):
        call = placed.call
        source = _dump_given(call)
        if not source or _stops(call):
            continue
        target = _database_of(call)
        if _COPY.search(f"{target} {_host_of(call)}") or _is_fresh(case.runbook, placed):
            continue
        named = f"the database {target}" if target else "the database"
        yield marked(
            case.runbook,
            line_of(placed),
            "psql",
            f"psql loads {source} over whatever {named} holds, goes on after every error, and exits 0 all the same.",
        )


def _dump_given(call: Call) -> str:
    """The dump that psql reads, in words; "" where it reads none."""
    files = options_of(call.arguments, PSQL_VALUED).values("-f", "--file")
    if files:
        return files[0].text if _BACKUP.search(files[0].text) and not _PART.search(files[0].text) else ""
    feed = call.feed
    if (
        feed is None
        or feed.text is not None
        or options_of(call.arguments, PSQL_VALUED).has("-c", "--command")
    ):
        return ""
    if feed.kind == "file":
        return feed.name if _BACKUP.search(feed.name) and not _PART.search(feed.name) else ""
    unpacked = feed.name in {
        "gunzip",
        "zcat",
        "cat",
        "gzip",
        "pigz",
        "zstd",
        "zstdcat",
        "xz",
        "bzcat",
        "lz4",
        "gpg",
        "age",
        "openssl",
    }
    return f"what {feed.name} unpacks" if unpacked else ""


def _stops(call: Call) -> bool:
    options = options_of(call.arguments, PSQL_VALUED)
    settings = [word.text for word in options.values("-v", "--set", "--variable")]
    stops = any(re.fullmatch(r"ON_ERROR_STOP(?:=(?:1|on|true|yes))?", one, re.IGNORECASE) for one in settings)
    return stops and options.has("-1", "--single-transaction")


def _database_of(call: Call) -> str:
    options = options_of(call.arguments, PSQL_VALUED)
    named = [*options.values("-d", "--dbname"), *options.rest]
    return named[0].text if named else ""


def _host_of(call: Call) -> str:
    hosts = options_of(call.arguments, PSQL_VALUED).values("-h", "--host")
    return f"{hosts[0].text}_".replace("new-", "new_") if hosts else ""


def _is_fresh(runbook: Runbook, placed: Placed) -> bool:
    """Whether the database was made just before, or the dump was written so that it clears what it finds."""
    before = text_between(runbook, stretch_of(runbook, line_of(placed))[0], line_of(placed))
    if _FRESH.search(before):
        return True
    dumps = (one.call for name in ("pg_dump", "pg_dumpall") for one in calls_by_name(runbook).get(name, ()))
    return any(one.has("-c", "--clean") for one in dumps)


def _removes_the_original(case: Case) -> Iterator[Found]:
    for placed in list_named(case, *_UNPACKERS):
        call = placed.call
        options = options_of(call.arguments, words_of("-S --suffix -T --threads"))
        unpacks = (
            call.name.startswith("un")
            or call.name in {"gunzip", "bunzip2"}
            or options.has("-d", "--decompress")
        )
        if not unpacks or options.has(*_KEEPS) or not options.rest:
            continue
        packed = options.rest[0].text
        if (_BACKUP.search(packed) or ".sql" in packed) and not _PASSING.match(packed):
            yield marked(
                case.runbook,
                line_of(placed),
                call.name,
                f"{call.name} replaces {packed} with the unpacked file: the compressed backup is gone, and a second run fails.",
                _kept(case.runbook, placed),
            )


def _kept(runbook: Runbook, placed: Placed) -> Mend | None:
    """The same line with -k, where the program stands in it once."""
    line = runbook.document.lines[line_of(placed) - 1]
    name = placed.call.name
    if placed.block.form == "inline" or len(re.findall(rf"\b{name}\b", line)) != 1:
        return None
    return Mend(line_of(placed), line_of(placed), re.sub(rf"\b{name}\b", f"{name} -k", line))


def _not_atomic(case: Case) -> Iterator[Found]:
    for placed in list_named(case, "pg_restore"):
        options = options_of(placed.call.arguments, _PG_RESTORE)
        into = options.values("-d", "--dbname")
        if (
            not into
            or not options.has("-c", "--clean")
            or options.has("-e", "--exit-on-error", "-1", "--single-transaction")
        ):
            continue
        if _COPY.search(into[0].text):
            continue
        yield marked(
            case.runbook,
            line_of(placed),
            "pg_restore",
            f"pg_restore -c drops what {into[0].text} holds piece by piece and goes on after errors:"
            " if it fails half-way, the old data is gone and the new data is not there.",
        )


RULES = (
    Rule(
        id="restore-over-live-data",
        severity=Severity.ERROR,
        title="A plain SQL dump is loaded by psql into a database that still holds its old data.",
        why=(
            "A dump as pg_dump writes it by default holds no DROP: rows are added to those that are there (twice as many in a table"
            " without a key), columns that came later stay, and psql goes on after each error and still exits 0."
        ),
        right=(
            "Load it into a new, empty database with `psql -X -1 -v ON_ERROR_STOP=1` (every version), check it there, and swap the names;"
            " to take back a migration, run its reverse migration."
        ),
        bad=example("Restore", "bash", "psql -h db1 shop < /backups/shop_backup.sql"),
        good=example(
            "Restore",
            "bash",
            "createdb -h db1 shop_restored",
            "psql -X -1 -v ON_ERROR_STOP=1 -h db1 shop_restored < /backups/shop_backup.sql",
        ),
        look=_over_live_data,
    ),
    Rule(
        id="unpacking-removes-backup",
        severity=Severity.WARNING,
        title="A backup is unpacked in place, which removes the compressed file.",
        why="gunzip and its like delete what they unpack: the backup's only verified form is gone, the disk must hold the unpacked one, and a second run fails.",
        right="Unpack into a pipe (`gunzip -c FILE | ...`), or keep the original with -k (gzip 1.6 and later, xz, bzip2).",
        bad=example("Restore", "bash", "gunzip /backups/shop_backup.sql.gz"),
        good=example("Restore", "bash", "gunzip -c /backups/shop_backup.sql.gz | head -5"),
        look=_removes_the_original,
    ),
    Rule(
        id="restore-not-atomic",
        severity=Severity.ERROR,
        title="pg_restore clears the target piece by piece and goes on after errors.",
        why=(
            "With -c alone each object is dropped and made anew in transactions of its own; an error in the middle leaves neither the old"
            " nor the new state, and only the exit code tells."
        ),
        right=(
            "Restore into a new database, check it, and swap the names; where it must be in place, add --single-transaction, or"
            " --exit-on-error --if-exists with a fresh safety dump (every version from 9.4)."
        ),
        bad=example("Restore", "bash", "pg_restore -d shop -c -v /backups/shop.dump"),
        good=example(
            "Restore",
            "bash",
            "createdb shop_restored",
            "pg_restore --exit-on-error -d shop_restored /backups/shop.dump",
        ),
        look=_not_atomic,
    ),
)
