"""Rules about PostgreSQL commands and settings that fail on today's servers."""

import re
from collections.abc import Iterator
from types import MappingProxyType

from runward.runbooks.finding.commands import PlacedStatement, list_calls, list_statements
from runward.runbooks.finding.model import Case, Found, Mend, Rule, Severity, Surroundings
from runward.runbooks.finding.places import found_at, found_call, found_in, line_of, lines_of, mentions
from runward.runbooks.finding.servers import POSTGRES, since
from runward.runbooks.model import Kind

_OLD = Surroundings(versions=MappingProxyType({POSTGRES: (15, 4)}))
_RENAMED = {
    "total_time": "total_exec_time",
    "mean_time": "mean_exec_time",
    "min_time": "min_exec_time",
    "max_time": "max_exec_time",
    "stddev_time": "stddev_exec_time",
}
_ARCHIVING = r"archive_mode|archive_command|archive_library|pg_receivewal|pgbackrest|wal-g|wal-e|barman|archive-push|archiving"
_REPLAYING = re.compile(r"\brestore_command\b|\brecovery_target_(?:time|lsn|xid|name)\b")
_KEYWORDS = frozenset(
    [
        "select",
        "distinct",
        "as",
        "and",
        "or",
        "not",
        "null",
        "true",
        "false",
        "current_timestamp",
        "current_date",
        "current_time",
        "localtime",
        "localtimestamp",
        "current_user",
        "session_user",
        "user",
        "current_database",
        "current_schema",
        "current_role",
        "current_catalog",
        "interval",
        "date",
        "time",
        "timestamp",
        "timestamptz",
        "case",
        "when",
        "then",
        "else",
        "end",
        "is",
        "in",
        "like",
        "ilike",
        "between",
        "cast",
        "extract",
        "array",
        "row",
        "exists",
        "all",
        "any",
        "some",
        "all",
        "precision",
        "double",
        "varying",
        "at",
        "zone",
        "limit",
        "offset",
        "order",
        "by",
        "asc",
        "desc",
        "union",
        "except",
        "intersect",
        "values",
        "year",
        "month",
        "day",
        "hour",
        "minute",
        "second",
        "epoch",
        "similar",
        "collate",
        "nulls",
        "first",
        "last",
        "into",
        "unknown",
        "int",
        "integer",
        "bigint",
        "smallint",
        "text",
        "varchar",
        "char",
        "numeric",
        "decimal",
        "real",
        "float",
        "boolean",
        "bool",
        "json",
        "jsonb",
        "uuid",
        "regclass",
        "regproc",
        "inet",
        "name",
        "oid",
        "bytea",
        "xid",
        "on",
        "off",
    ]
)


def _recovery_conf(case: Case) -> Iterator[Found]:
    """The file's name where it is written or edited: in a command, or in the comment that says what to do."""
    if not since(case, POSTGRES, (12,)) or "recovery.conf" not in case.runbook.document.text:
        return
    for block in case.runbook.blocks:
        if "recovery.conf" not in block.text or block.form == "inline":
            continue
        line = _written_to(block.text, block.first_line)
        if line:
            said = "PostgreSQL 12 and later refuse to start while a recovery.conf is there, and never read it"
            yield found_at(case, line, "recovery.conf", said)


def _written_to(text: str, first_line: int) -> int:
    """The line that makes use of the file, 0 where it is only spoken of as gone."""
    lines = [
        (first_line + number, line) for number, line in enumerate(text.split("\n")) if "recovery.conf" in line
    ]
    lines = [(number, line) for number, line in lines if not re.search(r"removed|no longer|before 12|< ?12|\brm\b|obsolete|gone|1[01] or (?:older|earlier)", line)]  # fmt: skip
    made = [number for number, line in lines if not line.lstrip().startswith("#")]
    return (made or [number for number, _ in lines] or [0])[0]


