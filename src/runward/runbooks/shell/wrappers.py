"""See through the programs that only run another one: sudo, ssh, docker exec, bash -c, xargs ..."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runward.runbooks.shell.model import Call, Word
from runward.runbooks.shell.options import options_of, words_of

_ASSIGNS = re.compile(r"[A-Za-z_]\w*=")


@dataclass(frozen=True, slots=True)
class Inside:
    """What a wrapper runs: words, or text for a shell; neither where it cannot be known."""

    words: tuple[Word, ...] = ()
    script: str | None = None
    local: bool = True  # on this machine
    doubt: str = ""  # why this is at least a change
    terminal: bool = False
    more: bool = False  # arguments are added at run time
    opens_shell: bool = False  # opens a shell that waits for what a person types, or reads its input


# Variables by which another program than the one that is written comes to run.
HIJACKING = r"(?:LD_\w+|PATH|BASH_ENV|ENV|SHELLOPTS|PS4|PERL5OPT|PERL5LIB|PYTHON(?:STARTUP|PATH)|RUBYOPT|NODE_OPTIONS|IFS|GIT_\w+|EDITOR|VISUAL|(?:\w+_)?PAGER|BROWSER|LESSOPEN|BASH_FUNC\w*|PROMPT_COMMAND|CDPATH|PSQLRC|PSQL_\w+)"
_HIJACK = HIJACKING + "="


def _prefix(call: Call, valued: str, skip: int = 0) -> list[Inside]:
    """A wrapper with flags of its own, then perhaps words of its own, then the command."""
    options = options_of(call.arguments, words_of(valued), stop=True)
    rest = options.rest[skip:]
    made: list[Inside] = []
    while rest and _ASSIGNS.match(rest[0].text):
        if re.match(_HIJACK, rest[0].text):
            made.append(Inside(doubt="it changes how programs are found or loaded"))
        rest = rest[1:]
    return [*made, Inside(rest)] if rest else made


def _sudo(call: Call) -> list[Inside]:
    valued = "-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --chdir --chroot --role --type"
    options = options_of(call.arguments, words_of(valued), stop=True)
    if options.has("-e", "--edit"):
        return [Inside(doubt="sudo -e edits a file")]
    if not options.rest and options.has("-i", "-s", "--login", "--shell"):
        return [Inside(opens_shell=True)]
    return _prefix(call, valued)


def _env(call: Call) -> list[Inside]:
    options = options_of(call.arguments, words_of("-u -C -S --unset --chdir --split-string"), stop=True)
    split = options.values("-S", "--split-string")
    if split:
        rest = " ".join(word.text for word in options.rest)
        return [
            Inside(
                script=f"{split[0].text} {rest}" if split[0].fixed else None,
                doubt="" if split[0].fixed else "env -S",
            )
        ]
    return _prefix(call, "-u -C --unset --chdir")


def _joined(words: Sequence[Word]) -> str | None:
    """The text that a remote shell is given: the words with blanks between them."""
    if any(word.crafted for word in words):
        return None
    return " ".join(word.text for word in words)


def _watch(call: Call) -> list[Inside]:
    options = options_of(call.arguments, words_of("-n -d --interval -q --equexit"), stop=True)
    if options.has("-x", "--exec"):
        return [Inside(options.rest)]
    return [_text(_joined(options.rest))] if options.rest else []


def _text(script: str | None, *, local: bool = True) -> Inside:
    if script is None:
        return Inside(doubt="what it runs is computed", local=local)
    return Inside(script=script, local=local)


def _shell(call: Call) -> list[Inside]:
    """bash, sh and their like: -c text, a script file, or what comes in."""
    options = options_of(call.arguments, words_of("-O -o --rcfile --init-file +O"), stop=True)
    if options.has("-n", "--version", "--help") and not options.has("-c"):
        return []
    if options.has("-c"):
        given = options.rest[0] if options.rest else None
        if given is None or call.more or not given.fixed:
            return [Inside(doubt="the text given to the shell is not known")]
        return [Inside(script=given.text)]
    if options.rest and not options.has("-s"):
        return [
            Inside(
                doubt=f"it runs the script {options.rest[0].text}", words=(options.rest[0], *options.rest[1:])
            )
        ]
    if call.more:
        return [Inside(doubt="it runs scripts that are named at run time")]
    return _from_input(call)


def _from_input(call: Call, *, local: bool = True) -> list[Inside]:
    """A shell without a command reads it from its input."""
    if call.feed is None:
        return [Inside(opens_shell=True, local=local)]
    if call.feed.text is not None:
        doubt = "" if call.feed.kind == "text" else "a shell runs what is fed to it"
        return [Inside(script=call.feed.text, doubt=doubt, local=local)]
    return [Inside(doubt="a shell runs whatever is fed to it", local=local)]


def _su(call: Call) -> list[Inside]:
    options = options_of(
        call.arguments, words_of("-c -s -g -G -u --command --shell --session-command --user --group")
    )
    given = options.values("-c", "--command", "--session-command")
    if given:
        return [_text(given[0].text if given[0].fixed else None)]
    if call.name == "runuser" and options.has("-u", "--user"):
        return [Inside(options.rest)] if options.rest else [Inside(opens_shell=True)]
    return _from_input(call)


def _ssh(call: Call) -> list[Inside]:
    valued = words_of("-b -c -D -E -e -F -I -i -J -L -l -m -O -o -p -Q -R -S -W -w -B")
    options = options_of(call.arguments, valued, stop=True)
    doubts = [
        Inside(doubt="its options run programs here")
        for word in options.values("-o")
        if "command" in word.text.lower()
    ]
    rest = options.rest[1:]
    while rest and rest[0].text.startswith("-"):  # ssh takes flags after the host too
        more = options_of(rest, valued, stop=True)
        rest = more.rest
    if call.more:
        return [*doubts, Inside(doubt="its command is named at run time", local=False)]
    if rest:
        inside = _text(_joined(rest), local=False)
        return [*doubts, inside]
    if options.has("-N", "-V", "-G", "-Q", "-O"):
        return doubts
    return [*doubts, *_from_input(call, local=False)]


_EXEC_VALUED = words_of(
    "-e --env --env-file -u --user -w --workdir --detach-keys --index -n --namespace -c --container -f --filename --context"
    " --kubeconfig --pod-running-timeout --cluster -s --server --token --as --request-timeout"
)
_COMPOSE_VALUED = words_of(
    "-f --file -p --project-name --profile --env-file --project-directory --parallel --ansi --progress"
)
_DOCKER_VALUED = words_of("-H --host -c --context --config -l --log-level --tlscacert --tlscert --tlskey")
_RUN_VALUED = words_of(
    "-a --attach -c --cpu-shares --cpus --cidfile --device --dns -e --env --env-file --entrypoint --expose --gpus -h --hostname"
    " --ip --ipc -l --label --link --log-driver --log-opt -m --memory --mount --name --net --network --network-alias -p --publish"
    " --pid --platform --pull --restart --security-opt --shm-size --stop-signal --tmpfs --ulimit -u --user --userns -v --volume"
    " --volumes-from -w --workdir --add-host --cap-add --cap-drop --image --overrides -n --namespace --port --index"
)


def _container(call: Call) -> list[Inside]:
    """docker, podman, nerdctl: exec and run, also behind compose."""
    options = options_of(call.arguments, _DOCKER_VALUED, stop=True)
    rest = options.rest
    if rest and rest[0].text == "container":
        rest = rest[1:]
    if rest and rest[0].text == "compose":
        return _compose(call.inner("compose", rest[1:]))
    if not rest:
        return []
    if rest[0].text == "exec":
        return _exec(call, rest[1:])
    if rest[0].text == "run":
        return _run(rest[1:])
    return []


def _compose(call: Call) -> list[Inside]:
    options = options_of(call.arguments, _COMPOSE_VALUED, stop=True)
    if not options.rest:
        return []
    verb, rest = options.rest[0].text, options.rest[1:]
    return _exec(call, rest) if verb == "exec" else _run(rest) if verb == "run" else []


def _exec(call: Call, words: Sequence[Word]) -> list[Inside]:
    options = options_of(words, _EXEC_VALUED, stop=True)
    terminal = options.has("-t", "--tty") and options.has("-i", "--interactive")
    return _in_container(call, options.rest[1:], terminal=terminal)


def _in_container(call: Call, words: tuple[Word, ...], *, terminal: bool) -> list[Inside]:
    if words:
        return [Inside(words, local=False, terminal=terminal)]
    return [Inside(doubt="its command is named at run time", local=False)] if call.more else []


def _run(words: Sequence[Word]) -> list[Inside]:
    options = options_of(words, _RUN_VALUED, stop=True)
    starts = Inside(doubt="it starts a container", local=False)
    entry = options.values("--entrypoint")
    inner = (*entry, *options.rest[1:])
    return [starts, Inside(inner, local=False)] if inner else [starts]


def _kubernetes(call: Call) -> list[Inside]:
    """Kubectl and oc: exec, run and debug; rsh opens a shell."""
    before = options_of(call.arguments, _EXEC_VALUED, stop=True)
    if not before.rest:
        return []
    verb, rest = before.rest[0].text, before.rest[1:]
    if verb == "exec":
        return _pod(call, rest)
    if verb in {"run", "debug"}:
        tail = _after_dashes(rest)
        return [Inside(tail, local=False)] if tail else []
    if verb == "rsh":
        inner = options_of(rest, _EXEC_VALUED, stop=True).rest[1:]
        return [Inside(inner, local=False)] if inner else [Inside(opens_shell=True, local=False)]
    return []


def _pod(call: Call, words: tuple[Word, ...]) -> list[Inside]:
    """The command after --, or in the old form after the pod."""
    tail = _after_dashes(words)
    head = words[: len(words) - len(tail)] if tail else words
    options = options_of(tuple(word for word in head if word.text != "--"), _EXEC_VALUED)
    terminal = options.has("-t", "--tty") and options.has("-i", "--stdin")
    return _in_container(call, tail or options.rest[1:], terminal=terminal)


def _after_dashes(words: Sequence[Word]) -> tuple[Word, ...]:
    place = next((number for number, word in enumerate(words) if word.text == "--"), None)
    return tuple(words[place + 1 :]) if place is not None else ()


def _xargs(call: Call) -> list[Inside]:
    valued = words_of(
        "-a -d -E -I -i -L -n -P -s --arg-file --delimiter --replace --max-lines --max-args --max-procs -J -R -S"
    )
    options = options_of(call.arguments, valued - {"-i", "--replace"}, stop=True)
    if not options.rest:
        return []
    marks = [word.text for word in options.values("-I", "-J", "--replace")] + ["{}"] * options.has("-i")
    if any(mark and mark in options.rest[0].text for mark in marks):
        return [Inside(doubt="what it runs is named at run time")]
    shell = " ".join(word.text for word in options.rest)
    if any(mark and mark in shell for mark in marks) and _shell_name(options.rest):
        return [Inside(doubt="what is fed to it becomes part of a shell's text"), Inside(options.rest)]
    return [Inside(options.rest, more=True)]


def _shell_name(words: Sequence[Word]) -> bool:
    return any(word.text.rpartition("/")[2] in _SHELLS for word in words)


def _find(call: Call) -> list[Inside]:
    """The commands after -exec and its like; each ends with ; or +."""
    made: list[Inside] = []
    words = call.arguments
    for place, word in enumerate(words):
        if word.text in {"-exec", "-execdir", "-ok", "-okdir"}:
            end = next((n for n in range(place + 1, len(words)) if words[n].text in {";", "+"}), len(words))
            inner = words[place + 1 : end]
            if inner and "{}" in inner[0].text:
                made.append(Inside(doubt="it runs what it finds"))
            elif inner:
                made.append(Inside(inner, more=any("{}" in one.text for one in inner)))
    return made


def _dashed(call: Call) -> list[Inside]:
    """Lxc exec, nomad alloc exec, heroku run and the like: the command stands after --."""
    tail = _after_dashes(call.arguments)
    return [Inside(tail, local=False)] if tail and not call.more else []


def _flagged(call: Call) -> list[Inside]:
    """Programs that take a command as the value of a flag: vagrant ssh -c, gcloud compute ssh --command."""
    flags = words_of("-c -C --command")
    options = options_of(call.arguments, flags)
    if not any(
        word.text in {"ssh", "ssh-tunnel", "console", "execute-command", "exec"} for word in options.rest
    ):
        return []
    given = options.values(*flags)
    return [_text(given[0].text if given[0].fixed else None, local=False)] if given else _dashed(call)


def _evaluated(call: Call) -> list[Inside]:
    """Eval and trap: text that the shell itself runs."""
    words = call.arguments[:1] if call.name == "trap" else call.arguments
    if call.name == "trap" and (len(call.arguments) < 2 or call.arguments[0].text in {"-", "", "-l", "-p"}):
        return []
    text = " ".join(word.text for word in words)
    doubt = "eval runs text that it puts together" if call.name == "eval" else ""
    if not all(word.fixed for word in words):
        return [Inside(doubt=doubt or "what it runs is not known")]
    return [Inside(script=text, doubt=doubt)]


def _script(call: Call) -> list[Inside]:
    options = options_of(call.arguments, words_of("-c --command -T -t -O -I -B --log-out"))
    given = options.values("-c", "--command")
    writes = Inside(doubt="it writes what it sees to a file")
    return [writes, _text(given[0].text if given[0].fixed else None)] if given else [writes]


def _flock(call: Call) -> list[Inside]:
    options = options_of(call.arguments, words_of("-w -E -c --timeout --wait --command"), stop=True)
    rest = options.rest[1:]
    if rest and rest[0].text in {"-c", "--command"} and len(rest) > 1:
        return [_text(rest[1].text if rest[1].fixed else None)]
    return [Inside(rest)] if rest else []


def _plain(valued: str = "", skip: int = 0) -> Callable[[Call], list[Inside]]:
    return lambda call: _prefix(call, valued, skip)


def _ansible(call: Call) -> list[Inside]:
    """Ansible hosts -m shell -a 'uptime': the text of the modules that run a command."""
    options = options_of(
        call.arguments,
        words_of("-m -a -i -u -l -e -t -f -B -P --module-name --args --inventory --limit --extra-vars"),
    )
    module = [word.text.rpartition(".")[2] for word in options.values("-m", "--module-name")] or ["command"]
    given = options.values("-a", "--args")
    if not given or module[0] not in {"shell", "command", "raw", "win_shell", "win_command"}:
        return []
    return [_text(given[0].text if given[0].fixed else None, local=False)]


_SHELLS = words_of("bash sh zsh dash ash ksh mksh fish busybox-sh rbash")
_CONTAINERS = words_of("docker podman nerdctl")
WRAPPERS: dict[str, Callable[[Call], list[Inside]]] = {
    **dict.fromkeys(_SHELLS, _shell),
    **dict.fromkeys(_CONTAINERS, _container),
    **dict.fromkeys(("docker-compose", "podman-compose"), _compose),
    **dict.fromkeys(("kubectl", "oc", "k3s kubectl", "microk8s.kubectl"), _kubernetes),
    **dict.fromkeys(
        ("nohup", "setsid", "builtin", "time", "unbuffer", "chronic", "torsocks", "caffeinate", "coproc"),
        _plain(),
    ),
    **dict.fromkeys(
        ("lxc", "incus", "nomad", "heroku", "railway", "doppler", "aws-vault", "dotenv"), _dashed
    ),
    **dict.fromkeys(("vagrant", "gcloud", "fly", "flyctl", "az", "multipass", "aws"), _flagged),
    **dict.fromkeys(("eval", "trap"), _evaluated),
    **dict.fromkeys(("su", "runuser"), _su),
    "sudo": _sudo,
    "ansible": _ansible,
    "doas": _plain("-u -C"),
    "env": _env,
    "timeout": _plain("-k -s --kill-after --signal", skip=1),
    "gtimeout": _plain("-k -s --kill-after --signal", skip=1),
    "nice": _plain("-n --adjustment"),
    "ionice": _plain("-c -n --class --classdata"),
    "chrt": _plain("-T -P -D", skip=1),
    "taskset": _plain("", skip=1),
    "stdbuf": _plain("-i -o -e --input --output --error"),
    "numactl": _plain("-N -m -C -i --cpunodebind --membind --physcpubind --interleave"),
    "exec": _plain("-a"),
    "chroot": _plain("--userspec --groups", skip=1),
    "command": lambda call: [] if call.has("-v", "-V") else _prefix(call, ""),
    "nsenter": _plain("-t -S -G --target --setuid --setgid"),
    "setpriv": _plain("--reuid --regid --groups"),
    "sg": _plain("", skip=1),
    "watch": _watch,
    "ssh": _ssh,
    "xargs": _xargs,
    "find": _find,
    "script": _script,
    "flock": _flock,
}


def inside_of(call: Call) -> list[Inside]:
    """What this call runs, if it is a wrapper; nothing if it is not, or runs nothing."""
    wrapper = WRAPPERS.get(call.name)
    return wrapper(call) if wrapper else []


def is_shell(name: str) -> bool:
    """Whether this is a shell."""
    return name in _SHELLS
