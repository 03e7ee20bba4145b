"""Rules about running, copying and restoring PostgreSQL servers as they are today."""

import re
from collections.abc import Iterator
from types import MappingProxyType

from runward.runbooks.finding.commands import list_calls
from runward.runbooks.finding.model import Case, Found, Rule, Severity, Surroundings
from runward.runbooks.finding.places import found_at, found_call, lines_of, mentions
from runward.runbooks.finding.servers import POSTGRES, since
from runward.runbooks.model import Kind

_OLD = Surroundings(versions=MappingProxyType({POSTGRES: (15, 4)}))
_ARCHIVING = r"archive_mode|archive_command|archive_library|pg_receivewal|pgbackrest|wal-g|wal-e|barman|archive-push|archiving"
_REPLAYING = re.compile(r"\brestore_command\b|\brecovery_target_(?:time|lsn|xid|name)\b")


def _recovery_conf(case: Case) -> Iterator[Found]:
    """The file's name where it is written or edited: in a command, or in the comment that says what to do."""
    if not since(case, POSTGRES, (12,)) or "recovery.conf" not in case.runbook.document.text:
        return
    for block in case.runbook.blocks:
        if "recovery.conf" not in block.text or block.form == "inline":
            continue
        line = _written_to(block.text, block.first_line)
        if line:
            said = (
                "PostgreSQL 12 and later refuse to start while a recovery.conf is there, and never read it."
            )
            yield found_at(case, line, "recovery.conf", said)


def _written_to(text: str, first_line: int) -> int:
    """The line that makes use of the file, 0 where it is only spoken of as gone."""
    lines = [
        (first_line + number, line) for number, line in enumerate(text.split("\n")) if "recovery.conf" in line
    ]
    lines = [(number, line) for number, line in lines if not re.search(r"removed|no longer|before 12|< ?12|\brm\b|obsolete|gone|1[01] or (?:older|earlier)", line)]  # fmt: skip
    made = [number for number, line in lines if not line.lstrip().startswith("#")]
    return (made or [number for number, _ in lines] or [0])[0]


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
            and one.block.form != "inline"
            and not _elsewhere(one.call.arguments)
        ):
            said = f"{call.name} cannot connect: the server was stopped in line {stopped} and is not started before this."
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
        said = "WAL is replayed from an archive, but nothing in this document fills one: no archive_command, no pg_receivewal, no backup tool."
        yield found_at(case, line, found[0] if found else "", said)
        return


def _off_path(case: Case) -> Iterator[Found]:
    for one in list_calls(case.runbook):
        call = one.call
        if call.name == "pg_ctl" and call.command.text.find("/pg_ctl") < 0 and call.local:
            debian = re.search(r"/var/lib/postgresql/\d+|/etc/postgresql/\d+", call.command.text)
            if debian and not re.search(r"\bPATH=", one.block.text):
                said = f"{debian[0]} is Debian's layout, and there pg_ctl is not on PATH: “pg_ctl: command not found”."
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
                said = f"Installing postgresql-{installed} has already made a cluster in {folder}, and pg_basebackup refuses a folder that is not empty."
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
