"""Read the sizes that settings and commands give: pools, workers, limits, replicas, timeouts."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from runward.runbooks.fact.measures import spoken
from runward.runbooks.fact.model import Form, Statement, Statements
from runward.runbooks.model import Block, Fact, FactType
from runward.runbooks.procedure.titles import plain

_MARKS = re.compile(
    r"maxmemory|pool|max_connections|--workers|--concurrency|lru_cache|sample_rate|proxy-|--limits|limits/|--scale|--replicas|autoscale|redis-server|'weight'|\"weight\"|max_?replicas"
)
_MEMORY = re.compile(r"\bmaxmemory\s+(?P<size>\d+(?:[kmg]b?)?)\b", re.IGNORECASE)
_POOL = re.compile(r"\b(?P<name>(?:\w+_)?(?:pool_size|max_overflow|pool_timeout|pool_recycle|pool_pre_ping))\s*=\s*(?:int\()?(?:os\.(?:getenv|environ\.get)\(\s*[\"']\w+[\"'],\s*)?[\"']?(?P<value>\d+|True|False)", re.IGNORECASE)  # fmt: skip
_ENLARGED = re.compile(
    r"\b(?P<object>\w*pool\w*)\.(?:max_connections|max_size|maxsize|size)\s*=\s*(?P<to>\d+)"
)
_FROM = re.compile(r"(?:increased|raised|up|was|changed|previously|erhöht|aumentado)\s*(?:from|von|de|:)?\s*(?P<from>\d+)", re.IGNORECASE)  # fmt: skip
_LIMIT_OF_CONNECTIONS = re.compile(r"^(?:ALTER\s+SYSTEM\s+SET\s+)?max_connections\s*(?:=|TO)\s*'?(?P<max>\d+)'?;?$", re.IGNORECASE)  # fmt: skip
_WORKERS = re.compile(r"(?:^|\s)--(?P<what>workers|concurrency)[= ](?P<count>\d+)\b")
_CACHE = re.compile(r"^@(?:functools\.)?lru_cache\((?:maxsize=)?(?P<size>\d+)\)")
_FUNCTION = re.compile(r"^\s*(?:async )?def\s+(?:get_|fetch_|load_|find_|list_)?(?P<name>\w+)", re.MULTILINE)
_SAMPLED = re.compile(r"\btraces_?sample_?rate\s*[=:]\s*(?P<rate>0?\.\d+|1(?:\.0+)?)", re.IGNORECASE)
_PROXY = re.compile(r"^nginx\.ingress\.kubernetes\.io/proxy-(?P<what>read|send|connect)-timeout$")
_LIMITS = re.compile(r"--(?P<kind>limits|requests)[= ](?P<sizes>(?:\w+=[\w.]+,?)+)")
_PATCHED = re.compile(r"resources/(?P<kind>limits|requests)/(?P<what>cpu|memory)\"\s*,\s*\"value\":\s*\"(?P<size>[\w.]+)\"")  # fmt: skip
_TARGET = re.compile(r"\bkubectl\s+(?:set resources|patch|autoscale|scale)\s+[a-z.]+[/ ](?P<name>[a-z][\w-]*)(?=\s|$)")  # fmt: skip
_SCALED = re.compile(r"\b(?:docker[- ]compose|docker compose)\b.*--scale\s+(?P<name>[\w-]+)=(?P<count>\d+)")
_REPLICAS = re.compile(r"\bkubectl\b.*\bscale\b.*--replicas[= ](?P<count>\d+)\b")
_AUTOSCALED = re.compile(r"\bkubectl\b.*\bautoscale\b.*--min[= ](?P<min>\d+).*--max[= ](?P<max>\d+)")
_STARTED = re.compile(r"^(?:\w+ )*redis-server\s+\S*\d+\.conf")
_WEIGHT = re.compile(r"[\"']weight[\"']\s*:\s*(?P<weight>\d+(?:\.\d+)?)")
_ADDED = re.compile(r"^(?:add(?:ing)?|hinzufügen|añadir|agregar)\s+(?:an? |new |another |una? )*(?P<what>[\w -]{3,40})$", re.IGNORECASE)  # fmt: skip
_DATABASES = frozenset({"postgres", "postgresql", "mysql", "mariadb", "mongodb", "mongo", "db", "database"})
_POOL_KEYS = {"pool_size": "size", "max_overflow": "overflow", "pool_timeout": "timeout", "pool_recycle": "recycle", "pool_pre_ping": "pre_ping"}  # fmt: skip
_READ = frozenset({Form.CODE, Form.ENTRY})
_CODE = {"stated": "code"}


@dataclass(frozen=True, slots=True)
class _Sized:
    """A size with the lines it stands on."""

    value: dict[str, object]
    line: int
    start: int = 0
    end: int = 0


@lru_cache(maxsize=2048)
def _worth(text: str) -> bool:
    """Whether a line, or any of a block, may give a size."""
    return bool(_MARKS.search(text.lower()))


def sizes_in_code(statements: Statements) -> Iterator[Fact]:
    """The sizes that code gives; one that the same block's comments state is left to them."""
    done: set[tuple[int, str]] = set()
    for one in statements.every:
        if one.form not in _READ or one.block is None or not _worth(one.block.text) or not _worth(one.text):
            continue
        for read in _READERS:
            sized = read(one, one.block)
            if not sized:
                continue
            key = (one.block.line, " ".join(map(str, [sized.value["resource"], *sized.value])))
            if key not in done and not _commented(one.block, sized):
                done.add(key)
                value = {**sized.value, **_CODE} if "temporary" not in sized.value else sized.value
                yield statements.fact(FactType.CAPACITY, sized.line, value, start=sized.start, end=sized.end)
            break


