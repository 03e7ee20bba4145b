"""Each procedure of the library against the trouble that it is for: real servers, a real fault, a mend that is seen."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from flows.desk import Desk, states, until
from lab.load import idle_sessions, is_alive, running_query
from lab.nginx import Authority, NginxServer
from lab.postgres import PostgresServer
from lab.processes import fresh_folder
from lab.redis import RedisServer
from lab.web import WebServer
from runward import library
from runward.runbooks.finding.model import Case
from runward.runbooks.linting import findings_of, list_rules
from runward.runbooks.policy import policy_of
from runward.runbooks.read import read_runbook

ALONE = '[approvals]\nrequester_may_approve = ["read", "change", "destroy"]\ndestroy = 1\n'
View = dict[str, Any]


class Sitting(Desk):
    """A desk from which procedures of the library are carried out by one person who may approve."""

    def bind(self, **targets: str) -> None:
        """Write runward.toml with these targets."""
        text = "".join(f"[services.shop.targets.{name}]\n{lines}\n" for name, lines in targets.items())
        self.write("# Nothing\n", text + ALONE)

    def carry_out(self, name: str, *words: str, code: int = 0) -> View:
        """Run a procedure to its end, approving all that it asks for."""
        done = self.runward("run", f"library:{name}", "--yes", *words)
        assert done.returncode == code, f"{name} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
        return self.newest()


@pytest.fixture
def desk(tmp_path: Path) -> Sitting:
    return Sitting(tmp_path)


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server whose clock can be moved: minutes pass for its sessions in no time."""
    folder = fresh_folder("lib")
    started = PostgresServer.start(folder / "pg", settings={"max_connections": "30"}, movable_clock=True)
    yield started
    started.stop()
    shutil.rmtree(folder, ignore_errors=True)


def postgresql(server: PostgresServer) -> str:
    os.environ[f"LAB_PG_{server.port}"] = server.url
    return f'kind = "postgresql"\nurl = "env:LAB_PG_{server.port}"'


def redis(server: RedisServer) -> str:
    return f'kind = "redis"\nurl = "{server.url}"'


def rows(view: View, number: int, table: int = 0) -> list[dict[str, Any]]:
    """What the newest attempt at a step returned, by column."""
    step = next(step["id"] for step in view["run"]["plan"]["steps"] if step["number"] == number)
    (*_, record) = (one for one in view["records"] if one["step"] == step)
    found = record["result"]["tables"][table]
    return [dict(zip(found["columns"], row, strict=True)) for row in found["rows"]]


def fates(view: View, number: int) -> dict[int, str]:
    """What became of each session that a step was approved for."""
    return {row["pid"]: row["outcome"] for row in rows(view, number)}


def judged(view: View) -> set[str]:
    return {each["met"] for record in view["records"] for each in record["judgements"]}


def test_high_database_cpu(desk: Sitting, server: PostgresServer) -> None:
    desk.bind(db=postgresql(server))
    with running_query(server, name="report") as report:
        server.move_clock(timedelta(minutes=2))
        with running_query(server, name="fresh") as fresh:
            view = desk.carry_out("high-database-cpu")
            assert fates(view, 3) == {report: "interrupted"}
            assert is_alive(server, report), "the query is interrupted, the session stays"
            assert busy(server) == {fresh}, "what has just begun goes on"
    assert judged(view) == {"met"}


def busy(server: PostgresServer) -> set[int]:
    found = server.run_sql("SELECT pid FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"
                           " AND backend_type = 'client backend'")  # fmt: skip
    return {row["pid"] for row in found}


