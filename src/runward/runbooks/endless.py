"""Find the commands that would follow or block for ever, and the form of each that ends."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from runward.runbooks.model import Endless
from runward.runbooks.shell.calls import calls_of
from runward.runbooks.shell.model import Call, Script
from runward.runbooks.shell.options import options_of, words_of
from runward.runbooks.shell.parse import script_of

LAST = 100  # lines of a log that the ending form shows


@dataclass(frozen=True, slots=True)
class _Finding:
    """Why a call does not end, and how its text is changed so that it does."""

    why: str
    mend: Callable[[str], str] | None = None
    interactive: bool = False


def list_endless(script: Script, calls: Iterable[Call]) -> tuple[Endless, ...]:
    """What in this script does not end by itself, in order."""
    made: dict[tuple[int, str], Endless] = {}
    for call in calls:
        found = _finding(call)
        if found and not call.command.background and not _backgrounded(call):
            made.setdefault((call.command.line, call.command.text), _endless(call, found))
    for line, text in script.loops:
        made.setdefault((line, text), Endless(line, text, "the loop has no end"))
    return tuple(sorted(made.values(), key=lambda one: one.line))


def _backgrounded(call: Call) -> bool:
    return "timeout" in call.through or call.has("&")


def _endless(call: Call, found: _Finding) -> Endless:
    text = call.command.text
    bounded = found.mend(text) if found.mend else ""
    if bounded and (bounded == text or _still_endless(bounded)):
        bounded = ""
    return Endless(call.command.line, text, found.why, bounded, found.interactive)


def _still_endless(text: str) -> bool:
    return any(_finding(call) for call in calls_of(script_of(text)))


def _finding(call: Call) -> _Finding | None:
    if call.doubt == "a shell waits for what is typed":
        return _Finding("it opens a shell and waits for what is typed", interactive=True)
    name = call.name
    if name in _SCREENS and not call.has(
        "-b", "--batch", "-r", "--report", "-n1", "--version", "-h", "--help"
    ):
        return _Finding(f"{name} shows a screen until a person leaves it", _BATCH.get(name), interactive=True)
    rule = _RULES.get(name) or (_kafka if name.startswith("kafka-console-consumer") else None)
    found = rule(call) if rule else None
    return found or (_prompt(call) if name in _PROMPTS else None)


def _dropped(text: str, verb: str, letters: str, *longs: str) -> str:
    """The text without these flags, looked for after the verb."""
    head, found, tail = _split(text, verb)
    if not found:
        return text
    for long in longs:
        tail = re.sub(rf"\s{re.escape(long)}(?:=\S+)?(?=\s|$|[\"'])", "", tail, count=1)
    for letter in letters:
        tail = re.sub(rf"\s-{letter}(?=\s|$|[\"'])", "", tail, count=1)
        tail = re.sub(
            rf"(\s-[A-Za-z0-9]*?){letter}([A-Za-z0-9]*)(?=\s|$|[\"'])", _without_letter, tail, count=1
        )
    return head + found + tail


def _without_letter(found: re.Match[str]) -> str:
    return found[1] + found[2] if (found[1] + found[2]).strip() != "-" else ""


def _split(text: str, verb: str) -> tuple[str, str, str]:
    """The text before a word, the word, and the text after it."""
    places = list(re.finditer(rf"(?<![\w-]){re.escape(verb)}(?![\w-])", text))
    if not places:
        return text, "", ""
    place = places[0]
    return text[: place.start()], place[0], text[place.end() :]


def _added(text: str, verb: str, flags: str) -> str:
    """The text with flags put in right after the verb."""
    head, found, tail = _split(text, verb)
    return f"{head}{found} {flags}{tail}" if found else text


def _appended(flags: str) -> Callable[[str], str]:
    return lambda text: f"{text} {flags}"


def _cluster_has(call: Call, letter: str) -> bool:
    return any(re.fullmatch(rf"-[A-Za-z0-9]*{letter}[A-Za-z0-9]*", word.text) for word in call.arguments)


def _long(call: Call, *flags: str) -> bool:
    return any(
        word.text.partition("=")[0] in flags and not word.text.endswith("=false") for word in call.arguments
    )


def _tail(call: Call) -> _Finding | None:
    follows = _long(call, "--follow", "--retry") or _cluster_has(call, "f") or _cluster_has(call, "F")
    if not follows:
        return None
    counted = _long(call, "--lines", "--bytes") or any(
        re.match(r"-[fF]*[nc]|-\d", word.text) for word in call.arguments
    )

    def mend(text: str) -> str:
        ended = _dropped(text, "tail", "fF", "--follow", "--retry")
        return ended if counted else _added(ended, "tail", f"-n {LAST}")

    return _Finding("tail -f follows the file for ever", mend)


def _logs(
    verb: str, limits: tuple[str, ...], limit: str, letter: str = "f"
) -> Callable[[Call], _Finding | None]:
    """Log commands that follow with -f; the ending form shows the last lines, or what was asked for."""

    def rule(call: Call) -> _Finding | None:
        if verb and not call.has(verb):
            return None
        after = next((number for number, word in enumerate(call.arguments) if word.text == verb), -1)
        rest = call.arguments[after + 1 :]
        follows = any(
            (
                word.text.partition("=")[0] in {"--follow", "--tail-follow"}
                and not word.text.endswith("=false")
            )
            or re.fullmatch(rf"-[A-Za-z]*{letter}[A-Za-z]*", word.text)
            for word in rest
        )
        if not follows:
            return None
        limited = any(word.text.startswith(limits) for word in rest)
        place = verb or call.name

        def mend(text: str) -> str:
            ended = _dropped(text, place, letter, "--follow")
            return ended if limited else _added(ended, place, limit)

        return _Finding(f"{call.name} {verb} follows for ever".replace("  ", " "), mend)

    return rule


_POD_LOGS = _logs("logs", ("--tail", "--since", "--limit-bytes"), f"--tail={LAST}")
_CONTAINER_LOGS = _logs("logs", ("--tail", "--since", "-n", "--until"), f"--tail={LAST}")


def _docker(call: Call) -> _Finding | None:
    if call.has("compose"):
        return _compose(call)
    if call.has("stats") and not _long(call, "--no-stream"):
        return _Finding("docker stats refreshes for ever", lambda text: _added(text, "stats", "--no-stream"))
    if call.has("events") and not _long(call, "--until"):
        return _Finding(
            "docker events waits for events for ever",
            lambda text: _added(text, "events", "--since 10m --until 0s"),
        )
    if call.has("attach"):
        return _Finding("attaching lasts until the container ends", interactive=True)
    return _CONTAINER_LOGS(call)


def _compose(call: Call) -> _Finding | None:
    if call.has("up") and not _long(call, "--detach", "--no-start", "--wait") and not call.has("-d"):
        return _Finding("compose up stays in the foreground", lambda text: _added(text, "up", "-d"))
    if call.has("stats") and not _long(call, "--no-stream"):
        return _Finding("compose stats refreshes for ever", lambda text: _added(text, "stats", "--no-stream"))
    if call.has("watch", "events", "attach"):
        return _Finding("it waits for what happens, for ever")
    return _CONTAINER_LOGS(call)


def _kubectl(call: Call) -> _Finding | None:
    words = options_of(
        call.arguments,
        words_of("-n --namespace --context --kubeconfig -l --selector -o --output -c --cluster"),
        stop=True,
    ).rest
    verb = words[0].text if words else ""
    if verb == "logs":
        return _POD_LOGS(call)
    if verb in {"get", "events"} and (_long(call, "--watch", "--watch-only") or call.has("-w")):
        return _Finding(
            f"{call.name} {verb} --watch waits for changes for ever",
            lambda text: _dropped(text, verb, "w", "--watch", "--watch-only"),
        )
    if verb == "edit":
        return _Finding(f"{call.name} edit opens an editor", interactive=True)
    if verb in {"port-forward", "proxy"}:
        return _Finding(f"{call.name} {verb} stays open until it is ended")
    if verb in {"attach", "rsh"} and len(words) < 3:
        return _Finding(f"{call.name} {verb} takes over the terminal", interactive=True)
    return None


def _top(call: Call) -> _Finding | None:
    batch, counted = _cluster_has(call, "b"), _cluster_has(call, "n") or _cluster_has(call, "l")
    if counted and (batch or _cluster_has(call, "l")):
        return None
    flags = " ".join((["-b"] if not batch else []) + (["-n 1"] if not counted else []))
    return _Finding(
        "top refreshes for ever", lambda text: _added(text, call.name, flags), interactive=not batch
    )


def _watch(call: Call) -> _Finding:
    def mend(text: str) -> str:
        head, found, tail = _split(text, "watch")
        flags = re.match(r"(?:\s+(?:-n\s*\S+|-d\S*|-[tbecgpwx]+|--interval[= ]\S+|--\S+))*\s+", tail)
        inner = tail[flags.end() :] if found and flags else ""
        quoted = re.fullmatch(r"(['\"])(.*)\1", inner, re.DOTALL)
        return head + (quoted[2] if quoted else inner) if inner else text

    return _Finding("watch repeats its command for ever", mend)


def _ping(call: Call) -> _Finding | None:
    limited = any(
        re.match(r"-[cwn]\d*$|-[a-zA-Z]*c\d*$|--count|--deadline", word.text) for word in call.arguments
    )
    return (
        None if limited else _Finding("ping goes on for ever", lambda text: _added(text, call.name, "-c 4"))
    )


def _sampled(call: Call) -> _Finding | None:
    """Vmstat 5, iostat -x 1: an interval without a count."""
    options = options_of(
        call.arguments,
        words_of("-p -P -u -o -f -s -e -g -d -j -I -n") - words_of("-d -n -u -s")
        if call.name != "sar"
        else words_of("-f -s -e -o -n -P"),
    )
    numbers = [word.text for word in options.rest if re.fullmatch(r"\d+(?:\.\d+)?", word.text)]
    if len(numbers) != 1 or (call.name == "sar" and not numbers):
        return None
    return _Finding(f"{call.name} with an interval and no count goes on for ever", _appended("5"))


def _free(call: Call) -> _Finding | None:
    repeating = any(re.match(r"-s|--seconds", word.text) for word in call.arguments)
    counted = any(re.match(r"-c|--count", word.text) for word in call.arguments)
    return _Finding("free -s repeats for ever", _appended("-c 3")) if repeating and not counted else None


def _redis(call: Call) -> _Finding | None:
    words = [
        word.text.lower()
        for word in options_of(
            call.arguments, words_of("-h -p -a -u -n -r -i --user --pass -s"), stop=True
        ).rest
    ]
    if words[:1] and words[0] in {"monitor", "subscribe", "psubscribe", "ssubscribe"}:
        return _Finding(f"redis-cli {words[0]} listens for ever")
    if _long(call, "--stat", "--latency-history", "--latency-dist", "--latency", "--replica", "--slave"):
        return _Finding("redis-cli repeats its measurement for ever")
    return None


def _kafka(call: Call) -> _Finding | None:
    limits = [
        flag
        for flag, given in (("--max-messages 10", "--max-messages"), ("--timeout-ms 10000", "--timeout-ms"))
        if not _long(call, given)
    ]
    if "--timeout-ms 10000" not in limits:
        return None
    return _Finding("the consumer waits for messages for ever", _appended(" ".join(limits)))


def _rpk(call: Call) -> _Finding | None:
    words = [word.text for word in call.arguments[:2]]
    if words != ["topic", "consume"]:
        return None
    bounded = any(
        (":" in word.text and word.text.endswith(("end", "+"))) or re.search(r":\+?\d|:end", word.text)
        for word in call.arguments
    )
    offset = any(re.match(r"-o|--offset", word.text) for word in call.arguments)
    mend = None if offset else _appended("--offset :end")
    return (
        None
        if bounded
        else _Finding("the consumer waits until enough messages have come, perhaps for ever", mend)
    )


def _kcat(call: Call) -> _Finding | None:
    consuming = not call.has("-L", "-P", "-Q") and not _cluster_has(call, "e")
    return (
        _Finding("the consumer waits for messages for ever", lambda text: _added(text, call.name, "-e"))
        if consuming and call.arguments
        else None
    )


def _capture(call: Call) -> _Finding | None:
    counted = any(re.match(r"-c\d*$|-r|-a$|-D$", word.text) for word in call.arguments)
    return (
        None
        if counted
        else _Finding(f"{call.name} captures for ever", lambda text: _added(text, call.name, "-c 100"))
    )


def _netcat(call: Call) -> _Finding | None:
    listening = any(re.match(r"-[a-zA-Z]*l", word.text) for word in call.arguments) or any(
        "LISTEN" in word.text.upper() for word in call.arguments
    )
    if listening:
        return _Finding(f"{call.name} listens until somebody connects")
    scanning = any(re.match(r"-[a-zA-Z]*z", word.text) for word in call.arguments)
    return (
        None
        if scanning or call.feed
        else _Finding(f"{call.name} stays connected and waits for what is typed", interactive=True)
    )


def _server(ending: tuple[str, ...] = (), mended: str = "") -> Callable[[Call], _Finding | None]:
    """Programs that serve in the foreground unless one of these flags sends them away."""

    def rule(call: Call) -> _Finding | None:
        if any(word.text.startswith(ending) for word in call.arguments if ending) or call.has(
            "--version", "--help", "-v", "-h", "-t", "-V"
        ):
            return None
        return _Finding(f"{call.name} serves until it is ended", _appended(mended) if mended else None)

    return rule


def _verbs(
    *phrases: str,
    why: str = "serves until it is ended",
    mend: str = "",
    interactive: bool = False,
    unless: tuple[str, ...] = (),
) -> Callable[[Call], _Finding | None]:
    """Programs of which some verbs do not end."""

    def rule(call: Call) -> _Finding | None:
        said = " ".join(
            word.text for word in call.arguments if not word.text.startswith("-") or word.text in {"-m", "-S"}
        )
        found = next(
            (
                phrase
                for phrase in phrases
                if f" {said} ".startswith(f" {phrase} ") or f" {said} ".find(f" {phrase} ") >= 0
            ),
            "",
        )
        if not found or any(word.text.startswith(unless) for word in call.arguments if unless):
            return None
        return _Finding(f"{call.name} {found} {why}", _appended(mend) if mend else None, interactive)

    return rule


def _prompt(call: Call) -> _Finding | None:
    """Clients that wait for what is typed when they are given nothing to do."""
    valued, doing = _PROMPTS[call.name]
    if call.feed is not None or (call.command.piped and call.name in {"cat"}):
        return None
    options = options_of(call.arguments, valued, single=call.name == "sqlite3")
    if options.has(*doing) or call.has("--help", "--version", "-V", "-?"):
        return None
    limit = {
        "redis-cli": 0,
        "valkey-cli": 0,
        "sqlite3": 1,
        "psql": 2,
        "cat": 0,
        "python": 0,
        "python3": 0,
        "node": 0,
        "irb": 99,
    }.get(call.name, 1)
    if (
        len(options.rest) > limit
        or call.more
        or any(word.text.endswith((".js", ".sql")) for word in options.rest)
    ):
        return None
    return _Finding(f"{call.name} without a command waits for what is typed", interactive=True)


_PG = words_of("-h -p -U -d -v -P -F -R -T -o -L --host --port --username --dbname --set --pset")
_PROMPTS = {
    "psql": (_PG, ("-c", "--command", "-f", "--file", "-l", "--list")),
    "pgcli": (_PG, ("-l",)),
    "mysql": (words_of("-h -P -u -D -S --host --port --user --database"), ("-e", "--execute")),
    "mariadb": (words_of("-h -P -u -D -S --host --port --user --database"), ("-e", "--execute")),
    "mongosh": (words_of("-u -p --host --port --username --password --authenticationDatabase --eval"), ("--eval", "-f", "--file")),
    "mongo": (words_of("-u -p --host --port --username --password --authenticationDatabase --eval"), ("--eval",)),
    "redis-cli": (
        words_of("-h -p -a -u -n -s --user --pass --cacert --cert --key -i -r"),
        ("--bigkeys", "--memkeys", "--hotkeys", "--scan", "--cluster", "--latency", "--stat", "--pipe", "--rdb", "--eval", "--latency-history", "-x", "--intrinsic-latency", "--latency-dist"),
    ),
    "sqlite3": (words_of("-cmd -separator -init"), ()),
    "cqlsh": (words_of("-u -p -f -e -k"), ("-e", "-f", "--execute", "--file")),
    "clickhouse-client": (words_of("-h --host --port -u --user --password -d -q --query"), ("-q", "--query")),
    "python": (words_of("-c -m -W -X"), ("-c", "-m", "-V")),
    "python3": (words_of("-c -m -W -X"), ("-c", "-m", "-V")),
    "node": (words_of("-e -p -r"), ("-e", "-p", "--eval", "-v")),
    "cat": (frozenset(), ()),
}  # fmt: skip
_PROMPTS["valkey-cli"] = _PROMPTS["redis-cli"]
_SCREENS = words_of(
    "htop btop atop glances nmon iftop nethogs bmon pg_top pg_activity innotop mytop k9s ctop lazydocker lazygit ncdu nload slurm vi vim nvim nano emacs"
    " pico micro tmux screen lnav multitail mtr iotop irb iex bpytop nvtop gotop visidata systemd-cgtop slabtop visudo vipw vigr"
)
_BATCH: dict[str, Callable[[str], str]] = {
    "iotop": lambda text: _added(text, "iotop", "-b -n 1"),
    "mtr": lambda text: _added(text, "mtr", "-r -c 10"),
    "systemd-cgtop": lambda text: _added(text, "systemd-cgtop", "-b -n 1"),
    "slabtop": lambda text: _added(text, "slabtop", "-o"),
    "htop": lambda text: re.sub(r"(?<![\w-])htop\b", "top -b -n 1", text, count=1),
}
_RULES: dict[str, Callable[[Call], _Finding | None]] = {
    "tail": _tail,
    "journalctl": _logs("", ("-n", "--lines", "--since", "-S", "--until"), f"-n {LAST}"),
    **dict.fromkeys(("docker", "podman", "nerdctl"), _docker),
    **dict.fromkeys(("docker-compose", "podman-compose"), _compose),
    **dict.fromkeys(("kubectl", "oc"), _kubectl),
    "top": _top,
    "watch": _watch,
    **dict.fromkeys(("ping", "ping6"), _ping),
    **dict.fromkeys(("vmstat", "iostat", "mpstat", "pidstat", "sar", "dstat"), _sampled),
    "free": _free,
    **dict.fromkeys(("redis-cli", "valkey-cli"), _redis),
    "rpk": _rpk,
    **dict.fromkeys(("kcat", "kafkacat"), _kcat),
    **dict.fromkeys(("tcpdump", "tshark"), _capture),
    **dict.fromkeys(("nc", "ncat", "netcat", "socat", "telnet"), _netcat),
    "gunicorn": _server(("-D", "--daemon"), "--daemon"),
    "redis-server": _server(("--daemonize",), "--daemonize yes"),
    "mongod": _server(("--fork",)),
    **dict.fromkeys(("uvicorn", "hypercorn", "daphne", "waitress-serve", "puma", "unicorn", "flower", "streamlit", "sidekiq", "prometheus", "alertmanager", "minio", "nodemon", "serve", "grafana-server", "dockerd", "vite", "traefik", "memcached", "etcd", "postgres", "mysqld"), _server(("-d", "--daemon", "--detach"))),
    **dict.fromkeys(("manage.py", "django-admin"), _verbs("runserver", "shell", "dbshell", why="does not end by itself")),
    **dict.fromkeys(("python", "python3", "py"), _verbs("-m http.server", "manage.py runserver", "manage.py shell", "manage.py dbshell", "-m uvicorn", "-m gunicorn", "-m flask run", "-m celery worker", why="does not end by itself")),
    "flask": _verbs("run", "shell"),
    "celery": _verbs("worker", "beat", "events", "flower", "shell", unless=("--detach", "-D")),
    "rails": _verbs("server", "console", "s", "c"),
    "php": _verbs("artisan serve", "artisan queue:work", "artisan horizon", "artisan tinker", "-S", unless=("--once", "--stop-when-empty")),
    "artisan": _verbs("serve", "queue:work", "horizon"),
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), _verbs("start", "run dev", "run start", "dev", "run serve", "run watch")),
    "heroku": _verbs("logs", why="--tail follows for ever", unless=("-n", "--num")),
    **dict.fromkeys(("fly", "flyctl"), _verbs("logs", why="follows for ever", mend="--no-tail", unless=("--no-tail", "-n"))),
    "pm2": _verbs("logs", "monit", why="follows for ever", mend="--nostream", unless=("--nostream",)),
    "stern": _server(("--no-follow",), "--no-follow"),
    "kubetail": _server(("-f=false", "--follow=false")),
    "dmesg": lambda call: _Finding("dmesg -w follows for ever", lambda text: _dropped(text, "dmesg", "w", "--follow")) if _cluster_has(call, "w") or _long(call, "--follow") else None,
    "aws": _logs("tail", ("--since",), "--since 10m"),
    "nomad": _verbs("monitor", why="follows for ever"),
    "consul": _verbs("monitor", why="follows for ever"),
    "etcdctl": _verbs("watch", why="waits for changes for ever"),
    "minikube": _verbs("tunnel", "dashboard"),
    "terraform": _verbs("console", why="waits for what is typed", interactive=True),
    "hubble": _logs("observe", ("--last", "--since"), f"--last {LAST}"),
    "supervisorctl": _logs("tail", ("-",), ""),
    "mongostat": _server(("-n", "--rowcount"), "--rowcount 5"),
    "mongotop": _server(("-n", "--rowcount"), "--rowcount 5"),
    "inotifywait": lambda call: _Finding("inotifywait -m watches for ever") if call.has("-m", "--monitor") else None,
    "crontab": lambda call: _Finding("crontab -e opens an editor", interactive=True) if call.has("-e") else None,
    "ceph": lambda call: _Finding("ceph -w watches for ever", lambda text: re.sub(r"(?<=\s)(?:-w|--watch)\b", "-s", text)) if call.has("-w", "--watch") else None,
    "strace": lambda call: _Finding("strace follows the process until it is ended") if call.has("-p", "-fp") else None,
    "perf": lambda call: _Finding("perf top refreshes for ever", interactive=True) if call.has("top") else None,
    "psql": lambda call: _Finding("\\watch repeats the query for ever") if any("\\watch" in word.text for word in call.arguments) else None,
    "sleep": lambda call: _Finding("it sleeps for ever") if call.has("infinity", "inf") else None,
    "yes": lambda call: None if call.command.piped else _Finding("yes prints for ever"),
    "ssh": lambda call: _Finding("the tunnel stays open until it is ended") if call.has("-N") and not call.has("-f", "-fN", "-fNL") else None,
    "nats": _verbs("sub", "events", why="listens for ever", unless=("--count",)),
    "nginx": lambda call: _Finding("nginx stays in the foreground") if any("daemon off" in word.text for word in call.arguments) else None,
}  # fmt: skip