def _commented(block: Block, sized: _Sized) -> bool:
    """Whether a comment of the block already gives the number: "# replicas: 4" above "--scale api=4"."""
    count = sized.value.get("count")
    return count is not None and bool(
        re.search(rf"^\s*#\s*replicas:\s*{count}\s*$", block.text, re.MULTILINE)
    )


def _memory(one: Statement, _block: Block) -> _Sized | None:
    found = _MEMORY.search(one.text)
    return _Sized({"resource": "redis memory", "max": found["size"].lower()}, one.line) if found else None


def _pool(one: Statement, block: Block) -> _Sized | None:
    """All settings of the connection pool that the block gives, on the line of the first."""
    if not _POOL.search(one.text):
        return None
    value: dict[str, object] = {"resource": "database connection pool"}
    lines: list[int] = []
    for number, text in enumerate(block.text.split("\n"), block.first_line):
        found = _POOL.search(text)
        key = next(
            (short for name, short in _POOL_KEYS.items() if found and found["name"].lower().endswith(name)),
            "",
        )
        if found and key and key not in value:
            value[key] = _setting(key, found["value"])
            lines.append(number)
    return _Sized(value, lines[0], end=lines[-1]) if "size" in value else None


def _setting(key: str, text: str) -> object:
    if key == "pre_ping":
        return text.lower() == "true"
    return f"{text}s" if key in {"timeout", "recycle"} else int(text) if text.isdigit() else text


def _enlarged(one: Statement, block: Block) -> _Sized | None:
    """`pool.max_connections = 100  # Increased from 50` under "Increase pool size (temporary)"."""
    found = _ENLARGED.search(one.text)
    if not found:
        return None
    before = _FROM.search(one.text)
    titles = [title for title in one.above if title.line < block.line]
    temporary = bool(titles and re.search(r"temporar|vorübergehend|temporal", titles[-1].text, re.IGNORECASE))
    value: dict[str, object] = {"resource": "database connection pool"}
    value |= {"from": int(before["from"]), "to": int(found["to"])} if before else {"size": int(found["to"])}
    if temporary:
        value["temporary"] = True
    return _Sized(value, one.line, start=titles[-1].line if temporary else 0)


def _connections(one: Statement, _block: Block) -> _Sized | None:
    found = _LIMIT_OF_CONNECTIONS.match(one.text)
    return _Sized({"resource": "database connections", "max": int(found["max"])}, one.line) if found else None


def _workers(one: Statement, block: Block) -> _Sized | None:
    found = _WORKERS.search(one.text)
    if not found:
        return None
    celery = re.search(r"\bcelery\b", block.text)
    if not celery and not re.search(r"\b(?:gunicorn|uvicorn|hypercorn|puma|granian)\b", block.text):
        return None
    resource = "celery workers" if celery else "application server workers"
    return _Sized({"resource": resource, "count": int(found["count"])}, one.line)


def _cache(one: Statement, block: Block) -> _Sized | None:
    """`@lru_cache(maxsize=1000)` over `def get_user_tasks`."""
    found = _CACHE.match(one.text)
    function = _FUNCTION.search(block.text, block.text.find(one.text)) if found else None
    if not found or not function:
        return None
    name = re.sub(r"s$", "", spoken(function["name"]))
    return _Sized({"resource": f"{name} cache", "max": int(found["size"]), "unit": "entries"}, one.line)


