"""The one database: whole transactions, clear errors, and the same meaning on both kinds."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text
from sqlalchemy.exc import DBAPIError, StatementError

import runward
from lab.postgres import PostgresServer
from runward.foundation.errors import Mistake, RunwardError, Unavailable
from runward.foundation.storage.database import Database, claimable, hold, parsed_url
from runward.foundation.storage.schema import JsonText, Moment, Words, canonical_json
from runward.foundation.storage.sqlite import make_sqlite_file

_metadata = MetaData()
things = Table(
    "things",
    _metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Moment),
    Column("data", JsonText),
    Column("words", Words),
    Column("count", Integer),
)
SOURCE = str(Path(runward.__file__).parent.parent)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def stocked(database: Database) -> Database:
    """A database with one more table."""
    with database.transaction() as tx:
        _metadata.create_all(tx)
    return database


def test_a_transaction_is_all_or_nothing(stocked: Database) -> None:
    with suppress(KeyError), stocked.transaction() as tx:
        tx.execute(insert(things).values(id=1))
        raise KeyError
    with stocked.transaction() as tx:
        tx.execute(insert(things).values(id=2))
    with stocked.reading() as tx:
        assert list(tx.execute(select(things.c.id)).scalars()) == [2]


def test_reading_refuses_to_write_and_leaves_the_connection_able(stocked: Database) -> None:
    with pytest.raises((DBAPIError, Mistake)), stocked.reading() as tx:
        tx.execute(insert(things).values(id=1))
    for number in range(20):
        with stocked.transaction() as tx:
            tx.execute(insert(things).values(id=number))


def test_a_transaction_within_a_transaction_is_a_fault_of_the_program(stocked: Database) -> None:
    with stocked.transaction(), pytest.raises(RuntimeError, match="already open"), stocked.transaction():
        pass
    with stocked.transaction() as tx, stocked.reading() as other:
        tx.execute(insert(things).values(id=1))
        assert other.execute(select(things)).all() == []


def test_writers_queue_and_lose_nothing(stocked: Database) -> None:
    with stocked.transaction() as tx:
        tx.execute(insert(things).values(id=1, count=0))

    def count_up() -> None:
        for _ in range(25):
            with stocked.transaction() as tx:
                hold(tx, "things/1")
                now = tx.execute(select(things.c.count)).scalar_one()
                tx.execute(things.update().values(count=now + 1))

    threads = [threading.Thread(target=count_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with stocked.reading() as tx:
        assert tx.execute(select(things.c.count)).scalar_one() == 200


def test_claims_do_not_overlap(stocked: Database) -> None:
    with stocked.transaction() as tx:
        tx.execute(insert(things), [{"id": number, "count": 0} for number in range(40)])
    claimed: list[int] = []

    def claim() -> None:
        while True:
            with stocked.transaction() as tx:
                free = select(things.c.id).where(things.c.count == 0).order_by(things.c.id)
                mine = list(tx.execute(claimable(free, 3)).scalars())
                time.sleep(0.002)
                tx.execute(things.update().where(things.c.id.in_(mine)).values(count=1))
            claimed.extend(mine)
            if not mine:
                return

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == list(range(40))


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        NOON.replace(microsecond=1),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 3, 1, 14, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))),
    ],
)
def test_moments_are_kept_to_the_microsecond_in_utc(stocked: Database, moment: datetime) -> None:
    with stocked.transaction() as tx:
        tx.execute(insert(things).values(id=1, at=moment))
        found = tx.execute(select(things.c.at)).scalar_one()
        assert found == moment
        assert found.tzinfo is UTC
        assert tx.execute(select(things.c.id).where(things.c.at <= moment)).all() == [(1,)]
        assert tx.execute(select(things.c.id).where(things.c.at < moment)).all() == []


def test_a_naive_moment_is_refused(stocked: Database) -> None:
    with pytest.raises(StatementError, match="no time zone"), stocked.transaction() as tx:
        tx.execute(insert(things).values(id=1, at=datetime(2026, 3, 1)))  # noqa: DTZ001  # that is the point


@pytest.mark.parametrize("value", [{"b": 1, "a": [None, True, 1.5]}, "x\0y", "\ud800", [], "", 0, False])
def test_any_json_is_kept(stocked: Database, value: Any) -> None:
    with stocked.transaction() as tx:
        tx.execute(insert(things).values(id=1, data=value))
        assert tx.execute(select(things.c.data)).scalar_one() == value


@pytest.mark.parametrize("value", [float("nan"), {1, 2}, NOON])
def test_what_is_not_json_is_refused(stocked: Database, value: Any) -> None:
    with pytest.raises(StatementError), stocked.transaction() as tx:
        tx.execute(insert(things).values(id=1, data=value))


@pytest.mark.parametrize(
    ("given", "kept"), [("a\0b", "a␀b"), ("\udcff.log", "\\udcff.log"), ("é😀\n", "é😀\n"), ("", "")]
)
def test_hostile_text_is_made_storable(stocked: Database, given: str, kept: str) -> None:
    with stocked.transaction() as tx:
        tx.execute(insert(things).values(id=1, words=given))
        assert tx.execute(select(things.c.words)).scalar_one() == kept


def test_canonical_json_is_one_text_for_one_value() -> None:
    assert (
        canonical_json({"b": (1,), "a": "é"})
        == canonical_json({"a": "é", "b": [1]})
        == '{"a":"\\u00e9","b":[1]}'
    )


# SQLite alone


def test_the_file_is_private_and_written_ahead(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/state/runward.db")
    database.upgrade()
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    for path in (tmp_path / "state").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    with database.reading() as tx:
        facts = {
            name: tx.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert facts == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    database.close()


def test_making_a_file_leaves_one_that_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    make_sqlite_file(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE kept (a)")
        connection.commit()
    make_sqlite_file(path)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("kept",)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.db"]


def test_a_locked_database_is_told_after_the_patience(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/runward.db", patience=timedelta(seconds=0.4))
    database.upgrade()
    with closing(sqlite3.connect(tmp_path / "runward.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        with pytest.raises(Unavailable, match="is locked by another process"), database.transaction():
            pass
        assert 0.3 < time.monotonic() - began < 3
        with database.reading() as tx:  # readers wait for nobody
            assert tx.execute(text("SELECT count(*) FROM outbox")).scalar() == 0
    with database.transaction():
        pass
    database.close()


def test_a_thread_that_holds_on_is_told_of(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/runward.db", patience=timedelta(seconds=0.2))
    raised: list[Exception] = []

    def write() -> None:
        try:
            with database.transaction():
                pass
        except Unavailable as error:
            raised.append(error)

    with database.transaction():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert "locked by another thread" in str(raised[0])
    database.close()


@pytest.mark.soak
def test_a_database_locked_for_35_seconds_is_told_or_waited_for(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/runward.db")
    database.upgrade()
    with closing(
        sqlite3.connect(tmp_path / "runward.db", isolation_level=None, check_same_thread=False)
    ) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(35, lambda: other.execute("ROLLBACK"))
        release.start()
        with pytest.raises(Unavailable, match="is locked by another process"), database.transaction():
            pass
        with database.transaction():  # five more seconds
            pass
        release.join()
    database.close()


def test_a_full_disk_is_told_and_nothing_is_half_written(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/runward.db")
    database.upgrade()

    def fill() -> None:
        with database.transaction() as tx:
            _metadata.create_all(tx)
            tx.execute(insert(things).values(id=1))
            tx.execute(text("PRAGMA max_page_count = 30"))
            tx.execute(insert(things), [{"id": number, "words": "x" * 4000} for number in range(2, 1000)])

    with pytest.raises(Unavailable, match="the disk is full"):
        fill()
    with database.reading() as tx:
        assert tx.execute(text("SELECT name FROM sqlite_master WHERE name = 'things'")).all() == []
    database.close()


# What root may do in spite of a file's mode; a child without it is refused as any other user is.
WITHOUT_ROOTS_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


def _limited(code: str, *arguments: str, prepare: Callable[[], None] | None = None) -> str:
    """What a process under a limit says; it prints our error's class and text."""
    program = (
        "import sys\nfrom datetime import timedelta\nfrom sqlalchemy import text\n"
        "from runward.foundation.errors import RunwardError\nfrom runward.foundation.storage.database import Database\n"
        f"try:\n    {code}\nexcept RunwardError as error:\n    print(type(error).__name__, error)\n"
    )
    without = WITHOUT_ROOTS_RIGHTS if os.geteuid() == 0 and prepare is None else ()
    command = [*without, sys.executable, "-c", program, *arguments]
    ended = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=prepare,
        env={**os.environ, "PYTHONPATH": SOURCE},
    )
    assert ended.stderr == ""
    return ended.stdout


