"""A private machine: its own network, files, processes and names, where servers use their usual ports.

A runbook runs in it exactly as written: `localhost:8000`, `api.shop.example:443`, `/var/log/shop`, `/backups`
exist there and nowhere else, so houses stand side by side and whatever a step destroys is only theirs.
"""

import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest

from lab.processes import Child, Place, as_user, end, fresh_folder, get_program, needs, wait_until

TREE = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NAMESPACES = ("--net", "--mount", "--uts", "--ipc", "--pid")


@functools.cache
def refusal() -> str:
    """Why no private namespaces are to be had here; empty when they are."""
    if os.geteuid() != 0:
        return "private namespaces need root"
    trial = [get_program("unshare"), *NAMESPACES, "--fork", "mount", "-t", "tmpfs", "trial", "/run"]
    done = subprocess.run(trial, capture_output=True, text=True, check=False)
    return f"private namespaces are not permitted here: {done.stderr.strip()}" if done.returncode else ""


@functools.cache
def bytecode() -> Path:
    """A folder of ours where every house keeps compiled Python, or each command would compile it all again."""
    folder = Path(tempfile.gettempdir()).resolve() / f"runward-lab-bytecode-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


@dataclass
class House:
    """An open house; `run` carries a command out inside it."""

    folder: Path  # where it is built, seen from here
    anchor: Child
    place: Place
    environment: dict[str, str] = field(default_factory=dict)  # what every command inside is given

    @classmethod
    def open(cls, *, hosts: Iterable[str] = (), share: Sequence[Path] = (), name: str = "house") -> Self:
        """Build a house in which `hosts` are names of itself and the folders `share` are seen and writable."""
        needs("unshare", "nsenter", "setpriv", "ip", "mount")
        if refusal():
            pytest.skip(refusal())
        folder = fresh_folder("house")
        anchor = _build(folder, tuple(hosts), [*share], name)
        inside = wait_until(lambda: _inside(anchor, folder), f"the house {name}", within=20)
        door = (get_program("nsenter"), f"--target={inside}", *NAMESPACES, "--root", "--wd")
        return cls(folder, anchor, Place(door, Path(f"/proc/{inside}/root")), dict(cls._environment()))

    @staticmethod
    def _environment() -> Mapping[str, str]:
        python = f"{TREE / 'src'}"
        return {
            "PATH": PATH,
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "PYTHONPATH": python,
            "PYTHONPYCACHEPREFIX": str(bytecode()),
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End everything in the house and take it down."""
        end(self.anchor, signal.SIGKILL)  # unshare is deaf to TERM; its child dies with it
        for child in self.place.started:
            child.wait(10)
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, inside: str | Path) -> Path:
        """Where a path of the house is seen from here."""
        return self.place.seen(Path(inside))

    def words(self, argv: Sequence[str], env: Mapping[str, str] | None, cwd: str | Path) -> list[str]:
        """The command that carries `argv` out inside."""
        given = {**self.environment, **(env or {})}
        move = [
            "env",
            "--ignore-environment",
            f"--chdir={cwd}",
            *(f"{name}={value}" for name, value in given.items()),
        ]
        return [*self.place.door, *move, *map(str, argv)]

    def run(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        *,
        cwd: str | Path = "/root",
        stdin: str = "",
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        """Carry a command out inside; its output and exit."""
        words = self.words(argv, env, cwd)
        return subprocess.run(
            words, input=stdin, capture_output=True, text=True, timeout=timeout, check=False
        )

    def bash(self, script: str, env: Mapping[str, str] | None = None) -> str:
        """Carry a script out inside; its output, an error when it fails."""
        done = self.run(["bash", "-euo", "pipefail", "-c", script], env)
        if done.returncode:
            raise RuntimeError(f"{script} ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def runward(
        self, *words: str, env: Mapping[str, str] | None = None, cwd: str | Path = "/root", stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Carry `runward` out inside."""
        return self.run([sys.executable, "-m", "runward", *words], env, cwd=cwd, stdin=stdin)

    def start(
        self, argv: Sequence[str], env: Mapping[str, str] | None = None, *, cwd: str | Path = "/root"
    ) -> Child:
        """Start a command inside and leave it running, to be read, killed or waited for."""
        child = Child(
            self.words(argv, env, cwd),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        child.door = True
        self.place.started.append(child)
        return child

    def add_unit(
        self, name: str, argv: Sequence[str], *, port: int = 0, env: Mapping[str, str] | None = None
    ) -> None:
        """Let systemctl know a program; it counts as started once it listens on `port`."""
        units = self.path("/run/units")
        units.mkdir(exist_ok=True)
        spec = {"exec": list(argv), "port": port, "environment": dict(env or {})}
        (units / f"{name}.json").write_text(json.dumps(spec))

    def adopt(self, name: str, child: Child, *, port: int = 0) -> None:
        """Let systemctl know a server of ours that already runs."""
        self.add_unit(name, [str(word) for word in child.args[len(self.place.door) :]], port=port)
        status = Path(f"/proc/{child.real_pid}/status").read_text()
        own = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[-1]
        self.path(f"/run/units/{name}.pid").write_text(own)

    def write_journal(self, name: str, text: str, *, hours: float = 0) -> None:
        """Put a line into a unit's journal, as if written so many hours ago."""
        entry = {"at": time.time() - hours * 3600, "text": text, "pid": 2, "sender": name}
        with self.path(f"/run/units/{name}.journal").open("a") as journal:
            journal.write(json.dumps(entry) + "\n")

    def trust(self, authority: Path) -> None:
        """Let every program in the house trust an authority, as the machine's own list does."""
        text = authority.read_text()
        name = subprocess.run(
            [get_program("openssl"), "x509", "-hash", "-noout", "-in", str(authority)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        self.path(f"/etc/ssl/certs/{name}.0").write_text(text)
        with self.path("/etc/ssl/certs/ca-certificates.crt").open("a") as trusted:
            trusted.write(text)


def _build(folder: Path, hosts: Sequence[str], share: Sequence[Path], name: str) -> Child:
    reads = {Path(sys.base_prefix), Path(sys.prefix), TREE, TREE.parent / "shared"}
    spec = {
        "name": name,
        "hosts": list(hosts),
        "reads": sorted(
            {str(path.resolve()) for path in reads if path.exists()}
            | {str(path) for path in reads if path.is_dir()}
        ),
        "writes": [str(path.resolve()) for path in (*share, bytecode())],
        "lab": str(HERE),
        "python": sys.executable,
    }
    (folder / "house.json").write_text(json.dumps(spec))
    words = [*as_user(None), get_program("unshare"), *NAMESPACES, "--fork", "--kill-child"]
    with (folder / "house.log").open("ab") as log:
        return Child(
            [*words, sys.executable, "-I", "-S", str(HERE / "house_inside.py"), str(folder / "house.json")],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _inside(anchor: Child, folder: Path) -> int | None:
    """The process id, seen from here, of the house's first process, once the house stands."""
    log = (folder / "house.log").read_text()
    if anchor.poll() is not None:
        raise RuntimeError(f"the house could not be built: {log}")
    if not log.endswith("stands\n"):
        return None
    return int(Path(f"/proc/{anchor.pid}/task/{anchor.pid}/children").read_text().split()[0])