def _columns(case: Case) -> Iterator[Found]:
    if not since(case, POSTGRES, (13,)):
        return
    for one in list_statements(case.runbook):
        words = {token.lower for token in one.tokens}
        if "pg_stat_statements" not in words or not words & _RENAMED.keys():
            continue
        seen: set[int] = set()
        for token in one.tokens:
            line = one.line + one.text.count("\n", 0, token.at - one.tokens[0].at)
            if token.lower in _RENAMED and line not in seen:
                seen.add(line)
                names = [name for name in _RENAMED if re.search(rf"\b{name}\b", line_of(case.runbook, line))]
                if names:
                    yield _renamed(case, line, names)


def _renamed(case: Case, line: int, names: list[str]) -> Found:
    text = line_of(case.runbook, line)
    better = re.sub(r"\b(?:" + "|".join(names) + r")\b", lambda found: _RENAMED[found[0]], text)
    told = ", ".join(f"{name} is {_RENAMED[name]}" for name in names)
    mend = (
        None
        if re.search(r"\bas\s+(?:" + "|".join(names) + r")\b", text, re.IGNORECASE)
        else Mend(line, line, better)
    )
    return found_at(case, line, names[0], f"since PostgreSQL 13, {told} in pg_stat_statements", mend)


def _not_preloaded(case: Case) -> Iterator[Found]:
    for one in list_statements(case.runbook):
        said = [token.lower.strip('"') for token in one.tokens]
        if said[:2] == ["create", "extension"] and "pg_stat_statements" in said:
            if mentions(case.runbook, "shared_preload_libraries"):
                return
            yield found_at(
                case,
                one.line,
                "pg_stat_statements",
                "the extension alone collects nothing: its view answers that it must be loaded via shared_preload_libraries, which nothing here sets",
            )


def _without_from(case: Case) -> Iterator[Found]:
    for one in list_statements(case.runbook):
        if one.dialect != "postgres" or not one.tokens or one.tokens[0].lower != "select":
            continue
        if any(token.lower in {"from", "into", "declare", "with"} for token in one.tokens) or _in_code(one):
            continue
        name = _unbound(one)
        if name:
            said = f"there is no FROM, so no column {name} exists: the statement fails"
            yield found_in(case, one.line, one.line + one.text.count("\n"), name, said)


def _in_code(one: PlacedStatement) -> bool:
    """Whether a placeholder, a variable of psql or a template stands in it."""
    return any(token.kind in {"variable", "meta", "open"} for token in one.tokens) or bool(
        re.search(r"<\w|\{\{|\[\w|\.\.\.|\$\{|your_|%\(|@", one.text)
    )


def _unbound(one: PlacedStatement) -> str:
    """The first word that could only be a column."""
    tokens = one.tokens
    for place, token in enumerate(tokens[1:], 1):
        following = tokens[place + 1].text if place + 1 < len(tokens) else ""
        before = tokens[place - 1]
        if token.kind != "word" or token.lower in _KEYWORDS or following in {"(", ".", "'"}:
            continue
        if before.lower in {"as", ".", "::"} or before.text == ")" or before.kind in {"text", "number"}:
            continue
        if following and following not in {",", ")", ";", "=", "<", ">", "+", "-", "*", "/", "::", "||"}:
            continue
        return "" if re.fullmatch(r"_.*_", token.text) else token.text  # a placeholder in angle brackets
    return ""


_ALONE = re.compile(
    r"(REINDEX\s+(?:\([^)]*\)\s*)?(?:DATABASE|SYSTEM)|VACUUM|CREATE\s+DATABASE|DROP\s+DATABASE|CREATE\s+TABLESPACE|DROP\s+TABLESPACE|ALTER\s+SYSTEM"
    r"|(?:CREATE\s+(?:UNIQUE\s+)?INDEX|DROP\s+INDEX|REINDEX\s+\w+)\s+CONCURRENTLY)\b",
    re.IGNORECASE,
)


