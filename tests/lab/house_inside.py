"""The first process of a house: it lays out the private files, then buries the dead."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path("/run/root")
LINKED = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
EMPTY = ("backups", "home", "media", "mnt", "opt", "root", "srv", "old")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


def lay_out(spec: dict[str, object]) -> None:
    """Put the new root together from private folders and read-only views of the old one."""
    mount("-t", "tmpfs", "-o", "mode=755,size=64m", "run", "/run")
    ROOT.mkdir()
    mount("-t", "tmpfs", "-o", "mode=755,size=1g", "house", str(ROOT))
    for name in EMPTY:
        (ROOT / name).mkdir()
    for name in ("usr", *LINKED):
        show(Path("/", name))
    subprocess.run(["cp", "-a", "/etc", str(ROOT / "etc")], check=True)
    lay_out_variable()
    lay_out_kernel()
    for path in spec["reads"]:
        show(Path(path))
    for path in spec["writes"]:
        show(Path(path), writable=True)


def show(path: Path, *, writable: bool = False) -> None:
    """Let a folder of the old root be seen in the new one at the same path."""
    there = ROOT / path.relative_to("/")
    if path.is_symlink():
        there.symlink_to(path.readlink())
    elif path.is_dir() and not (there.is_dir() and any(there.iterdir())):
        there.mkdir(parents=True, exist_ok=True)
        mount("--bind", str(path), str(there))
        if not writable:
            mount("-o", "remount,bind,ro", str(there))


def lay_out_variable() -> None:
    """Give it /var, /tmp and /run of its own; logs have a small disk, so that it can be full."""
    for name, options in {
        "var": "mode=755,size=1g",
        "tmp": "mode=1777,size=256m",
        "run": "mode=755,size=64m",
    }.items():
        (ROOT / name).mkdir()
        mount("-t", "tmpfs", "-o", options, name, str(ROOT / name))
    (ROOT / "var/run").symlink_to("/run")
    for name in ("lib/dpkg", "lib/postgresql", "lib/redis", "log", "tmp", "cache", "spool"):
        (ROOT / "var" / name).mkdir(parents=True)
    mount("-t", "tmpfs", "-o", "mode=755,size=64m", "logs", str(ROOT / "var/log"))
    (ROOT / "var/tmp").chmod(0o1777)
    if Path("/var/lib/dpkg").is_dir():
        mount("--bind", "-o", "ro", "/var/lib/dpkg", str(ROOT / "var/lib/dpkg"))


def lay_out_kernel() -> None:
    """Give it /proc of its own processes, a read-only /sys and the harmless devices."""
    for name in ("proc", "sys", "dev"):
        (ROOT / name).mkdir()
    mount("-t", "proc", "proc", str(ROOT / "proc"))
    mount("-t", "sysfs", "-o", "ro", "sysfs", str(ROOT / "sys"))
    mount("-t", "tmpfs", "-o", "mode=755,size=1m", "dev", str(ROOT / "dev"))
    for name in DEVICES:
        (ROOT / "dev" / name).touch()
        mount("--bind", f"/dev/{name}", str(ROOT / "dev" / name))
    for name in ("pts", "shm"):
        (ROOT / "dev" / name).mkdir()
    mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620", "devpts", str(ROOT / "dev/pts"))
    mount("-t", "tmpfs", "-o", "mode=1777,size=256m", "shm", str(ROOT / "dev/shm"))
    for name, target in {
        "ptmx": "pts/ptmx",
        "fd": "/proc/self/fd",
        "stdin": "fd/0",
        "stdout": "fd/1",
        "stderr": "fd/2",
    }.items():
        (ROOT / "dev" / name).symlink_to(target)


def name_things(spec: dict[str, object]) -> None:
    """Write the names that lead to the house itself; there is no other world to ask."""
    names = " ".join(["localhost", str(spec["name"]), *spec["hosts"]])
    (ROOT / "etc/hosts").write_text(f"127.0.0.1 {names}\n::1 ip6-localhost ip6-loopback\n")
    (ROOT / "etc/hostname").write_text(f"{spec['name']}\n")
    (ROOT / "etc/resolv.conf").unlink(missing_ok=True)
    (ROOT / "etc/resolv.conf").write_text("")


def bring_programs(spec: dict[str, object]) -> None:
    """Put the lab's systemctl and journalctl where they are found first: systemd does not run in a house."""
    first = ROOT / "usr/local/sbin"
    mount("-t", "tmpfs", "-o", "mode=755,size=1m", "programs", str(first))
    for name in ("systemctl", "journalctl"):
        program = first / name
        program.write_text(f'#!/bin/sh\nexec {spec["python"]} -I -S {spec["lab"]}/units.py {name} "$@"\n')
        program.chmod(0o755)


def move_in(spec: dict[str, object]) -> None:
    """Make the new root the only one; where the old one is itself a changed root, leave it out of sight."""
    os.chdir(ROOT)
    pivoted = subprocess.run(["pivot_root", ".", "old"], capture_output=True, check=False).returncode == 0
    os.chroot(".")
    os.chdir("/")
    if pivoted:
        subprocess.run(["umount", "-l", "/old"], check=True)
    Path("/old").rmdir()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["hostname", str(spec["name"])], check=True)


def live() -> None:
    """Reap what is orphaned, until the house is closed."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    print("the house stands", flush=True)  # noqa: T201 - its builder waits for this line
    while True:
        signal.sigwait({signal.SIGCHLD})
        while reaped():
            pass


def reaped() -> bool:
    try:
        return os.waitpid(-1, os.WNOHANG)[0] != 0
    except ChildProcessError:
        return False


if __name__ == "__main__":
    spec = json.loads(Path(sys.argv[1]).read_text())
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    lay_out(spec)
    name_things(spec)
    bring_programs(spec)
    move_in(spec)
    live()
