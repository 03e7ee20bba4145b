"""Judge what Python does: it reads only if every name, call and assignment in it is known to read."""

import ast
import builtins
from collections.abc import Iterator
from functools import lru_cache

from runward.runbooks.programs.rules import Effect, changes, destroys, reads, worst
from runward.runbooks.shell.options import words_of

_BUILTINS = words_of(
    "print len str int float repr sorted sum min max list dict set tuple frozenset range enumerate zip map filter any all isinstance issubclass"
    " type round abs hasattr format bool ord chr hex oct bin dir next iter reversed bytes bytearray divmod pow hash id callable complex slice"
    " True False None Exception ValueError KeyError TypeError RuntimeError OSError SystemExit StopIteration NotImplemented __name__"
)
# Modules of which everything only computes, and modules of which only some names do.
_MODULES = words_of(
    "secrets json datetime time math statistics platform uuid base64 hashlib string re collections itertools textwrap pprint decimal fractions"
    " random calendar ipaddress hmac zlib binascii struct operator typing __future__ dataclasses enum zoneinfo urllib.parse html unicodedata"
)
_PARTS = {
    "os": words_of(
        "environ getenv getpid cpu_count path uname getcwd listdir sep name getuid getlogin stat scandir getloadavg linesep"
    ),
    "sys": words_of(
        "version version_info argv stdin platform path executable exit maxsize byteorder getrecursionlimit"
    ),
    "socket": words_of(
        "gethostbyname gethostname getfqdn getaddrinfo create_connection gethostbyaddr timeout"
    ),
    "shutil": words_of("disk_usage which get_terminal_size"),
    "importlib": words_of("metadata"),
    "functools": words_of("reduce partial lru_cache cache wraps"),
    "ssl": words_of("OPENSSL_VERSION get_server_certificate create_default_context"),
    "asyncio": words_of("gather sleep"),
}
_METHODS = words_of(
    "join split rsplit strip lstrip rstrip format items keys values get append extend lower upper title startswith endswith encode decode hexdigest"
    " digest isoformat strftime strptime timestamp total_seconds replace count index find rfind splitlines partition rpartition isdigit zfill ljust"
    " rjust center copy sort most_common group groups match search findall fullmatch astimezone date time now utcnow today fromisoformat timetuple"
    " dumps loads token_hex token_urlsafe token_bytes choice randint uuid4 sha256 md5 b64encode b64decode perf_counter path exists basename"
    " dirname abspath isfile isdir getsize getmtime gethostname node system release machine python_version sub compile exit add"
)
_QUERIES = words_of(
    "query filter filter_by join outerjoin options order_by limit offset all first one one_or_none count scalar group_by having distinct"
    " select_from with_entities select and_ or_ exists values_list values only defer select_related prefetch_related annotate aggregate"
)
_ENDING = words_of(
    "delete drop drop_all rmtree unlink rmdir remove removedirs truncate kill killpg terminate flushall flushdb delete_many delete_one drop_database"
    " drop_collection drop_table shutdown delete_object delete_objects delete_bucket destroy purge revoke"
)
_KNOWN = frozenset(dir(builtins))


@lru_cache(maxsize=256)
def tree_of(text: str) -> ast.Module | None:
    """The syntax tree, or None where this is not Python."""
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=256)
def python_effect(text: str) -> Effect:
    """The worst that this Python does when it is run."""
    tree = tree_of(text)
    if tree is None:
        return changes("it is not Python that can be read")
    try:
        return worst(*_Judging(tree).effects())
    except RecursionError:
        return changes("it is nested too deeply to be judged")


def undefined_names(tree: ast.Module) -> set[str]:
    """The names that a program uses and nothing in it defines."""
    nodes = list(ast.walk(tree))
    defined = {name for node in nodes for name in _defines(node)}
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return used - defined - _KNOWN


def _defines(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name


class _Judging:
    """Looks at every node of one program."""

    def __init__(self, tree: ast.Module) -> None:
        self._nodes = tuple(ast.walk(tree))
        self._modules: dict[str, str] = {}
        self._functions = {
            node.name for node in self._nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        self._own = {name for node in self._nodes for name in _defines(node)}

    def effects(self) -> Iterator[Effect]:
        yield reads("it only looks")
        for node in self._nodes:
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield self._imported(node)
        for node in self._nodes:
            yield from self._effects_of(node)

    def _imported(self, node: ast.Import | ast.ImportFrom) -> Effect:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._modules[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
            strange = [
                alias.name
                for alias in node.names
                if alias.name not in _MODULES and alias.name.partition(".")[0] not in _PARTS
            ]
        else:
            module = node.module or ""
            allowed = _PARTS.get(module, frozenset())
            strange = (
                []
                if module in _MODULES
                else [f"{module}.{alias.name}" for alias in node.names if alias.name not in allowed]
            )
            self._modules.update({alias.asname or alias.name: "" for alias in node.names if not strange})
        return changes(f"it imports {strange[0]}, whose effects are not known") if strange else reads()

    def _effects_of(self, node: ast.AST) -> Iterator[Effect]:
        if isinstance(node, ast.Call):
            yield self._called(node)
        elif isinstance(node, ast.Attribute):
            yield self._attribute(node)
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            yield (
                changes("it sets what belongs to a module") if self._root(node) in self._modules else reads()
            )
        elif isinstance(node, ast.Delete):
            yield (
                destroys("it deletes something")
                if any(not isinstance(target, ast.Name) for target in node.targets)
                else reads()
            )
        elif isinstance(node, ast.Name) and node.id in _KNOWN - _BUILTINS - self._own:
            yield changes(f"it uses {node.id}")

    def _attribute(self, node: ast.Attribute) -> Effect:
        if isinstance(node.ctx, ast.Store):
            return changes(f"it sets .{node.attr}")
        if node.attr.startswith("__") and node.attr not in {
            "__name__",
            "__version__",
            "__file__",
            "__tablename__",
        }:
            return changes(f"it reaches into {node.attr}")
        if isinstance(node.value, ast.Name) and node.value.id in self._modules:
            module = self._modules[node.value.id]
            allowed = _PARTS.get(module)
            if allowed is not None and node.attr not in allowed:
                return self._ended(node.attr) or changes(f"it uses {module}.{node.attr}")
        return reads()

    def _called(self, node: ast.Call) -> Effect:
        function = node.func
        if isinstance(function, ast.Name):
            if function.id == "open":
                return changes("it opens a file")
            known = function.id in _BUILTINS or function.id in self._modules or function.id in _QUERIES
            return (
                reads()
                if known or self._is_local(function.id)
                else self._ended(function.id) or changes(f"it calls {function.id}()")
            )
        if isinstance(function, ast.Attribute):
            return self._method(function)
        return changes("it calls what it computes")

    def _is_local(self, name: str) -> bool:
        return any(
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name
            for node in self._nodes
        )

    def _root(self, node: ast.expr) -> str:
        """The name that a chain of attributes, calls and subscripts begins with."""
        while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        return node.id if isinstance(node, ast.Name) else ""

    def _method(self, function: ast.Attribute) -> Effect:
        if function.attr in _QUERIES or function.attr in _METHODS:
            return reads()
        if self._root(function) in self._modules:
            return reads()  # what a known module is asked for is judged as an attribute of it
        return self._ended(function.attr) or changes(f"it calls .{function.attr}()")

    def _ended(self, name: str) -> Effect | None:
        return destroys(f"it calls {name}(), which cannot be undone") if name in _ENDING else None
