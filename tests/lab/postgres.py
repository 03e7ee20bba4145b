"""A real PostgreSQL on a free loopback port, with a streaming standby when asked."""

import shutil
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql as sqltext
from psycopg.rows import dict_row

from lab.processes import (
    HERE,
    Child,
    Place,
    end,
    free_port,
    fresh_folder,
    get_program,
    give,
    needs,
    unprivileged_user,
    wait_until,
)

SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "replica",
    "max_wal_senders": "10",
    "wal_keep_size": "64MB",
    "hot_standby": "on",
    "shared_buffers": "16MB",
    "track_io_timing": "on",
    "log_min_duration_statement": "500ms",
}


@dataclass
class PostgresServer:
    """A running server; `url` is its superuser's, by TCP and password."""

    folder: Path
    port: int
    process: Child
    place: Place = HERE
    user: str = "lab"
    password: str = "lab-secret"
    database: str = "postgres"
    settings: dict[str, str] = field(default_factory=dict)

    @classmethod
    def start(
        cls,
        folder: Path,
        *,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        place: Place = HERE,
        movable_clock: bool = False,
    ) -> Self:
        """Make a cluster in `folder` (made when absent) and wait until it answers.

        With a movable clock, `move_clock` lets minutes pass for the server in no time.
        """
        needs("initdb", "postgres", "setpriv")
        data = _cluster_folder(folder, place)
        _init(folder, data, place)
        if movable_clock:
            _set_clock(place.seen(folder / "clock"), timedelta())
        return cls._launch(folder, port, {**SETTINGS, **(settings or {})}, place)

    @classmethod
    def _launch(cls, folder: Path, port: int, settings: dict[str, str], place: Place) -> Self:
        for _ in range(5):
            chosen = port or free_port()
            server = cls(folder, chosen, _serve(folder, chosen, settings, place), place, settings=settings)
            if server._came_up():
                return server
        raise RuntimeError(f"PostgreSQL did not start; its log ends with: {server.log[-1500:]}")

    def _came_up(self) -> bool:
        return wait_until(self._state, f"PostgreSQL in {self.folder}", within=60) == "up"

    def _state(self) -> str | None:
        if self.process.poll() is not None:
            return "down"
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return None
        return "up"

    @property
    def log(self) -> str:
        """All that the server has said."""
        return self.place.seen(self.folder / "postgres.log").read_text(errors="replace")

    @property
    def sockets(self) -> Path:
        """The folder of its Unix socket (host=... of a connection without a network)."""
        return self.folder / "s"

    @property
    def url(self) -> str:
        """The URL of the superuser on the database `postgres`."""
        return self.url_of(self.database)

    def url_of(self, database: str) -> str:
        """The URL of another database of this server."""
        return f"postgresql://{self.user}:{quote(self.password)}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str = "", **options: Any) -> psycopg.Connection[dict[str, Any]]:
        """A connection in autocommit whose rows are dicts; close it yourself."""
        url = self.url_of(database or self.database)
        if self.place.door:
            options = {"host": str(self.place.seen(self.sockets)), **options}
        return psycopg.connect(url, autocommit=True, row_factory=dict_row, connect_timeout=5, **options)

    def run_sql(self, text: str, database: str = "") -> list[dict[str, Any]]:
        """Run statements; the rows of the last one, none if it has none."""
        with self.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(text.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    def move_clock(self, ahead: timedelta) -> None:
        """Set the clock of a server with a movable clock so far ahead of the true time."""
        _set_clock(self.place.seen(self.folder / "clock"), ahead)

    def create_database(self, name: str) -> str:
        """Make an empty database; its URL."""
        with self.connect() as connection:
            connection.execute(sqltext.SQL("CREATE DATABASE {}").format(sqltext.Identifier(name)))
        return self.url_of(name)

    def start_standby(self, folder: Path, *, port: int = 0, name: str = "standby1") -> "PostgresServer":
        """Copy this server with pg_basebackup and let the copy stream from it."""
        data = _cluster_folder(folder, self.place)
        origin = f"host=127.0.0.1 port={self.port} user={self.user} password={self.password} application_name={name}"
        command = [
            get_program("pg_basebackup"),
            "-d",
            origin,
            "-D",
            str(data),
            "-R",
            "-X",
            "stream",
            "-c",
            "fast",
            "--no-sync",
        ]
        self.place.do(command, user=unprivileged_user())
        standby = PostgresServer._launch(folder, port, {**self.settings, "cluster_name": name}, self.place)
        wait_until(
            lambda: self.run_sql("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"), "streaming"
        )
        return standby

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """End it: SIGINT breaks off sessions, SIGKILL is a crash."""
        end(self.process, how)

    def restart(self) -> None:
        """Start it again on the same port and data after a stop or a crash."""
        self.process = _serve(self.folder, self.port, self.settings, self.place)
        if not self._came_up():
            raise RuntimeError(f"PostgreSQL did not come back: {self.log[-1500:]}")


def _cluster_folder(folder: Path, place: Place) -> Path:
    """The data folder inside `folder`, everything in the server's own hands."""
    user = unprivileged_user()
    for part in (folder, folder / "s"):
        place.seen(part).mkdir(parents=True, exist_ok=True)
        give(place.seen(part), user)
    return folder / "data"


def _init(folder: Path, data: Path, place: Place) -> None:
    secret = folder / "password"
    place.seen(secret).write_text(PostgresServer.password)
    method = ["--auth-local=trust", "--auth-host=scram-sha-256", f"--pwfile={secret}"]
    words = [
        "-D",
        str(data),
        "-U",
        PostgresServer.user,
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
        *method,
    ]
    place.do([get_program("initdb"), *words], user=unprivileged_user())


def _serve(folder: Path, port: int, settings: Mapping[str, str], place: Place) -> Child:
    sockets = folder / "s"
    short = len(str(sockets)) < 80  # the kernel allows 107 bytes with the socket's own name
    options = {**settings, "port": str(port), "unix_socket_directories": str(sockets) if short else ""}
    flags = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    command = [*_clock(folder, place), get_program("postgres"), "-D", str(folder / "data"), *flags]
    return place.spawn(command, folder / "postgres.log", user=unprivileged_user(), death="QUIT")


def _set_clock(file: Path, ahead: timedelta) -> None:
    fresh = file.with_suffix(".new")
    fresh.write_text(f"{ahead.total_seconds():+f}s\n")
    fresh.replace(file)


def _clock(folder: Path, place: Place) -> list[str]:
    """The words that make a server look at its own clock, when it has one."""
    if not place.seen(folder / "clock").exists():
        return []
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        needs("faketime")
    settings = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": folder / "clock", "FAKETIME_NO_CACHE": 1}
    return ["env", "DONT_FAKE_MONOTONIC=1", *(f"{name}={value}" for name, value in settings.items())]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of this test session's own (of each worker's); leave no databases behind."""
    folder = fresh_folder("pg")
    server = PostgresServer.start(folder)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
