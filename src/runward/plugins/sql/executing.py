"""Execute one statement and keep what it returns, however much that is."""

import time
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import generators, pq
from psycopg.postgres import types

_INTEGERS = frozenset({"int2", "int4", "int8", "oid"})
_FLOATS = frozenset({"float4", "float8", "numeric"})
_EXACT_DIGITS = 15
_CHUNK = 500
_ROWS = {pq.ExecStatus.TUPLES_OK, pq.ExecStatus.SINGLE_TUPLE, pq.ExecStatus.TUPLES_CHUNK}
_STREAMS = {pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH}


@dataclass(slots=True)
class Returned:
    """What a statement gave back."""

    columns: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    count: int = 0
    tag: str = ""
    took: float = 0.0


@dataclass(frozen=True, slots=True)
class Complaint:
    """What the server has against a statement."""

    message: str
    code: str = ""
    detail: str = ""
    hint: str = ""
    context: str = ""
    position: int = 0  # 1-based, in characters of the statement


class Refused(Exception):
    """The server did not carry a statement out."""

    def __init__(self, complaint: Complaint) -> None:
        self.complaint = complaint
        super().__init__(complaint.message)


async def execute(connection: psycopg.AsyncConnection[Any], statement: str, row_limit: int) -> Returned:
    """Carry out exactly one statement; rows beyond the limit are counted and let go.

    The extended protocol takes one statement only, so nothing can hide behind the one we meant.
    """
    pgconn = connection.pgconn
    returned = Returned()
    started = time.monotonic()
    async with connection.lock:
        pgconn.send_query_params(statement.encode(), None)
        pgconn.set_chunked_rows_mode(_CHUNK) if psycopg.capabilities.has_stream_chunked() else (
            pgconn.set_single_row_mode()
        )
        await connection.wait(generators.send(pgconn))
        complaint = None
        while (result := await connection.wait(generators.fetch(pgconn))) is not None:
            complaint = complaint or _complaint(result)
            _keep(result, returned, row_limit)
            if result.status in _STREAMS:
                pgconn.finish()
                raise Refused(Complaint("COPY with the client's own streams needs psql", "0A000"))
    returned.took = time.monotonic() - started
    if complaint:
        raise Refused(complaint)
    return returned


def _keep(result: pq.abc.PGresult, returned: Returned, row_limit: int) -> None:
    tag = (result.command_status or b"").decode("utf-8", "replace")
    returned.tag = tag or returned.tag
    if result.status not in _ROWS:
        return
    if not returned.columns and result.nfields:
        fields = range(result.nfields)
        returned.columns = tuple((result.fname(place) or b"").decode("utf-8", "replace") for place in fields)
        returned.types = tuple(_type_name(result.ftype(place)) for place in fields)
    for row in range(min(result.ntuples, max(0, row_limit - len(returned.rows)))):
        returned.rows.append(
            tuple(_value(result.get_value(row, place), kind) for place, kind in enumerate(returned.types)),
        )
    returned.count += result.ntuples


def _type_name(oid: int) -> str:
    found = types.get(oid)
    if found is None:
        return str(oid)
    return f"{found.name}[]" if found.array_oid == oid else found.name


def _value(data: bytes | None, kind: str) -> Any:
    """A value as JSON knows it; what JSON cannot hold exactly stays the text that PostgreSQL gave."""
    if data is None:
        return None
    text = data.decode("utf-8", "replace").replace("\0", "")
    if kind in _INTEGERS:
        return int(text)
    if kind == "bool":
        return text == "t"
    if kind in _FLOATS and text[-1:].isdigit() and sum(map(str.isdigit, text)) <= _EXACT_DIGITS:
        return float(text)
    return text


def _complaint(result: pq.abc.PGresult) -> Complaint | None:
    if result.status not in {pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE}:
        return None

    def field_of(name: pq.DiagnosticField) -> str:
        return (result.error_field(name) or b"").decode("utf-8", "replace")

    message = (
        field_of(pq.DiagnosticField.MESSAGE_PRIMARY)
        or result.error_message.decode("utf-8", "replace").strip()
    )
    position = field_of(pq.DiagnosticField.STATEMENT_POSITION)
    return Complaint(
        message=message,
        code=field_of(pq.DiagnosticField.SQLSTATE),
        detail=field_of(pq.DiagnosticField.MESSAGE_DETAIL),
        hint=field_of(pq.DiagnosticField.MESSAGE_HINT),
        context=field_of(pq.DiagnosticField.CONTEXT),
        position=int(position) if position.isdigit() else 0,
    )
