"""See through wrappers: what `sudo`, `docker compose exec db`, `kubectl exec` or `ssh web1` really runs, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from posixpath import basename

_LOCAL = {
    "sudo": "CDghprtTUu", "doas": "uC", "env": "uCS", "nohup": "", "time": "fo", "nice": "n", "ionice": "cnp",
    "stdbuf": "ieo", "setsid": "", "command": "", "exec": "a", "builtin": "", "xargs": "aEdIiLlnPs", "timeout": "ks",
    "chronic": "", "unbuffer": "", "caffeinate": "tw", "runuser": "ugGs", "gosu": "", "su-exec": "", "setpriv": "",
    "busybox": "", "parallel": "jI", "watch": "n", "flock": "wE", "strace": "eops", "taskset": "", "catchsegv": "",
}  # fmt: skip
_TAKES_ONE = {"timeout", "gosu", "su-exec", "flock", "taskset"}
_CONTAINERS = {"docker", "podman", "nerdctl"}
_COMPOSE = {"docker-compose", "podman-compose"}
_VALUED = {
    "-f", "-p", "-e", "-u", "-w", "-n", "-c", "-H", "-l", "--file", "--project-name", "--project-directory", "--profile",
    "--env-file", "--env", "--user", "--workdir", "--index", "--namespace", "--container", "--context", "--kubeconfig",
    "--host", "--detach-keys", "--pod-running-timeout", "--filename", "--cluster", "--as",
}  # fmt: skip
_SSH_VALUED = set("bcDEeFIiJLlmOopQRSWw")


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a command really runs: through which runtime, in which place, from which of its words on."""

    runtime: str  # local | ssh | docker | compose | kubernetes
    place: str = ""  # host, container, compose service or workload
    outer: int = 0  # the word with which the wrapper begins that leaves this machine
    inner: int = 0  # the word of the program that runs there
    local: tuple[str, ...] = ()  # the programs this machine itself must have
    namespace: str = ""


def reached(words: Sequence[str]) -> Reached:
    """What the words of a command really run and where."""
    at, local = _past_local(words)
    if at >= len(words):
        return Reached("local", outer=at, inner=at, local=local)
    far = _far(words, at)
    if far is None:
        return Reached("local", outer=at, inner=at, local=(*local, words[at]))
    runtime, place, inner, namespace = far
    return Reached(runtime, place, at, inner, (*local, words[at]), namespace)


def _past_local(words: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """The first word that is no local wrapper nor an option of one, and the wrappers before it."""
    at = 0
    local: list[str] = []
    while at < len(words) and basename(words[at]) in _LOCAL:
        name = basename(words[at])
        start = at + 1
        after = _past_options(words, start, _LOCAL[name])
        if name in _TAKES_ONE and after < len(words):
            after += 1
        while name in {"env", "sudo"} and after < len(words) and "=" in words[after]:
            after += 1
        if after >= len(words) or (name == "command" and start < len(words) and words[start] in {"-v", "-V"}):
            return (at, tuple(local)) if after >= len(words) else (len(words), tuple(local))
        local.append(words[at])
        at = after
    return at, tuple(local)


def _past_options(words: Sequence[str], at: int, valued: str) -> int:
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        if words[at] == "--":
            return at + 1
        takes = len(words[at]) == 2 and words[at][1] in valued
        at += 2 if takes else 1
    return at


def _far(words: Sequence[str], at: int) -> tuple[str, str, int, str] | None:
    """Runtime, place, index of the inner program and namespace of a command that leaves this machine."""
    name, rest = basename(words[at]), at + 1
    if name == "ssh":
        return _ssh(words, rest)
    if name in _COMPOSE:
        return _exec(words, rest, "compose")
    if name in _CONTAINERS:
        first = _past_valued(words, rest)
        if first < len(words) and words[first] == "compose":
            return _exec(words, first + 1, "compose")
        return _exec(words, first, "docker")
    if name in {"kubectl", "oc", "microk8s.kubectl", "k3s"}:
        return _exec(words, rest, "kubernetes")
    return None


def _exec(words: Sequence[str], at: int, runtime: str) -> tuple[str, str, int, str] | None:
    verb = _past_valued(words, at)
    verbs = {"exec"} if runtime != "compose" else {"exec", "run"}
    if verb >= len(words) or words[verb] not in verbs:
        return None
    place = _past_valued(words, verb + 1)
    if place >= len(words):
        return None
    inner = _past_valued(words, place + 1)
    if "--" in words[place:]:
        inner = words.index("--", place) + 1
    return runtime, words[place], inner, _option(words[at:inner], ("-n", "--namespace"))


def _past_valued(words: Sequence[str], at: int) -> int:
    while at < len(words) and words[at].startswith("-") and words[at] != "--":
        at += 2 if words[at] in _VALUED else 1
    return at


def _option(words: Sequence[str], names: tuple[str, ...]) -> str:
    for index, word in enumerate(words):
        name, _, value = word.partition("=")
        if name in names:
            return value or (words[index + 1] if index + 1 < len(words) else "")
    return ""


def _ssh(words: Sequence[str], at: int) -> tuple[str, str, int, str] | None:
    while at < len(words) and words[at].startswith("-"):
        at += 2 if len(words[at]) == 2 and words[at][1] in _SSH_VALUED else 1
    if at >= len(words):
        return None
    return "ssh", words[at].rpartition("@")[2], at + 1, ""
