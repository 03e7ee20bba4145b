"""Find the commands that would follow or block for ever, and the form of each that ends."""

import re
from collections.abc import Callable, Iterable

from runward.runbooks.block.bounding import (
    Finding,
    ending_with,
    has_letter,
    has_long,
    split_at,
    with_flags,
    without_flags,
)
from runward.runbooks.block.foreground import BATCH, PROMPTS, SCREENS, prompt, server, verbs
from runward.runbooks.model import Endless
from runward.runbooks.programs.judge import is_known
from runward.runbooks.shell.calls import calls_of
from runward.runbooks.shell.model import Call, Script
from runward.runbooks.shell.options import options_of, words_of
from runward.runbooks.shell.parse import script_of

LAST = 100  # lines of a log that the ending form shows
_COUNTED = re.compile(r"-[fF]*[nc]|-\d")


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


def _endless(call: Call, found: Finding) -> Endless:
    text = call.command.text
    bounded = found.mend(text) if found.mend else ""
    if bounded and (bounded == text or _still_endless(bounded)):
        bounded = ""
    return Endless(call.command.line, text, found.why, bounded, found.interactive)


def _still_endless(text: str) -> bool:
    return any(_finding(call) for call in calls_of(script_of(text)))


def _finding(call: Call) -> Finding | None:
    if call.doubt == "a shell waits for what is typed":
        return Finding("it opens a shell and waits for what is typed", interactive=True)
    name = call.name
    if name in SCREENS and not call.has(
        "-b", "--batch", "-r", "--report", "-n1", "--version", "-h", "--help"
    ):
        return Finding(f"{name} shows a screen until a person leaves it", BATCH.get(name), interactive=True)
    rule = _RULES.get(name) or (_kafka if name.startswith("kafka-console-consumer") else None)
    found = rule(call) if rule else None if is_known(name) else _stranger(call)
    return found or (prompt(call) if name in PROMPTS else None)


def _stranger(call: Call) -> Finding | None:
    """A program that is not known, told to follow or to watch."""
    told = {word.text for word in call.arguments}
    flag = next((flag for flag in ("--follow", "--watch") if flag in told), "")
    if not flag and told & {"logs", "log"} and "-f" in told:
        flag = "-f"
    if not flag:
        return None
    return Finding(
        f"{call.name} {flag} follows for ever", lambda text: re.sub(rf"\s{flag}(?=\s|$)", "", text, count=1)
    )


def _tail(call: Call) -> Finding | None:
    follows = has_long(call, "--follow", "--retry") or has_letter(call, "f") or has_letter(call, "F")
    if not follows:
        return None
    counted = has_long(call, "--lines", "--bytes") or any(
        _COUNTED.match(word.text) for word in call.arguments
    )

    def mend(text: str) -> str:
        ended = without_flags(text, "tail", "fF", "--follow", "--retry")
        return ended if counted else with_flags(ended, "tail", f"-n {LAST}")

    return Finding("tail -f follows the file for ever", mend)


def _logs(
    verb: str, limits: tuple[str, ...], limit: str, letter: str = "f"
) -> Callable[[Call], Finding | None]:
    """Log commands that follow with -f; the ending form shows the last lines, or what was asked for."""

    def rule(call: Call) -> Finding | None:
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
            ended = without_flags(text, place, letter, "--follow")
            return ended if limited else with_flags(ended, place, limit)

        return Finding(f"{call.name} {verb} follows for ever".replace("  ", " "), mend)

    return rule


_POD_LOGS = _logs("logs", ("--tail", "--since", "--limit-bytes"), f"--tail={LAST}")
_CONTAINER_LOGS = _logs("logs", ("--tail", "--since", "-n", "--until"), f"--tail={LAST}")


