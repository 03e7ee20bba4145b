"""Say what files or entries are, from the code that throws them away: "rotated logs in /var/log"."""

import re
from collections.abc import Sequence

_PROGRAMS = {
    "postgresql": "PostgreSQL", "postgres": "PostgreSQL", "redis": "Redis", "nginx": "nginx", "mysql": "MySQL", "mariadb": "MariaDB", "apache2": "Apache",
    "httpd": "Apache", "mongodb": "MongoDB", "rabbitmq": "RabbitMQ", "kafka": "Kafka", "haproxy": "HAProxy", "elasticsearch": "Elasticsearch", "journal": "journal",
}  # fmt: skip
_LOGS = re.compile(r"(?:^|/)(?:var/)?logs?(?:/(?P<owner>[\w.-]+))?/?$")
_BACKUPS = re.compile(r"backups?|dumps?|snapshots?", re.IGNORECASE)
_TEMPORARY = re.compile(r"/(?:var/)?tmp(?:/|$)")
_S3 = re.compile(r"s3://(?P<bucket>[\w.-]+)/?(?P<folder>[\w-]+)?")


def files_named(paths: Sequence[str], pattern: str, *, compresses: bool) -> str:
    """What the files are that a search under these paths finds; "" where path and pattern do not tell."""
    path = paths[0].strip("\"'")
    logs = _LOGS.search(path.rstrip("*"))
    if logs or pattern.strip("\"'").startswith("*.log"):
        return _logs(paths, pattern, compresses=compresses)
    if _BACKUPS.search(path) or _BACKUPS.search(pattern):
        return "backups" if path.startswith("$") else f"backups in {path}"
    if _TEMPORARY.match(path):
        return f"temporary files in {path}"
    return ""


def _logs(paths: Sequence[str], pattern: str, *, compresses: bool) -> str:
    dressed = "uncompressed " if compresses else "compressed " if re.search(r"\.gz", pattern) else ""
    if re.search(r"\.log\.\*|\.log\.\d", pattern):
        dressed = "rotated "
    owners = [(_LOGS.search(path.strip("\"'").rstrip("*").rstrip("/")) or [""] * 2)[1] for path in paths]
    known = [_PROGRAMS[owner.lower()] for owner in owners if owner and owner.lower() in _PROGRAMS]
    if known:
        return f"{dressed}{' and '.join(known)} logs"
    return f"{dressed}application logs" if any(owners) else f"{dressed}logs in {paths[0].strip(chr(34))}"


def objects_named(text: str) -> str:
    """What the objects are that a command throws away from S3: "S3 backup snapshots"; "" if it speaks of none."""
    found = _S3.search(text)
    if not found:
        return ""
    bucket = _BACKUPS.search(found["bucket"])
    words = ["S3", bucket[0].rstrip("s") if bucket else "", found["folder"] or ("backups" if bucket else "")]
    joined = " ".join(word for word in words if word)
    return joined if len(joined.split()) > 1 else ""


def rotated_by(config: str) -> str:
    """What a configuration of logrotate rotates."""
    found = re.search(r"^\s*(?P<path>/\S+)\s*\{", config, re.MULTILINE)
    if not found:
        return ""
    folder = found["path"].rpartition("/")[0]
    return f"rotated {_logs([folder], '', compresses=False)}"


def cached_by(code: str) -> str:
    """What code puts into a cache, by the first word of the key it uses."""
    key = re.search(r"key\w*\s*=\s*f?[\"'](?P<noun>[a-z_]{3,})[:_{-]", code) or re.search(
        r"setex\(\s*f?[\"'](?P<noun>[a-z_]{3,}):", code
    )
    noun = key["noun"].strip("_").replace("_", " ") if key else ""
    if not noun or noun == "cache":
        return ""
    return f"cached {noun}" if noun.endswith("s") else f"cached {noun} entries"
