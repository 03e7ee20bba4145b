"""A real Docker engine inside a house: nothing is pulled, and its containers see the house's own network and programs."""

import io
import json
import os
import pwd
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.house import HERE, TREE, House
from lab.processes import needs, unprivileged_user, wait_until

GROUPS = Path("/sys/fs/cgroup")
IMAGE = "bare"  # what every image of a house is built on: folders, no programs
FOLDERS = (
    "etc",
    "usr",
    "run",
    "proc",
    "sys",
    "dev",
    "tmp",
    "root",
    "srv",
    "var",
    "var/lib",
    "var/lib/logrotate",
    "var/log",
)
LINKS = {name: f"usr/{name}" for name in ("bin", "sbin", "lib", "lib64")} | {"var/run": "/run"}
ENGINE = ("--iptables=false", "--ip6tables=false", "--bridge=none", "--storage-driver=vfs", "--group=root")
Services = Mapping[str, Mapping[str, object]]
SOCKET = Path("/run/docker.sock")
# `docker compose` is a program of its own; Debian's older one does what it is asked under that name.
PLUGIN = """#!/bin/sh
if [ "$1" = docker-cli-plugin-metadata ]; then
  echo '{"SchemaVersion": "0.1.0", "Vendor": "the house", "Version": "1"}'
  exit
fi
shift
exec docker-compose "$@"
"""
LAY_OUT_GROUPS = """
set -e
mount -t tmpfs -o mode=755,size=1m groups /sys/fs/cgroup
for each in $1; do
  mkdir "/sys/fs/cgroup/$each"
  case $each in
    systemd) mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd ;;
    *) mount -t cgroup -o "$each" cgroup "/sys/fs/cgroup/$each" ;;
  esac
done
"""


@dataclass
class Engine:
    """The engine of a house, known to its systemctl as `docker`."""

    house: House

    def compose(self, file: str, services: Services) -> None:
        """Write a compose file that knows these services, each on the house's network and with its programs."""
        shared = {"image": IMAGE, "network_mode": "host", "restart": "always", "volumes": volumes()}
        known = {name: {**shared, **own} for name, own in services.items()}
        path = self.house.path(file)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"version": "3.8", "services": known}))


def volumes() -> list[str]:
    """What containers see of the house: its programs and settings, and where servers keep their data."""
    reads = {"/usr", "/etc", sys.prefix, sys.base_prefix, str(HERE), str(TREE / "src")}
    writes = ["/run:/run", "/var/lib/postgresql:/var/lib/postgresql", "/var/lib/redis:/var/lib/redis"]
    return [*(f"{path}:{path}:ro" for path in sorted(reads - {"/usr/local"})), *writes, "/var/log:/var/log"]


def server_user() -> str:
    """The user of servers that refuse root, as compose files name it."""
    entry = pwd.getpwnam(unprivileged_user() or "nobody")
    return f"{entry.pw_uid}:{entry.pw_gid}"


@contextmanager
def engine_house(name: str, *hosts: str) -> Iterator[tuple[House, Engine]]:
    """A house with a Docker engine in it; what the kernel counts for its containers is cleared away at the end."""
    needs("docker", "dockerd", "docker-compose")
    with ExitStack() as stack:
        _sweep()
        groups: list[str] = []
        stack.callback(lambda: [_remove_groups(each) for each in groups])
        house = stack.enter_context(House.open(hosts=hosts, name=name))
        groups.append(house.folder.name)
        _lay_out_groups(house)
        plugin = house.path("/root/.docker/cli-plugins/docker-compose")
        plugin.parent.mkdir(parents=True)
        plugin.write_text(PLUGIN)
        plugin.chmod(0o755)
        house.add_unit("docker", ["dockerd", *ENGINE, f"--cgroup-parent=/{house.folder.name}"])
        house.bash("systemctl start docker")
        _wait_for(house)
        _import(house)
        yield house, Engine(house)


def _wait_for(house: House) -> None:
    try:
        wait_until(lambda: _answers(house), "the Docker engine", within=60)
    except TimeoutError:
        pytest.skip(f"a Docker engine cannot be started here: {house.bash('journalctl -u docker -n 3')}")


def _answers(house: House) -> bool:
    return house.path(SOCKET).exists() and house.run(["docker", "version"]).returncode == 0


def _lay_out_groups(house: House) -> None:
    """Let the engine count what its containers use, in groups that bear the house's name."""
    if (GROUPS / "cgroup.controllers").exists():
        house.bash("mount -t cgroup2 groups /sys/fs/cgroup")
        return
    here = [path.name for path in sorted(GROUPS.iterdir()) if (path / "cgroup.procs").exists()]
    names = " ".join(name for name in here if name != "unified")
    house.run(["bash", "-c", LAY_OUT_GROUPS, "groups", names])


def _remove_groups(name: str) -> None:
    """Clear away the groups that bear a name, once the last process in them is gone."""
    wait_until(lambda: not _left_of(name), f"the end of the groups {name}")


def _sweep() -> None:
    """Clear away what killed tests left behind."""
    for left in {path.name for path in (*GROUPS.glob("runward-lab-*"), *GROUPS.glob("*/runward-lab-*"))}:
        if not Path(f"/proc/{left.split('-')[2]}").exists():
            _left_of(left)


def _groups(name: str) -> list[Path]:
    """The groups of a name in every hierarchy, the innermost first."""
    tops = [path for path in (GROUPS / name, *GROUPS.glob(f"*/{name}")) if path.is_dir()]
    return [Path(path) for top in tops for path, _, _ in os.walk(top, topdown=False)]


def _left_of(name: str) -> list[Path]:
    """The groups of a name that cannot be taken away yet."""
    for group in _groups(name):
        with suppress(OSError):
            group.rmdir()
    return _groups(name)


def _import(house: House) -> None:
    """Make the one image that there is out of folders and links."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for folder in FOLDERS:
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            archive.addfile(entry)
        for name, target in LINKS.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    house.path("/tmp/bare.tar").write_bytes(packed.getvalue())
    house.bash(f"docker import /tmp/bare.tar {IMAGE} && rm /tmp/bare.tar")
