"""What programs mean by their exits, and which of them say sorry without one."""

import re
import shlex
import signal
from dataclasses import dataclass
from datetime import UTC, datetime

from runward.foundation.terminal import plain

_FINDS_NOTHING = frozenset({1})
# Programs that answer a question: this exit means "no", not "I could not".
_QUESTIONS = {
    "[": _FINDS_NOTHING,
    "[[": _FINDS_NOTHING,
    "((": _FINDS_NOTHING,
    "ag": _FINDS_NOTHING,
    "bzgrep": _FINDS_NOTHING,
    "cmp": _FINDS_NOTHING,
    "colordiff": _FINDS_NOTHING,
    "diff": _FINDS_NOTHING,
    "egrep": _FINDS_NOTHING,
    "expr": _FINDS_NOTHING,
    "fgrep": _FINDS_NOTHING,
    "findstr": _FINDS_NOTHING,
    "fuser": _FINDS_NOTHING,
    "grep": _FINDS_NOTHING,
    "killall": _FINDS_NOTHING,
    "let": _FINDS_NOTHING,
    "lsof": _FINDS_NOTHING,
    "pgrep": _FINDS_NOTHING,
    "pidof": _FINDS_NOTHING,
    "pkill": _FINDS_NOTHING,
    "rg": _FINDS_NOTHING,
    "test": _FINDS_NOTHING,
    "xzgrep": _FINDS_NOTHING,
    "zgrep": _FINDS_NOTHING,
    "zstdgrep": _FINDS_NOTHING,
}
_WORDED = (
    (re.compile(r"\bgit\s+(?:\S+\s+)*?diff\b.*(?:--exit-code|--quiet)"), frozenset({1})),
    (re.compile(r"\bjq\b.*\s(?:-\w*e\w*|--exit-status)\b"), frozenset({1})),
    (re.compile(r"\bread\b.*-d\s*(?:''|\"\"|\$'\\0')"), frozenset({1})),
    (re.compile(r"\bterraform\s+plan\b.*-detailed-exitcode"), frozenset({2})),
    (re.compile(r"\bxargs\b.*\b(?:[efz]?grep|diff|cmp|test)\b"), frozenset({123})),
    (
        re.compile(
            r"\btimeout\b.*(?:\b(?:tail|logs|journalctl)\b.*\s(?:-\w*[fF]\b|--follow)|\b(?:top|htop|watch|monitor)\b)"
        ),
        frozenset({124}),
    ),
)
# These run another program, whose answer they hand on; the number of words they take for themselves.
_CARRIERS = {
    "sudo": 0,
    "doas": 0,
    "env": 0,
    "nice": 0,
    "ionice": 0,
    "nohup": 0,
    "command": 0,
    "builtin": 0,
    "exec": 0,
}
_CARRIERS |= {"time": 0, "stdbuf": 0, "setsid": 0, "timeout": 1, "busybox": 0, "chroot": 1}
# These run another program in another place; an exit of 126 or 127 is most often about that one.
_HANDS_ON = frozenset(
    {
        "bash",
        "dash",
        "docker",
        "docker-compose",
        "ksh",
        "kubectl",
        "lxc",
        "nerdctl",
        "nsenter",
        "oc",
        "podman",
    }
    | {"podman-compose", "sh", "ssh", "su", "unshare", "xargs", "zsh"}
)
_TAKES_WORD = frozenset(
    {"-u", "-g", "-n", "-k", "-s", "-c", "-o", "-e", "-i", "-h", "-p", "-C", "-D", "-T", "--user"}
)
_ENOUGH = re.compile(r"^\s*(?:head|sed\b.*q|awk\b.*exit|[efz]?grep\b.*\s-\w*[qm])")
_BROKEN_PIPE = 128 + signal.SIGPIPE
# What an exit says in words, where the program itself may have been told to be silent.
_SAYS = {
    "curl": {
        3: "the URL is malformed",
        6: "the host's name could not be resolved",
        7: "nothing answers there",
        22: "the server answered with an error",
        28: "it took too long to answer",
        35: "TLS could not be agreed on",
        47: "there were too many redirections",
        51: "the certificate is of another host",
        52: "the server hung up without an answer",
        56: "the connection broke while the answer was read",
        60: "the certificate is not trusted: expired, of another host, or of an unknown authority",
    },
    "wget": {
        4: "nothing answers there",
        5: "the certificate is not trusted",
        6: "it wants a user and a password",
        8: "the server answered with an error",
    },
    "pg_isready": {
        1: "the server refuses connections, as it does while it starts",
        2: "nothing answers there",
        3: "it could not even try",
    },
    "psql": {2: "no connection", 3: "a statement failed"},
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an exit that is not zero says."""

    failed: bool
    why: str
    code: str = ""


def program_of(text: str) -> str:
    """The program that a command runs in the end, through sudo, env, timeout and their like."""
    words = _words(text)
    place = 0
    while place < len(words):
        word = words[place].rpartition("/")[2]
        if re.match(r"^\w+\+?=", words[place]) or word == "!":
            place += 1
        elif word in _CARRIERS:
            place = _past_options(words, place + 1) + _CARRIERS[word]
        else:
            return word
    return ""


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text, comments=False, posix=True)
    except ValueError:
        return text.split()


def _past_options(words: list[str], place: int) -> int:
    while place < len(words) and words[place].startswith("-"):
        place += 2 if words[place] in _TAKES_WORD else 1
    return place


def meaning_of(text: str, status: int, later: tuple[str, ...] = ()) -> Meaning:
    """What it means that a command, with `later` members behind it in its pipeline, ended like this."""
    if status == 0:
        return Meaning(failed=False, why="")
    if later and status == _BROKEN_PIPE:
        return Meaning(failed=False, why="stopped writing because the next program had read enough")
    program = program_of(text)
    if later and program == "curl" and status == 23 and any(map(_ENOUGH.match, later)):
        return Meaning(failed=False, why="stopped writing because the next program had read enough")
    if status in _QUESTIONS.get(program, ()) or _answers(text, status):
        return Meaning(failed=False, why=f"{program} says no (exit {status})")
    return _failure(program, status)


def _answers(text: str, status: int) -> bool:
    if text.startswith(("[[", "((")) and status == 1:
        return True
    return any(status in statuses and form.search(text) for form, statuses in _WORDED)


def _failure(program: str, status: int) -> Meaning:
    if status in {126, 127}:
        return Meaning(failed=True, why=_never_ran(program, status), code="not-found")
    if status == 124 and program:
        return Meaning(failed=True, why="it took longer than its own time limit (exit 124)", code="timeout")
    if status > 128:
        with_name = _signal_name(status - 128)
        if with_name:
            return Meaning(failed=True, why=f"{program or 'it'} was ended by {with_name}", code="signal")
    words = _SAYS.get(program, {}).get(status, "")
    why = f"{program or 'it'} ended with exit {status}" + (f": {words}" if words else "")
    return Meaning(failed=True, why=why, code="exit")


def _never_ran(program: str, status: int) -> str:
    if program in _HANDS_ON:
        what = "cannot be executed there" if status == 126 else "is not there"
        return f"{program} ended with exit {status}: it, or what it was to run, {what}"
    if status == 127:
        return f"{program or 'the command'}: command not found"
    return f"{program or 'the command'} is there but cannot be executed"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Confession:
    """A program that prints an error and still ends with exit 0."""

    program: re.Pattern[str]
    stream: str
    error: re.Pattern[str]


_REDIS_ERRORS = "ERR|NOAUTH|WRONGPASS|NOPERM|WRONGTYPE|OOM|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|MISCONF|BUSY|NOSCRIPT|EXECABORT|NOREPLICAS|CROSSSLOT|UNKILLABLE"
CONFESSIONS = (
    Confession(
        re.compile(r"\bpsql\b"),
        "err",
        re.compile(r"^(?:psql:[^\n]*?:\s*)?((?:ERROR|FATAL|PANIC):[ \t]+[^\n]+)", re.MULTILINE),
    ),
    Confession(
        re.compile(r"\bredis-cli\b"),
        "out",
        re.compile(rf"^((?:\(error\) )?(?:{_REDIS_ERRORS}) [^\n]+|(?:MOVED|ASK) \d+ [^\n]+)", re.MULTILINE),
    ),
    Confession(
        re.compile(r"\bredis-cli\b"), "err", re.compile(r"^((?:Warning: )?AUTH failed[^\n]*)", re.MULTILINE)
    ),
)


CERTIFICATE = re.compile(r"\bopenssl\b.*\bx509\b", re.DOTALL)
_ENDS_AT = re.compile(r"^\s*(?:notAfter=|Not After\s*: )(.+?) GMT\s*$", re.MULTILINE)


def expiry_of(printed: str, now: datetime) -> str:
    """When the certificate whose dates were printed ended, in words; "" while it holds or shows no date."""
    for shown in _ENDS_AT.findall(printed):
        try:
            ends_at = datetime.strptime(shown, "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        except ValueError:
            continue
        if ends_at <= now:
            return f"the certificate expired on {ends_at:%Y-%m-%d %H:%M} UTC"
    return ""


_COMPLAINS = re.compile(
    r"error|fatal|cannot|can't|could not|couldn't|denied|refused|not found|unknown|fail|invalid|no such|unable",
    re.IGNORECASE,
)
# Lines that only say where the reason is told, or that there was one.
_POINTS = re.compile(
    r"complete log of|full log|for (?:more )?(?:details|information|help|usage)|--help|^(?:error: )?encountered errors",
    re.IGNORECASE,
)
_MOST_SAID = 300  # letters of a complaint


def complaint_in(said: bytes) -> str:
    """The line of what a program said that most likely tells the reason; "" if nothing was said."""
    lines = [line.strip() for line in plain(said).splitlines() if line.strip()]
    telling = [line for line in lines if _COMPLAINS.search(line)]
    plainly = [
        line
        for line in telling
        if not _POINTS.search(line) and not any(other != line and other.startswith(line) for other in telling)
    ]
    return (plainly or telling or lines or [""])[-1][:_MOST_SAID]
