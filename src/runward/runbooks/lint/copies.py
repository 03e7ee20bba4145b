"""Backups that a document promises and does not make, restores that go elsewhere, and copies that nobody prunes."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from runward.runbooks.finding.commands import Placed, list_calls
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.places import found_at
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import words_of

_DUMPS = {
    "pg_dump": "pg_restore psql",
    "pg_dumpall": "psql",
    "mysqldump": "mysql mariadb",
    "mongodump": "mongorestore",
}
_HOST = words_of("-h --host -d --dbname --uri")
_REMOTE = re.compile(
    r"(?:aws\s+s3\s+(?:cp|sync|mv)\s+(?!s3:)\S+\s+[\"']?(?:s3:|\$)|gsutil\s+(?:-m\s+)?(?:cp|rsync)\b.*\s[\"']?gs:|gcloud\s+storage\s+cp\b.*\sgs:|rclone\s+(?:copy|sync|move)\b"
    r"|az\s+storage\s+blob\s+upload|mc\s+(?:cp|mirror)\b|s3cmd\s+put\b|b2\s+upload)"
)
# Plain words, looked for in the text in lower case: many times faster over a whole document than a pattern.
_PRUNED_THERE = (
    "lifecycle", "s3 rm", "s3api delete", "expiration rule", "expiration polic", "gsutil rm", "gsutil -m rm", "rclone delete", "rclone purge", "rclone sync",
    "s3 sync", "blob delete", "mc rm", "mc ilm", "mc mirror", "s3cmd del", "object lock", "object-lock", "glacier", "deep archive", "intelligent-tiering",
    "versioning", "bucket polic", "retention polic",
)  # fmt: skip
_KEPT_THERE = re.compile(
    r"(?:\bs3\b|bucket|remote|off-?site|cloud)[^.\n]{0,40}(?:retain|retention|kept|keep|days|weeks|months)"
)
_INCREMENTAL = (
    " wal", "wal-", "wal_", "pgbackrest", "barman", "basebackup", "archive_", "binlog", "xtrabackup", "mariabackup", "restic", "borg", "duplicity", "rsnapshot",
    "velero", "snapshot", "--link-dest", "listed-incremental", "point-in-time", "pitr", "oplog", "percona", "kopia", "bacula", "veeam", "proxmox-backup",
    "rdiff", "zfs send", "btrfs", "mc mirror", "rsync", "s3 sync", "rclone",
)  # fmt: skip
_ENCRYPTION = (
    "gpg", "openssl enc", "openssl cms", "openssl smime", " age -", "kms", "--sse", "sse-", "restic", "borg", "duplicity", "kopia", "cryptsetup", "luks",
    "--cipher", "aes-256", "aes256", "sealed", "encryption key", "encryption_key", "vault", "pgcrypto", "--encrypt",
)  # fmt: skip
_AWAY = (
    "s3", "gsutil", "gcs", "blob", "bucket", "rclone", "rsync", "scp ", "sftp", "restic", "borg", "backblaze", "b2 ", "glacier", "tape", "nfs", "nas ", "storage box",
    "wal-g", "pgbackrest", "replicat", "velero", "minio", "r2 ", "spaces", "hetzner", "dropbox",
)  # fmt: skip
_CLAIMS: tuple[tuple[str, str, re.Pattern[str], tuple[str, ...]], ...] = (
    (
        "incremental backups",
        "increment",
        re.compile(r"\bincremental(?:s|es|e)?\b", re.IGNORECASE),
        _INCREMENTAL,
    ),
    ("encrypted backups", "encrypted", re.compile(r"\bencrypted\b", re.IGNORECASE), _ENCRYPTION),
    ("copies off site", "site", re.compile(r"\boff-?site\b", re.IGNORECASE), _AWAY),
)
_TRIAL = re.compile(r"verif|test|scratch|tmp|drill|staging", re.IGNORECASE)
_OWN_SCRIPT = re.compile(r"(?<!restore-)(?<!restore_)\b(?:back-?up|dump|snapshot)[\w-]*\.(?:sh|py)\b")
_BACKUPS = re.compile(r"back-?ups?|sicherung|copias? de seguridad|respaldo|sauvegarde", re.IGNORECASE)
_FILES = re.compile(r"\.(?:sql|dump)(?:\.(?:gz|zst|xz|bz2))?\b")


def _elsewhere(case: Case) -> Iterator[Found]:
    """A restore that names no server, of a dump that was taken from a named one."""
    calls = list_calls(case.runbook)
    dumps = [placed for placed in calls if placed.call.name in _DUMPS and _host_of(placed.call)]
    dumps = [placed for placed in dumps if not _is_here(_host_of(placed.call))]
    for placed in calls:
        if (
            placed.call.name not in {"pg_restore", "mongorestore"}
            or _names_a_server(placed.call)
            or _is_trial(placed.call)
        ):
            continue
        source = next((one for one in dumps if placed.call.name in _DUMPS[one.call.name].split()), None)
        if source is None or source.call.through != placed.call.through or _is_set_by_environment(case):
            continue
        said = (
            f"{placed.call.name} names no server and goes to the default one, while {source.call.name} in line"
            f" {source.call.command.line} reads from {_host_of(source.call)}: the backup may be restored somewhere else."
        )
        yield found_at(case, placed.call.command.line, placed.call.name, said)


def _host_of(call: Call) -> str:
    """The server that a dump is taken from, where it is named."""
    words = [word.text for word in call.arguments]
    for number, word in enumerate(words):
        if word in {"-h", "--host"} and number + 1 < len(words):
            return words[number + 1]
        if word.startswith("--host="):
            return word.partition("=")[2]
    return ""


def _is_here(host: str) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"} or host.startswith("/")


def _names_a_server(call: Call) -> bool:
    words = [word.text for word in call.arguments]
    return any(
        word in {"-h", "--host", "--uri", "-l", "--list", "-f", "--file"}
        or word.startswith(("--host=", "--uri=", "-h", "--file="))
        for word in words
    ) or any("://" in word or "host=" in word or "_URL" in word or "_URI" in word for word in words)


def _is_trial(call: Call) -> bool:
    """Whether a restore only proves a copy, in a database of its own."""
    return any(_TRIAL.search(word.text) for word in call.arguments)


def _is_set_by_environment(case: Case) -> bool:
    return "PGHOST" in case.runbook.document.text or "PGSERVICE" in case.runbook.document.text


def _kept_for_ever(case: Case) -> Iterator[Found]:
    """Copies that are uploaded where only the local ones are deleted."""
    calls = list_calls(case.runbook)
    for placed in calls:
        prune = placed.call
        if (
            prune.name != "find"
            or not _deletes(prune)
            or not _BACKUPS.search(prune.command.text + placed.block.text)
        ):
            continue
        upload = _find_upload([one for one in calls if one.block.number == placed.block.number])
        if upload is None or _is_pruned_there(_without(case, upload).lower()):
            continue
        days = _days(prune)
        said = (
            f"Copies that are uploaded here are never deleted: “find … -delete” in line {prune.command.line} prunes"
            f" only the local ones{f' after {days} days' if days else ''}, and no policy for the others is stated."
        )
        first = " ".join(upload.command.text.split()[:3])
        yield found_at(case, upload.command.line, first, said)


def _is_pruned_there(text: str) -> bool:
    return any(word in text for word in _PRUNED_THERE) or bool(_KEPT_THERE.search(text))


def _find_upload(calls: Sequence[Placed]) -> Call | None:
    return next(
        (
            one.call
            for one in calls
            if _REMOTE.search(" ".join(one.call.command.text.replace("\\\n", " ").split()))
        ),
        None,
    )


def _without(case: Case, call: Call) -> str:
    """The document's text without the lines of a call."""
    lines = case.runbook.document.lines
    return "\n".join((*lines[: call.command.line - 1], *lines[call.command.end :]))


