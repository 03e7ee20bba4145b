"""Judge what SQL does: a statement reads only if all of it is known to read."""

import re
from functools import lru_cache

from runward.runbooks.programs.rules import Effect, changes, destroys, reads, worst
from runward.runbooks.sql.functions import function_effect
from runward.runbooks.sql.meta import meta_effect
from runward.runbooks.sql.tokens import Statement, Token, statements_of

_LOOKING = {"select", "values", "table", "with", "("}
_SHOWING = {"show", "describe", "desc", "use", "help", "fetch", "move", "list", "checksum"}
_SESSION = {
    "begin", "start", "commit", "end", "rollback", "savepoint", "release", "abort", "set", "reset", "discard", "declare", "close",
    "listen", "unlisten", "deallocate", "prepare", "load", "go",
}  # fmt: skip
_DESTROYING = {"drop", "truncate", "delete", "kill", "purge", "undrop"}
_CHANGING = {
    "insert", "update", "merge", "replace", "create", "alter", "grant", "revoke", "comment", "vacuum", "analyze", "reindex", "cluster",
    "refresh", "call", "do", "copy", "import", "lock", "notify", "checkpoint", "security", "reassign", "execute", "exec", "rename",
    "optimize", "repair", "flush", "change", "install", "backup", "load", "upsert", "attach", "detach", "pragma", "stop",
}  # fmt: skip
_WRITING = {"insert", "update", "delete", "merge", "truncate", "drop", "alter", "create", "replace", "upsert"}
_ACTS = {
    "insert": "adds rows", "update": "changes rows", "merge": "changes rows", "create": "creates something", "alter": "changes a definition",
    "grant": "gives rights", "revoke": "takes rights away", "vacuum": "rewrites tables", "analyze": "updates statistics",
    "reindex": "rebuilds indexes", "drop": "drops something for good", "truncate": "empties a table", "delete": "deletes rows",
    "copy": "loads or writes data", "call": "runs a procedure", "do": "runs a block of code", "refresh": "rebuilds a view",
    "kill": "ends a session", "purge": "deletes logs",
}  # fmt: skip
_NOT_CALLS = {
    "in", "and", "or", "not", "as", "on", "using", "over", "filter", "within", "values", "exists", "any", "all", "some", "from", "select",
    "where", "by", "union", "except", "intersect", "join", "case", "when", "then", "else", "between", "like", "ilike", "is", "partition",
    "interval", "with", "materialized", "recursive", "explain", "distinct", "limit", "offset", "having", "lateral", "array", "row", "group",
    "order", "varchar", "char", "character", "numeric", "decimal", "timestamp", "timestamptz", "time", "float", "bit", "sets", "rollup",
    "cube", "grouping", "tablesample", "bernoulli", "system", "unnest", "show", "set", "only", "if", "return", "returning", "int", "bigint",
    "varbinary", "nvarchar", "datetime2", "top", "index", "key", "force", "ignore", "nolock", "pivot", "unpivot", "cross", "outer",
    "inner", "left", "right", "full", "natural", "window", "range", "rows", "asc", "desc", "default", "column", "table", "view",
    "copy",
}  # fmt: skip
_EXPLAIN_OPTIONS = re.compile(r"\s*\w+\s*(\([^)]*\)|(?:analyze|analyse|verbose|\s)*)", re.IGNORECASE)
_NOT_ANALYZED = re.compile(r"analy[sz]e\s+(?:false|off|0|'false'|'off'|no)\b")
_ANALYZED = re.compile(r"\banaly[sz]e\b")


@lru_cache(maxsize=1024)
def sql_effect(text: str, dialect: str = "postgres", *, crafted: bool = False) -> Effect:
    """The worst that this SQL does."""
    effects = [statement_effect(statement) for statement in statements_of(text, dialect)]
    if crafted:
        effects.append(changes("a part of its SQL is computed"))
    return worst(*effects) if effects else reads("there is no SQL")


