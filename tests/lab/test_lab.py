"""The lab's own servers start, serve and end."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from lab.backups import break_backup, write_backup
from lab.estates import replicated_estate, tls_estate
from lab.house import House
from lab.load import idle_sessions, is_alive, running_query, waiting_for_lock
from lab.logs import open_writer, write_log_folder
from lab.nginx import Authority, NginxServer
from lab.postgres import PostgresServer
from lab.processes import wait_until
from lab.redis import RedisServer
from lab.web import WebServer


def test_postgres_answers_and_keeps_statistics(postgres: PostgresServer) -> None:
    postgres.run_sql("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    assert postgres.run_sql("SELECT count(*) > 0 AS kept FROM pg_stat_statements") == [{"kept": True}]


def test_standby_streams(tmp_path: Path) -> None:
    primary = PostgresServer.start(tmp_path / "primary")
    standby = primary.start_standby(tmp_path / "standby")
    try:
        primary.run_sql("CREATE TABLE told AS SELECT 1 AS once")
        wait_until(lambda: _rows(standby), "the row on the standby", within=10)
        assert standby.run_sql("SELECT pg_is_in_recovery() AS standby") == [{"standby": True}]
    finally:
        standby.stop()
        primary.stop()


def _rows(server: PostgresServer) -> list[dict[str, object]] | None:
    try:
        return server.run_sql("SELECT once FROM told")
    except psycopg.errors.UndefinedTable:
        return None


def test_postgres_crash_and_return(tmp_path: Path) -> None:
    server = PostgresServer.start(tmp_path / "pg")
    server.run_sql("CREATE TABLE kept AS SELECT 7 AS seven")
    server.stop(signal.SIGKILL)
    with pytest.raises(psycopg.OperationalError):
        server.run_sql("SELECT 1")
    server.restart()
    assert server.run_sql("SELECT seven FROM kept") == [{"seven": 7}]
    server.stop()


def test_server_ends_with_a_killed_starter(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from lab.postgres import PostgresServer;"
        "server = PostgresServer.start(Path(sys.argv[1])); print(server.process.pid, flush=True); time.sleep(99)"
    )
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "pg")],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": path},
    ) as starter:
        assert starter.stdout is not None
        server = int(starter.stdout.readline())
        starter.kill()
    wait_until(lambda: not Path(f"/proc/{server}/cmdline").exists(), "the server's end", within=10)


def test_moved_clock_makes_old_sessions_and_spares_young_ones(tmp_path: Path) -> None:
    server = PostgresServer.start(tmp_path / "pg", movable_clock=True)
    with running_query(server, name="old") as old:
        server.move_clock(timedelta(minutes=6))
        with running_query(server, name="young") as young, idle_sessions(server, 2) as idle:
            rows = server.run_sql(
                "SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query_start < now() - interval '5 minutes'"
            )
            assert rows == [{"pid": old}]
            assert is_alive(server, young)
            assert all(is_alive(server, pid) for pid in idle)
    server.stop()


def test_lock_wait_is_seen(postgres: PostgresServer) -> None:
    with waiting_for_lock(postgres) as (_, waiter):
        assert postgres.run_sql("SELECT pid FROM pg_locks WHERE NOT granted") == [{"pid": waiter}]


@pytest.mark.parametrize("password", ["", "redis-secret"])
def test_redis_takes_data_and_refuses_strangers(tmp_path: Path, password: str) -> None:
    server = RedisServer.start(tmp_path, password=password, maxmemory="64mb")
    server.fill(10, seconds=100)
    assert server.ask("DBSIZE") == "10"
    stranger = RedisServer(server.folder, server.port, server.process)
    assert ("NOAUTH" in stranger.ask("PING")) == bool(password)
    server.stop()


@pytest.mark.parametrize(
    ("certified", "asked", "days", "trusted"),
    [
        ("api.shop.example", "api.shop.example", 90, True),
        ("api.shop.example", "api.shop.example", 5, True),
        ("other.shop.example", "api.shop.example", 90, False),
    ],
)
def test_nginx_serves_the_sample_service(
    tmp_path: Path, web: WebServer, certified: str, asked: str, days: int, *, trusted: bool
) -> None:
    authority = Authority(tmp_path / "authority")
    server = NginxServer.start(
        tmp_path / "nginx", authority.certify(certified, days=days), asked, upstream=web.port
    )
    route = ["--resolve", f"{asked}:{server.port}:127.0.0.1", f"https://{asked}:{server.port}/health"]
    done = subprocess.run(
        ["curl", "-sS", *route],
        capture_output=True,
        text=True,
        env={**os.environ, **authority.environment},
        check=False,
    )
    server.stop()
    assert (done.returncode == 0 and json.loads(done.stdout) == {"status": "ok"}) == trusted, done.stderr


def test_sample_service_does_as_told(web: WebServer) -> None:
    web.state.set_figures(cache={"hit_rate": 0.2}, database=None)
    answer = get_json(f"{web.url}/metrics/json")
    assert answer["cache"] == {"hit_rate": 0.2}
    assert "database" not in answer
    web.state.fail("/health", 503)
    with pytest.raises(urllib.error.HTTPError, match="503"):
        get_json(f"{web.url}/health")
    with pytest.raises(urllib.error.HTTPError, match="405"):
        get_json(f"{web.url}/health", "HEAD")


def get_json(url: str, method: str = "GET") -> dict[str, object]:
    asked = urllib.request.Request(url, method=method)  # noqa: S310 - the lab's own loopback URL
    with urllib.request.urlopen(asked, timeout=5) as answer:  # noqa: S310 - the same
        return dict(json.load(answer))


def test_houses_are_private() -> None:
    with House.open(hosts=["api.shop.example"], name="one") as one, House.open(name="two") as two:
        one.bash(
            "mkdir -p /backups/shop /var/log/shop && echo mine > /backups/shop/x && rm -rf /var/lib/dpkg/x /etc/passwd"
        )
        assert one.path("/backups/shop/x").read_text() == "mine\n"
        assert not two.path("/backups/shop").exists()
        assert not Path("/backups/shop").exists()
        assert Path("/etc/passwd").exists()
        assert "api.shop.example" in one.bash("getent hosts api.shop.example")
        assert two.run(["getent", "hosts", "api.shop.example"]).returncode == 2
        assert one.run(["touch", "/usr/bin/x"]).returncode != 0
        server = one.start([sys.executable, "-m", "http.server", "8000"])
        wait_until(lambda: one.place.answers(8000) or None, "the server in the first house")
        assert not two.place.answers(8000)
        server.send_signal(signal.SIGKILL)
        assert server.wait(5) in (137, -9)
        one_pid = one.anchor.real_pid
    assert not Path(f"/proc/{one_pid}/environ").exists() or one.anchor.poll() is not None


def test_tls_estate_answers_as_its_book_asks(books: dict[str, Path]) -> None:
    with tls_estate(books["subjunctive"], days=5) as estate:
        house, host, unit = estate.house, estate.names["host"], estate.names["unit"]
        assert json.loads(house.bash(f"curl -sS https://{host}/health")) == {"status": "ok"}
        verified = house.bash(
            f"echo | openssl s_client -verify_return_error -servername {host} -connect {host}:443 2>&1"
        )
        assert "Verify return code: 0 (ok)" in verified
        assert (
            house.bash('psql "$DATABASE_URL" -Atc "SELECT count(*) FROM exercises"', estate.environment)
            == "2000\n"
        )
        assert house.bash("psql -Atc 'SELECT 7'") == "7\n"
        assert "GET" in house.bash(f"journalctl -u {unit} --since '1 hour ago'")
        house.write_journal(unit, "ERROR old", hours=3)
        house.write_journal(unit, "ERROR young", hours=0.5)
        assert "old" not in house.bash(f"journalctl -u {unit} --since '1 hour ago'")
        assert house.bash(f"journalctl -u {unit} --since '1 hour ago' | grep -c ERROR") == "1\n"
        before = house.path(f"/run/units/{unit}.pid").read_text()
        house.bash(
            f"sudo systemctl restart {unit} && sudo systemctl reload nginx && systemctl is-active {unit} nginx"
        )
        assert house.path(f"/run/units/{unit}.pid").read_text() != before
        assert house.run(["systemctl", "restart", "nosuch"]).returncode == 5
        assert house.bash(f"ls {estate.names['backups']} | wc -l") == "3\n"


def test_replicated_estate_streams(books: dict[str, Path]) -> None:
    with replicated_estate(books["muejam"]) as estate:
        assert estate.postgres.run_sql("SELECT state FROM pg_stat_replication") == [{"state": "streaming"}]
        pool = json.loads(
            estate.house.bash("curl -s http://localhost:8000/metrics/json | jq .connection_pool")
        )
        assert pool["utilization_percent"] == 54.0
        assert (
            estate.house.bash("gunzip -c /backups/postgresql/latest.sql.gz | grep -c 'CREATE TABLE'") == "2\n"
        )
        assert estate.house.bash("find /var/log/postgresql -name '*.log' -mtime +30 | wc -l") == "0\n"


def test_backups_can_be_broken(tmp_path: Path) -> None:
    file = write_backup(tmp_path / "daily.sql.gz", os.urandom(5000), days=2)
    break_backup(file)
    assert subprocess.run(["gzip", "-t", str(file)], capture_output=True, check=False).returncode == 1
    assert 1.9 < (time.time() - file.stat().st_mtime) / 86400 < 2.1


def test_log_is_written_while_open(tmp_path: Path) -> None:
    ages = write_log_folder(tmp_path)
    assert sum(file.suffix == ".gz" for file in ages.values()) == 1
    with open_writer(tmp_path / "live.log"):
        size = (tmp_path / "live.log").stat().st_size
        wait_until(lambda: (tmp_path / "live.log").stat().st_size > size or None, "another line", within=5)