def _deletes(call: Call) -> bool:
    return call.has("-delete") or (call.has("-exec") and call.has("rm"))


def _days(call: Call) -> str:
    words = [word.text for word in call.arguments]
    age = next((after for word, after in pairwise(words) if word in {"-mtime", "-ctime"}), "")
    return age.lstrip("+") if age.lstrip("+").isdigit() else ""


def _promised(case: Case) -> Iterator[Found]:
    """A sort of backup that is claimed in a list or table, and that none of the document's commands knows."""
    document = case.runbook.document
    text = document.text.lower()
    claims = [one for one in _CLAIMS if one[1] in text]
    if not claims or not _makes_or_restores(case) or _OWN_SCRIPT.search(text):
        return  # what a script of their own does is not known
    for what, _, claim, proofs in claims:
        if any(word in text for word in proofs):
            continue
        lines = ((number, claim.search(line), line) for number, line in enumerate(document.lines, 1))
        found = next(
            ((number, one[0]) for number, one, line in lines if one and _is_claim(case, number, line)), None
        )
        if found:
            said = f"The document claims {what}, and none of its commands makes or restores any."
            yield found_at(case, found[0], found[1], said)


def _makes_or_restores(case: Case) -> bool:
    """Whether there are commands for dumps of a database, so that a claim about backups can be held against them."""
    known = {*_DUMPS, "pg_restore", "mongorestore"}
    calls = list_calls(case.runbook)
    return any(placed.call.name in known for placed in calls) or any(
        _FILES.search(placed.call.command.text) for placed in calls
    )


