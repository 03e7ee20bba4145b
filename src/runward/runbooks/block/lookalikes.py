"""Tell what only stands in a shell fence, or looks like commands, from what is typed into a shell."""

import re
from collections.abc import Sequence

from runward.runbooks.programs.judge import is_known

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+$", re.IGNORECASE)
_NAME = re.compile(r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?:\s+#.*)?$")
_DOCKERFILE = re.compile(
    r"(?:FROM|RUN|CMD|ENTRYPOINT|WORKDIR|EXPOSE|HEALTHCHECK|COPY|ADD|ENV|ARG|LABEL|USER|VOLUME)\s+\S"
)
_REQUEST = re.compile(
    r"(?:GET|POST|PUT|PATCH|DELETE|HEAD)\s+(?:/|_|https?:|\{\{|[\w.*<>-]+/)\S*(?:\s+HTTP/[\d.]+)?$"
)
_REDIS = re.compile(
    r"(?:INFO|DBSIZE|LASTSAVE|CONFIG|MEMORY|CLIENT|SLOWLOG|LATENCY|KEYS|SCAN|GET|SET|DEL|UNLINK|EXISTS|TYPE|TTL|EXPIRE|PING|FLUSHDB|FLUSHALL|MONITOR|CLUSTER|ROLE"
    r"|LLEN|LRANGE|LTRIM|HGETALL|HGET|HSET|SMEMBERS|SCARD|ZCARD|ZRANGE|XLEN|XINFO|BGSAVE|SAVE|BGREWRITEAOF|REPLICAOF|SHUTDOWN|ACL|SENTINEL|DEBUG)(?: [^=:]*)?$"
)
_BLOCK = re.compile(r'[a-z_]+(?:\s+"[^"]*")+\s*\{$')
_ENTRY = re.compile(r"-?\s*[\w\"'(][\w .()/\"'@-]{0,40}:(?:\s|$)")
_ERROR = re.compile(
    r"(?:command )?not found: |: (?:command )?not found$|No such file or directory|Permission denied|Connection refused|Error from server|^Traceback \("
    r"|^[\w.]+(?:Error|Exception): |^(?:\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*\s+|\[)?(?:ERROR|WARN(?:ING)?|FATAL|CRITICAL|panic)\b[:\] ]"
)
_ASSIGNMENTS = re.compile(r"^(?:[A-Za-z_]\w*=\S*\s+)+")
_VARIABLES = re.compile(r"(?:\$\{?[\w-]+\}?\s*)+$")
_GIVEN = re.compile(r"(?:export\s+)?[A-Za-z_]\w*=[\"']?\$\(\s*([\w./-]+)")
_ROOT = re.compile(r"#\s?(?!!)(?P<said>\S.*)$")
_PROGRAM_FOLDER = re.compile(r"/(?:[\w.-]+/)*s?bin/[\w.-]+$")
_SYNTAX = re.compile(
    r"\s-{1,2}\w|\s/\w|\s\||^(?:sudo\s+)?(?:systemctl|service|journalctl|kubectl|oc|docker)\s"
)
_COLUMNS = re.compile(r"\S {2,}\S")


def addresses_only(lines: Sequence[str]) -> bool:
    """Whether every line is an address for a browser."""
    return all(_ADDRESS.match(line) for line in lines)


def options_only(lines: Sequence[str]) -> bool:
    """Whether these are flags without the program that takes them."""
    return lines[0].startswith("--") and not lines[0].startswith("---")


def names_only(lines: Sequence[str]) -> bool:
    """Whether these are names of variables, perhaps with what each is for."""
    return all(_NAME.match(line) for line in lines)


def is_dockerfile(lines: Sequence[str]) -> bool:
    """Whether this begins as a Dockerfile does."""
    return bool(_DOCKERFILE.match(lines[0]))


def is_request(lines: Sequence[str]) -> bool:
    """Whether this is an HTTP request for a console, with or without its body."""
    return bool(_REQUEST.match(lines[0]))


def is_redis(lines: Sequence[str]) -> bool:
    """Whether every line is a command that is typed into redis-cli."""
    return all(_REDIS.match(line) for line in lines)


def is_report(lines: Sequence[str]) -> bool:
    """Whether these are entries, `health: ok`, or a block of a configuration language."""
    if _BLOCK.match(lines[0]):
        return True
    entries = sum(bool(_ENTRY.match(line)) for line in lines)
    return len(lines) > 2 and entries * 10 >= len(lines) * 6 and bool(_ENTRY.match(lines[0]))


def is_complaint(lines: Sequence[str]) -> bool:
    """Whether this begins with what a program says when something fails."""
    return bool(_ERROR.search(lines[0])) and not (calls_known(lines[0]) and has_syntax(lines[0]))


def calls_known(line: str) -> bool:
    """Whether a line begins with a program that is known, or with the script of somebody."""
    given = _GIVEN.match(line)
    if given:
        return is_known(given[1].rpartition("/")[2])
    words = _ASSIGNMENTS.sub("", line.lstrip("(!{ ")).split()
    if words[1:2] == ["="] or not words or "://" in words[0] or _VARIABLES.match(line):
        return False
    return is_known(words[0].rpartition("/")[2]) or words[0].startswith(("./", "../", "$"))


def has_syntax(line: str) -> bool:
    """Whether a line has what only commands have: flags, absolute paths, pipes."""
    return bool(_SYNTAX.search(line))


def typed_as_root(text: str) -> bool:
    """Whether `# ` is the prompt of root here, not the mark of a comment.

    Every such line must read as a command, and no other line may be one: then the others are what came back.
    """
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    marked = [found["said"] for line in lines if (found := _ROOT.match(line))]
    others = [line for line in lines if not line.startswith("#")]
    if not marked or not lines[0].startswith("#"):
        return False
    return all(_is_call(said) for said in marked) and not any(
        calls_known(line) or _GIVEN.match(line) for line in others
    )


def _is_call(said: str) -> bool:
    word = said.split(maxsplit=1)[0]
    known = is_known(word) or bool(_PROGRAM_FOLDER.match(word))
    return known and word.lower() == word and (has_syntax(said) or word.startswith("/"))


def answer_begins(text: str) -> int:
    """The number of the line, from 0, at which the answer to an unprompted command begins; 0 if there is none."""
    lines = text.split("\n")
    said = [number for number, line in enumerate(lines) if line.strip()]
    if len(said) < 3 or not _ends_there(lines[said[0]].strip()):
        return 0
    rest = [lines[number].strip() for number in said[1:]]
    if any(calls_known(line) or line.startswith(("#", "$", "}", ")")) for line in rest):
        return 0
    printed = sum(bool(_COLUMNS.search(line) or _ENTRY.match(line)) for line in rest)
    return said[1] if printed * 10 >= len(rest) * 8 else 0


def _ends_there(line: str) -> bool:
    """Whether a line is a whole command: nothing in it waits for another line."""
    waits = line.endswith(("\\", "|", "{", "(", " do", " then", "&&", "||")) or "<<" in line
    quoted = line.count("'") % 2 or line.count('"') % 2
    return calls_known(line) and not waits and not quoted and not re.match(r"\S+\s*(?:=\s|:=)", line)