def _docker(call: Call) -> Finding | None:
    words = options_of(call.arguments, _DOCKER_VALUED, stop=True).rest
    verb = words[0].text if words else ""
    if verb == "container" and len(words) > 1:
        verb = words[1].text
    if verb == "compose":
        return _compose(call)
    if verb == "stats" and not has_long(call, "--no-stream"):
        return Finding(
            "docker stats refreshes for ever", lambda text: with_flags(text, "stats", "--no-stream")
        )
    if verb in {"events", "system"} and call.has("events") and not has_long(call, "--until"):
        return Finding(
            "docker events waits for events for ever",
            lambda text: with_flags(
                text, "events", "--until 0s" if has_long(call, "--since") else "--since 10m --until 0s"
            ),
        )
    if verb == "attach":
        return Finding("attaching lasts until the container ends", interactive=True)
    return _CONTAINER_LOGS(call) if verb in {"logs", "service", "pod"} else None


def _compose(call: Call) -> Finding | None:
    words = options_of(call.arguments, _COMPOSE_VALUED, stop=True).rest
    words = words[1:] if words and words[0].text == "compose" else words
    words = options_of(words, _COMPOSE_VALUED, stop=True).rest
    verb = words[0].text if words else ""
    if verb == "up" and not has_long(call, "--detach", "--no-start", "--wait") and not call.has("-d"):
        return Finding("compose up stays in the foreground", lambda text: with_flags(text, "up", "-d"))
    if verb == "stats" and not has_long(call, "--no-stream"):
        return Finding(
            "compose stats refreshes for ever", lambda text: with_flags(text, "stats", "--no-stream")
        )
    if verb in {"watch", "events", "attach"}:
        return Finding("it waits for what happens, for ever")
    return _CONTAINER_LOGS(call) if verb == "logs" else None


_DOCKER_VALUED = words_of("-H --host -c --context --config -l --log-level --tlscacert --tlscert --tlskey")
_COMPOSE_VALUED = words_of(
    "-f --file -p --project-name --profile --env-file --project-directory --ansi --parallel --progress"
)


def _kubectl(call: Call) -> Finding | None:
    words = options_of(
        call.arguments,
        words_of("-n --namespace --context --kubeconfig -l --selector -o --output -c --cluster"),
        stop=True,
    ).rest
    verb = words[0].text if words else ""
    if verb == "logs":
        return _POD_LOGS(call)
    if verb in {"get", "events"} and (has_long(call, "--watch", "--watch-only") or call.has("-w")):
        return Finding(
            f"{call.name} {verb} --watch waits for changes for ever",
            lambda text: without_flags(text, verb, "w", "--watch", "--watch-only"),
        )
    if verb == "edit":
        return Finding(f"{call.name} edit opens an editor", interactive=True)
    if verb in {"port-forward", "proxy"}:
        return Finding(f"{call.name} {verb} stays open until it is ended")
    if verb in {"attach", "rsh"} and len(words) < 3:
        return Finding(f"{call.name} {verb} takes over the terminal", interactive=True)
    return None


def _top(call: Call) -> Finding | None:
    batch, counted = has_letter(call, "b"), has_letter(call, "n") or has_letter(call, "l")
    if counted and (batch or has_letter(call, "l")):
        return None
    flags = " ".join((["-b"] if not batch else []) + (["-n 1"] if not counted else []))
    return Finding(
        "top refreshes for ever", lambda text: with_flags(text, call.name, flags), interactive=not batch
    )


def _watch(_call: Call) -> Finding:
    def mend(text: str) -> str:
        head, found, tail = split_at(text, "watch")
        flags = re.match(r"(?:\s+(?:-n\s*\S+|-d\S*|-[tbecgpwx]+|--interval[= ]\S+|--\S+))*\s+", tail)
        inner = tail[flags.end() :] if found and flags else ""
        quoted = re.fullmatch(r"(['\"])(.*)\1", inner, re.DOTALL)
        return head + (quoted[2] if quoted else inner) if inner else text

    return Finding("watch repeats its command for ever", mend)


