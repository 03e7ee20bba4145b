"""Look at the processes of this machine through /proc, so that none is taken for another."""

import ctypes
import os
import signal
import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True, slots=True)
class Process:
    """What the kernel says of one process."""

    pid: int
    parent: int
    group: int
    session: int
    started: int  # clock ticks since boot
    state: str
    name: str
    child_faults: int = 0  # page faults of the children that it has waited for: grows with each


def boot_id() -> str:
    """Which boot of the machine this is."""
    return (_PROC / "sys/kernel/random/boot_id").read_text().strip()


def find_process(pid: int) -> Process | None:
    """One process, if it exists; a zombie counts as ended."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    name, _, rest = text.partition(" (")[2].rpartition(") ")
    fields = rest.split()
    process = Process(
        pid,
        int(fields[1]),
        int(fields[2]),
        int(fields[3]),
        int(fields[19]),
        state=fields[0],
        name=name,
        child_faults=int(fields[8]),
    )
    return None if process.state in {"Z", "X"} else process


def list_processes() -> list[Process]:
    """All of them."""
    found = (find_process(int(path.name)) for path in _PROC.iterdir() if path.name.isdigit())
    return [process for process in found if process]


def family(root: int, session: int, processes: Iterable[Process]) -> list[Process]:
    """The descendants of `root` and the members of `session`, oldest first, without `root` itself."""
    known = list(processes)
    inside = {root}
    found: dict[int, Process] = {}
    grown = True
    while grown:
        new = [
            one for one in known if one.pid not in found and (one.parent in inside or one.session == session)
        ]
        found.update({one.pid: one for one in new if one.pid != root})
        grown = any(one.pid not in inside for one in new)
        inside.update(one.pid for one in new)
    return sorted(found.values(), key=lambda one: (one.started, one.pid))


def command_of(pid: int) -> str:
    """The command line as one string; the bare name where there is none to read."""
    try:
        words = (_PROC / str(pid) / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    except OSError:
        return ""
    return b" ".join(words).decode("utf-8", "replace")


def has_nothing_to_read(pid: int, others: Iterable[Process]) -> bool:
    """Whether nothing can come on a process's standard input; also where we may not look, as with sudo."""
    place = _PROC / str(pid) / "fd/0"
    try:
        status = place.stat()
        if stat.S_ISREG(status.st_mode):
            return _told_of(pid, 0, "pos") >= status.st_size
        if stat.S_ISFIFO(status.st_mode):
            return not any(_writes_to(one.pid, status) for one in others)
        return stat.S_ISCHR(status.st_mode) and place.readlink() == Path(os.devnull)
    except PermissionError:
        return True
    except OSError:  # it was closed, or the process is gone
        return find_process(pid) is not None


def prints_to(pid: int, pipe: Path) -> bool:
    """Whether a process's own output or complaints go to a pipe; also where we may not look."""
    try:
        wanted = pipe.stat()
        return any(os.path.samestat((_PROC / str(pid) / f"fd/{one}").stat(), wanted) for one in (1, 2))
    except PermissionError:
        return True
    except OSError:
        return False


def _writes_to(pid: int, pipe: os.stat_result) -> bool:
    """Whether a process holds the writer's end of a pipe."""
    with suppress(OSError):
        for handle in (_PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):
                if os.path.samestat(handle.stat(), pipe) and _told_of(pid, int(handle.name), "flags", 8) & 3:
                    return True
    return False


def _told_of(pid: int, handle: int, name: str, base: int = 10) -> int:
    """What the kernel tells of an open file: how far it was read (pos), how it was opened (flags)."""
    lines = (_PROC / str(pid) / "fdinfo" / str(handle)).read_text().splitlines()
    return next((int(line.split()[1], base) for line in lines if line.startswith(f"{name}:")), 0)


def signal_all(processes: Iterable[Process], number: signal.Signals) -> None:
    """Send a signal to each that is still the one we mean."""
    for process in processes:
        now = find_process(process.pid)
        if now and now.started == process.started:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process.pid, number)


def adopt_orphans() -> None:
    """Become the parent of every process that a script leaves behind, so that we can find them all."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