def test_slow_queries(desk: Sitting, server: PostgresServer) -> None:
    server.run_sql(
        "CREATE EXTENSION pg_stat_statements; CREATE TABLE orders AS SELECT n AS id FROM generate_series(1, 5000) n"
    )
    server.run_sql("SELECT count(*) AS told_by_the_statistics FROM orders, generate_series(1, 200)")
    desk.bind(db=postgresql(server))
    with running_query(server, name="report") as report:
        server.move_clock(timedelta(minutes=2))
        view = desk.carry_out("slow-queries", "--answer", "5=yes")
        assert fates(view, 6) == {report: "interrupted"}
    assert any("told_by_the_statistics" in row["query"] for row in rows(view, 2))
    assert [row["table"] for row in rows(view, 4)] == ["orders"]
    left = server.run_sql(
        "SELECT last_analyze IS NOT NULL AS done FROM pg_stat_user_tables WHERE relname = 'orders'"
    )
    assert left == [{"done": True}]


def test_slow_queries_says_clearly_what_is_missing(desk: Sitting, server: PostgresServer) -> None:
    desk.bind(db=postgresql(server))
    done = desk.runward("run", "library:slow-queries", code=8)
    assert (
        "pg_stat_statements is loaded but not there in this database: CREATE EXTENSION pg_stat_statements"
        in done.stdout
    )


def test_lock_trees(desk: Sitting, server: PostgresServer) -> None:
    desk.bind(db=postgresql(server))
    server.run_sql("CREATE TABLE a (id int); CREATE TABLE b (id int)")
    with ExitStack() as stack:
        root = stack.enter_context(server.connect(application_name="root"))
        root.execute("BEGIN")
        root.execute("LOCK TABLE a")
        middle = stack.enter_context(
            running_query(server, text="BEGIN; LOCK TABLE b; SELECT * FROM a; COMMIT", name="middle")
        )
        until(lambda: waiting(server) == {middle}, what="the first wait")
        leaf = stack.enter_context(running_query(server, text="SELECT * FROM b", name="leaf"))
        until(lambda: waiting(server) == {middle, leaf}, what="the second wait")
        server.move_clock(timedelta(minutes=1))
        tree = {root.info.backend_pid: 2, middle: 1, leaf: 0}
        view = desk.carry_out("lock-trees", "--answer", "3=yes", "--answer", "4=yes")
        assert {row["pid"]: row["waiting"] for row in rows(view, 1)} == tree
        assert [row["tree"] for row in rows(view, 1)] == [
            str(root.info.backend_pid),
            f"  └ {middle}",
            f"    └ {leaf}",
        ]
        assert fates(view, 3) == {}, "the root runs nothing, and who waits is not to blame"
        assert fates(view, 4) == {root.info.backend_pid: "ended"}
        assert is_alive(server, middle)
        assert is_alive(server, leaf)
        with pytest.raises(psycopg.OperationalError):
            root.execute("SELECT 1")


