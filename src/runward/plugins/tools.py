"""What an action uses to reach its target: sessions and clients whose every wait has an end."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import redis.asyncio
from psycopg.rows import dict_row
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, RedisError

from runward.foundation.errors import Rejected, Unavailable
from runward.plugins.contracts import Errand, Query, Row
from runward.plugins.sql.connecting import connect, connection_failure, masker_of

_PATIENCE = 10.0  # seconds for a connection, and for one answer of a Redis
_STATEMENT = 60.0


class Session:
    """One session on a PostgreSQL server."""

    def __init__(self, connection: psycopg.AsyncConnection[tuple[object, ...]]) -> None:
        self._connection = connection
        self.version = connection.info.server_version

    async def rows(self, statement: str, values: Row | None = None) -> list[dict[str, Any]]:
        """What a statement returns; `%(name)s` in it stands for a value."""
        async with self._connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(statement.encode(), values or {})
            return await cursor.fetchall() if cursor.description else []


class Reach:
    """The tools of one errand."""

    def __init__(self, errand: Errand, say: Callable[[str], None]) -> None:
        self.address, self.folder, self.say = errand.address, Path(errand.folder), say
        self._errand = errand

    @asynccontextmanager
    async def postgres(self, *, changes: bool = False) -> AsyncIterator[Session]:
        """A session on the target; without `changes` the server itself refuses to write."""
        errand = self._errand
        query = Query("", self.address, errand.first_line, read_only=not changes, statement_seconds=min(_STATEMENT, errand.time_limit_seconds),
                      time_limit_seconds=errand.time_limit_seconds, name=errand.name, secrets=errand.secrets)  # fmt: skip
        try:
            connection = await connect(query)
        except psycopg.Error as problem:
            failure = connection_failure(problem, query, masker_of(query))
            raise Unavailable(f"{failure.why}\n  {failure.hint}" if failure.hint else failure.why) from None
        try:
            yield Session(connection)
        except psycopg.Error as problem:
            raise Rejected(_said(problem)) from problem
        finally:
            await connection.close()

    @asynccontextmanager
    async def redis(self) -> AsyncIterator[Any]:
        """A client of redis.asyncio on the target, whose answers are text."""
        client = redis.asyncio.Redis.from_url(
            self.address, decode_responses=True, encoding_errors="surrogateescape", client_name=self._errand.name.replace(" ", "-"),
            socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE, retry=Retry(NoBackoff(), 0),
        )  # fmt: skip
        try:
            yield client
        except AuthenticationError as problem:
            raise Rejected(f"the server does not accept the user and password: {problem}") from problem
        except (
            redis.exceptions.ConnectionError,
            redis.exceptions.TimeoutError,
            TimeoutError,
        ) as problem:
            raise Unavailable(f"no answer from the Redis: {problem}") from problem
        except RedisError as problem:
            raise Rejected(f"the Redis refuses: {problem}") from problem
        finally:
            await client.aclose()


def _said(problem: psycopg.Error) -> str:
    words = problem.diag.message_primary or str(problem).strip() or type(problem).__name__
    return f"{words} (SQLSTATE {problem.sqlstate})" if problem.sqlstate else words
