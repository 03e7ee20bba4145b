"""Put a log away without losing a line of it: copied, compressed, proven, and only then cut."""

import gzip
import hashlib
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_CHUNK = 1 << 20
_ROUNDS = 20  # of catching up with a log that grows while it is copied
_LEAST_SHARE = (
    8  # logs shrink at least so many times; where even that has no room, a copy would fill the disk
)


class Refused(Exception):
    """Why a file was left as it is."""


@dataclass(frozen=True, slots=True)
class Away:
    """Where a log went: its archive, and of one that is finished how many bytes it holds unpacked and their SHA-256."""

    archive: Path
    bytes: int
    digest: str = ""


def copied_away(log: Path, archive: Path, inode: int) -> Away:
    """Copy a log, prove the copy, and cut the log; raises Refused, and then the log is untouched.

    The writer keeps its file. What it writes while the copy is made is copied too; only what it writes in the
    instant between the last look and the cut would be lost, which is the price of leaving it undisturbed.
    """
    owner = _checked(log, archive, inode)
    room = shutil.disk_usage(archive.parent).free
    if room < owner.st_size // _LEAST_SHARE:
        raise Refused(f"{archive.parent} has {room} bytes free, too little to copy {owner.st_size} bytes")
    fresh = archive.with_name(f".{archive.name}.new")
    try:
        with log.open("r+b") as source:
            size, digest = _packed(source, fresh)
            _like(fresh, owner)
            if os.fstat(source.fileno()).st_size == size:
                fresh.rename(archive)
                source.truncate(0)
                return Away(archive, size, digest)
    except OSError as problem:
        raise Refused(problem.strerror or str(problem)) from None
    finally:
        fresh.unlink(missing_ok=True)
    raise Refused("it grows faster than it can be copied; have its writer open it anew and use `way: rename`")


def _packed(source: IO[bytes], fresh: Path) -> tuple[int, str]:
    """Copy all there is, prove what was written, then catch up with what was added meanwhile."""
    digest, size = hashlib.sha256(), 0
    for turn in range(_ROUNDS):
        added = 0
        with fresh.open("ab") as raw, gzip.GzipFile(fileobj=raw, mode="wb", filename="", mtime=0) as packed:
            while piece := source.read(_CHUNK):
                packed.write(piece)
                digest.update(piece)
                added += len(piece)
            packed.close()
            raw.flush()
            os.fsync(raw.fileno())
        size += added
        if unpacked(fresh) != (size, digest.hexdigest()):
            raise Refused("the copy could not be read back as it was written")
        if turn and not added:
            break
    return size, digest.hexdigest()


def unpacked(archive: Path) -> tuple[int, str]:
    """How many bytes an archive holds, and their SHA-256; (-1, "") if it cannot be read to its end."""
    digest, size = hashlib.sha256(), 0
    try:
        with gzip.open(archive, "rb") as packed:
            while piece := packed.read(_CHUNK):
                digest.update(piece)
                size += len(piece)
    except (OSError, EOFError):
        return -1, ""
    return size, digest.hexdigest()


def renamed_away(log: Path, archive: Path, inode: int) -> Away:
    """Rename a log and put an empty one in its place; its writer goes on in the renamed one until it opens its log anew."""
    owner = _checked(log, archive, inode)
    try:
        log.rename(archive)
        log.touch(exist_ok=False)
        _like(log, owner)
    except OSError as problem:
        raise Refused(problem.strerror or str(problem)) from None
    return Away(archive, owner.st_size)


def put_back(log: Path, archive: Path, *, was_copied: bool) -> None:
    """Make the log what it was, with what was written since at its end; raises Refused, and then nothing has changed."""
    if not archive.is_file() or not log.is_file():
        raise Refused("the log or its archive is not there any more")
    try:
        if not was_copied:
            _back_by_name(log, archive)
        else:
            _back_by_content(log, archive)
    except OSError as problem:
        raise Refused(problem.strerror or str(problem)) from None


def _back_by_name(log: Path, archive: Path) -> None:
    if log.stat().st_size:
        raise Refused("its writer has begun a new one: both are kept")
    archive.replace(log)


def _back_by_content(log: Path, archive: Path) -> None:
    """Old lines, then those written since, in a file that takes the log's place as a whole."""
    owner = log.stat()
    fresh = log.with_name(f".{log.name}.new")
    try:
        with gzip.open(archive, "rb") as old, log.open("rb") as since, fresh.open("wb") as whole:
            shutil.copyfileobj(old, whole, _CHUNK)
            shutil.copyfileobj(since, whole, _CHUNK)
            whole.flush()
            os.fsync(whole.fileno())
        _like(fresh, owner)
        fresh.replace(log)
    finally:
        fresh.unlink(missing_ok=True)
    archive.unlink()


def _checked(log: Path, archive: Path, inode: int) -> os.stat_result:
    try:
        found = log.stat(follow_symlinks=False)
    except OSError as problem:
        raise Refused(problem.strerror or str(problem)) from None
    if found.st_ino != inode:
        raise Refused("another file has its name since it was approved")
    if archive.exists():
        raise Refused(f"{archive} is there already")
    return found


def _like(file: Path, owner: os.stat_result) -> None:
    """Give a file the mode and, where we may, the owner of another."""
    file.chmod(owner.st_mode & 0o7777)
    with suppress(PermissionError):
        os.chown(file, owner.st_uid, owner.st_gid)
