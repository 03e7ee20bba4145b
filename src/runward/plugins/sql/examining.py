"""Ask a PostgreSQL server whether it would understand statements, without executing any of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from runward.plugins.sql.statements import Statement

_PREPARED = "runward_look"
_UNDERSTOOD = frozenset({"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "VALUES", "TABLE", "MERGE"})
_EXPLAIN = re.compile(r"\s*EXPLAIN\s*(?:\([^)]*\)|(?:\s*\b(?:ANALYZE|VERBOSE)\b)*)\s*", re.IGNORECASE)
_NAME = r"""((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))?)"""
_TABLE = re.compile(
    r"(?:VACUUM(?:\s*\([^)]*\))?(?:\s+(?:FULL|FREEZE|VERBOSE|ANALYZE))*"
    r"|ANALYZE(?:\s+VERBOSE)?|CLUSTER|LOCK\s+TABLE|TRUNCATE(?:\s+TABLE)?(?:\s+ONLY)?"
    r"|REINDEX\s+(?:TABLE|INDEX)(?:\s+CONCURRENTLY)?"
    r"|(?:ALTER|DROP)\s+(?:TABLE|INDEX|VIEW|MATERIALIZED\s+VIEW|SEQUENCE)(?:\s+CONCURRENTLY)?(?:\s+ONLY)?"
    r"|REFRESH\s+MATERIALIZED\s+VIEW(?:\s+CONCURRENTLY)?"
    r"|CREATE\s+(?:UNIQUE\s+)?INDEX(?:\s+CONCURRENTLY)?\s+(?:IF\s+NOT\s+EXISTS\s+)?\w+\s+ON(?:\s+ONLY)?)"
    rf"\s+{_NAME}",
    re.IGNORECASE,
)
_MAKES = re.compile(
    rf"CREATE\s+(?:TEMP\w*\s+|UNLOGGED\s+)?(?:TABLE|(?:MATERIALIZED\s+)?VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What a server says against a statement; `word` is what it points at, on the document's line."""

    line: int
    word: str
    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Examined:
    """A server's version, as PostgreSQL numbers it (15.4 is (15, 4)), and what it says against statements."""

    version: tuple[int, ...] = ()
    faults: tuple[Fault, ...] = ()
    why: str = ""  # it could not be asked, "" if it could


def examine(address: str, statements: Sequence[Statement], patience_seconds: int = 5) -> Examined:
    """Have a server parse statements in a transaction that reads only and is rolled back.

    `address` is a connection URL. A statement that cannot be prepared (VACUUM, ALTER ...) has only the table it
    names looked up; what an earlier statement would make counts as there. Never raises for a server that is gone.
    """
    try:
        with psycopg.connect(
            address,
            autocommit=True,
            connect_timeout=max(2, patience_seconds),
            application_name="runward/look",
            options=f"-c default_transaction_read_only=on -c statement_timeout={patience_seconds}s -c lock_timeout=1s",
        ) as connection:
            number = connection.info.server_version
            found = _Examiner(connection).faults(statements)
            return Examined((number // 10000, number % 10000), tuple(found))
    except psycopg.Error as problem:
        said = str(problem).strip().splitlines()
        return Examined(why=(said[0] if said else type(problem).__name__)[:200])


@dataclass(slots=True)
class _Examiner:
    connection: psycopg.Connection[tuple[object, ...]]
    made: set[str] = field(default_factory=set)  # what earlier statements would make

    def faults(self, statements: Sequence[Statement]) -> list[Fault]:
        found = [self._fault(one) for one in statements]
        return [one for one in found if one and one.word.lower() not in self.made]

    def _fault(self, statement: Statement) -> Fault | None:
        """What the server says against one statement, if it says anything."""
        makes = _MAKES.match(statement.head)
        if makes:
            self.made.add(_plain(makes[1]))
            return None
        text = (
            _EXPLAIN.sub("", statement.text, count=1)
            if statement.head.startswith("EXPLAIN")
            else statement.text
        )
        if _first_word(text) in _UNDERSTOOD:
            return self._prepared(text, statement.text.find(text), statement)
        named = _TABLE.match(" ".join(statement.text.split()))
        return self._looked_up(named[1], statement) if named else None

    def _prepared(self, text: str, offset: int, statement: Statement) -> Fault | None:
        head = f"PREPARE {_PREPARED} AS "
        try:
            with self.connection.transaction(force_rollback=True):
                self.connection.execute((head + text).encode())
            self.connection.execute(sql.SQL("DEALLOCATE {}").format(sql.Identifier(_PREPARED)))
        except psycopg.errors.QueryCanceled:
            return None
        except psycopg.Error as problem:
            if problem.diag.sqlstate is None:
                raise
            at = int(problem.diag.statement_position or 0) - 1 - len(head)
            return _fault_at(statement, at + max(offset, 0) if at >= 0 else -1, problem)
        return None

    def _looked_up(self, name: str, statement: Statement) -> Fault | None:
        """Whether the table that a statement names is there; "IF EXISTS" asks that itself."""
        if name.upper() in {"IF", "DATABASE", "SYSTEM", "SCHEMA"}:
            return None
        row = self.connection.execute("SELECT to_regclass(%s)", (name,)).fetchone()
        if row and row[0] is None:
            line = statement.line + statement.text[: max(statement.text.find(name), 0)].count("\n")
            return Fault(line, name, f"there is no {name} in this database")
        return None


def _fault_at(statement: Statement, at: int, problem: psycopg.Error) -> Fault:
    """The server's complaint with the word it points at; `at` counts from the statement's first character."""
    start = max(at, 0)
    word = re.match(r"[\w.\"]+|\S", statement.text[start:])
    line = statement.line + statement.text[:start].count("\n")
    message = problem.diag.message_primary or str(problem)
    return Fault(
        line, word[0] if word else statement.text.split()[0], message, problem.diag.message_hint or ""
    )


def _plain(name: str) -> str:
    return name.replace('"', "").lower()


def _first_word(text: str) -> str:
    found = re.search(r"[A-Za-z]+", re.sub(r"--[^\n]*|/\*.*?\*/|\(", " ", text, flags=re.DOTALL))
    return found[0].upper() if found else ""
