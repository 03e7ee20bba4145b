"""Ask git which lines of files have changed since a revision."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from runward.foundation.errors import Mistake

_HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_SECONDS = 60
Lines = frozenset[int] | None
"""The changed lines of a file; None for all of them."""


def changed_lines(paths: Sequence[Path], revision: str) -> Mapping[Path, Lines]:
    """The lines of these files that are new or other than in the revision; files without a change are left out."""
    by_folder: dict[Path, list[Path]] = {}
    for path in paths:
        by_folder.setdefault(_top(path.resolve().parent), []).append(path)
    made: dict[Path, Lines] = {}
    for top, files in by_folder.items():
        made.update(_changed(top, files, _commit(top, revision)))
    return made


def _changed(top: Path, paths: Sequence[Path], commit: str) -> dict[Path, Lines]:
    own = {path.resolve().relative_to(top).as_posix(): path for path in paths}
    known = set(_git(top, "ls-files", "-z").split("\0"))
    diff = _git(top, "diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-renames", "--no-prefix", commit, "--")  # fmt: skip
    changed = _by_file(diff)
    made: dict[Path, Lines] = {}
    for name, path in own.items():
        if name not in known:
            made[path] = None
        elif name in changed:
            made[path] = frozenset(changed[name])
    return made


def _by_file(diff: str) -> dict[str, set[int]]:
    """The new lines of each file of a diff without context; what stands inside a hunk is passed over by its count."""
    made: dict[str, set[int]] = {}
    current: set[int] = set()
    inside = 0
    for line in diff.split("\n"):
        if inside:
            inside -= not line.startswith("\\")
        elif line.startswith("+++ "):
            current = made.setdefault(_unquoted(line[4:].rstrip("\t")), set())
        elif found := _HUNK.match(line):
            gone, first, come = int(found[1] or 1), int(found[2]), int(found[3] or 1)
            current.update(range(first, first + come))
            inside = gone + come
    return made


def _unquoted(name: str) -> str:
    """A file's name as it is; git quotes unusual ones as C would."""
    if not (name.startswith('"') and name.endswith('"')):
        return name
    return name[1:-1].encode("latin-1", "replace").decode("unicode_escape").encode("latin-1", "replace").decode("utf-8", "replace")  # fmt: skip


def _top(folder: Path) -> Path:
    said = _run(folder, "rev-parse", "--show-toplevel")
    if said.returncode:
        raise Mistake(f"{folder} is in no git repository", hint="--since needs one")
    return Path(said.stdout.strip())


def _commit(top: Path, revision: str) -> str:
    said = _run(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if said.returncode:
        raise Mistake(
            f"git knows no revision “{revision}”",
            hint="In a shallow checkout, fetch it first: git fetch origin main",
        )
    return said.stdout.strip()


def _git(top: Path, *words: str) -> str:
    said = _run(top, *words)
    if said.returncode:
        raise Mistake(f"git {words[0]} failed: {said.stderr.strip()}")
    return said.stdout


def _run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["git", "-C", str(folder), "-c", "core.quotepath=off", *words],
            capture_output=True, text=True, errors="replace", check=False, timeout=_SECONDS,
        )  # fmt: skip
    except FileNotFoundError as problem:
        raise Mistake("git is not installed", hint="--since needs it") from problem
    except subprocess.TimeoutExpired as problem:
        raise Mistake(f"git did not answer within {_SECONDS} seconds") from problem
