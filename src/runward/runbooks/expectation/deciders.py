"""Say what in the outcome of a command decides whether it went well, program by program."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from runward.runbooks.block.native import LANGUAGE
from runward.runbooks.expectation.statements import says_gone
from runward.runbooks.model import Operator, Source
from runward.runbooks.procedure.stretches import QUERIES, Command

_FINDS = re.compile(r"find\b")
_LISTS = re.compile(r"(?:ls|dir|stat|Get-ChildItem|aws s3 ls|gsutil ls)\b", re.IGNORECASE)
_SIZES = re.compile(r"\bsizes?\b", re.IGNORECASE)
_EXPLAINS = re.compile(r"\bexplain\b")
_COUNTS = re.compile(r"\bcount\s*\([^)]*\)(?:\s+(?:as\s+)?(?!from\b)(\w+))?")
_TRAFFIC = re.compile(r"\breceiv\w+|\bserv(?:es|ing)\b|\btraffic\b", re.IGNORECASE)
_URL = re.compile(r"https?://[^/\s'\"]+(?P<path>/[^\s'\"?|]*)?")


@dataclass(frozen=True, slots=True)
class Decider:
    """Where to look in a command's outcome, and what must be found there."""

    source: Source
    name: str = ""
    operator: Operator | None = None
    value: str = ""
    unit: str = ""
    why: str = ""