def _ping(call: Call) -> Finding | None:
    limited = any(
        re.match(r"-[cwn]\d*$|-[a-zA-Z]*c\d*$|--count|--deadline", word.text) for word in call.arguments
    )
    return (
        None
        if limited
        else Finding("ping goes on for ever", lambda text: with_flags(text, call.name, "-c 4"))
    )


def _sampled(call: Call) -> Finding | None:
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
    return Finding(f"{call.name} with an interval and no count goes on for ever", ending_with("5"))


def _free(call: Call) -> Finding | None:
    repeating = any(re.match(r"-s|--seconds", word.text) for word in call.arguments)
    counted = any(re.match(r"-c|--count", word.text) for word in call.arguments)
    return Finding("free -s repeats for ever", ending_with("-c 3")) if repeating and not counted else None


def _redis(call: Call) -> Finding | None:
    words = [
        word.text.lower()
        for word in options_of(
            call.arguments, words_of("-h -p -a -u -n -r -i --user --pass -s"), stop=True
        ).rest
    ]
    if words[:1] and words[0] in {"monitor", "subscribe", "psubscribe", "ssubscribe"}:
        return Finding(f"redis-cli {words[0]} listens for ever")
    if has_long(call, "--stat", "--latency-history", "--latency-dist", "--latency", "--replica", "--slave"):
        return Finding("redis-cli repeats its measurement for ever")
    return None


def _kafka(call: Call) -> Finding | None:
    limits = [
        flag
        for flag, given in (("--max-messages 10", "--max-messages"), ("--timeout-ms 10000", "--timeout-ms"))
        if not has_long(call, given)
    ]
    if "--timeout-ms 10000" not in limits:
        return None
    return Finding("the consumer waits for messages for ever", ending_with(" ".join(limits)))


def _rpk(call: Call) -> Finding | None:
    words = [word.text for word in call.arguments[:2]]
    if words != ["topic", "consume"]:
        return None
    bounded = any(
        (":" in word.text and word.text.endswith(("end", "+"))) or re.search(r":\+?\d|:end", word.text)
        for word in call.arguments
    )
    offset = any(re.match(r"-o|--offset", word.text) for word in call.arguments)
    mend = None if offset else ending_with("--offset :end")
    return (
        None
        if bounded
        else Finding("the consumer waits until enough messages have come, perhaps for ever", mend)
    )


def _kcat(call: Call) -> Finding | None:
    consuming = not call.has("-L", "-P", "-Q") and not has_letter(call, "e")
    return (
        Finding("the consumer waits for messages for ever", lambda text: with_flags(text, call.name, "-e"))
        if consuming and call.arguments
        else None
    )


def _capture(call: Call) -> Finding | None:
    counted = any(re.match(r"-c\d*$|-r|-a$|-D$", word.text) for word in call.arguments)
    return (
        None
        if counted
        else Finding(f"{call.name} captures for ever", lambda text: with_flags(text, call.name, "-c 100"))
    )


def _netcat(call: Call) -> Finding | None:
    listening = any(re.match(r"-[a-zA-Z]*l", word.text) for word in call.arguments) or any(
        "LISTEN" in word.text.upper() for word in call.arguments
    )
    if listening:
        return Finding(f"{call.name} listens until somebody connects")
    scanning = any(re.match(r"-[a-zA-Z]*z", word.text) for word in call.arguments)
    return (
        None
        if scanning or call.feed
        else Finding(f"{call.name} stays connected and waits for what is typed", interactive=True)
    )


