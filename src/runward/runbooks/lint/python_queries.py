"""Rules about samples of Python that ask a database: rows dropped, in no order, by a session that others use."""

import ast
import re
from collections.abc import Iterator

from runward.runbooks.finding.around import marked
from runward.runbooks.finding.example import example
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.samples import Sample, chain_of, keyword_of, list_samples, name_of

_RANKED = re.compile(
    r"\b_?(?:popular|top|latest|recent|newest|oldest|slowest|fastest|biggest|largest|smallest|hot|hottest|trending|worst|best|most|highest|lowest|last)_?\b|(?:popular|top|latest|recent|trending|hot)_",
    re.IGNORECASE,
)
_SESSIONS = {"session", "db", "async_session", "conn", "connection", "db_session", "cursor"}
_USES = {
    "execute",
    "scalar",
    "scalars",
    "get",
    "query",
    "fetch",
    "fetchrow",
    "fetchval",
    "stream",
    "merge",
    "flush",
    "refresh",
}
_SESSION_CLASSES = {"SessionLocal", "AsyncSession", "AsyncSessionLocal", "async_session_maker"}


def _drops_rows(case: Case) -> Iterator[Found]:
    for sample in list_samples(case.runbook):
        for node in sample.nodes:
            if not isinstance(node, ast.Call) or name_of(node) not in {"all", "first", "one", "scalars"}:
                continue
            chain = chain_of(node)
            join = next((one for one in chain if name_of(one) == "join"), None)
            asked = next((one for one in chain if name_of(one) in {"query", "select"}), None)
            if join is None or asked is None or len(join.args) < 2 or keyword_of(join, "isouter"):
                continue
            joined = name_of(join.args[0])
            used = [one for one in chain if one is not join and _mentions(one, joined)]
            if joined and not used and _compares_values(join.args[1], joined):
                first = name_of(asked.args[0]) if asked.args else "the first"
                said = (
                    f"The inner join drops each {first} that has no {joined} for this value, and no {joined} is selected:"
                    " reading it later asks the database once more for each row."
                )
                yield marked(case.runbook, sample.line(asked), ".join", said)


def _mentions(call: ast.Call, name: str) -> bool:
    own = [*call.args, *(one.value for one in call.keywords)]
    return any(
        isinstance(node, ast.Name) and node.id == name for argument in own for node in ast.walk(argument)
    )


def _compares_values(condition: ast.AST, joined: str) -> bool:
    """Whether the ON condition holds a column of the joined table against a value, as a filter would."""
    for node in ast.walk(condition):
        if isinstance(node, ast.Compare) and len(node.comparators) == 1:
            left, right = node.left, node.comparators[0]
            column = isinstance(left, ast.Attribute) and name_of(left.value) == joined
            if column and not isinstance(right, ast.Attribute):
                return True
    return False


def _at_once(case: Case) -> Iterator[Found]:
    for sample in list_samples(case.runbook):
        for node in sample.nodes:
            if (
                isinstance(node, ast.Call)
                and name_of(node) == "gather"
                and not sample.is_warned_of(case.runbook, node)
            ):
                said = _shared(node, sample)
                if said:
                    yield marked(case.runbook, sample.line(node), "gather", said)


def _shared(gather: ast.Call, sample: Sample) -> str:
    """What is wrong with the calls that run at once, "" if nothing is known to be."""
    calls = [one for one in gather.args if isinstance(one, ast.Call)]
    given = [_session_in(one) for one in calls]
    shared = next((name for name in given if name and given.count(name) > 1), "")
    if shared:
        return f"Tasks that run at once share {shared}: a session serves one at a time, and SQLAlchemy refuses a second use in the middle of the first."
    above = "\n".join(sample.block.text.split("\n")[max(0, gather.lineno - 3) : gather.lineno])
    speaks = re.search(r"#.*\b(?:database|db|sql)\b|#.*\bquer(?:y|ies)\b", above, re.IGNORECASE)
    if speaks and len(calls) > 1 and not any(one.args or one.keywords for one in calls):
        names = " and ".join(f"{name_of(one)}()" for one in calls[:2])
        return f"{names} ask the database at once and are given no session: each must open its own, for one session serves one task at a time."
    return ""


def _session_in(call: ast.Call) -> str:
    """The session that a call uses or is given, "" if none is seen."""
    if (
        isinstance(call.func, ast.Attribute)
        and call.func.attr in _USES
        and name_of(call.func.value) in _SESSIONS
    ):
        return name_of(call.func.value)
    arguments = [*call.args, *(one.value for one in call.keywords)]
    return next(
        (
            name_of(one)
            for one in arguments
            if name_of(one) in _SESSIONS - {"cursor"} and isinstance(one, ast.Name)
        ),
        "",
    )


def _never_closed(case: Case) -> Iterator[Found]:
    for sample in list_samples(case.runbook):
        for node in sample.nodes:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or _manages(node):
                continue
            for inner in ast.walk(node):
                given = inner.value if isinstance(inner, ast.Return) else None
                if isinstance(given, ast.Call) and _opens_session(given):
                    said = f"{node.name}() hands out a session that nothing closes: each call keeps a connection of the pool until the garbage collector finds it.{_stale(node)}"
                    yield marked(case.runbook, sample.line(inner), f"return {name_of(given)}", said)


