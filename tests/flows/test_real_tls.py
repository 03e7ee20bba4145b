"""The real book of an API behind TLS, carried out on real servers: its checks, investigations and fixes."""

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from flows.practice import Practice, View, command, failures, printed, record
from lab.estates import Estate, tls_estate
from lab.load import SLEEP, idle_sessions, is_alive, running_query
from lab.processes import wait_until

SETTINGS = """
[services.live.targets.db]
kind = "postgresql"
url = "env:DATABASE_URL"
[services.live.environment]
DATABASE_URL = "env:DATABASE_URL"
"""
BACKUPS = 57  # the document lists backups by name, which shows the oldest: a person must look


@contextmanager
def practice_of(
    books: dict[str, Path], *, days: int = 90, movable_clock: bool = False
) -> Iterator[tuple[Practice, Estate]]:
    with tls_estate(books["subjunctive"], days=days, movable_clock=movable_clock) as estate:
        practice = Practice(estate.house, books["subjunctive"], dict(estate.environment))
        practice.write(SETTINGS)
        yield practice, estate


def verdict(view: View) -> str:
    return str(view["run"]["verdict"])


@pytest.mark.covers("CHK-01", "CHK-02", "CHK-07", "CHK-11")
def test_morning_check_tells_each_part_apart_well_or_sick(books: dict[str, Path]) -> None:
    with practice_of(books) as (practice, estate):
        assert verdict(practice.run("morning-health-check", "--unattended", code=3)) == "could not tell"
        well = practice.run("morning-health-check", f"--answer=line:{BACKUPS}=met", code=0)
        assert verdict(well) == "succeeded"
        page = printed(practice, well)
        for evidence in (
            '"status": "ok"', "used_memory_human:", "notAfter=", "/var/log", "backup_0.3.dump.gz", "connected_clients:",
            "✓ 1. Application Health", "✓ 2. Database Status", "✓ 3. Redis Status", "✓ 4. Disk Space",
            "✓ 5. Recent Errors (last hour)", "✓ 6. SSL Certificate", "? 7. Last Backup",
        ):  # fmt: skip
            assert evidence in page
        assert command(well, 31)["http_status"] == 200
        _an_answer_of_500(practice, estate)
        _a_dead_cache(practice, estate)


def _an_answer_of_500(practice: Practice, estate: Estate) -> None:
    """The document's `curl -s | jq` ends with exit 0 even then."""
    estate.web.fail("/health", 500)
    sick = practice.run("morning-health-check", code=1)
    assert verdict(sick) == "failed"
    assert failures(sick) == {31: "answered 500"}
    assert command(sick, 31)["exits"] == [0, 0]
    page = printed(practice, sick)
    assert "✗ 1. Application Health" in page
    assert "? 7. Last Backup" in page
    estate.web.heal()


def _a_dead_cache(practice: Practice, estate: Estate) -> None:
    estate.redis.stop()
    sick = practice.run("morning-health-check", code=1)
    assert list(failures(sick)) == [39]
    assert "redis-cli" in failures(sick)[39]
    page = printed(practice, sick)
    assert "✗ 3. Redis Status" in page
    assert "Connection refused" in page
    assert "✓ 1. Application Health" in page


def test_morning_check_fails_on_an_expired_certificate_and_a_dead_database(books: dict[str, Path]) -> None:
    with practice_of(books, days=-1) as (practice, estate):
        estate.postgres.stop()
        sick = practice.run("morning-health-check", code=1)
        assert verdict(sick) == "failed"
        assert {31, 35} <= set(failures(sick))
        assert "certificate" in failures(sick)[31]
        assert "✗ 2. Database Status" in printed(practice, sick)


@pytest.mark.covers("CHK-12", "RBK-12")
def test_certificate_that_ended_or_soon_will_is_shown(books: dict[str, Path]) -> None:
    with practice_of(books, days=3) as (practice, estate):
        plan = practice.plan("issue-ssl-certificate-expiry", code=2)
        assert [(gap["kind"], gap["what"], gap["line"]) for gap in plan["gaps"]] == [
            ("program", "certbot", 528)
        ]
        soon = practice.run("issue-ssl-certificate-expiry", "--skip", "2", "--skip", "3", code=0)
        assert "notAfter=" in printed(practice, soon)
        estate.nginx.show(estate.authority.certify(estate.names["host"], days=-1))
        wait_until(lambda: _is_over(estate), "the other certificate")
        gone = practice.run("issue-ssl-certificate-expiry", "--skip", "2", "--skip", "3", code=8)
        assert "expired" in failures(gone)[519]
        assert verdict(practice.answer(gone, "stop")) == "failed"
        estate.nginx.stop()
        silent = practice.run("issue-ssl-certificate-expiry", "--skip", "2", "--skip", "3", code=8)
        assert list(failures(silent)) == [519]