def _is_claim(case: Case, number: int, line: str) -> bool:
    """Whether a line states a policy of backups: an item or a row below a heading about backups, or one that names them."""
    if not re.match(r"\s*(?:[-*+|]|\d+[.)])", line) or any(
        block.line <= number <= block.end for block in case.runbook.blocks if block.form != "inline"
    ):
        return False
    above = next(
        (text for text in reversed(case.runbook.document.lines[: number - 1]) if text.startswith("#")), ""
    )
    return bool(_BACKUPS.search(line) or _BACKUPS.search(above))


RULES = (
    Rule(
        id="backup-restored-elsewhere",
        severity=Severity.WARNING,
        title="Looks for a restore that names no server, of a dump that was taken from a server by name.",
        why=(
            "The dump comes from one database and goes back into whichever one the restoring machine has as its default:"
            " an empty local one, or a third system's. Both commands succeed."
        ),
        right="The same host, user and database for both, from one place: the same variables, or a service of pg_service.conf.",
        bad=(
            "# Ledger\n\n```bash\npg_dump -h db1.internal -U ledger -F c -f ledger.dump ledger\n```\n\n"
            "```bash\npg_restore -d ledger --exit-on-error ledger.dump\n```\n"
        ),
        good=(
            "# Ledger\n\n```bash\npg_dump -h db1.internal -U ledger -F c -f ledger.dump ledger\n```\n\n"
            "```bash\npg_restore -h db1.internal -U ledger -d ledger_new --exit-on-error ledger.dump\n```\n"
        ),
        look=_elsewhere,
    ),
    Rule(
        id="uploads-never-pruned",
        severity=Severity.NOTE,
        title="Looks for scripts that upload backups and delete only the local ones when they are old.",
        why=(
            "The stated retention holds for one of the two copies. The other grows for ever, costs money each month, and"
            " keeps personal data longer than the document says."
        ),
        right="One retention for both: a lifecycle rule of the bucket, stated in the document beside the local one.",
        bad=(
            "# Backups\n\n```bash\ntar czf /backups/files.tgz /srv/files\naws s3 cp /backups/files.tgz s3://vault-of-files/\n"
            'find /backups -name "*.tgz" -mtime +14 -delete\n```\n'
        ),
        good=(
            "# Backups\n\nThe bucket's lifecycle rule deletes copies after 14 days too.\n\n```bash\ntar czf /backups/files.tgz"
            " /srv/files\naws s3 cp /backups/files.tgz s3://vault-of-files/\n"
            'find /backups -name "*.tgz" -mtime +14 -delete\n```\n'
        ),
        look=_kept_for_ever,
    ),
    Rule(
        id="backup-only-claimed",
        severity=Severity.WARNING,
        title="Looks for backups that are said to be incremental, encrypted or off site where no command makes such a one.",
        why=(
            "Recovery plans are built on the sentence. When it is needed there is the last plain dump, on the machine"
            " that was lost."
        ),
        right="The command, script or service that makes each sort of backup that is claimed, and one that restores it.",
        bad=(
            "# Backups\n\n- **Frequency**: full backup each night, incremental backup each hour\n\n```bash\n"
            "gunzip -c /srv/copies/ledger.sql.gz | psql ledger_new\n```\n"
        ),
        good=(
            "# Backups\n\n- **Frequency**: full backup each night, incremental backup each hour by pgbackrest\n\n```bash\n"
            "pgbackrest --stanza=ledger restore\n```\n"
        ),
        look=_promised,
    ),
)
