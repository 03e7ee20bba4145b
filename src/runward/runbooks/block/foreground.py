"""Know the programs that stay in the foreground: servers, screens, and clients that wait for what is typed."""

import re
from collections.abc import Callable

from runward.runbooks.block.bounding import Finding, ending_with, with_flags
from runward.runbooks.shell.model import Call
from runward.runbooks.shell.options import options_of, words_of


def server(ending: tuple[str, ...] = (), mended: str = "") -> Callable[[Call], Finding | None]:
    """Programs that serve in the foreground unless one of these flags sends them away."""

    def rule(call: Call) -> Finding | None:
        if any(word.text.startswith(ending) for word in call.arguments if ending) or call.has(
            "--version", "--help", "-v", "-h", "-t", "-V"
        ):
            return None
        return Finding(f"{call.name} serves until it is ended", ending_with(mended) if mended else None)

    return rule


def verbs(
    *phrases: str,
    why: str = "serves until it is ended",
    mend: str = "",
    interactive: bool = False,
    unless: tuple[str, ...] = (),
) -> Callable[[Call], Finding | None]:
    """Programs of which some verbs do not end."""

    def rule(call: Call) -> Finding | None:
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
        return Finding(f"{call.name} {found} {why}", ending_with(mend) if mend else None, interactive)

    return rule


def prompt(call: Call) -> Finding | None:
    """Clients that wait for what is typed when they are given nothing to do."""
    valued, doing = PROMPTS[call.name]
    if call.feed is not None or (call.command.piped and call.name == "cat"):
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
    return Finding(f"{call.name} without a command waits for what is typed", interactive=True)


_PG = words_of("-h -p -U -d -v -P -F -R -T -o -L --host --port --username --dbname --set --pset")
PROMPTS = {
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
PROMPTS["valkey-cli"] = PROMPTS["redis-cli"]
SCREENS = words_of(
    "htop btop atop glances nmon iftop nethogs bmon pg_top pg_activity innotop mytop k9s ctop lazydocker lazygit ncdu nload slurm vi vim nvim nano emacs"
    " pico micro tmux screen lnav multitail mtr iotop irb iex bpytop nvtop gotop visidata systemd-cgtop slabtop visudo vipw vigr"
)
BATCH: dict[str, Callable[[str], str]] = {
    "iotop": lambda text: with_flags(text, "iotop", "-b -n 1"),
    "mtr": lambda text: with_flags(text, "mtr", "-r -c 10"),
    "systemd-cgtop": lambda text: with_flags(text, "systemd-cgtop", "-b -n 1"),
    "slabtop": lambda text: with_flags(text, "slabtop", "-o"),
    "htop": lambda text: re.sub(r"(?<![\w-])htop\b", "top -b -n 1", text, count=1),
}
