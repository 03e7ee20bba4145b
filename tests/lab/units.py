"""The house's systemctl and journalctl, for systemd itself does not run in a house.

They really start, stop and restart the programs described in /run/units/NAME.json, and keep what these
print, line by line with the time, in /run/units/NAME.journal. Exits and messages are systemd's own.
"""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

UNITS = Path("/run/units")
FLAGGED = {
    "-u",
    "--unit",
    "-S",
    "--since",
    "-U",
    "--until",
    "-n",
    "--lines",
    "-p",
    "--priority",
    "-o",
    "--output",
    "-g",
    "--grep",
}
SPANS = {
    "s": 1,
    "second": 1,
    "min": 60,
    "minute": 60,
    "m": 60,
    "h": 3600,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
}


def say(text: str) -> None:
    sys.stdout.write(text + "\n")


def complain(text: str) -> None:
    sys.stderr.write(text + "\n")


def unit_file(name: str) -> Path:
    return UNITS / f"{name.removesuffix('.service')}.json"


def main_pid(name: str) -> int:
    """The unit's process, 0 when it does not run."""
    file = unit_file(name).with_suffix(".pid")
    if not file.exists():
        return 0
    pid = int(file.read_text() or 0)
    stat = Path(f"/proc/{pid}/stat")
    return pid if pid and stat.exists() and stat.read_text().split()[2] != "Z" else 0


def write(name: str, text: str, pid: int, sender: str) -> None:
    """Put one line into the unit's journal."""
    entry = {"at": time.time(), "text": text, "pid": pid, "sender": sender}
    with unit_file(name).with_suffix(".journal").open("a") as journal:
        journal.write(json.dumps(entry) + "\n")