def _in_transaction(case: Case) -> Iterator[Found]:
    """Statements that PostgreSQL refuses inside a transaction: in one -c with others, or after BEGIN."""
    begun: tuple[int, object] | None = None
    told: set[tuple[int, int]] = set()
    for one in list_statements(case.runbook):
        if one.dialect != "postgres":
            continue
        place = (one.block.number, id(one.call))
        first = one.tokens[0].lower if one.tokens else ""
        if first in {"begin", "start"}:
            begun = place
        elif first in {"commit", "rollback", "end", "abort"} or begun != place:
            begun = None
        found = _ALONE.match(one.text)
        if found and (one.with_others or begun) and place not in told:
            told.add(place)
            words = " ".join(found[1].split()).upper()
            how = "in one -c with other statements" if one.with_others else "between BEGIN and COMMIT"
            yield found_at(
                case, one.line, found[1], f"{words} {how} fails: it cannot run inside a transaction"
            )


def _stopped(case: Case) -> Iterator[Found]:
    """SQL sent to a server that the step before it has stopped."""
    stopped = 0
    procedure: object = None
    for one in list_calls(case.runbook):
        if one.procedure is not procedure:
            stopped, procedure = 0, one.procedure
        call = one.call
        if call.name in _ENGINES and _does(call.name, [word.text for word in call.arguments], "stop"):
            stopped = call.command.line
        elif call.name in _ENGINES and _does(
            call.name, [word.text for word in call.arguments], "start", "restart"
        ):
            stopped = 0
        elif (
            stopped
            and call.name in {"psql", "pg_restore"}
            and call.local
            and not _elsewhere(one.call.arguments)
        ):
            said = f"{call.name} cannot connect: the server was stopped in line {stopped} and is not started before this"
            yield found_call(case, one, call.name, said)
            stopped = 0


_ENGINES = frozenset({"systemctl", "service", "pg_ctl", "pg_ctlcluster", "brew"})


def _does(name: str, words: list[str], *verbs: str) -> bool:
    about = name.startswith("pg_") or any(
        re.match(r"postgres(?:ql)?(?:[@-].*|\.service|\d*)?$", word) for word in words
    )
    return about and any(word in verbs for word in words)


def _elsewhere(arguments: tuple[object, ...]) -> bool:
    texts = [str(getattr(word, "text", "")) for word in arguments]
    return any(
        text in {"-h", "--host", "--version", "--list", "-l"}
        or text.startswith(("-h", "--host=", "postgres://", "postgresql://"))
        for text in texts
    )


def _never_archived(case: Case) -> Iterator[Found]:
    for block in case.runbook.blocks:
        if block.form == "inline" or not _REPLAYING.search(block.text):
            continue
        if mentions(case.runbook, _ARCHIVING):
            return
        line, text = next((line, text) for line, text in lines_of(block) if _REPLAYING.search(text))
        found = _REPLAYING.search(text)
        said = "WAL is replayed from an archive, but nothing in this document fills one: no archive_command, no pg_receivewal, no backup tool"
        yield found_at(case, line, found[0] if found else "", said)
        return


