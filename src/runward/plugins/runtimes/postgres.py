"""Run SQL on a PostgreSQL server: each statement for itself, its answer kept as a table.

A script that only reads: every statement in a READ ONLY transaction of its own, whatever it says itself, and
the next goes on after one that failed. Any other script: as psql does it, each statement committed for
itself unless the script says BEGIN; the first that fails ends it, and an open transaction is rolled back.
"""

import asyncio
import shutil
import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from psycopg.pq import TransactionStatus

from runward.foundation.errors import Mistake
from runward.foundation.masking import Masker
from runward.foundation.tape import ERR, OUT, Reader, Tape
from runward.plugins.contracts import CommandResult, Ended, Failure, Outcome, Query, Section, Table, Watch
from runward.plugins.runtimes.local import Local
from runward.plugins.shell.job import TAPE
from runward.plugins.sql.connecting import connect, connection_failure, masker_of
from runward.plugins.sql.executing import Complaint, Refused, Returned, execute
from runward.plugins.sql.printing import printed, table_of
from runward.plugins.sql.psql import as_psql
from runward.plugins.sql.statements import Statement, list_statements

_CANCELLED = "57014"
_IN_BLOCK = {TransactionStatus.INTRANS, TransactionStatus.INERROR}


async def perform(
    query: Query,
    folder: Path,
    watch: Watch | None = None,
    cancel: asyncio.Event | None = None,
    shell: Local | None = None,
) -> Outcome:
    """Carry out a script; its tape is left in `folder`."""
    statements, meta = list_statements(query.script, query.first_line)
    if meta or any(statement.needs_shell for statement in statements):
        return await _perform_with_psql(query, folder, watch, cancel, shell)
    session = _Session(query, statements, folder, watch or Watch())
    return await session.perform(cancel)


async def _perform_with_psql(
    query: Query, folder: Path, watch: Watch | None, cancel: asyncio.Event | None, shell: Local | None
) -> Outcome:
    if shutil.which("psql") is None:
        why = "it has commands of psql itself, and psql is not installed here"
        failure = Failure(query.first_line, "", why, 127, "not-found", "Install the PostgreSQL client.")
        return Outcome(Ended.REFUSED, failures=(failure,), folder=str(folder))
    try:
        order = as_psql(query)
    except (Mistake, psycopg.Error) as error:
        words = error.message if isinstance(error, Mistake) else "the address of the database cannot be read"
        line = (error.line if isinstance(error, Mistake) else 0) or query.first_line
        return Outcome(Ended.REFUSED, failures=(Failure(line, "", words, 2, "refused"),), folder=str(folder))
    runtime = shell or Local()
    try:
        return await runtime.perform(order, folder, watch, cancel)
    finally:
        if shell is None:
            runtime.close()


