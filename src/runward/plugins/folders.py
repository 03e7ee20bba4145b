"""Look at a folder: whether it can be written, who may read it, how much room there is."""

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FolderFacts:
    """What is known of a folder, or of the nearest one above it that exists."""

    path: str
    exists: bool
    trouble: str  # why it cannot be written, "" if it can
    private: bool  # nobody else may read it
    free_bytes: int


def folder_facts(path: Path) -> FolderFacts:
    """The facts of a folder; a folder that is not there yet is judged by where it would be made."""
    exists = path.is_dir()
    nearest = next((one for one in (path, *path.absolute().parents) if one.is_dir()), Path("/"))
    return FolderFacts(
        path=str(path),
        exists=exists,
        trouble=_why_not_writable(nearest),
        private=not exists or not stat.S_IMODE(path.stat().st_mode) & 0o077,
        free_bytes=shutil.disk_usage(nearest).free,
    )


def _why_not_writable(folder: Path) -> str:
    try:
        handle, name = tempfile.mkstemp(prefix=".runward-", dir=folder)
    except OSError as problem:
        return problem.strerror or str(problem)
    os.close(handle)
    Path(name).unlink()
    return ""


_LARGEST = 5 * 1024**2
_MOST_FILES = 5000
_DEEPEST = 5
_PASSED_BY = frozenset(
    {"node_modules", "venv", "env", "site-packages", "__pycache__", "dist", "build", "target", "vendor"}
)


def texts_in(folder: Path, wanted: re.Pattern[str]) -> tuple[dict[str, str], list[str]]:
    """The texts of the wanted files by their path in the folder, and what was passed over with the reason.

    Hidden folders, dependencies and links that lead elsewhere are passed by.
    """
    texts: dict[str, str] = {}
    skipped: list[str] = []
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if not wanted.search(name):
            continue
        if len(texts) >= _MOST_FILES:
            skipped.append(f"not read: more than {_MOST_FILES} files; the rest was passed over")
            break
        try:
            if path.stat().st_size > _LARGEST:
                skipped.append(f"not read: {name} is larger than 5 MB")
                continue
            texts[name] = path.read_bytes().decode(errors="replace")
        except OSError as problem:
            skipped.append(f"not read: {name}: {problem.strerror}")
    return texts, skipped


def _walk(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        depth = len(Path(root).relative_to(folder).parts)
        kept = [one for one in folders if not one.startswith(".") and one not in _PASSED_BY]
        folders[:] = sorted(kept) if depth < _DEEPEST else []
        yield from (Path(root) / name for name in sorted(names) if (Path(root) / name).is_file())
