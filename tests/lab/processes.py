"""Start and end the lab's servers as our own children, ended even when the tests are killed."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

Answer = TypeVar("Answer")


def needs(*programs: str) -> None:
    """Skip the test when a program is missing; fail where the set-up promised it."""
    missing = [program for program in programs if find_program(program) is None]
    if not missing:
        return
    reason = f"not installed here: {', '.join(missing)} (`make test` installs what the lab needs)"
    if os.environ.get("RUNWARD_LAB") == "complete":
        pytest.fail(reason)
    pytest.skip(reason)


def find_program(name: str) -> str | None:
    """The path of a program, looked for also where Debian hides servers."""
    folders = [os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/local/sbin"]
    folders += sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    return shutil.which(name, path=":".join(folders))


def get_program(name: str) -> str:
    """The path of a program that must be there."""
    found = find_program(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed")
    return found


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged_user() -> str | None:
    """The user that servers which refuse root run as; None when we are not root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def fresh_folder(kind: str) -> Path:
    """A short-named folder of ours that every user may enter; what killed tests left behind is swept first."""
    for left in Path(tempfile.gettempdir()).glob("runward-lab-*-*"):
        owner = left.name.split("-")[2]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=f"runward-lab-{os.getpid()}-{kind}-"))
    folder.chmod(0o755)
    return folder


def give(path: Path, user: str | None) -> None:
    """Hand a file or folder to a user."""
    if user is not None:
        shutil.chown(path, user, pwd.getpwnam(user).pw_gid)


def as_user(user: str | None, death: str = "KILL") -> list[str]:
    """The words before a command that make it another user's and end it when its parent dies.

    The user may still pass through folders it does not own, for tests keep theirs closed to others.
    """
    words = [get_program("setpriv"), f"--pdeathsig={death}"]
    if user is None:
        return words
    group = str(pwd.getpwnam(user).pw_gid)
    passing = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=-all,+dac_read_search"]
    return [*words, f"--reuid={user}", f"--regid={group}", "--clear-groups", *passing]


class Child(subprocess.Popen[bytes]):
    """A server of ours; signals reach it also where a namespace's door stands between."""

    door: bool = False

    @property
    def real_pid(self) -> int:
        """The server's own process id, seen from here."""
        if not self.door:
            return self.pid
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return int(children[0]) if children else self.pid

    def send_signal(self, sig: int) -> None:
        """Signal the server itself."""
        if self.poll() is None:
            os.kill(self.real_pid, sig)


@dataclass(frozen=True)
class Place:
    """Where a server runs: here, or behind a namespace's door."""

    door: tuple[str, ...] = ()  # the words before a command that take it there
    root: Path = Path("/")  # where its files are seen from here
    started: list["Child"] = field(default_factory=list, compare=False)

    def seen(self, path: Path) -> Path:
        """The path under which a file of that place is seen from here."""
        return self.root / path.relative_to("/") if self.door else path

    def spawn(self, argv: Sequence[str], log: Path, *, user: str | None = None, death: str = "KILL") -> Child:
        """Start a server whose output goes to `log`; it gets the signal `death` when its starter dies."""
        words = [*self.door, *(as_user(user, death) if user or not self.door else ()), *argv]
        with self.seen(log).open("ab") as output:
            child = Child(
                words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
                start_new_session=True,
            )
        child.door = bool(self.door)
        self.started.append(child)
        return child

    def do(self, argv: Sequence[str], *, user: str | None = None) -> str:
        """Run a command to its end; its output."""
        words = [*self.door, *(as_user(user) if user else ()), *argv]
        done = subprocess.run(words, capture_output=True, text=True, cwd="/", check=False)
        if done.returncode:
            raise RuntimeError(f"{argv} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def answers(self, port: int) -> bool:
        """Whether something accepts connections on a loopback port there."""
        if not self.door:
            return _answers(port)
        probe = [*self.door, "bash", "-c", f": </dev/tcp/127.0.0.1/{port}"]
        return subprocess.run(probe, capture_output=True, check=False).returncode == 0


HERE = Place()


def end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, within: float = 10) -> None:
    """End a process by its id, with force when it does not listen."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(within)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(within)


def wait_until(ask: Callable[[], Answer | None], what: str, within: float = 30) -> Answer:
    """The first true answer, asked for every 30 ms."""
    until = time.monotonic() + within
    while time.monotonic() < until:
        if answer := ask():
            return answer
        time.sleep(0.03)
    raise TimeoutError(f"{what} did not happen within {within:g} seconds")


def _answers(port: int) -> bool:
    """Whether something accepts connections on a loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
