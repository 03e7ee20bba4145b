"""Sessions that trouble a PostgreSQL: really slow queries, idle ones, and ones that wait for a lock."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from lab.postgres import PostgresServer
from lab.processes import wait_until

# A series in the list of results is counted as it comes; in FROM, or joined, it would be written to disk until that is full.
SLOW = "SELECT count(*) FROM (SELECT generate_series(1, 100000000000) AS n) AS series WHERE n % 7 = 3"
SLEEP = "SELECT pg_sleep(600)"


@contextmanager
def running_query(
    server: PostgresServer, database: str = "", text: str = SLOW, name: str = "report"
) -> Iterator[int]:
    """A query that keeps a processor busy until it is ended; the process id of its session."""
    connection = server.connect(database, application_name=name)
    pid = connection.info.backend_pid
    thread = threading.Thread(target=_run, args=(connection, text), daemon=True)
    thread.start()
    try:
        wait_until(lambda: _session(server, pid, "state = 'active'"), f"the query of {name}")
        yield pid
    finally:
        server.run_sql(f"SELECT pg_terminate_backend({pid})")
        thread.join(10)
        connection.close()


def _run(connection: psycopg.Connection[dict[str, Any]], text: str) -> None:
    try:
        connection.execute(text.encode())
    except psycopg.Error:
        return  # ended from outside, which is what these sessions are for


@contextmanager
def idle_sessions(
    server: PostgresServer, count: int, database: str = "", name: str = "web"
) -> Iterator[list[int]]:
    """Sessions that have asked something and now hold their place; their process ids."""
    connections = [server.connect(database, application_name=name) for _ in range(count)]
    try:
        for connection in connections:
            connection.execute("SELECT 1")
        yield [connection.info.backend_pid for connection in connections]
    finally:
        for connection in connections:
            connection.close()


@contextmanager
def waiting_for_lock(server: PostgresServer, database: str = "") -> Iterator[tuple[int, int]]:
    """A session that holds a table and one that waits for it; the process ids of the two."""
    server.run_sql("CREATE TABLE IF NOT EXISTS held (id int)", database)
    with server.connect(database, application_name="holder") as holder:
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE held")
        with running_query(server, database, "SELECT * FROM held", "waiter") as waiter:
            wait_until(lambda: _session(server, waiter, "wait_event_type = 'Lock'"), "the wait for the lock")
            yield holder.info.backend_pid, waiter
        holder.execute("ROLLBACK")


def is_alive(server: PostgresServer, pid: int) -> bool:
    """Whether a session still exists."""
    return bool(_session(server, pid, "true"))


def _session(server: PostgresServer, pid: int, condition: str) -> list[dict[str, Any]]:
    return server.run_sql(f"SELECT pid FROM pg_stat_activity WHERE pid = {pid} AND {condition}")