def _off_path(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        call = one.call
        if call.name == "pg_ctl" and call.command.text.find("/pg_ctl") < 0 and call.local:
            debian = re.search(r"/var/lib/postgresql/\d+|/etc/postgresql/\d+", call.command.text)
            if debian and not re.search(r"\bPATH=", one.block.text):
                said = f"{debian[0]} is Debian's layout, and there pg_ctl is not on PATH: “pg_ctl: command not found”"
                yield found_call(case, one, "pg_ctl", said)


def _into_cluster(case: Case) -> Iterator[Found]:
    """The Debian package makes a cluster as it is installed; pg_basebackup refuses a folder that is not empty."""
    installed = ""
    for one in list_calls(case.runbook):
        words = [word.text for word in one.call.arguments]
        if one.call.name in {"apt", "apt-get", "aptitude"} and "install" in words:
            packages = [found[1] for word in words if (found := re.fullmatch(r"postgresql-(\d+)", word))]
            installed = packages[0] if packages else installed
        elif one.call.name in {"rm", "mv", "pg_dropcluster", "find"} and _about_data(words):
            installed = ""
        elif one.call.name == "pg_basebackup" and installed and one.block.kind is Kind.COMMAND:
            folder = f"/var/lib/postgresql/{installed}/main"
            if any(folder in word for word in words):
                said = f"installing postgresql-{installed} has already made a cluster in {folder}, and pg_basebackup refuses a folder that is not empty"
                yield found_call(case, one, folder, said)
                installed = ""


def _about_data(words: list[str]) -> bool:
    return any("postgresql" in word or "PGDATA" in word or word in {"main", "--stop"} for word in words)


RULES = (
    Rule(
        "recovery-conf",
        Severity.ERROR,
        "PostgreSQL is not told by recovery.conf.",
        "The file was removed in PostgreSQL 12: a server that finds one refuses to start with “using recovery command file is not supported”, in the middle of a restore.",
        "Since PostgreSQL 12 the settings stand in postgresql.conf or postgresql.auto.conf, beside an empty recovery.signal (restore) or standby.signal (replica); since 13 primary_conninfo takes effect with ALTER SYSTEM and a reload. Give recovery_target_time with its time zone, and recovery_target_action = 'promote' if the database is to take writes afterwards.",
        "# Book\n\n## Restore\n\n```bash\ncat > /data/recovery.conf <<EOF\nrestore_command = 'cp /wal/%f %p'\nEOF\n```\n\nWAL comes from archive_command.\n",
        "# Book\n\n## Restore\n\n```bash\ncat >> /data/postgresql.auto.conf <<EOF\nrestore_command = 'cp /wal/%f %p'\nEOF\ntouch /data/recovery.signal\n```\n\nWAL comes from archive_command.\n",
        _recovery_conf,
        surroundings=_OLD,
    ),
    Rule(
        "renamed-statistics-columns",
        Severity.ERROR,
        "Queries of pg_stat_statements use the columns of today.",
        "The times were renamed when planning time came to be counted apart; the old names fail with “column does not exist”.",
        "Since PostgreSQL 13 (extension 1.8): total_exec_time, mean_exec_time, min_exec_time, max_exec_time, stddev_exec_time.",
        "# Book\n\n## Slow\n\n```sql\nSELECT query, mean_time FROM pg_stat_statements ORDER BY mean_time DESC LIMIT 5;\n```\n",
        "# Book\n\n## Slow\n\n```sql\nSELECT query, mean_exec_time FROM pg_stat_statements ORDER BY mean_exec_time DESC LIMIT 5;\n```\n",
        _columns,
        surroundings=_OLD,
    ),
    Rule(
        "statistics-not-preloaded",
        Severity.WARNING,
        "Where pg_stat_statements is created, it is also loaded.",
        "CREATE EXTENSION succeeds without it, and only the first look at the view says that the library must be loaded via shared_preload_libraries.",
        "Add pg_stat_statements to shared_preload_libraries, restart the server, then CREATE EXTENSION (all versions).",
        "# Book\n\n## Prepare\n\n```sql\nCREATE EXTENSION IF NOT EXISTS pg_stat_statements;\n```\n",
        "# Book\n\n## Prepare\n\nSet `shared_preload_libraries = 'pg_stat_statements'` and restart.\n\n```sql\nCREATE EXTENSION IF NOT EXISTS pg_stat_statements;\n```\n",
        _not_preloaded,
    ),
    Rule(
        "select-without-from",
        Severity.ERROR,
        "A SELECT that names a column also says where it comes from.",
        "Without FROM there are no columns: the statement fails, and a reader in a hurry puts in a number from somewhere.",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ..., or a number in place of the name; pg_cancel_backend first.",
        "# Book\n\n## End it\n\n```sql\nSELECT pg_cancel_backend(pid);\n```\n",
        "# Book\n\n## End it\n\n```sql\nSELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'report';\n```\n",
        _without_from,
    ),
    Rule(
        "not-in-a-transaction",
        Severity.ERROR,
        "What cannot run inside a transaction is sent alone.",
        "psql sends all statements of one -c in one message, which the server carries out as one transaction; REINDEX DATABASE, VACUUM, CREATE DATABASE, ALTER SYSTEM and everything CONCURRENTLY refuse to run there.",
        "One -c for each statement (all versions), or a here-document; `reindexdb --concurrently` for indexes (PostgreSQL 12 and later). Since 16, REINDEX DATABASE leaves the system catalogs out.",
        '# Book\n\n## Weekly\n\n```bash\npsql -d shop -c "\nVACUUM;\nREINDEX SYSTEM shop;\n"\n```\n',
        '# Book\n\n## Weekly\n\n```bash\npsql -d shop -c "VACUUM" -c "REINDEX SYSTEM shop"\n```\n',
        _in_transaction,
    ),
    Rule(
        "client-of-a-stopped-server",
        Severity.ERROR,
        "No client is sent to a server that was just stopped.",
        "psql and pg_restore speak to a running server; after a stop, or with an empty data folder, they only say “connection refused”. And WAL can never be applied on top of a dump: point-in-time recovery begins with a physical copy.",
        "Restore a dump into a running server, into a new database; for point-in-time recovery take a base backup (pg_basebackup, pgBackRest, Barman, WAL-G) and keep the old data folder: move it, do not remove it.",
        "# Book\n\n## Restore\n\n```bash\nsystemctl stop postgresql\ngunzip -c /backup/shop.sql.gz | psql shop\n```\n",
        "# Book\n\n## Restore\n\n```bash\nsystemctl restart postgresql\ngunzip -c /backup/shop.sql.gz | psql -v ON_ERROR_STOP=1 -1 shop_new\n```\n",
        _stopped,
    ),
    Rule(
        "wal-never-archived",
        Severity.WARNING,
        "Who replays WAL also archives it.",
        "A restore to a point in time needs every WAL file since the base backup; if nothing copies them, the folder is empty on the day it is needed.",
        "Set archive_mode = on and archive_command (or archive_library, PostgreSQL 15 and later), or run pg_receivewal or a backup tool; watch pg_stat_archiver for gaps.",
        "# Book\n\n## Restore\n\n```bash\necho \"restore_command = 'cp /wal/%f %p'\" >> postgresql.auto.conf\n```\n",
        "# Book\n\nThe server's archive_command copies WAL to /wal.\n\n## Restore\n\n```bash\necho \"restore_command = 'cp /wal/%f %p'\" >> postgresql.auto.conf\n```\n",
        _never_archived,
    ),
    Rule(
        "pg-ctl-off-path",
        Severity.WARNING,
        "pg_ctl is called where it can be found.",
        "Debian and Ubuntu keep the programs of each version under /usr/lib/postgresql/VERSION/bin, which is not on PATH, so that several can be installed.",
        "SELECT pg_promote() (PostgreSQL 12 and later), pg_ctlcluster VERSION CLUSTER promote, or the whole path.",
        "# Book\n\n## Promote\n\n```bash\nsudo -u postgres pg_ctl promote -D /var/lib/postgresql/16/main\n```\n",
        '# Book\n\n## Promote\n\n```bash\nsudo -u postgres psql -c "SELECT pg_promote()"\n```\n',
        _off_path,
    ),
    Rule(
        "base-backup-into-cluster",
        Severity.ERROR,
        "A base backup goes into an empty folder.",
        "On Debian and Ubuntu, installing the server package makes and starts a cluster; pg_basebackup then says “directory exists but is not empty”.",
        "Drop the fresh cluster first (pg_dropcluster --stop VERSION main) or move its folder away, and use the same major version as the primary.",
        "# Book\n\n## New replica\n\n```bash\nsudo apt-get install postgresql-16\nsudo -u postgres pg_basebackup -h db1 -D /var/lib/postgresql/16/main -R\n```\n",
        "# Book\n\n## New replica\n\n```bash\nsudo apt-get install postgresql-16\nsudo pg_dropcluster --stop 16 main\nsudo -u postgres pg_basebackup -h db1 -D /var/lib/postgresql/16/main -R\n```\n",
        _into_cluster,
    ),
)