def statement_effect(statement: Statement) -> Effect:
    """What one statement does."""
    tokens = statement.tokens
    if not statement.whole:
        return worst(
            *(_effect_of_word(token.lower) for token in tokens if token.lower in _WRITING),
            changes("a quote is never closed"),
        )
    if tokens[0].kind == "meta":
        return meta_effect(statement.text, sql_effect)
    if tokens[0].lower.startswith((".", "!")):
        return changes(f"{statement.text.split()[0]} is a command of the client")
    said = [token.lower if token.kind in {"word", "sign"} else "" for token in tokens]
    sent = next((token for token in tokens if token.kind == "meta"), None)
    effects = [_judged(said, tokens, statement.text)]
    if sent is not None:
        effects.append(_sent(sent, statement.text[sent.at - tokens[0].at :]))
    return worst(*effects)


def _sent(token: Token, rest: str) -> Effect:
    r"""What becomes of a query's answer: \g alone prints it, \gexec runs it, \g with a name writes it."""
    if token.lower in {"\\gx", "\\gdesc", "\\gset", "\\crosstabview"} or rest.strip() in {"\\g", "\\G"}:
        return reads("its answer is shown")
    return changes(f"{token.text} runs or writes the answer")


def _judged(said: list[str], tokens: tuple[Token, ...], text: str) -> Effect:
    first = next((word for word in said if word != "("), "")
    if first == "explain":
        return _explained(said, tokens, text)
    if first in {"describe", "desc"} and len(said) > 1 and said[1] in _LOOKING | _WRITING | {"analyze"}:
        return _explained(said, tokens, text)
    if first in _LOOKING:
        return _query(said, tokens)
    if first in _DESTROYING:
        return _destroying(first, said)
    if first in _SHOWING:
        return (
            worst(reads(f"{first.upper()} only shows"), _functions(tokens))
            if not _writes(said)
            else changes(f"{first.upper()} may write")
        )
    if first in _SESSION:
        return _session(first, said, tokens)
    if first in _CHANGING:
        return _changing(first, said, tokens)
    return changes(f"SQL that begins with {tokens[0].text[:30]} is not known, so it may change something")


def _explained(said: list[str], tokens: tuple[Token, ...], text: str) -> Effect:
    """EXPLAIN plans; EXPLAIN ANALYZE executes what it explains."""
    head = _EXPLAIN_OPTIONS.match(text)
    options = head[1].lower() if head else ""
    off = _NOT_ANALYZED.search(options)
    if not _ANALYZED.search(options) or off:
        return worst(reads("EXPLAIN plans without executing"), _calls_meanwhile(said))
    place = next(
        (number for number, word in enumerate(said) if word in _LOOKING - {"("} | _WRITING | {"execute"}),
        None,
    )
    if place is None:
        return changes("EXPLAIN ANALYZE executes a query that is not known")
    inner = _judged(said[place:], tokens[place:], text)
    return worst(reads("EXPLAIN ANALYZE executes the query, which only selects"), inner)


def _calls_meanwhile(said: list[str]) -> Effect:
    return changes("several statements in one") if ";" in said else reads()


def _query(said: list[str], tokens: tuple[Token, ...]) -> Effect:
    """SELECT, WITH, VALUES, TABLE: the words that make them write, and the functions they call."""
    effects = [reads("it only selects"), _functions(tokens)]
    for number, word in enumerate(said):
        before = said[number - 1] if number else ""
        if word == "into" and before != ".":
            effects.append(changes("SELECT INTO writes its answer"))
        elif word in _WRITING and _begins_statement(said, number):
            effects.append(_effect_of_word(word))
        elif (
            word == "for"
            and said[number + 1 : number + 2]
            and said[number + 1] in {"update", "share", "no", "key"}
        ):
            effects.append(changes("SELECT FOR UPDATE locks rows"))
        elif word == "lock" and said[number + 1 : number + 2] == ["in"]:
            effects.append(changes("LOCK IN SHARE MODE locks rows"))
    return worst(*effects)


def _begins_statement(said: list[str], number: int) -> bool:
    """Whether a writing word begins a statement of its own: at the front, in a CTE, after the CTEs."""
    before = said[number - 1] if number else "("
    after = said[number + 1] if number + 1 < len(said) else ""
    if after == "(" and said[number] in {"replace", "insert", "truncate"} and before != ")":
        return before == "(" and said[number - 2 : number - 1] in (["as"], ["materialized"])
    return before in {"(", ")", "", "materialized", "then"} and after not in {",", ")", "=", "", "."}


def _effect_of_word(word: str) -> Effect:
    said = f"{word.upper()} {_ACTS.get(word, 'changes something')}"
    return destroys(said) if word in _DESTROYING else changes(said)