def test_a_folder_that_may_not_be_written_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o755)
    (tmp_path / "state").chmod(0o555)
    said = _limited("Database('sqlite:///' + sys.argv[1]).upgrade()", f"{tmp_path}/state/runward.db")
    assert said.startswith("Mistake The database")
    assert "cannot be made: Permission denied" in said


def test_a_file_that_may_not_be_written_is_a_mistake(tmp_path: Path) -> None:
    path = tmp_path / "state" / "runward.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    (tmp_path / "state").chmod(0o555)
    path.chmod(0o444)
    said = _limited("Database('sqlite:///' + sys.argv[1]).upgrade()", str(path))
    assert said.startswith("Mistake The database")
    assert "may not be written to" in said or "cannot be opened" in said


@pytest.mark.parametrize(
    "content",
    [b"this is no database at all, but a text of some length " * 20, b"SQLite format 3\0" + b"\xff" * 5000],
)
def test_a_file_that_is_no_database_is_a_mistake(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "runward.db"
    path.write_bytes(content)
    with pytest.raises(Mistake, match=r"is not a database|is damaged"):
        Database(f"sqlite:///{path}").upgrade()
    assert path.read_bytes() == content


# PostgreSQL alone


def test_a_server_that_is_away_is_told_and_waited_for(tmp_path: Path) -> None:
    server = PostgresServer.start(tmp_path / "server")
    try:
        database = Database(server.url, patience=timedelta(seconds=20))
        database.upgrade()
        server.stop()
        with pytest.raises(Unavailable, match="cannot be reached"), database.transaction():
            pass
        with ThreadPoolExecutor(1) as pool:
            count = pool.submit(
                database.insist, lambda tx: tx.execute(text("SELECT count(*) FROM ledger")).scalar()
            )
            time.sleep(0.3)
            server.restart()
            assert count.result() == 0
        database.close()
    finally:
        server.stop()


def test_a_session_that_the_server_ends_is_told(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no server")
    with pytest.raises(Unavailable), database.transaction() as tx:
        tx.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    with database.transaction() as tx:
        assert tx.execute(text("SELECT 1")).scalar() == 1


def test_the_server_soon_notices_a_host_that_is_gone(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no server")
    with database.reading() as tx:
        found = [
            tx.execute(text(f"SHOW tcp_keepalives_{name}")).scalar() for name in ("idle", "interval", "count")
        ]
        assert found == ["10", "5", "4"]
        assert tx.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "1min"


@pytest.mark.parametrize(
    ("change", "kind", "said"),
    [
        ({"password": "wrong"}, Mistake, "refused the user or password"),
        ({"username": "nobody-here"}, Mistake, "refused the user or password"),
        ({"database": "none"}, Mistake, "does not exist"),
        ({"port": 1}, Unavailable, "cannot be reached"),
        ({"host": "no-such-host.invalid"}, Unavailable, "cannot be reached"),
    ],
)
def test_a_wrong_url_is_told_without_its_password(
    postgres: PostgresServer, change: dict[str, Any], kind: type[RunwardError], said: str
) -> None:
    database = Database(parsed_url(postgres.url).set(**change).render_as_string(hide_password=False))
    with pytest.raises(kind, match=said) as caught:
        database.upgrade()
    assert "lab-secret" not in str(caught.value) + repr(database)
    assert "wrong" not in str(caught.value)
    database.close()


@pytest.mark.parametrize("url", ["postgres://a@b/c", "postgresql://a@b/c", "postgresql+psycopg://a@b/c"])
def test_postgresql_is_spelt_in_three_ways(url: str) -> None:
    assert parsed_url(url).drivername == "postgresql+psycopg"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "cannot be read"),
        ("", "cannot be read"),
        ("mysql://a@b/c", "'mysql'"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
def test_other_urls_are_mistakes(url: str, said: str) -> None:
    with pytest.raises(Mistake, match=said) as caught:
        parsed_url(url)
    assert "postgresql://" in caught.value.hint