class _Session:
    """One script on one connection."""

    def __init__(self, query: Query, statements: list[Statement], folder: Path, watch: Watch) -> None:
        self._query, self._statements, self._folder, self._watch = query, statements, folder, watch
        self._masker: Masker = masker_of(query)
        self._tape = Tape(folder / TAPE)
        self._reader = Reader(folder / TAPE)
        self._notices: list[str] = []
        self._tables: list[Table] = []
        self._commands: list[CommandResult] = []
        self._failures: list[Failure] = []
        self._begun: list[tuple[Statement, datetime, float]] = []
        self._ended = Ended.FINISHED
        self._stop = Ended.FINISHED  # why the server was asked to stop

    async def perform(self, cancel: asyncio.Event | None) -> Outcome:
        started_at, started = datetime.now(UTC), time.monotonic()
        try:
            connection = await connect(self._query)
        except psycopg.Error as error:
            failure = connection_failure(error, self._query, self._masker)
            return Outcome(
                Ended.REFUSED, failures=(failure,), folder=str(self._folder), started_at=started_at
            )
        connection.add_notice_handler(self._note)
        try:
            await self._bounded(connection, cancel)
        finally:
            with suppress(psycopg.Error):
                await connection.close()
            self._tape.close()
        return self._outcome(started_at, time.monotonic() - started)

    async def _bounded(
        self, connection: psycopg.AsyncConnection[tuple[object, ...]], cancel: asyncio.Event | None
    ) -> None:
        """The whole script, unless somebody cancels it or its time is over."""
        work = asyncio.ensure_future(self._all(connection))
        waits = [work] if cancel is None else [work, asyncio.ensure_future(cancel.wait())]
        try:
            await asyncio.wait(
                waits, timeout=self._query.time_limit_seconds, return_when=asyncio.FIRST_COMPLETED
            )
            if not work.done():
                self._stop = Ended.CANCELLED if cancel and cancel.is_set() else Ended.TIMED_OUT
                with suppress(psycopg.Error):
                    await connection.cancel_safe(timeout=5.0)
            await asyncio.wait([work], timeout=15)
            if not work.done():
                work.cancel()
            with suppress(asyncio.CancelledError):
                await work
        finally:
            for wait in waits:
                wait.cancel()

    async def _all(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        for statement in self._statements:
            if self._stop is not Ended.FINISHED:
                break
            if not await self._one(connection, statement) and not self._query.read_only:
                break
            if connection.closed:
                break
        self._ended = self._stop
        if not connection.closed and connection.info.transaction_status in _IN_BLOCK:
            why = "the script began a transaction and never committed it: it was rolled back"
            last = self._begun[-1][0] if self._begun else None
            if not self._failures:
                line = last.line if last else self._query.first_line
                self._failures.append(Failure(line, "", why, 3, "open-transaction"))

    async def _one(
        self, connection: psycopg.AsyncConnection[tuple[object, ...]], statement: Statement
    ) -> bool:
        """One statement and what became of it."""
        self._begun.append((statement, datetime.now(UTC), time.monotonic()))
        self._watch.began(statement.line)
        self._notices.clear()
        try:
            returned = await self._execute(connection, statement)
        except Refused as refusal:
            self._refused(statement, refusal.complaint)
            return False
        except psycopg.Error as error:
            self._lost(statement, str(error))
            return False
        notices = tuple(self._masker.text(notice) for notice in self._notices)
        shown = self._masker.text(statement.text)
        table = table_of(
            statement.line, shown, self._masked(returned), notices, read_only=self._query.read_only
        )
        self._tables.append(table)
        self._record(CommandResult(statement.line, shown, (0,), section=statement.line))
        self._say(OUT, statement.line, printed(table))
        return True

    async def _execute(
        self, connection: psycopg.AsyncConnection[tuple[object, ...]], statement: Statement
    ) -> Returned:
        if not self._query.read_only:
            return await execute(connection, statement.text, self._query.row_limit)
        if statement.is_transaction_control:
            return Returned(
                tag=f"{statement.head.split(' ')[0]}: each statement has a read-only transaction of its own"
            )
        await execute(connection, "BEGIN TRANSACTION READ ONLY", 0)
        try:
            return await execute(connection, statement.text, self._query.row_limit)
        finally:
            if not connection.closed and connection.info.transaction_status in _IN_BLOCK:
                with suppress(Refused, psycopg.Error):
                    await execute(connection, "COMMIT", 0)

    def _refused(self, statement: Statement, complaint: Complaint) -> None:
        line = statement.line
        if complaint.position:
            line += statement.text.count("\n", 0, complaint.position - 1)
        hint = " ".join(part for part in (complaint.detail, complaint.hint) if part)
        if complaint.code == _CANCELLED and self._stop is Ended.TIMED_OUT:
            message = f"the script took longer than {self._query.time_limit_seconds:g} s and was stopped"
        elif complaint.code == _CANCELLED and self._stop is Ended.CANCELLED:
            message = "it was cancelled"
        else:
            message = complaint.message
        self._fail(statement, line, message, complaint.code, hint)

    def _lost(self, statement: Statement, said: str) -> None:
        self._stop = self._stop if self._stop is not Ended.FINISHED else Ended.LOST
        why = f"the connection was lost, and whether this was done is not known: {said.strip()}"
        self._fail(statement, statement.line, why, "08006", "")

    def _fail(self, statement: Statement, line: int, message: str, code: str, hint: str) -> None:
        message, hint, shown = (self._masker.text(text) for text in (message, hint, statement.text))
        why = f"{message} (SQLSTATE {code})" if code else message
        self._failures.append(Failure(line, shown, why, 3, code, hint))
        self._record(CommandResult(statement.line, shown, (3,), failed=True, why=why, section=statement.line))
        notices = "".join(f"{self._masker.text(notice)}\n" for notice in self._notices)
        self._say(ERR, statement.line, f"{notices}ERROR:  {why}\n" + (f"{hint}\n" if hint else ""))

    def _record(self, command: CommandResult) -> None:
        _, at, started = self._begun[-1]
        took = round(time.monotonic() - started, 6)
        self._commands.append(replace(command, started_at=at, took_seconds=took))

    def _note(self, notice: psycopg.errors.Diagnostic) -> None:
        self._notices.append(f"{notice.severity}:  {notice.message_primary}")

    def _masked(self, returned: Returned) -> Returned:
        returned.rows = [
            tuple(self._masker.text(value) if isinstance(value, str) else value for value in row)
            for row in returned.rows
        ]
        return returned

    def _say(self, stream: str, line: int, text: str) -> None:
        self._tape.write(stream, line, text.encode(), time.time())
        for frame in self._reader.read():
            self._watch.heard(frame)

    def _outcome(self, started_at: datetime, took: float) -> Outcome:
        places = self._tape.places
        stopped = self._ended not in {Ended.FINISHED, Ended.LOST}
        begun = len(self._begun)
        waiting = self._statements[begun:]
        return Outcome(
            ended=self._ended,
            exit=3 if self._failures else 0,
            commands=tuple(self._commands),
            failures=tuple(self._failures),
            sections=tuple(self._sections()),
            tables=tuple(self._tables),
            doubts=(self._tape.trouble,) if self._tape.trouble else (),
            running=(_titled(self._begun[-1][0]),) if stopped and self._begun else (),
            not_started=tuple(map(_titled, waiting)),
            folder=str(self._folder),
            out_bytes=places[OUT],
            err_bytes=places[ERR],
            started_at=started_at,
            took_seconds=took,
        )

    def _sections(self) -> list[Section]:
        sizes, lines = self._tape.bytes_of, self._tape.lines_of
        took = {command.line: command.took_seconds for command in self._commands}
        return [
            Section(
                line=statement.line,
                end=statement.line + statement.text.count("\n"),
                text=self._masker.text(statement.text),
                out_bytes=sizes[OUT, statement.line],
                err_bytes=sizes[ERR, statement.line],
                lines=lines[statement.line],
                dropped_bytes=self._tape.dropped_of[statement.line],
                started_at=at,
                took_seconds=took.get(statement.line, 0.0),
            )
            for statement, at, _ in self._begun
        ]


def _titled(statement: Statement) -> str:
    return f"line {statement.line}: {statement.text.strip().splitlines()[0]}"


async def list_running(address: str, name: str) -> list[str]:
    """The statements that sessions of this application name are still carrying out, after a crash of ours."""
    async with await psycopg.AsyncConnection.connect(
        address, autocommit=True, connect_timeout=10
    ) as connection:
        cursor = await connection.execute(
            "SELECT query FROM pg_stat_activity WHERE application_name = %s AND state <> 'idle' AND pid <> pg_backend_pid()",
            (name,),
        )
        return [str(row[0]) for row in await cursor.fetchall()]