def _destroying(first: str, said: list[str]) -> Effect:
    if first == "kill" and "query" in said:
        return destroys("KILL QUERY ends what a session is doing")
    return _effect_of_word(first)


def _session(first: str, said: list[str], tokens: tuple[Token, ...]) -> Effect:
    """Statements that only concern the session itself; some words make them more."""
    second = said[1] if len(said) > 1 else ""
    if first in {"stop", "start", "reset"} and second in {"slave", "replica", "master", "group_replication"}:
        return (
            destroys("RESET MASTER or REPLICA forgets where replication stood")
            if first == "reset"
            else changes("it starts or stops replication")
        )
    if first == "set" and (
        second in {"global", "persist", "password", "persist_only"}
        or "@@global" in " ".join(token.lower for token in tokens)
    ):
        return changes("SET GLOBAL changes the server")
    if first in {"load", "prepare", "declare"} and (_writes(said) or first == "load"):
        return changes(f"{first.upper()} prepares or loads something that writes")
    if first == "reset" and second == "query":
        return changes("RESET QUERY CACHE empties a cache")
    return worst(reads(f"{first.upper()} concerns only the session"), _functions(tokens))


def _writes(said: list[str]) -> bool:
    return bool(_WRITING.intersection(said)) or "into" in said or "outfile" in said


def _changing(first: str, said: list[str], tokens: tuple[Token, ...]) -> Effect:
    text = " ".join(said)
    if first == "update" and "where" not in said:
        return destroys("UPDATE without WHERE overwrites every row")
    if first == "alter" and re.search(r"\b(?:drop|truncate partition|kill|discard|delete|clear)\b", text):
        return destroys("ALTER ... DROP removes something for good")
    if first == "merge" and "delete" in said:
        return destroys("MERGE ... DELETE deletes rows")
    if first in {"create", "replace"} and said[1:3] == ["or", "replace"] and "table" in said[:6]:
        return destroys("CREATE OR REPLACE TABLE throws the old table away")
    if first == "copy":
        return _copied(said, tokens)
    if first == "pragma":
        return changes("PRAGMA sets a value") if "=" in said or "(" in said else reads("PRAGMA shows a value")
    if first == "do" or first in {"exec", "execute", "call"}:
        body = " ".join(token.lower for token in tokens)
        ends = re.search(r"\b(?:drop|delete|truncate|terminate_backend)\b", body)
        return (
            destroys(f"{first.upper()} runs code that deletes or ends something")
            if ends
            else changes(f"{first.upper()} {_ACTS.get(first, 'runs code')}")
        )
    inner = _functions(tokens) if first in {"insert", "update", "create"} else reads()
    worse = _query(said, tokens) if first in {"insert", "create"} else reads()
    return worst(_effect_of_word(first), inner, worse)


def _copied(said: list[str], tokens: tuple[Token, ...]) -> Effect:
    """COPY ... TO STDOUT reads, if what it copies reads; to a program or file, and FROM, it does not."""
    if "to" in said and "stdout" in said and "program" not in said and not _writes(said):
        return worst(reads("COPY TO STDOUT only reads"), _functions(tokens))
    return changes("COPY loads data, writes a file or runs a program")


def _functions(tokens: tuple[Token, ...]) -> Effect:
    """The worst of the functions called."""
    effects = []
    for number, token in enumerate(tokens[:-1]):
        if tokens[number + 1].text != "(" or token.kind not in {"word", "name"}:
            continue
        name = token.lower.strip('"`')
        before = tokens[number - 1].lower if number else ""
        defined = before in {"with", ",", "recursive"} and _is_definition(tokens, number)
        if (name not in _NOT_CALLS or token.kind == "name") and not defined and before not in {"as", "into"}:
            effects.append(function_effect(name))
    return worst(*effects) if effects else reads()


def _is_definition(tokens: tuple[Token, ...], number: int) -> bool:
    """Whether this is a CTE with column names, `name (a, b) AS (`, rather than a call."""
    depth = 0
    for place in range(number + 1, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place].text, 0)
        if depth == 0:
            return (
                tokens[place + 1 : place + 2] != ()
                and tokens[place + 1].lower == "as"
                and tokens[place + 2 : place + 3] != ()
                and tokens[place + 2].text in {"(", "materialized", "not"}
            )
    return False
