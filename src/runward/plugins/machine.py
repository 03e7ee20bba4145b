"""Look at this machine: programs on the path, names that resolve, files that exist, secrets that can be had."""

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

from runward.plugins.facts import Machine, Needs, SyntaxFault
from runward.plugins.secrets import why_absent

_SYNTAX = re.compile(r"^.*?: line (\d+): (?:syntax error: )?(.*)$", re.MULTILINE)
_PATIENCE = timedelta(seconds=5)


def look(
    needs: Needs, environment: Mapping[str, str] = os.environ, patience: timedelta = _PATIENCE
) -> Machine:
    """What of these needs there is; names are looked up side by side, each for no longer than `patience`."""
    folder = Path(needs.folder or ".").expanduser()
    path = environment.get("PATH", os.defpath)
    return Machine(
        programs={name: shutil.which(name, path=path) is not None for name in needs.programs},
        hosts=resolved(needs.hosts, patience),
        paths={text: (folder / Path(text).expanduser()).exists() for text in needs.paths},
        references={one: why_absent(one, environment, folder) for one in needs.references},
        syntax=_faults(needs.scripts),
        variables=frozenset(environment),
    )


def resolved(hosts: Iterable[str], patience: timedelta = _PATIENCE) -> dict[str, bool]:
    """Which host names have an address; a name server that does not answer in time counts as no."""
    wanted = sorted(hosts)
    answers: dict[str, bool] = {}
    threads = [threading.Thread(target=_resolve, args=(host, answers), daemon=True) for host in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(patience.total_seconds())
    return {host: answers.get(host, False) for host in wanted}


def _resolve(host: str, answers: dict[str, bool]) -> None:
    try:
        answers[host] = bool(socket.getaddrinfo(host, None))
    except (OSError, UnicodeError):  # an over-long or malformed name fails in the IDNA codec
        answers[host] = False


def _faults(scripts: Iterable[str]) -> dict[str, SyntaxFault]:
    bash = shutil.which("bash")
    wanted = sorted(scripts)
    if not bash or not wanted:
        return {}
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = pool.map(lambda script: _fault(bash, script), wanted)
        return {script: fault for script, fault in zip(wanted, found, strict=True) if fault}


def _fault(bash: str, script: str) -> SyntaxFault | None:
    """What `bash -n`, which reads a script and runs nothing of it, has against a text."""
    try:
        done = subprocess.run(
            [bash, "--norc", "-n"], input=script.encode(), capture_output=True, check=False, timeout=10,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    if not done.returncode:
        return None
    said = done.stderr.decode(errors="replace")
    match = _SYNTAX.search(said)
    if not match:
        return SyntaxFault(1, said.strip().splitlines()[0] if said.strip() else "bash refuses it")
    return SyntaxFault(int(match[1]), match[2])


def why_closed(host: str, port: int, patience: timedelta = timedelta(seconds=3)) -> str:
    """Why nothing listens there; an empty text if something does."""
    try:
        with socket.create_connection((host, port), patience.total_seconds()):
            return ""
    except (OSError, UnicodeError) as problem:
        return str(problem)
