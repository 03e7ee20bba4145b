"""Say which further language reads a shell word: the SQL of `psql -c`, the shell of `ssh` and `bash -c`."""

import re
from collections.abc import Sequence
from enum import StrEnum
from posixpath import basename

_SHELLS = {"sh", "bash", "dash", "zsh", "ksh", "ash"}
_SQL = {
    "psql": ("-c", "--command"), "mysql": ("-e", "--execute"), "mariadb": ("-e", "--execute"),
    "clickhouse-client": ("-q", "--query"), "sqlcmd": ("-Q", "-q"), "cqlsh": ("-e", "--execute"), "sqlite3": (),
    "bq": (), "usql": ("-c",), "cockroach": ("-e", "--execute"), "influx": ("-execute",),
}  # fmt: skip
_CODE_OPTION = {
    "python": "-c", "python3": "-c", "python2": "-c", "perl": "-e", "ruby": "-e", "node": "-e", "php": "-r",
    "mongosh": "--eval", "mongo": "--eval", "lua": "-e", "Rscript": "-e", "pwsh": "-c", "powershell": "-c",
}  # fmt: skip
_CODE_FIRST = {"awk", "gawk", "mawk", "sed", "jq", "yq", "expr", "bc", "find", "perl"} - {
    "find",
    "perl",
    "expr",
}
_REMOTE = {"ssh", "autossh", "mosh", "rsh"}
_REST = {"watch", "eval", "parallel", "pdsh", "at"}
_SSH_VALUE = set("bcDEeFIiJLlmOopQRSWw")
_PIPED = re.compile(
    r"(?<!\|)\|&?(?!\|)[^;\n]*?\b(sh|bash|zsh|dash|ksh|psql|mysql|mariadb|sqlite3|clickhouse-client|ssh|python[23]?|perl|ruby|node"
    r"|php|mongosh?|xargs|parallel|at|crontab|nc|redis-cli|bc|source)\b"
)


class Layer(StrEnum):
    """A language that reads a word again, after the shell."""

    SHELL = "shell"
    SQL = "sql"
    CODE = "code"


def layers_of(words: Sequence[str], prefix: str = "") -> tuple[Layer, ...]:
    """The languages that read the next word of a command, the innermost first; () if the program just takes it."""
    found: list[Layer] = []
    seen = [*words, prefix.split("=", maxsplit=1)[0]] if prefix.startswith("-") else list(words)
    for index in range(len(words) - 1, -1, -1):
        layer = _layer(basename(words[index]), seen[index + 1 :])
        if layer:
            found.append(layer)
    return tuple(found)


def _layer(program: str, after: Sequence[str]) -> Layer | None:
    last = after[-1] if after else ""
    if program in _SHELLS | {"su", "runuser", "script", "flock"}:
        return Layer.SHELL if re.fullmatch(r"-[a-zA-Z]*c|--command", last) else None
    if program in _REMOTE:
        return Layer.SHELL if _past_host(after) else None
    if program in _REST:
        return Layer.SHELL
    if program in _SQL:
        options = _SQL[program]
        return Layer.SQL if last in options or (not options and _plain_words(after)) else None
    if program in _CODE_OPTION and last == _CODE_OPTION[program]:
        return Layer.CODE
    if program in _CODE_FIRST and (last in {"-e", "-f", "--expression"} or not _plain_words(after)):
        return Layer.CODE if last not in {"-v", "--arg", "--argjson", "-F"} else None
    return None


def _plain_words(words: Sequence[str]) -> list[str]:
    return [word for word in words if not word.startswith("-")]


def _past_host(words: Sequence[str]) -> bool:
    """Whether the words after `ssh` already name the host, so that the next one is for the far shell."""
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word.startswith("-") and len(word) > 1:
            skip = len(word) == 2 and word[1] in _SSH_VALUE
        else:
            return True
    return False


def fed_layers(words: Sequence[str]) -> tuple[Layer, ...]:
    """The language that reads the standard input of a command: a here-document for `psql`, `bash` or `ssh`."""
    names = {basename(word) for word in words}
    if names & (_SHELLS | _REMOTE):
        return (Layer.SHELL,)
    if names & set(_SQL):
        return (Layer.SQL,)
    return (Layer.CODE,) if names & set(_CODE_OPTION) else ()


def is_piped_to_reader(rest: str) -> bool:
    """Whether the text after a word pipes the command's output into a program that reads it as a language."""
    line = rest.replace("\\\n", " ").split("\n", 1)[0]
    return bool(_PIPED.search(line))
