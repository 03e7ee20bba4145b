"""Read what a shell says of its variables, and take the secrets out of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runward.foundation.masking import SHORTEST, Masker

_QUOTED = r'"(?:[^"\\]|\\.)*"'
_ANSI = r"\$'(?:[^'\\]|\\.)*'"
_ARRAY = rf"\((?:[^()\"'$\\]|\\.|{_QUOTED}|{_ANSI}|\$)*\)"
_DECLARED = re.compile(
    rf"^declare (-\S+) (\w+)(?:=({_QUOTED}|{_ANSI}|{_ARRAY}|[^\n]*))?$", re.MULTILINE | re.DOTALL
)
_ESCAPE = re.compile(
    r"\\([abeEfnrtv\\'\"?]|[0-7]{1,3}|x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8})"
)
_SIMPLE = {
    "a": "\a",
    "b": "\b",
    "e": "\x1b",
    "E": "\x1b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_ESCAPED = re.compile(r'\\([$"\\`\n])')
_NAME = re.compile(r"[A-Za-z_]\w*")
_TOKEN = re.compile("\x1a\\{(\\w+)\\}\x1a")
_LARGEST = 1 << 17  # what the kernel lets one string of the environment be

# What every shell makes for itself, and what would change how the next script is read.
_OWN = frozenset(
    {
        "BASHOPTS",
        "BASHPID",
        "BASH_ALIASES",
        "BASH_ARGC",
        "BASH_ARGV",
        "BASH_ARGV0",
        "BASH_CMDS",
        "BASH_COMMAND",
        "BASH_LINENO",
        "BASH_LOADABLES_PATH",
        "BASH_SOURCE",
        "BASH_SUBSHELL",
        "BASH_VERSINFO",
        "BASH_VERSION",
        "COLUMNS",
        "COMP_WORDBREAKS",
        "COPROC",
        "CURL_HOME",
        "DIRSTACK",
        "EPOCHREALTIME",
        "EPOCHSECONDS",
        "EUID",
        "FUNCNAME",
        "GROUPS",
        "HISTCMD",
        "HISTFILE",
        "HOSTNAME",
        "HOSTTYPE",
        "IFS",
        "LINENO",
        "LINES",
        "LVM_SUPPRESS_FD_WARNINGS",
        "MACHTYPE",
        "MAPFILE",
        "OLDPWD",
        "OPTARG",
        "OPTERR",
        "OPTIND",
        "OSTYPE",
        "PIPESTATUS",
        "PPID",
        "PS1",
        "PS2",
        "PS3",
        "PS4",
        "PWD",
        "RANDOM",
        "REPLY",
        "SECONDS",
        "SHELL",
        "SHELLOPTS",
        "SHLVL",
        "SRANDOM",
        "UID",
        "_",
    },
)


@dataclass(frozen=True, slots=True)
class ShellState:
    """What a script left behind."""

    exported: Mapping[str, str]
    unexported: Mapping[str, str]  # name -> declaration
    folder: str = ""


def shell_state(text: str) -> ShellState:
    """What `declare -p` printed, understood."""
    exported: dict[str, str] = {}
    unexported: dict[str, str] = {}
    folder = ""
    for found in _DECLARED.finditer(text):
        flags, name, value = found[1], found[2], found[3]
        if name == "PWD" and value is not None:
            folder = _unquoted(value)
        if name in _OWN or name.startswith(("__runward", "BASH_FUNC")) or value is None:
            continue
        if "x" not in flags and name.startswith("BASH"):
            continue
        if "x" in flags and not set(flags) & {"a", "A"}:
            exported[name] = _unquoted(value)
        else:
            kind = "".join(flag for flag in flags if flag in "aAilnu")
            unexported[name] = f"declare {f'-{kind}' if kind else '--'} {name}={value}"
    return ShellState(exported, unexported, folder)


def _unquoted(value: str) -> str:
    if value.startswith("$'"):
        return _ESCAPE.sub(_character, value[2:-1])
    if value.startswith('"'):
        return _ESCAPED.sub(r"\1", value[1:-1])
    return value


def _character(found: re.Match[str]) -> str:
    code = found[1]
    if code in _SIMPLE:
        return _SIMPLE[code]
    if code[0] in "01234567":
        return bytes([int(code, 8) & 255]).decode("utf-8", "surrogateescape")
    if code[0] == "x":
        return bytes([int(code[1:], 16)]).decode("utf-8", "surrogateescape")
    return chr(int(code[1:], 16)) if code[0] in "uU" else code


def joined_bytes(text: str) -> str:
    """Text whose characters were told byte by byte, put together again."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def hidden(
    values: Mapping[str, str], secrets: Mapping[str, str], masker: Masker
) -> tuple[dict[str, str], list[str]]:
    """The values with each secret's place taken by its name; and the names that hold one in disguise."""
    kept: dict[str, str] = {}
    withheld: list[str] = []
    for name, value in values.items():
        if len(value) > _LARGEST:
            withheld.append(name)
            continue
        put = joined_bytes(value)
        for secret, true in sorted(secrets.items(), key=lambda item: -len(item[1])):
            if len(true) >= SHORTEST:
                put = put.replace(true, f"\x1a{{{secret}}}\x1a")
        if masker.knows(_TOKEN.sub("", put)):
            withheld.append(name)
        else:
            kept[name] = put.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return kept, withheld


def filled(value: str, secrets: Mapping[str, str]) -> str:
    """The value with the secrets back in their places."""
    return _TOKEN.sub(lambda found: secrets.get(found[1], ""), value)


def holds_secret(value: str) -> bool:
    """Whether a secret's place stands in the value."""
    return bool(_TOKEN.search(value))


def changed(now: Mapping[str, str], before: Mapping[str, str], ignored: Iterable[str]) -> dict[str, str]:
    """What is new or different."""
    skip = set(ignored)
    return {name: value for name, value in now.items() if name not in skip and before.get(name) != value}


def missing(now: Mapping[str, str], before: Iterable[str]) -> list[str]:
    """Names that a script was given and unset; only those that a shell can know at all."""
    return [name for name in before if _NAME.fullmatch(name) and name not in now and name not in _OWN]