def waiting(server: PostgresServer) -> set[int]:
    return {
        row["pid"]
        for row in server.run_sql("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    }


def test_connection_exhaustion(desk: Sitting, server: PostgresServer) -> None:
    desk.bind(db=postgresql(server))
    with idle_sessions(server, 26, name="pool") as pool:
        server.move_clock(timedelta(minutes=15))
        with idle_sessions(server, 1, name="young") as (young,):
            view = desk.carry_out("connection-exhaustion")
            assert rows(view, 1)[0]["used_percent"] >= 100
            assert set(fates(view, 4)) == set(pool)
            assert rows(view, 5)[0]["used_percent"] < 80
            assert is_alive(server, young)
    assert not any(is_alive(server, pid) for pid in pool)


def test_idle_in_transaction(desk: Sitting, server: PostgresServer) -> None:
    desk.bind(db=postgresql(server))
    with (
        server.connect(application_name="forgotten") as old,
        server.connect(application_name="young") as young,
    ):
        old.execute("BEGIN")
        old.execute("CREATE TABLE never_committed (id int)")
        server.move_clock(timedelta(minutes=6))
        young.execute("BEGIN")
        young.execute("SELECT 1")
        view = desk.carry_out("idle-in-transaction")
        assert fates(view, 2) == {old.info.backend_pid: "ended"}
        young.execute("COMMIT")
        with pytest.raises(psycopg.OperationalError):
            old.execute("COMMIT")
    assert server.run_sql("SELECT to_regclass('never_committed') AS made") == [{"made": None}]


@pytest.fixture
def full_redis(tmp_path: Path) -> Iterator[RedisServer]:
    folder = fresh_folder("full")
    started = RedisServer.start(folder, maxmemory="8mb", settings=("--maxmemory-policy", "noeviction"))
    yield started
    started.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_redis_memory_full(desk: Sitting, full_redis: RedisServer) -> None:
    full_redis.fill(100, prefix="order")
    full_redis.fill(20_000, prefix="page")
    assert "OOM" in full_redis.ask("SET", "one-more", "x")
    desk.bind(cache=redis(full_redis))
    view = desk.carry_out("redis-memory-full", "--bind", "<pattern>=page:*")
    assert rows(view, 1)[0]["used_percent"] > 95
    assert full_redis.ask("SET", "one-more", "x") == "OK"
    assert full_redis.ask("TTL", "order:1") == "-1", "what was not named lasts"
    assert {row["outcome"] for row in rows(view, 3)} == {"given an expiry"}

    desk.runward("undo", view["run"]["id"], code=8)
    undone = desk.newest()
    for number in ("1", "2"):
        desk.runward("approve", undone["run"]["id"], number)
    assert desk.newest()["run"]["verdict"] == "succeeded"
    assert full_redis.ask("CONFIG", "GET", "maxmemory-policy").split() == ["maxmemory-policy", "noeviction"]
    kept = full_redis.ask("KEYS", "page:*").split()[:50]
    assert kept
    assert {full_redis.ask("TTL", key) for key in kept} == {"-1"}


def test_keys_without_ttl(desk: Sitting, full_redis: RedisServer) -> None:
    full_redis.fill(60, 10, prefix="session")
    full_redis.fill(40, 10, prefix="page", seconds=100)
    full_redis.fill(5, 10, prefix="order")
    desk.bind(cache=redis(full_redis))
    view = desk.carry_out("keys-without-ttl", "--bind", "<pattern>=session:*")
    (totals,) = rows(view, 1)
    assert (totals["examined"], totals["lasting"], totals["whole"]) == (105, 65, True)
    assert rows(view, 1, table=1)[0] | {"example": ""} == {
        "prefix": "session",
        "prefix_keys": 60,
        "prefix_lasting": 60,
        "example": "",
    }
    given = {int(full_redis.ask("TTL", f"session:{number}")) for number in range(1, 61)}
    assert min(given) > 86_000
    assert max(given) < 86_400 * 1.2 + 1
    assert len(given) > 30, "they are spread"
    assert full_redis.ask("TTL", "order:1") == "-1"

    full_redis.ask("EXPIRE", "session:1", "5000000")
    full_redis.ask("DEL", "session:2")
    desk.runward("undo", view["run"]["id"], code=8)
    desk.runward("approve", desk.newest()["run"]["id"], "1", code=0)
    assert full_redis.ask("TTL", "session:3") == "-1"
    assert int(full_redis.ask("TTL", "session:1")) > 4_000_000, "somebody else's expiry is left alone"
    said = {row["key"]: row["outcome"] for row in rows(desk.newest(), 1)}
    assert (said["session:1"], said["session:2"]) == ("it has another expiry by now: left alone", "gone")


def test_certificate_expiry(desk: Sitting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fresh_folder("tls")
    authority = Authority(folder / "ca")
    for name, value in authority.environment.items():
        monkeypatch.setenv(name, value)
    nginx = NginxServer.start(folder / "nginx", authority.certify("localhost", days=2), "localhost")
    try:
        desk.bind(web=f'kind = "tls"\naddress = "localhost:{nginx.port}"')
        bound = [
            "--bind",
            f"<certificate-file>={folder}/nginx/server.pem",
            "--bind",
            f"<pid-file>={folder}/nginx/nginx.pid",
        ]
        before = desk.carry_out("certificate-expiry", *bound, "--answer", "2=no", "--answer", "3=no", code=0)
        assert before["run"]["verdict"] == "succeeded", "two days of two are left: a short life is no fault"

        aged = authority.certify("localhost", days=80)
        (folder / "nginx/server.pem").write_bytes(aged.certificate.read_bytes())
        (folder / "nginx/server.key").write_bytes(aged.key.read_bytes())
        view = desk.carry_out("certificate-expiry", *bound, "--answer", "2=no", "--answer", "3=yes")
        assert (rows(view, 1)[0]["same_as_file"], rows(view, 4)[0]["same_as_file"]) == (False, True)
        assert rows(view, 4)[0]["days_left"] > 79
        assert judged(view) == {"met"}
    finally:
        nginx.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 32 MB of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"no file system may be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_disk_full(desk: Sitting, small_disk: Path) -> None:
    log = small_disk / "app.log"
    lines = "".join(f"{number} a line that is like many others\n" for number in range(690_000))
    log.write_text(lines)
    (small_disk / "data").write_bytes(os.urandom(2 << 20))
    desk.bind(logs=f'kind = "folder"\npath = "{small_disk}"')
    settings = desk.folder / "runward.toml"
    settings.write_text(
        settings.read_text() + '[services.shop.values]\n"larger_than: 100M" = "larger_than: 1M"\n'
    )
    with log.open("a") as writer:
        view = desk.carry_out("disk-full", "--answer", "3=no")
        assert rows(view, 1)[0]["used_percent"] > 85
        assert rows(view, 4)[0]["used_percent"] < 60
        writer.write("written after\n")
    assert log.read_text() == "written after\n", "the writer goes on in the same file"

    desk.runward("undo", view["run"]["id"], code=8)
    desk.runward("approve", desk.newest()["run"]["id"], "1", code=0)
    assert log.read_text() == lines + "written after\n"


def test_replication_lag(desk: Sitting) -> None:
    folder = fresh_folder("repl")
    primary = PostgresServer.start(folder / "primary")
    standby = primary.start_standby(folder / "standby")
    try:
        desk.bind(primary=postgresql(primary), replica=postgresql(standby))
        standby.run_sql("SELECT pg_wal_replay_pause()")
        primary.run_sql("CREATE TABLE t AS SELECT n FROM generate_series(1, 200000) n")
        until(lambda: standby.run_sql("SELECT pg_is_wal_replay_paused() AS p")[0]["p"], what="the pause")
        view = desk.carry_out("replication-lag", "--answer", "4=yes", "--answer", "5=no")
        assert rows(view, 1)[0]["lag_bytes"] > 1_000_000
        assert "replay is paused" in rows(view, 2)[0]["remark"]
        assert rows(view, 6)[0]["lag_seconds"] < 10
        assert standby.run_sql("SELECT count(*) AS n FROM t") == [{"n": 200000}]

        standby.stop()
        view = desk.carry_out("replication-lag", "--unattended", "--skip", "2", "--skip", "3", "--skip", "4", "--skip", "5",
                              "--bind", "within: 2m=within: 1s", code=1)  # fmt: skip
        assert "rows>=1" in view["run"]["because"], "a replica that is not there is no replica without lag"
    finally:
        standby.stop()
        primary.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_application_slow(
    desk: Sitting, server: PostgresServer, full_redis: RedisServer, web: WebServer
) -> None:
    desk.bind(db=postgresql(server), cache=redis(full_redis), web=f'kind = "http"\nurl = "{web.url}/health"')
    web.state.slow_down("/health", 1.3)
    server.run_sql("CREATE TABLE held (id int)")
    with server.connect(application_name="holder") as holder:
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE held")
        with running_query(server, text="SELECT * FROM held", name="waiter") as waiter:
            until(lambda: waiting(server) == {waiter}, what="the wait")
            view = desk.carry_out("application-slow", code=1)
            assert {row["pid"] for row in rows(view, 3)} == {holder.info.backend_pid, waiter}
        holder.execute("ROLLBACK")
    assert view["run"]["because"] == "not as expected: slowest_ms < 1000 ms"
    web.state.heal()
    view = desk.carry_out("application-slow")
    assert states(view) == ["done"] * 6
    assert rows(view, 6)[0]["good"] == 5


def test_every_procedure_has_a_test_above() -> None:
    tested = {name.removeprefix("test_").replace("_", "-") for name in globals()}
    assert set(library.procedures()) <= tested
    assert len(library.procedures()) == 11


@pytest.fixture
def bound(desk: Sitting, monkeypatch: pytest.MonkeyPatch) -> Sitting:
    """A desk with a service that has all targets and values that the library asks for; nothing of it has to be there."""
    monkeypatch.setenv("LAB_PG", "postgresql://lab@127.0.0.1:1/postgres")
    pg = 'kind = "postgresql"\nurl = "env:LAB_PG"'
    desk.bind(primary=f"{pg}\ndefault = true", replica=pg, cache='kind = "redis"\nurl = "redis://127.0.0.1:1/0"',
              web='kind = "http"\nurl = "http://127.0.0.1:1/"', tls='kind = "tls"\naddress = "127.0.0.1:1"',
              logs='kind = "folder"\npath = "/var/log"')  # fmt: skip
    settings = desk.folder / "runward.toml"
    values = (
        '"<pattern>" = "page:*"\n"<certificate-file>" = "/etc/ssl/shop.pem"\n"<pid-file>" = "/etc/hostname"\n'
    )
    settings.write_text(f"{settings.read_text()}[services.shop.values]\n{values}")
    return desk


@pytest.mark.parametrize("name", library.procedures())
def test_a_procedure_reads_cleanly_and_plans_without_a_gap(name: str, bound: Sitting) -> None:
    path = library.procedures()[name]
    runbook = read_runbook(path)
    assert runbook.notices == ()
    (procedure,) = runbook.procedures
    assert procedure.id == path.stem
    assert all(part for part in (procedure.owner, procedure.escalation, procedure.conditions,
                                 procedure.prerequisites, procedure.afterwards))  # fmt: skip
    assert not procedure.severity, "how bad it is stands in the reader's own runbook"
    assert any(step.expects for step in procedure.steps)
    assert findings_of(Case(runbook, policy_of(runbook))) == ()
    plan = bound.view("plan", f"library:{name}", code=0)
    assert (plan["ready"], plan["gaps"], plan["service"]) == (True, [], "shop")


def test_what_rules_offer_instead_is_there() -> None:
    offered = {rule.instead for rule in list_rules()} - {""}
    assert not {name for name in offered if library.find_procedure(name) is None}
    assert (
        library.find_procedure("library:replication-lag")
        == library.find_procedure("replication-lag")
        is not None
    )
    assert library.find_procedure("no-such-thing") is None


def test_the_library_is_listed_shown_and_found(bound: Sitting) -> None:
    listed = bound.view("library", code=0)["procedures"]
    assert [one["name"] for one in listed] == sorted(library.procedures())
    assert all(one["purpose"].endswith(".") for one in listed)
    assert (
        "replication-lag        A replica is behind its primary." in bound.runward("library", code=0).stdout
    )
    assert bound.runward("library", "show", "disk-full", code=0).stdout.startswith("# Disk full\n")
    assert "lists them" in bound.runward("library", "show", "nonsense", code=4).stderr
    assert "did you mean replication-lag" in bound.runward("plan", "library:replikation-lag", code=2).stderr
    several = bound.folder / "runward.toml"
    several.write_text(several.read_text() + "[services.other]\n")
    assert "--service: shop, other" in bound.runward("plan", "library:disk-full", code=2).stderr
    bound.runward("plan", "library:disk-full", "--service", "shop", code=0)