def _is_over(estate: Estate) -> bool:
    served = f"echo | openssl s_client -connect {estate.names['host']}:443 2>/dev/null | openssl x509 -noout -checkend 0"
    return estate.house.run(["bash", "-c", served]).returncode == 1


@pytest.mark.covers("RBK-02", "RBK-03")
def test_a_long_query_ends_after_approval_and_other_sessions_are_spared(books: dict[str, Path]) -> None:
    with practice_of(books, movable_clock=True) as (practice, estate):
        server, name = estate.postgres, estate.names["database"]
        with running_query(server, name, name="old") as old:
            server.move_clock(timedelta(minutes=6))
            with running_query(server, name, SLEEP, "young") as young, idle_sessions(server, 2, name) as idle:
                view = practice.run("issue-high-database-cpu", code=8)
                _the_investigation_failed_for_the_true_reason(view, old, young)
                assert is_alive(server, old)
                view = practice.answer(view, "skip")
                assert view["run"]["wait"]["kind"] == "approval"
                refused = practice.runward("approve", view["run"]["id"], "2", by="alice", code=5)
                assert "may not approve" in refused.stderr
                assert is_alive(server, old)
                view = practice.approve(view)
                assert record(view, 424)["result"]["tables"][0]["rows"] == [[True]]
                assert not is_alive(server, old)
                assert all(is_alive(server, pid) for pid in (young, *idle))
        view = practice.answer(view, "done")
        assert verdict(view) == "failed"
        assert "total_time" in view["run"]["because"]


def _the_investigation_failed_for_the_true_reason(view: View, old: int, young: int) -> None:
    assert view["run"]["wait"]["kind"] == "failure"
    assert 'column "total_time" does not exist' in failures(view)[405]
    tables = {table["line"]: table for table in record(view, 405)["result"]["tables"]}
    assert tables[412]["count"] == 0
    assert {old, young} <= {row[0] for row in tables[415]["rows"]}


@pytest.mark.covers("RBK-06", "RBK-07")
def test_cache_without_memory_is_looked_at_and_enlarged_after_approval(books: dict[str, Path]) -> None:
    with practice_of(books) as (practice, estate):
        estate.redis.ask("CONFIG", "SET", "maxmemory", "3mb")
        estate.redis.ask("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
        estate.redis.fill(3000)
        view = practice.run("issue-redis-memory-full", code=8)
        page = printed(practice, view)
        assert "Biggest string found" in page
        assert "evicted_keys:0" not in page
        assert "evicted_keys:" in page
        assert estate.redis.ask("CONFIG", "GET", "maxmemory").split()[-1] == str(3 << 20)
        view = practice.approve(view, by="alice")
        assert estate.redis.ask("CONFIG", "GET", "maxmemory").split()[-1] == str(512 << 20)
        spoiled = record(view, 468)
        assert spoiled["state"] == "failed"
        assert "file names" in spoiled["because"]


@pytest.mark.covers("RBK-15", "RBK-16")
def test_old_logs_are_packed_and_removed_after_another_persons_approval(books: dict[str, Path]) -> None:
    with practice_of(books) as (practice, estate):
        logs = estate.house.path(estate.names["logs"])
        before = {file.name: file.read_bytes() for file in logs.iterdir()}
        view = practice.run("issue-disk-space-full", "--yes", code=8)
        assert record(view, 548)["state"] == "done"
        assert view["run"]["wait"]["kind"] == "approval"
        assert {file.name: file.read_bytes() for file in logs.iterdir()} == before
        view = practice.approve(view)
        left = {file.name: file.read_bytes() for file in logs.iterdir()}
        assert set(left) == {"app.log", "app-1.log", "app-6.log", "app-8.log.gz", "app-20.log.gz"}
        assert left["app.log"] == b""
        assert left["app-1.log"] == before["app-1.log"]
        assert gzip.decompress(left["app-20.log.gz"]) == before["app-20.log"]
        for _ in range(2):
            view = practice.answer(view, "done")
        assert verdict(view) == "succeeded"
