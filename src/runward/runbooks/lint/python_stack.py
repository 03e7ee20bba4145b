"""Rules about Python samples that fail with the libraries they are meant for."""

import ast
import re
from collections.abc import Iterator

from runward.runbooks.finding.latest import once_a_runbook
from runward.runbooks.finding.model import Case, Found, Rule, Severity
from runward.runbooks.finding.places import found_at, found_in, mentions
from runward.runbooks.model import Runbook
from runward.runbooks.python.judge import tree_of

_ENDS = frozenset(["count", "all", "first", "one", "get", "filter", "filter_by", "order_by", "delete", "update", "paginate", "limit", "join"])  # fmt: skip


@once_a_runbook
def _pieces(runbook: Runbook) -> tuple[tuple[tuple[ast.AST, ...], int, int], ...]:
    """The nodes of each piece of Python with the lines it stands on."""
    return tuple((tuple(ast.walk(tree)), first, last) for tree, first, last in _trees(runbook))


def _trees(runbook: Runbook) -> Iterator[tuple[ast.Module, int, int]]:
    """Each piece of Python as a tree: fences, and what `python -c` is given."""
    for block in runbook.blocks:
        if block.written == "python":
            tree = tree_of(block.text)
            if tree is not None:
                yield tree, block.first_line, block.end
        for call in block.calls:
            if re.fullmatch(r"python[\d.]*|manage\.py", call.name) and call.has("-c"):
                words = [word for word in call.arguments if not word.text.startswith("-")]
                tree = tree_of(words[0].text) if words else None
                if tree is not None:
                    yield tree, call.command.line, call.command.end


def _structlog(case: Case) -> Iterator[Found]:
    for nodes, first, last in _pieces(case.runbook):
        for node in nodes:
            if not isinstance(node, ast.Call) or not _configures_structlog(node.func):
                continue
            said = {one.arg: ast.unparse(one.value) for one in node.keywords}
            if "stdlib." in said.get("processors", "") and "logger_factory" not in said and None not in said:
                line = min(first + node.lineno - 1, last)
                wrong = "the processors of structlog.stdlib need logger_factory=structlog.stdlib.LoggerFactory(): without it the first line that is logged raises AttributeError"
                yield found_at(case, line, "structlog.configure", wrong)


def _configures_structlog(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "configure"
        and isinstance(function.value, ast.Name)
        and function.value.id == "structlog"
    )


def _model_query(case: Case) -> Iterator[Found]:
    """`Order.query.count()` belongs to Flask-SQLAlchemy; an application served by an ASGI server has none."""
    for nodes, first, last in _pieces(case.runbook):
        for node in nodes:
            name = _queried(node)
            if not name:
                continue
            if mentions(case.runbook, r"\bflask\b") or not mentions(
                case.runbook, r"fastapi|uvicorn|starlette|hypercorn|litestar"
            ):
                return
            line = min(first + getattr(node, "lineno", 1) - 1, last)
            said = f"{name}.query is Flask-SQLAlchemy's; an application behind an ASGI server has no such attribute, and needs a session"
            yield found_in(case, line, last, f"{name}.query", said)


def _queried(node: ast.AST) -> str:
    """The model in `Model.query.count()`."""
    if not (isinstance(node, ast.Attribute) and node.attr in _ENDS and isinstance(node.value, ast.Attribute)):
        return ""
    inner = node.value
    if inner.attr == "query" and isinstance(inner.value, ast.Name) and inner.value.id[:1].isupper():
        return inner.value.id
    return ""


RULES = (
    Rule(
        "structlog-without-factory",
        Severity.ERROR,
        "structlog's processors for the standard library come with its logger factory.",
        "filter_by_level and add_logger_name ask the logger for what structlog's own PrintLogger does not have; the service starts and dies at the first line it logs.",
        "logger_factory=structlog.stdlib.LoggerFactory(), wrapper_class=structlog.stdlib.BoundLogger, and structlog.processors.format_exc_info for tracebacks (structlog 20 and later, seen with 26.1).",
        "# Book\n\n## Log\n\n```python\nimport structlog\n\nstructlog.configure(processors=[structlog.stdlib.filter_by_level, structlog.processors.JSONRenderer()])\n```\n",
        "# Book\n\n## Log\n\n```python\nimport structlog\n\nstructlog.configure(\n    processors=[structlog.stdlib.filter_by_level, structlog.processors.JSONRenderer()],\n    logger_factory=structlog.stdlib.LoggerFactory(),\n)\n```\n",
        _structlog,
    ),
    Rule(
        "query-of-another-framework",
        Severity.ERROR,
        "Models are queried in the way of the framework that is used.",
        "`Model.query` exists only where Flask-SQLAlchemy made the model: elsewhere the check of a migration ends with AttributeError and is skipped.",
        "`session.scalar(select(func.count()).select_from(Model))` in a session (SQLAlchemy 1.4 and later), compared with the count from before.",
        '# Book\n\nThe service runs under uvicorn.\n\n## Count\n\n```bash\npython -c "from app.models import Order; print(Order.query.count())"\n```\n',
        '# Book\n\nThe service runs under uvicorn.\n\n## Count\n\n```bash\npython -c "from app.db import session; from app.models import Order; from sqlalchemy import func, select; print(session.scalar(select(func.count()).select_from(Order)))"\n```\n',
        _model_query,
    ),
)