def _sampled(one: Statement, _block: Block) -> _Sized | None:
    found = _SAMPLED.search(one.text)
    value = {"resource": "error tracking traces", "sample_rate": float(found["rate"])} if found else {}
    return _Sized(value, one.line) if found else None


def _proxy(one: Statement, _block: Block) -> _Sized | None:
    found = _PROXY.match(one.label)
    seconds = one.rest.strip("\"' ")
    if not found or not seconds.isdigit():
        return None
    return _Sized({"resource": "ingress proxy", f"{found['what']}_timeout": f"{seconds}s"}, one.line)


def _limits(one: Statement, block: Block) -> _Sized | None:
    """`kubectl set resources deployment/backend --limits=cpu=2,memory=2Gi`, over several lines."""
    patched = _PATCHED.search(one.text)
    target = _TARGET.search(_command_around(one, block))
    if not target or not (patched or _LIMITS.search(one.text)):
        return None
    name = "database" if target["name"] in _DATABASES else target["name"]
    if patched:
        return _Sized(
            {"resource": f"{name} pod", patched["kind"]: {patched["what"]: patched["size"]}}, one.line
        )
    sizes = {
        found["kind"]: dict(part.split("=", 1) for part in found["sizes"].strip(",").split(","))
        for found in _LIMITS.finditer(_command_around(one, block))
    }
    return _Sized(
        {"resource": f"{name} pod", **sizes}, one.line, start=one.line - 1, end=one.line + len(sizes) - 1
    )


def _command_around(one: Statement, block: Block) -> str:
    """The whole command that a line is part of, joined where lines end in a backslash."""
    lines = block.text.split("\n")
    at = one.line - block.first_line
    first = last = at
    while first and lines[first - 1].rstrip().endswith("\\"):
        first -= 1
    while last + 1 < len(lines) and lines[last].rstrip().endswith("\\"):
        last += 1
    return " ".join(line.strip().rstrip("\\").strip() for line in lines[first : last + 1])


def _scaled(one: Statement, _block: Block) -> _Sized | None:
    """A service that is brought to a number of instances; none is no size but a stop."""
    found = _SCALED.search(one.text)
    if found and int(found["count"]):
        return _Sized({"resource": f"{found['name']} instances", "count": int(found["count"])}, one.line)
    target, replicas, auto = (
        _TARGET.search(one.text),
        _REPLICAS.search(one.text),
        _AUTOSCALED.search(one.text),
    )
    if target and auto:
        value = {"resource": f"{target['name']} replicas", "min": int(auto["min"]), "max": int(auto["max"])}
        return _Sized(value, one.line)
    if target and replicas and int(replicas["count"]):
        return _Sized({"resource": f"{target['name']} replicas", "count": int(replicas["count"])}, one.line)
    return None


def _started(one: Statement, block: Block) -> _Sized | None:
    """New Redis nodes that are started under a title that speaks of adding them."""
    titles = [title for title in one.above if title.line < block.line]
    if (
        not _STARTED.match(one.text)
        or not titles
        or not re.match(r"add\b", plain(titles[-1].text), re.IGNORECASE)
    ):
        return None
    count = sum(bool(_STARTED.match(line)) for line in block.text.split("\n"))
    cluster = any("cluster" in title.text.lower() for title in titles)
    resource = "redis cluster nodes" if cluster else "redis nodes"
    return _Sized(
        {"resource": resource, "add": count}, one.line, start=titles[-1].line, end=one.line + count - 1
    )


def _weighted(one: Statement, block: Block) -> _Sized | None:
    """The weight of what a procedure adds to a load balancer."""
    found = _WEIGHT.search(one.text)
    titles = [_ADDED.match(plain(title.text)) for title in one.above if title.line < block.line]
    added = next((title for title in titles if title and not re.match(r"to\b", title["what"])), None)
    if not found or not added:
        return None
    what = added["what"].lower()
    what = what if re.search(r"\bnew\b", added[0].lower()) is None else f"new {what}"
    return _Sized({"resource": what, "weight": float(found["weight"])}, one.line)


_READERS: tuple[Callable[[Statement, Block], _Sized | None], ...] = (
    _memory, _pool, _enlarged, _connections, _workers, _cache, _sampled, _proxy, _limits, _scaled, _started, _weighted,
)  # fmt: skip
