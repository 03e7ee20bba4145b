"""Look at a folder: whether it can be written, who may read it, how much room there is."""

import os
import shutil
import stat
import tempfile
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
