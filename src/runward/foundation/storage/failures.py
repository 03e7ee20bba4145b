"""Turn a database's own errors into ours, with what happened, to what, and what to do."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from runward.foundation.errors import Mistake, RunwardError, Unavailable

_SQLITE = (
    # what SQLite says, our error, what we say, what to do
    ("database is locked", Unavailable, "is locked by another process", "end the process that holds it"),
    ("database table is locked", Unavailable, "is locked by another process", "end the process that holds it"),
    ("disk is full", Unavailable, "cannot grow: the disk is full", "free space on its disk; nothing was half written"),
    ("disk i/o error", Unavailable, "cannot be read or written: the disk reports an error", "look at the disk's space, quota and health"),
    ("readonly database", Mistake, "may not be written to", "give your user the right to write the file and its folder"),
    ("unable to open database file", Mistake, "cannot be opened", "give your user the right to write the file and its folder"),
    ("file is not a database", Mistake, "is not a database", "point the setting at another file, or move this one away"),
    ("malformed", Mistake, "is damaged", "restore it from a copy, or save what can be read with: sqlite3 FILE .recover"),
)  # fmt: skip

_POSTGRES = (
    # the start of the SQLSTATE, our error, what we say, what to do
    ("53100", Unavailable, "cannot grow: the server's disk is full", "free space on the server's disk"),
    ("53", Unavailable, "has no more room or connections", "raise max_connections, or end other clients"),
    ("08", Unavailable, "cannot be reached", "look whether the server runs"),
    ("57P", Unavailable, "is being shut down or started", "try again in a moment"),
    ("57014", Unavailable, "took too long to answer", "look for what holds the locks in pg_stat_activity"),
    (
        "55P03",
        Unavailable,
        "is locked by another process",
        "look for what holds the locks in pg_stat_activity",
    ),
    ("40", Unavailable, "undid the change because another was in its way", "try again"),
    ("25006", Mistake, "may only be read", "point the setting at the primary, not at a standby"),
    ("28", Mistake, "refused the user or password", "mend the URL's user and password"),
    ("3D", Mistake, "does not exist", "create it first: createdb NAME"),
    (
        "42501",
        Mistake,
        "refused: the user lacks a right",
        "grant the user the right to create and use tables",
    ),
)


@contextmanager
def translated(place: str) -> Iterator[None]:
    """Raise our error for what is the database's state; let errors of a statement pass as they are."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable(f"No free connection to the database {place}; try again") from error
    except (DatabaseError, InterfaceError) as error:
        known = failure_of(error, place)
        if known is None:
            raise
        raise known from error


def failure_of(error: DBAPIError, place: str) -> RunwardError | None:
    """The error of ours that this one amounts to, or None if it is about a statement, not the database."""
    if isinstance(error.orig, sqlite3.Error):
        said = str(error.orig).lower()
        return next((_ours(row, place) for row in _SQLITE if row[0] in said), None)
    state = getattr(error.orig, "sqlstate", None) or ("08006" if error.connection_invalidated else "")
    if not state:
        return _unreached(str(error.orig), place)
    return next((_ours(row, place) for row in _POSTGRES if state.startswith(row[0])), None)


def _ours(row: tuple[str, type[RunwardError], str, str], place: str) -> RunwardError:
    _, kind, what, hint = row
    if kind is Mistake:
        return Mistake(f"The database {place} {what}", hint=f"{hint[0].upper()}{hint[1:]}")
    return kind(f"The database {place} {what}; {hint}")


def _unreached(said: str, place: str) -> RunwardError | None:
    """While connecting libpq gives no SQLSTATE: only its words tell a wrong password from a dead server."""
    lowered = said.lower()
    for part, state in (
        ("password authentication failed", "28"),
        ("no password supplied", "28"),
        ("no pg_hba.conf entry", "28"),
        ("role ", "28"),
        ("does not exist", "3D"),
        ("too many clients", "53"),
        ("starting up", "57P"),
        ("shutting down", "57P"),
    ):
        if part in lowered:
            return _ours(next(row for row in _POSTGRES if row[0] == state), place)
    if any(part in lowered for part in ("connect", "closed", "timeout", "resolve", "ssl")):
        return _ours(next(row for row in _POSTGRES if row[0] == "08"), place)
    return None
