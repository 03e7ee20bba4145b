"""Look at file systems: how full they are, what takes the room, what is deleted but still held open."""

import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Weighed:
    """The folders that were weighed, and whether the time was enough for all of them."""

    folders: dict[str, list[int]]  # bytes and files
    whole: bool


def mount_of(path: Path) -> str:
    """Where the file system of a path is mounted."""
    real = path.resolve()
    device = real.stat().st_dev
    while real != real.parent and real.parent.stat().st_dev == device:
        real = real.parent
    return str(real)


def fullness(path: Path) -> dict[str, Any]:
    """How full the file system of a path is, for users other than root, as `df` counts it."""
    found = os.statvfs(path)
    used = (found.f_blocks - found.f_bfree) * found.f_frsize
    free = found.f_bavail * found.f_frsize
    inodes = found.f_files - found.f_ffree
    return {
        "mount": mount_of(path),
        "size_bytes": found.f_blocks * found.f_frsize,
        "used_bytes": used,
        "free_bytes": free,
        "used_percent": round(100 * used / (used + free), 1) if used + free else None,
        "inodes_percent": round(100 * inodes / found.f_files, 1) if found.f_files else None,
    }


def weighed(top: Path, depth: int, until: float) -> Weighed:
    """What lies below each folder down to a depth, on this file system only, until a moment of `time.monotonic`."""
    device = top.stat().st_dev
    folders: dict[str, list[int]] = {}
    known: set[int] = set()  # a file with several names takes its room once
    for root, names, files in os.walk(top):
        if time.monotonic() > until:
            return Weighed(folders, whole=False)
        names[:] = [name for name in names if _device(os.path.join(root, name)) == device]  # noqa: PTH118  # a Path for each of a million files is slow
        for name in files:
            room = _room(os.path.join(root, name), known)  # noqa: PTH118
            for folder in _counted(top, Path(root), depth):
                entry = folders.setdefault(folder, [0, 0])
                entry[0] += room
                entry[1] += 1
    return Weighed(folders, whole=True)


def _counted(top: Path, folder: Path, depth: int) -> list[str]:
    parts = folder.relative_to(top).parts[:depth]
    return [str(top.joinpath(*parts[:count])) for count in range(len(parts) + 1)]


def _device(path: str) -> int:
    try:
        found = os.lstat(path)
    except OSError:
        return -1
    return found.st_dev if stat.S_ISDIR(found.st_mode) else -1


def _room(path: str, known: set[int]) -> int:
    try:
        found = os.lstat(path)
    except OSError:
        return 0
    if found.st_nlink > 1:
        if found.st_ino in known:
            return 0
        known.add(found.st_ino)
    return found.st_blocks * 512


@dataclass(frozen=True, slots=True)
class Held:
    """A file that a process has open."""

    pid: int
    program: str
    path: str
    device: int
    inode: int
    bytes: int
    writes: bool
    appends: bool


def held_open() -> Iterator[Held]:
    """The regular files that processes have open, as far as we may see."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            yield from _held_by(entry)


def _held_by(process: Path) -> Iterator[Held]:
    try:
        handles = list((process / "fd").iterdir())
        program = (process / "comm").read_text().strip()
    except OSError:
        return
    for handle in handles:
        try:
            found = handle.stat()
            if stat.S_ISREG(found.st_mode):
                flags = _flags(process / "fdinfo" / handle.name)
                path = os.readlink(handle)  # noqa: PTH115  # the words "(deleted)" are no part of a path
                mode = flags & os.O_ACCMODE
                yield Held(int(process.name), program, path, found.st_dev, found.st_ino, found.st_blocks * 512,
                           mode != os.O_RDONLY, bool(flags & os.O_APPEND))  # fmt: skip
        except (OSError, ValueError):
            continue


def _flags(path: Path) -> int:
    line = next(line for line in path.read_text().splitlines() if line.startswith("flags:"))
    return int(line.split()[1], 8)
