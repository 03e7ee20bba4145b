"""Rules about samples of Python that set up a service: caches, indexes, error reports, names."""

import ast
import re
from collections.abc import Iterator

from runward.runbooks.finding.around import headings_of, marked
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.samples import Sample, keyword_of, list_samples, name_of
from runward.runbooks.python.judge import undefined_names

_CACHES = {"lru_cache", "cache"}
_SHARED = re.compile(r"\bredis\b|\bvalkey\b|memcached?\b|\bshared cache\b|distributed cache", re.IGNORECASE)
_PERSON = re.compile(r"user|account|customer|tenant|member|owner", re.IGNORECASE)
_CLIENT = re.compile(r"redis|cache|memcache|valkey", re.IGNORECASE)
_WORDS_OF_SQL = {"Index", "UniqueConstraint"}


def _per_process(case: Case) -> Iterator[Found]:
    for sample in list_samples(case.runbook):
        for node in sample.nodes:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            marks = [
                one
                for one in node.decorator_list
                if name_of(one) in _CACHES and "cache." not in ast.unparse(one).replace("functools.cache", "")
            ]
            if not marks or sample.is_warned_of(case.runbook, marks[0]):
                continue
            said = _about_cache(
                node,
                f"{_remarks(sample)} {headings_of(case.runbook, sample.block.line).rpartition(' / ')[2]}",
            )
            if said:
                yield marked(
                    case.runbook,
                    sample.line(marks[0]),
                    f"@{ast.unparse(marks[0])}",
                    f"{name_of(marks[0])} {said}",
                )


def _about_cache(function: ast.FunctionDef | ast.AsyncFunctionDef, around: str) -> str:
    if _SHARED.search(around):
        return "keeps its answers in this one process, without a lifetime: nothing is shared, and each process goes stale by itself."
    person = next(
        (one.arg for one in function.args.args if _PERSON.search(one.arg) and one.arg != "self"), ""
    )
    verb = re.match(r"(?:get|load|fetch|list|find|read)_", function.name)
    if person and verb and not function.name.endswith(("_hash", "_key", "_id")):
        return f"keeps what {function.name}() found for each {person} for as long as the process lives: others' changes to it are never seen."
    return ""


def _remarks(sample: Sample) -> str:
    return " ".join(line for line in sample.block.text.split("\n") if line.lstrip().startswith("#"))


def _stops_requests(case: Case) -> Iterator[Found]:
    for sample in list_samples(case.runbook):
        for function in sample.nodes:
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            read = _cache_read(function)
            writes = any(
                isinstance(one, ast.Call) and name_of(one) in {"setex", "set"} and _of_cache(one)
                for one in ast.walk(function)
            )
            if read is None or not writes or any(isinstance(one, ast.Try) for one in ast.walk(function)):
                continue
            said = (
                f"{function.name}() fails when the cache does: no error of {ast.unparse(read.func)} is caught, so what should make it faster takes it"
                " down; and when an entry ends, all requests compute it at once."
            )
            yield marked(case.runbook, sample.line(read), ast.unparse(read.func), said)


