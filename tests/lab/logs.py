"""Log folders with old and new days, and programs that keep writing."""

import gzip
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.processes import HERE, Place, end, wait_until

DAY = 86400.0
WRITER = """
import sys, time
with open(sys.argv[1], "a", buffering=1) as log:
    while True:
        log.write(time.strftime("%Y-%m-%dT%H:%M:%S INFO still writing\\n"))
        time.sleep(0.02)
"""


def write_log(file: Path, *, days: float = 0, size: int = 2000, line: str = "INFO served an order") -> Path:
    """A log file of about `size` bytes, last written `days` ago; packed when its name ends in .gz."""
    file.parent.mkdir(parents=True, exist_ok=True)
    written_at = time.time() - days * DAY
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(written_at))
    text = f"{stamp} {line}\n"
    data = (text * (size // len(text) + 1)).encode()
    file.write_bytes(gzip.compress(data) if file.suffix == ".gz" else data)
    os.utime(file, (written_at, written_at))
    return file


def write_log_folder(
    folder: Path, name: str = "app", ages: tuple[float, ...] = (0, 1, 6, 8, 20, 35)
) -> dict[float, Path]:
    """A service's log folder: today's log and one for each age in days; those older than 30 are packed."""
    files = {}
    for days in ages:
        stem = f"{name}.log" if days == 0 else f"{name}-{days:g}.log{'.gz' if days > 30 else ''}"
        files[days] = write_log(folder / stem, days=days)
    return files


@contextmanager
def open_writer(file: Path, place: Place = HERE) -> Iterator[int]:
    """A program that keeps a log file open and writes to it 50 times a second; its process id, seen from here."""
    process = place.spawn([sys.executable, "-I", "-S", "-c", WRITER, str(file)], file.with_suffix(".writer"))
    try:
        wait_until(lambda: place.seen(file).exists() or None, f"the first line of {file}")
        yield process.real_pid
    finally:
        end(process)