FAILURE = re.compile(
    r"""[❌✗✘⚠🔴🚨]|\b(?:err(?:or)?s?|fail(?:s|ed|ure|ures|ing)?|fatal|exceptions?|panic|down|critical|warn(?:ing)?|cannot|can't|could\ not|couldn't|unable|unreachable|unavailable
    |expire[sd]?|expiring|missing|not\ (?:found|running|ready|healthy|available|ok|responding)|unhealthy|refused|denied|timed?\ ?out|corrupt(?:ed)?|stale|too\ (?:old|high|low|large)
    |alert|oom|crash(?:ed)?|degraded|out\ of|fehler|fehlgeschlagen|fallo|falló|erreur|échec)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_EMPTY_IS_GOOD = re.compile(
    r"\b(?:no|zero|none|without|absence|orphan(?:s|ed)?|duplicates?|missing|broken|invalid|stuck|blocked|errors?|fail(?:ed|ures)|lag|dead)\b",
    re.IGNORECASE,
)
_SHELL_SQL = re.compile(
    r"\b(?:psql|mysql|mariadb|cockroach|clickhouse-client|sqlite3|sqlcmd)\b.*?\s(?:-c|-e|--command|--execute|-q|-Q)[\s=]*(?P<quote>['\"])(?P<sql>.*?)(?P=quote)",
    re.DOTALL | re.IGNORECASE,
)
_WRAPPER = re.compile(
    r"""^\s*(?:sudo\s+(?:-\w+\s+\S+\s+)*|time\s+|watch\s+(?:-\S+\s+\S+\s+)*|(?:docker(?:-compose|\s+compose)|podman(?:-compose)?)(?:\s+-\S+(?:\s+[^\s-]\S*)?)*?\s+exec\s+(?:-\S+\s+)*\S+\s+
    |docker\s+exec\s+(?:-\S+\s+)*\S+\s+|(?:kubectl|oc)\s+(?:.*?\s)?exec\s+.*?\s--\s+|ssh\s+(?:-\S+\s+)*\S+\s+(?=['"]?\w)|!\s+)""",
    re.VERBOSE,
)
_HTTP = re.compile(
    r"^(?:curl|wget|http|https|xh|Invoke-WebRequest|Invoke-RestMethod|iwr|irm)\b", re.IGNORECASE
)
_JQ = re.compile(r"\|\s*jq\b(?:\s+-\w+)*\s+['\"]?(?P<path>\.[\w.\[\]]*)")
_GREP = re.compile(
    r"(?:^|\|)\s*(?:[ef]?grep|findstr|Select-String|rg)\b(?P<options>(?:\s+-\S+|\s+/\w)*)\s+(?:\"(?P<d>[^\"]+)\"|'(?P<s>[^']+)'|(?P<w>[^\s|]+))[^|]*$",
    re.IGNORECASE,
)
_PINGS = re.compile(r"(?:redis-cli|valkey-cli|keydb-cli)\b.*\sping\b", re.IGNORECASE)
_MIGRATIONS = re.compile(r"\bmanage\.py\s+showmigrations\b")
_CONTAINERS = re.compile(r"(?:docker(?:-compose|\s+compose)?|podman)\s+(?:.*\s)?ps\b")
_GET = re.compile(r"^(?:kubectl|oc)\s+(?:.*?\s)?get\s+(?:-\S+\s+)*(?P<what>[\w.,/-]+)")
_STATES: tuple[tuple[str, str, str], ...] = (
    (r"(?:po|pods?|all)\b.*", "STATUS", "Running"),
    (r"(?:no|nodes?)\b.*", "STATUS", "Ready"),
    (r"(?:pvc?|persistentvolumeclaims?)\b.*", "STATUS", "Bound"),
    (r"(?:jobs?|cj|cronjobs?)\b.*", "COMPLETIONS", "n/n"),
    (r"(?:deploy(?:ments?)?|sts|statefulsets?|ds|daemonsets?|rs|replicasets?)\b.*", "READY", "n/n"),
    (r"(?:certificates?|cert|certs)\b.*", "READY", "True"),
    (r"(?:ns|namespaces?)\b.*", "STATUS", "Active"),
)
# They end with 0 whatever they show, or show lines that only a person can judge.
_DECIDES_NOTHING = re.compile(
    r"""(?:sleep|echo|printf|read|wait|cd|export|source|fi|then|else|elif|done|do|\}|tail|less|more|cat|open|xdg-open|h?top|journalctl
    |(?:kubectl|oc)\s+(?:logs|top)|docker(?:-compose|\s+compose)?\s+(?:logs|stats))(?:\s|;|$)|\w+=""",
    re.VERBOSE,
)
_RANK = (Source.CHANGE, Source.STATUS, Source.KEY, Source.COLUMN, Source.ROWS, Source.OUTPUT, Source.EXIT)


def decider_of(commands: Sequence[Command], statement: str, language: str) -> Decider | None:
    """What decides the statement among the commands that follow it; None when none of them can."""
    found = [decider for command in commands if (decider := _of_command(command.text, statement, language))]
    return min(found, key=lambda decider: _RANK.index(decider.source), default=None)


def _of_command(text: str, statement: str, language: str) -> Decider | None:
    if language in QUERIES:
        return of_sql(text, statement)
    if language == LANGUAGE:
        return _of_action(statement)
    query = _SHELL_SQL.search(text)
    if query:
        return of_sql(query["sql"], statement)
    bare = unwrapped(text)
    for rule in (_http, _kubernetes, _pinged, _listed, _matched):
        decider = rule(bare, statement)
        if decider:
            return decider
    if _DECIDES_NOTHING.match(bare):
        return None
    return Decider(
        Source.EXIT, "", Operator.EQUAL, "0", why=f"`{_start(bare)}` ends with 0 when it went well"
    )


def _of_action(statement: str) -> Decider:
    """What decides in the result of an action that no figure is claimed of."""
    if _EMPTY_IS_GOOD.search(statement):
        return Decider(Source.ROWS, "rows", Operator.EQUAL, "0", why="each row would be one too many")
    return Decider(Source.EXIT, "", Operator.EQUAL, "0", why="the action must do what it is for")


def unwrapped(text: str) -> str:
    """The inner command of `sudo`, `docker compose exec`, `kubectl exec`, `ssh` and the like."""
    bare = text.strip()
    while found := _WRAPPER.match(bare):
        bare = bare[found.end() :].strip().strip("'\"")
    return bare


def of_sql(sql: str, statement: str) -> Decider:
    """What decides in the result of a query."""
    flat = " ".join(sql.lower().split())
    if _EXPLAINS.search(flat):
        return Decider(
            Source.CHANGE, "execution time", Operator.BELOW, why="the plan prints its execution time"
        )
    if "pg_stat_replication" in flat and re.search(r"select \*|\bstate\b", flat):
        return Decider(
            Source.COLUMN,
            "state",
            Operator.EQUAL,
            "streaming",
            why="each standby's row says streaming when it follows",
        )
    if "pg_last_xact_replay_timestamp" in flat:
        return Decider(
            Source.COLUMN,
            "pg_last_xact_replay_timestamp",
            why="the time of the last change that was replayed",
        )
    count = _COUNTS.search(flat)
    if count:
        name = count[1] or "count"
        if _EMPTY_IS_GOOD.search(statement):
            return Decider(Source.COLUMN, name, Operator.EQUAL, "0", why="none may be left")
        return Decider(Source.COLUMN, name, Operator.ABOVE, "0", why="an empty table is no proof")
    if _EMPTY_IS_GOOD.search(statement):
        return Decider(Source.ROWS, "rows", Operator.EQUAL, "0", why="each row would be one too many")
    if flat.startswith(("select", "with", "show", "table")):
        return Decider(Source.ROWS, "rows", Operator.AT_LEAST, "1", why="no row is no proof")
    return Decider(Source.EXIT, "", Operator.EQUAL, "0", why="the statement must not fail")


def _http(bare: str, statement: str) -> Decider | None:
    if not _HTTP.match(bare):
        return None
    path = _JQ.search(bare)
    if path:
        name = path["path"].strip(".") or statement
        if _TRAFFIC.search(statement):
            return Decider(
                Source.KEY, f"{name} {statement}", Operator.ABOVE, "0", why="a share above 0 shows it"
            )
        return Decider(
            Source.KEY, path["path"], Operator.NOT_EQUAL, "null", why="the answer must hold this key"
        )
    return Decider(
        Source.STATUS,
        _path_of(bare),
        Operator.BETWEEN,
        "200..299",
        why="a good answer has a status from 200 to 299",
    )


def _kubernetes(bare: str, _statement: str) -> Decider | None:
    found = _GET.match(bare)
    if not found or re.search(r"-o\s*=?\s*(?:json|yaml)|\|", bare):
        return None
    for pattern, column, value in _STATES:
        if re.fullmatch(pattern, found["what"]):
            return Decider(
                Source.COLUMN,
                column,
                Operator.EQUAL,
                value,
                why=f"its table says {column}, wanted {value} in every row",
            )
    return None


def _pinged(bare: str, _statement: str) -> Decider | None:
    if _PINGS.match(bare):
        return Decider(Source.OUTPUT, "ping", Operator.MATCHES, "PONG", why="a healthy server answers PONG")
    if "showmigrations" in bare and _MIGRATIONS.search(bare):
        return Decider(
            Source.OUTPUT,
            "unapplied migrations",
            Operator.ABSENT,
            "[ ]",
            why="a migration that is not applied shows as [ ]",
        )
    if "|" not in bare and _CONTAINERS.match(bare):
        return Decider(
            Source.COLUMN, "STATUS", Operator.MATCHES, "Up", why="a running container's STATUS begins with Up"
        )
    return None


def _listed(bare: str, statement: str) -> Decider | None:
    if _FINDS.match(bare) and "-delete" not in bare and "-exec" not in bare and "|" not in bare:
        return Decider(
            Source.ROWS, "lines", Operator.AT_LEAST, "1", why="find ends with 0 even when it finds nothing"
        )
    if _LISTS.match(bare) and _SIZES.search(statement):
        return Decider(Source.COLUMN, "size", Operator.ABOVE, "0", why="an empty file is no proof")
    return None


def _matched(bare: str, statement: str) -> Decider | None:
    found = _GREP.search(bare)
    if not found or re.search(r"-\w*[vc]\b", found["options"] or ""):
        return None
    pattern = found["d"] or found["s"] or found["w"]
    if says_gone(statement):
        return Decider(Source.OUTPUT, pattern, Operator.ABSENT, f"/{pattern}/", why="it must be gone")
    if FAILURE.search(pattern):
        return Decider(
            Source.OUTPUT, pattern, Operator.ABSENT, f"/{pattern}/", why="a line with it reports a failure"
        )
    return Decider(
        Source.OUTPUT, pattern, Operator.MATCHES, f"/{pattern}/", why="at least one line must hold it"
    )


def _path_of(bare: str) -> str:
    found = _URL.search(bare)
    return (found["path"] or "/") if found else ""


def _start(bare: str) -> str:
    words = bare.split("\n", 1)[0]
    return words if len(words) <= 40 else words[:39] + "…"