def keep(name: str) -> int:
    """Run the unit and keep its lines until it ends; what stands between systemctl and the program."""
    spec = json.loads(unit_file(name).read_text())
    pid_file = unit_file(name).with_suffix(".pid")
    environment = {**os.environ, **spec.get("environment", {})}
    with subprocess.Popen(
        spec["exec"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
        errors="replace",
    ) as program:
        pid_file.write_text(str(program.pid))
        for line in program.stdout:
            write(name, line.rstrip("\n"), program.pid, Path(spec["exec"][0]).name)
    if program.returncode in (0, -signal.SIGTERM):
        unit_file(name).with_suffix(".failed").unlink(missing_ok=True)
        return 0
    how = (
        f"killed, status={-program.returncode}"
        if program.returncode < 0
        else f"exited, status={program.returncode}"
    )
    write(name, f"{name}.service: Main process exited, code={how}", 1, "systemd")
    write(name, f"{name}.service: Failed with result 'exit-code'.", 1, "systemd")
    unit_file(name).with_suffix(".failed").touch()
    return 0


def start(name: str) -> int:
    if main_pid(name):
        return 0
    unit_file(name).with_suffix(".failed").unlink(missing_ok=True)
    unit_file(name).with_suffix(".pid").unlink(missing_ok=True)
    subprocess.Popen(
        [sys.executable, "-I", "-S", __file__, "keep", name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    write(name, f"Started {name}.service.", 1, "systemd")
    return 0 if came_up(name) else failed_job(name)


def came_up(name: str) -> bool:
    """Whether the unit lives, and listens where its description says it will."""
    port = json.loads(unit_file(name).read_text()).get("port", 0)
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if unit_file(name).with_suffix(".failed").exists():
            return False
        if main_pid(name) and (not port or listens(port)):
            return True
        time.sleep(0.02)
    return False


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def failed_job(name: str) -> int:
    complain(f"Job for {name}.service failed because the control process exited with error code.")
    complain(f'See "systemctl status {name}.service" and "journalctl -xeu {name}.service" for details.')
    return 1


def stop(name: str) -> int:
    pid = main_pid(name)
    if pid:
        os.kill(pid, signal.SIGTERM)
        until = time.monotonic() + 10
        while main_pid(name) and time.monotonic() < until:
            time.sleep(0.02)
        if main_pid(name):
            os.kill(pid, signal.SIGKILL)
        write(name, f"Stopped {name}.service.", 1, "systemd")
    unit_file(name).with_suffix(".failed").unlink(missing_ok=True)
    return 0


def restart(name: str) -> int:
    return stop(name) or start(name)


def reload(name: str) -> int:
    pid = main_pid(name)
    if not pid:
        complain(f"{name}.service is not active, cannot reload.")
        return 1
    os.kill(pid, signal.SIGHUP)
    write(name, f"Reloaded {name}.service.", 1, "systemd")
    return 0


def state(name: str) -> str:
    if main_pid(name):
        return "active"
    return "failed" if unit_file(name).with_suffix(".failed").exists() else "inactive"


def is_active(name: str) -> int:
    say(state(name) if unit_file(name).exists() else "inactive")
    return 0 if main_pid(name) else 3


def status(name: str) -> int:
    word = {
        "active": "active (running)",
        "failed": "failed (Result: exit-code)",
        "inactive": "inactive (dead)",
    }[state(name)]
    say(f"● {name}.service\n     Loaded: loaded (/run/units/{name}.json; enabled)\n     Active: {word}")
    if pid := main_pid(name):
        say(f"   Main PID: {pid}")
    say("")
    for entry in entries([name])[-10:]:
        say(shown(entry))
    return 0 if main_pid(name) else 3


VERBS = {
    "start": start,
    "stop": stop,
    "restart": restart,
    "reload": reload,
    "is-active": is_active,
    "status": status,
}


def systemctl(words: list[str]) -> int:
    """Do what `systemctl` was asked for, for the verbs that runbooks use."""
    plain = [word for word in words if not word.startswith("-")]
    if plain[:1] == ["daemon-reload"]:
        return 0
    if not plain or plain[0] == "list-units":
        return list_units(failed_only="--failed" in words)
    if plain[0] not in VERBS:
        complain(f"Unknown command verb {plain[0]} (the house knows {', '.join(VERBS)}).")
        return 1
    return max((act(plain[0], name.removesuffix(".service")) for name in plain[1:]), default=1)


def act(verb: str, name: str) -> int:
    if unit_file(name).exists() or verb == "is-active":
        return VERBS[verb](name)
    if verb == "status":
        complain(f"Unit {name}.service could not be found.")
        return 4
    complain(f"Failed to {verb} {name}.service: Unit {name}.service not found.")
    return 5


def list_units(*, failed_only: bool) -> int:
    names = sorted(path.stem for path in UNITS.glob("*.json"))
    rows = [name for name in names if not failed_only or state(name) == "failed"]
    for name in rows:
        say(f"  {name}.service loaded {state(name)} {'running' if main_pid(name) else 'dead'} {name}")
    say(f"{len(rows)} loaded units listed.")
    return 0


def entries(names: list[str]) -> list[dict]:
    """The journal's entries of some units, oldest first, of all units when none is named."""
    files = [unit_file(name).with_suffix(".journal") for name in names] or sorted(UNITS.glob("*.journal"))
    found = [json.loads(line) for file in files if file.exists() for line in file.read_text().splitlines()]
    return sorted(found, key=lambda entry: entry["at"])


def shown(entry: dict) -> str:
    at = datetime.fromtimestamp(entry["at"]).astimezone()
    return f"{at:%b %d %H:%M:%S} {socket.gethostname()} {entry['sender']}[{entry['pid']}]: {entry['text']}"


def moment(text: str) -> float:
    """A time as journalctl accepts it: "1 hour ago", "-15min", "today", "2026-01-31 10:00"."""
    now = datetime.now(UTC).astimezone()
    if found := re.fullmatch(r"-?(\d+)\s*([a-z]+?)s?(?: ago)?", text.strip()):
        unit = found[2] if found[2] in SPANS else found[2].rstrip("s")
        if unit in SPANS:
            return (now - timedelta(seconds=int(found[1]) * SPANS[unit])).timestamp()
    days = {"now": None, "today": 0, "yesterday": 1}
    if text in days:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return now.timestamp() if days[text] is None else (midnight - timedelta(days=days[text])).timestamp()
    try:
        return datetime.fromisoformat(text).astimezone().timestamp()
    except ValueError:
        complain(f"Failed to parse timestamp: {text}")
        raise SystemExit(1) from None


def options(words: list[str]) -> dict[str, list[str]]:
    """The words of a command line, with the values of those that take one."""
    found: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name in FLAGGED:
            found.setdefault(name, []).append(value if equals else next(rest, ""))
        elif re.fullmatch(r"-[a-z]*[un]\S*", word) and not word.startswith("--"):
            flag = "-u" if "u" in word else "-n"
            glued = word.split(flag[1], 1)[1]
            found.setdefault(flag, []).append(glued or next(rest, ""))
        else:
            found.setdefault(word, []).append("")
    return found


def journalctl(words: list[str]) -> int:
    """Print the journal as asked; `-f` follows it until it is ended."""
    given = options(words)
    names = given.get("-u", []) + given.get("--unit", [])
    since = [moment(text) for text in given.get("-S", []) + given.get("--since", [])]
    until = [moment(text) for text in given.get("-U", []) + given.get("--until", [])]
    wanted = given.get("-g", []) + given.get("--grep", [])
    found = [
        entry
        for entry in entries(names)
        if all(entry["at"] >= at for at in since) and all(entry["at"] <= at for at in until)
    ]
    found = [entry for entry in found if all(re.search(pattern, entry["text"]) for pattern in wanted)]
    lines = given.get("-n", []) + given.get("--lines", [])
    last = int(lines[-1]) if lines else 10 if "-f" in given or "--follow" in given else len(found)
    for entry in found[len(found) - min(last, len(found)) :]:
        say(shown(entry))
    if "-f" in given or "--follow" in given:
        follow(names, len(entries(names)))
    elif not found:
        say("-- No entries --")
    return 0


def follow(names: list[str], seen: int) -> None:
    while True:
        sys.stdout.flush()
        time.sleep(0.2)
        now = entries(names)
        for entry in now[seen:]:
            say(shown(entry))
        seen = len(now)


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    chosen = {"systemctl": systemctl, "journalctl": journalctl, "keep": lambda words: keep(words[0])}
    raise SystemExit(chosen[sys.argv[1]](sys.argv[2:]))