def _opens_session(call: ast.Call) -> bool:
    """Whether a call opens a session of a database, and not one of an HTTP client or a game."""
    if name_of(call) in _SESSION_CLASSES:
        return True
    given = [*call.args, *(one.value for one in call.keywords)]
    engines = any("engine" in ast.unparse(one) or one is keyword_of(call, "bind") for one in given)
    return name_of(call) == "Session" and isinstance(call.func, ast.Name) and engines


def _manages(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(
        isinstance(one, ast.Yield | ast.YieldFrom | ast.With | ast.AsyncWith) for one in ast.walk(function)
    ) or any(
        "contextmanager" in ast.unparse(one) or "fixture" in ast.unparse(one)
        for one in function.decorator_list
    )


def _stale(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    names = {one.arg for one in function.args.args}
    if names & {"readonly", "read_only", "replica", "use_replica"}:
        return " And a read from the replica right after a write may not see that write yet."
    return ""


def _no_order(case: Case) -> Iterator[Found]:
    for sample in list_samples(case.runbook):
        for node in sample.nodes:
            if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Subscript | ast.Call):
                continue
            taken = _taken(node.value)
            names = [name_of(call) for call in chain_of(node.value)]
            if not taken or any(
                one.startswith(("order_by", "sort", "nlargest", "nsmallest", "latest", "earliest", "reverse"))
                for one in names
            ):
                continue
            meant = " ".join(ast.unparse(target) for target in node.targets)
            if _RANKED.search(meant) and {
                "filter",
                "all",
                "query",
                "select",
                "objects",
                "filter_by",
                "exclude",
            } & {*names, *_attributes(node.value)}:
                said = f"{taken} of what is found, in no order: “{meant}” gets any rows that match, and others tomorrow."
                yield marked(case.runbook, sample.line(node), meant, said)


def _taken(node: ast.AST) -> str:
    """How many rows a chain takes, in words; "" if it takes them all."""
    if (
        isinstance(node, ast.Subscript)
        and isinstance(node.slice, ast.Slice)
        and node.slice.lower is None
        and node.slice.upper is not None
    ):
        return (
            f"It takes {ast.unparse(node.slice.upper)}"
            if not ast.unparse(node.slice.upper).startswith("-")
            else ""
        )
    limit = next((one for one in chain_of(node) if name_of(one) == "limit" and one.args), None)
    return f"It takes {ast.unparse(limit.args[0])}" if limit else ""


def _attributes(node: ast.AST) -> set[str]:
    return {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}


RULES = (
    Rule(
        id="join-drops-rows",
        severity=Severity.WARNING,
        title="A query joins what may be missing by an inner join, and does not select it.",
        why="Rows without a partner disappear without an error, and the joined rows are not loaded: the loop that reads them asks once for each row, as before.",
        right="`outerjoin` with `contains_eager`, or select both: `select(Order, Review).outerjoin(Review, ...)` (SQLAlchemy 1.4 and later).",
        bad=example(
            "Fewer queries",
            "python",
            "orders = session.query(Order).join(",
            "    Review, and_(Review.order_id == Order.id, Review.author_id == author_id)",
            ").all()",
        ),
        good=example(
            "Fewer queries",
            "python",
            "orders = session.query(Order, Review).outerjoin(",
            "    Review, and_(Review.order_id == Order.id, Review.author_id == author_id)",
            ").all()",
        ),
        look=_drops_rows,
    ),
    Rule(
        id="session-shared-by-tasks",
        severity=Severity.WARNING,
        title="Queries that run at once by asyncio.gather use one database session.",
        why="A session holds one connection and one transaction: SQLAlchemy raises when a second task uses it in the middle of the first's query, or answers get mixed.",
        right="One AsyncSession for each task (`async with Session() as session:` inside it), or one query after the other (SQLAlchemy 1.4 and later says so).",
        bad=example(
            "Faster page",
            "python",
            "rows, count = await asyncio.gather(load_rows(session), load_count(session))",
        ),
        good=example(
            "Faster page",
            "python",
            "async with Session() as one, Session() as two:",
            "    rows, count = await asyncio.gather(load_rows(one), load_count(two))",
        ),
        look=_at_once,
    ),
    Rule(
        id="session-never-closed",
        severity=Severity.WARNING,
        title="A function hands out a database session that nothing closes.",
        why="Its connection goes back to the pool only when the garbage collector comes by: under load the pool runs dry while connections sit idle in transaction.",
        right="A context manager or a dependency that yields: `with Session(engine) as session: yield session` (SQLAlchemy 1.4 and later).",
        bad=example(
            "Sessions",
            "python",
            "from sqlalchemy.orm import Session",
            "",
            "def open_session():",
            "    return Session(bind=engine)",
        ),
        good=example(
            "Sessions",
            "python",
            "from sqlalchemy.orm import Session",
            "",
            "def open_session():",
            "    with Session(engine) as session:",
            "        yield session",
        ),
        look=_never_closed,
    ),
    Rule(
        id="ranking-without-order",
        severity=Severity.WARNING,
        title="The first rows are taken as the top ones, and nothing puts them in order.",
        why="A database returns rows in any order that suits it: “the most popular hundred” are a hundred of those that match.",
        right='`order_by("-views")[:100]` in Django, `.order_by(Item.views.desc()).limit(100)` in SQLAlchemy (every version).',
        bad=example("Warm up", "python", "popular = Article.objects.filter(views__gt=500)[:50]"),
        good=example(
            "Warm up", "python", 'popular = Article.objects.filter(views__gt=500).order_by("-views")[:50]'
        ),
        look=_no_order,
    ),
)