_RULES: dict[str, Callable[[Call], Finding | None]] = {
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
    "gunicorn": server(("-D", "--daemon"), "--daemon"),
    "redis-server": server(("--daemonize",), "--daemonize yes"),
    "mongod": server(("--fork",)),
    **dict.fromkeys(("uvicorn", "hypercorn", "daphne", "waitress-serve", "puma", "unicorn", "flower", "streamlit", "sidekiq", "prometheus", "alertmanager", "minio", "nodemon", "serve", "grafana-server", "dockerd", "vite", "traefik", "memcached", "etcd", "postgres", "mysqld"), server(("-d", "--daemon", "--detach"))),
    **dict.fromkeys(("manage.py", "django-admin"), verbs("runserver", "shell", "dbshell", why="does not end by itself", unless=("-c", "--command"))),
    **dict.fromkeys(("python", "python3", "py"), verbs("-m http.server", "manage.py runserver", "manage.py shell", "manage.py dbshell", "-m uvicorn", "-m gunicorn", "-m flask run", "-m celery worker", why="does not end by itself", unless=("-c", "--command"))),
    "flask": verbs("run", "shell"),
    "celery": verbs("worker", "beat", "events", "flower", "shell", unless=("--detach", "-D")),
    "rails": verbs("server", "console", "s", "c"),
    "php": verbs("artisan serve", "artisan queue:work", "artisan horizon", "artisan tinker", "-S", unless=("--once", "--stop-when-empty")),
    "artisan": verbs("serve", "queue:work", "horizon"),
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun"), verbs("start", "run dev", "run start", "dev", "run serve", "run watch")),
    "heroku": verbs("logs", why="--tail follows for ever", unless=("-n", "--num")),
    **dict.fromkeys(("fly", "flyctl"), verbs("logs", why="follows for ever", mend="--no-tail", unless=("--no-tail", "-n"))),
    "pm2": verbs("logs", "monit", why="follows for ever", mend="--nostream", unless=("--nostream",)),
    "stern": server(("--no-follow",), "--no-follow"),
    "kubetail": server(("-f=false", "--follow=false")),
    "dmesg": lambda call: Finding("dmesg -w follows for ever", lambda text: without_flags(text, "dmesg", "w", "--follow")) if has_letter(call, "w") or has_long(call, "--follow") else None,
    "aws": _logs("tail", ("--since",), "--since 10m"),
    "nomad": verbs("monitor", why="follows for ever"),
    "consul": verbs("monitor", why="follows for ever"),
    "etcdctl": verbs("watch", why="waits for changes for ever"),
    "minikube": verbs("tunnel", "dashboard"),
    "terraform": verbs("console", why="waits for what is typed", interactive=True),
    "hubble": _logs("observe", ("--last", "--since"), f"--last {LAST}"),
    "supervisorctl": _logs("tail", ("-",), ""),
    "mongostat": server(("-n", "--rowcount"), "--rowcount 5"),
    "mongotop": server(("-n", "--rowcount"), "--rowcount 5"),
    "inotifywait": lambda call: Finding("inotifywait -m watches for ever") if call.has("-m", "--monitor") else None,
    "sleep": lambda call: Finding("it sleeps for ever") if call.has("infinity", "inf") else None,
    "yes": lambda call: None if call.command.piped else Finding("yes prints for ever"),
    "ssh": lambda call: Finding("the tunnel stays open until it is ended") if call.has("-N") and not call.has("-f", "-fN", "-fNL") else None,
    "nats": verbs("sub", "events", why="listens for ever", unless=("--count",)),
    "nginx": lambda call: Finding("nginx stays in the foreground") if any("daemon off" in word.text for word in call.arguments) else None,
    "crontab": lambda call: Finding("crontab -e opens an editor", interactive=True) if call.has("-e") else None,
    "ceph": lambda call: Finding("ceph -w watches for ever", lambda text: re.sub(r"(?<=\s)(?:-w|--watch)\b", "-s", text)) if call.has("-w", "--watch") else None,
    "strace": lambda call: Finding("strace follows the process until it is ended") if call.has("-p", "-fp") else None,
    "perf": lambda call: Finding("perf top refreshes for ever", interactive=True) if call.has("top") else None,
    "psql": lambda call: Finding("\\watch repeats the query for ever") if any("\\watch" in word.text for word in call.arguments) else None,
}  # fmt: skip
