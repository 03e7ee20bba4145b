"""Backup files of several ages: real ones, empty ones, and ones that are broken."""

import gzip
import os
import time
from pathlib import Path

from lab.postgres import PostgresServer
from lab.processes import get_program

DAY = 86400.0


def write_backup(file: Path, content: bytes, *, days: float = 0) -> Path:
    """A backup file last written `days` ago, packed when its name ends in .gz."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(content) if file.suffix == ".gz" else content)
    age(file, days)
    return file


def age(file: Path, days: float) -> None:
    """Let a file have been written `days` ago."""
    at = time.time() - days * DAY
    os.utime(file, (at, at))


def break_backup(file: Path) -> None:
    """Cut a backup in half, as a full disk does, its date kept."""
    kept = file.stat().st_mtime
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    os.utime(file, (kept, kept))


def dump(server: PostgresServer, database: str, *words: str) -> bytes:
    """What pg_dump says of a database; `words` are its options, such as -Fc for its own form."""
    url = f"host={server.sockets} port={server.port} user={server.user} dbname={database}"
    file = server.folder / "dump"
    server.place.do([get_program("pg_dump"), *words, "-f", str(file), url])
    data = server.place.seen(file).read_bytes()
    server.place.seen(file).unlink()
    return data


def write_backup_folder(
    folder: Path, name: str, content: bytes, ages: tuple[float, ...] = (0.3, 1.3, 2.3, 31, 45)
) -> list[Path]:
    """Daily packed backups of several ages, the newest first."""
    names = [
        f"{name}_{time.strftime('%Y%m%d_%H%M%S', time.gmtime(time.time() - days * DAY))}.sql.gz"
        for days in ages
    ]
    return [write_backup(folder / file, content, days=days) for file, days in zip(names, ages, strict=True)]
