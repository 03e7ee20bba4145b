"""Bring the programs and servers that the tests use, and leave none of them running.

What is missing is asked of apt-get when we are root or may use sudo without a password; otherwise it is
named, and the tests that need it are skipped with that reason.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMPLETE = ROOT / ".venv" / "lab-complete"  # `make test` then takes a missing program for a failure
POLICY = Path("/usr/sbin/policy-rc.d")
MARK = "# written by Runward's set-up while it installs, harmless afterwards"
PROGRAMS = {
    "bash": "bash",
    "curl": "curl",
    "docker-compose": "docker-compose",
    "dockerd": "docker.io",
    "faketime": "faketime",
    "git": "git",
    "gzip": "gzip",
    "initdb": "postgresql",
    "iostat": "sysstat",
    "ip": "iproute2",
    "jq": "jq",
    "logrotate": "logrotate",
    "netstat": "net-tools",
    "nginx": "nginx",
    "nsenter": "util-linux",
    "openssl": "openssl",
    "ping": "iputils-ping",
    "ps": "procps",
    "fuser": "psmisc",
    "psql": "postgresql-client",
    "redis-cli": "redis-tools",
    "redis-server": "redis-server",
    "setpriv": "util-linux",
    "sudo": "sudo",
    "traceroute": "traceroute",
    "unshare": "util-linux",
}
SERVICES = {
    "postgresql": ("postgresql",),
    "redis-server": ("redis-server",),
    "nginx": ("nginx",),
    "docker.io": ("docker", "containerd"),
}


def say(text: str) -> None:
    sys.stderr.write(f"set-up: {text}\n")


def search_path() -> str:
    """Where Debian keeps programs, servers included."""
    clusters = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)
    return ":".join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/bin", "/bin", *clusters])


def missing_packages() -> list[str]:
    """The Debian packages of the programs that are not here."""
    path = search_path()
    return sorted(
        {package for program, package in PROGRAMS.items() if shutil.which(program, path=path) is None}
    )


def way_in() -> list[str] | None:
    """The words before apt-get; None when it is not ours to use."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


@contextmanager
def nothing_started(way: Sequence[str]) -> Iterator[None]:
    """Keep packages from starting their services; the rule ends with this process even when it is killed."""
    ours = not POLICY.exists() or MARK in POLICY.read_text()
    if ours:
        rule = f"#!/bin/sh\n{MARK}\n[ -d /proc/{os.getpid()} ] && exit 101\nexit 0\n"
        subprocess.run([*way, "tee", POLICY], input=rule, text=True, stdout=subprocess.DEVNULL, check=True)
        subprocess.run([*way, "chmod", "755", POLICY], check=True)
    try:
        yield
    finally:
        if ours:
            subprocess.run([*way, "rm", "-f", POLICY], check=True)


def install(way: Sequence[str], packages: Sequence[str]) -> bool:
    """Install packages; their services neither start now nor with the machine."""
    say(f"asking apt-get for {', '.join(packages)}")
    apt = [*way, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-o", "DPkg::Lock::Timeout=120"]
    with nothing_started(way):
        return apt_did([*apt, "update"]) and apt_did(
            [*apt, "install", "-y", "--no-install-recommends", *packages]
        )


def apt_did(words: Sequence[str]) -> bool:
    done = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        say(f"{' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr}".rstrip())
    return done.returncode == 0


def keep_still(way: Sequence[str], packages: Sequence[str]) -> None:
    """Keep the services that we have just brought from starting with the machine, under any init system."""
    for service in (each for package in packages for each in SERVICES.get(package, ())):
        for words in (
            ["deb-systemd-helper", "disable", f"{service}.service"],
            ["update-rc.d", service, "disable"],
        ):
            subprocess.run([*way, *words], capture_output=True, check=False)


def main() -> int:
    """Bring what is missing, or name it; 0 either way, for tests that can run still shall."""
    packages = missing_packages()
    if packages:
        COMPLETE.unlink(missing_ok=True)
        way = way_in()
        if way is not None and install(way, packages):
            keep_still(way, packages)
        packages = missing_packages()
    if packages:
        say("not here, so the tests that need it are skipped; to have it:")
        say(f"  sudo apt-get install --no-install-recommends {' '.join(packages)}")
        return 0
    if COMPLETE.parent.is_dir():
        COMPLETE.touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