def _cache_read(function: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.Call | None:
    """Where a function looks into a network cache first, and goes on to the source if nothing is there."""
    calls = (
        one
        for one in ast.walk(function)
        if isinstance(one, ast.Call) and name_of(one) == "get" and _of_cache(one)
    )
    return next(calls, None)


def _of_cache(call: ast.Call) -> bool:
    """Whether a method belongs to a client of a cache over the network; Django's own `cache` decides that by its settings."""
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    text = ast.unparse(owner) if owner is not None else ""
    return bool(re.search(r"redis|memcache|valkey", text, re.IGNORECASE)) and not isinstance(
        owner, ast.Constant
    )


def _covered_index(case: Case) -> Iterator[Found]:
    for sample in list_samples(case.runbook):
        for node in sample.nodes:
            if isinstance(node, ast.ClassDef):
                yield from _covered_in(case, sample, node)


def _covered_in(case: Case, sample: Sample, model: ast.ClassDef) -> Iterator[Found]:
    indexes = [one for one in ast.walk(model) if isinstance(one, ast.Call) and name_of(one) in _WORDS_OF_SQL]
    leading = {columns[0]: columns for one in indexes if len(columns := _columns(one)) > 1}
    for statement in model.body:
        if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
            continue
        own = keyword_of(statement.value, "index") or keyword_of(statement.value, "db_index")
        name = ast.unparse(statement.targets[0])
        if isinstance(own, ast.Constant) and own.value is True and name in leading:
            said = f"The index on {name} alone is written at every change and is of no use: the one on ({', '.join(leading[name])}) begins with {name} too."
            yield marked(case.runbook, sample.line(statement), name, said)


def _columns(index: ast.Call) -> list[str]:
    """The columns of an index by name: its words after the name, or Django's fields."""
    fields = keyword_of(index, "fields")
    if isinstance(fields, ast.List | ast.Tuple):
        return [str(one.value) for one in fields.elts if isinstance(one, ast.Constant)]
    words = [str(one.value) for one in index.args if isinstance(one, ast.Constant)]
    return words[1:] if name_of(index) == "Index" else words


def _unscrubbed(case: Case) -> Iterator[Found]:
    for sample in list_samples(case.runbook):
        for node in sample.nodes:
            if not isinstance(node, ast.Call) or ast.unparse(node.func) != "sentry_sdk.init":
                continue
            scrubs, traces = keyword_of(node, "before_send"), keyword_of(node, "traces_sample_rate")
            if scrubs is None:
                continue
            said = []
            if (
                isinstance(scrubs, ast.Name)
                and scrubs.id in undefined_names(sample.tree)
                and not _defined_elsewhere(case, scrubs.id)
            ):
                said.append(
                    f"{scrubs.id} is defined nowhere in this document, so this fails at the first start"
                )
            sampled = traces is not None and not (isinstance(traces, ast.Constant) and not traces.value)
            if sampled and keyword_of(node, "before_send_transaction") is None:
                said.append(
                    "before_send is not asked for transactions, which carry URLs, SQL and headers too"
                )
            if said:
                yield marked(case.runbook, sample.line(scrubs), "before_send", f"{'; '.join(said)}.")


def _defined_elsewhere(case: Case, name: str) -> bool:
    return bool(
        re.search(
            rf"\b(?:def|class|import|as)\s+{name}\b|^\s*{name}\s*=", case.runbook.document.text, re.MULTILINE
        )
    )


def _not_imported(case: Case) -> Iterator[Found]:
    for sample in list_samples(case.runbook):
        imports = [one for one in sample.nodes if isinstance(one, ast.Import | ast.ImportFrom)]
        if not imports or any(alias.name == "*" for one in imports for alias in one.names):
            continue
        missing = {
            one
            for one in undefined_names(sample.tree)
            if one in _LIBRARY and not _defined_elsewhere(case, one)
        }
        for node in sample.nodes:
            if isinstance(node, ast.Name) and node.id in missing:
                missing.discard(node.id)
                home = _LIBRARY[node.id]
                wanted = f"from {home} import {node.id}" if home else f"import {node.id}"
                said = f"{node.id} is used and never imported, where the sample imports the rest: “{wanted}” is missing."
                yield marked(case.runbook, sample.line(node), node.id, said)


# Names with one home only, which a sample that imports the rest plainly forgot; no home: the module itself.
_LIBRARY = {
    "Session": "sqlalchemy.orm", "sessionmaker": "sqlalchemy.orm", "create_engine": "sqlalchemy", "AsyncSession": "sqlalchemy.ext.asyncio",
    "create_async_engine": "sqlalchemy.ext.asyncio", "declarative_base": "sqlalchemy.orm", "FastAPI": "fastapi", "Depends": "fastapi",
    "HTTPException": "fastapi", "APIRouter": "fastapi", "BaseModel": "pydantic", "lru_cache": "functools", "timedelta": "datetime",
    "defaultdict": "collections", "dataclass": "dataclasses", "contextmanager": "contextlib", "asynccontextmanager": "contextlib",
    "os": "", "json": "", "time": "", "logging": "", "asyncio": "", "re": "", "subprocess": "",
}  # fmt: skip


RULES = (
    Rule(
        id="process-cache-for-shared-data",
        severity=Severity.WARNING,
        title="functools.lru_cache is used where a cache must be shared or must end.",
        why="Each process has its own and keeps entries until it ends: with several workers or pods, users see old and new answers by turns, and nothing can take an entry out.",
        right="A cache in Redis with a lifetime and a deletion when the data changes; lru_cache for what never changes while the process lives (every Python).",
        bad=example(
            "Caching with Redis",
            "python",
            "from functools import lru_cache",
            "",
            "@lru_cache(maxsize=500)",
            "def get_orders(user_id: str):",
            "    return load(user_id)",
        ),
        good=example(
            "Parsing",
            "python",
            "from functools import lru_cache",
            "",
            "@lru_cache(maxsize=500)",
            "def parsed(pattern: str):",
            "    return compile_pattern(pattern)",
        ),
        look=_per_process,
    ),
    Rule(
        id="cache-stops-requests",
        severity=Severity.WARNING,
        title="A function that reads through a cache fails when the cache does.",
        why="With its defaults a client waits seconds for a server that is gone, then raises: every page that was meant to be faster is down.",
        right="Short timeouts, an error that counts as a miss, a breaker, and one computation for all who wait (redis-py 6 and later also retries by default: limit that).",
        bad=example(
            "Caching",
            "python",
            "def price(item):",
            "    held = redis_client.get(item)",
            "    if held:",
            "        return held",
            "    fresh = load(item)",
            "    redis_client.setex(item, 60, fresh)",
            "    return fresh",
        ),
        good=example(
            "Caching",
            "python",
            "def price(item):",
            "    try:",
            "        held = redis_client.get(item)",
            "    except RedisError:",
            "        return load(item)",
            "    if held is None:",
            "        redis_client.setex(item, 60, held := load(item))",
            "    return held",
        ),
        look=_stops_requests,
    ),
    Rule(
        id="index-covered-twice",
        severity=Severity.NOTE,
        title="A column has an index of its own and begins a longer index too.",
        why="The longer one serves every search by its first column; the shorter one only costs time at each write and memory.",
        right="Keep the longer index and drop the single one (B-tree indexes of every PostgreSQL and MySQL).",
        bad=example(
            "Model",
            "python",
            "class Order(Base):",
            "    shop = Column(String, index=True)",
            "    day = Column(Date)",
            '    __table_args__ = (Index("by_shop_day", "shop", "day"),)',
        ),
        good=example(
            "Model",
            "python",
            "class Order(Base):",
            "    shop = Column(String)",
            "    day = Column(Date)",
            '    __table_args__ = (Index("by_shop_day", "shop", "day"),)',
        ),
        look=_covered_index,
    ),
    Rule(
        id="error-reports-unscrubbed",
        severity=Severity.WARNING,
        title="Sentry is set up to scrub what it sends, and part of it goes out as it is.",
        why="before_send sees errors only: with tracing on, transactions leave by another door, and a scrubber that is named but not there stops the service from starting.",
        right="Give before_send and before_send_transaction (sentry-sdk 1.14 and later), EventScrubber(recursive=True), and test it with a planted secret.",
        bad=example(
            "Errors",
            "python",
            "import sentry_sdk",
            "from shop.privacy import scrub",
            "",
            "sentry_sdk.init(dsn=DSN, traces_sample_rate=0.2, before_send=scrub)",
        ),
        good=example(
            "Errors",
            "python",
            "import sentry_sdk",
            "from shop.privacy import scrub",
            "",
            "sentry_sdk.init(dsn=DSN, traces_sample_rate=0.2, before_send=scrub, before_send_transaction=scrub)",
        ),
        look=_unscrubbed,
    ),
    Rule(
        id="sample-forgets-import",
        severity=Severity.NOTE,
        title="A sample imports what it uses, except one name of a library.",
        why="It reads as a whole file and fails at its first line that uses the name, in the middle of what somebody pastes it for.",
        right="Import what the sample uses, or show the part of the file without its imports (every Python).",
        bad=example(
            "Sessions",
            "python",
            "from sqlalchemy import create_engine",
            "",
            "engine = create_engine(URL)",
            "session = Session(engine)",
        ),
        good=example(
            "Sessions",
            "python",
            "from sqlalchemy import create_engine",
            "from sqlalchemy.orm import Session",
            "",
            "engine = create_engine(URL)",
            "session = Session(engine)",
        ),
        look=_not_imported,
    ),
)
