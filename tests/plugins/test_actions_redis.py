"""Actions on a real Redis: counted without KEYS, expiries set where there are none, and taken back where they are ours."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.processes import fresh_folder
from lab.redis import RedisServer
from plugins.errands import Errands, outcomes
from runward.plugins.contracts import rows_of


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    folder = fresh_folder("keys")
    started = RedisServer.start(folder, password="hidden-word")
    yield started
    started.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def errands(redis: RedisServer, tmp_path: Path) -> Errands:
    return Errands(redis.url, tmp_path)


def calls(redis: RedisServer, command: str) -> int:
    """How often the server has been asked to do something."""
    line = next(
        (
            one
            for one in redis.ask("INFO", "commandstats").splitlines()
            if one.startswith(f"cmdstat_{command}:")
        ),
        "",
    )
    return int(line.partition("calls=")[2].partition(",")[0] or 0)


def test_memory(redis: RedisServer, errands: Errands) -> None:
    redis.fill(30, 100, prefix="a")
    redis.fill(10, 100, prefix="b", seconds=100)
    outcome = errands.done("redis.memory")
    (row,) = rows_of(outcome.tables[0])
    assert (row["keys"], row["lasting_keys"], row["lasting_percent"]) == (40, 30, 75.0)
    assert (row["max_bytes"], row["used_percent"]) == (0, None), "without a limit there is no share of it"
    assert "no maxmemory is set" in outcome.tables[0].notices[0]
    redis.ask("CONFIG", "SET", "maxmemory", "100mb")
    outcome = errands.done("redis.memory")
    (row,) = rows_of(outcome.tables[0])
    assert 0 < row["used_percent"] < 10
    assert (row["policy"], row["max_bytes"]) == ("noeviction", 104857600)
    assert "writes fail" in outcome.tables[0].notices[0]


@pytest.mark.covers("T-020")
def test_keys_are_counted_in_small_steps_and_never_by_keys(redis: RedisServer, errands: Errands) -> None:
    redis.fill(3000, 1, prefix="session")
    redis.fill(1000, 1, prefix="page", seconds=500)
    outcome = errands.done("redis.scan_ttl")
    (totals,) = rows_of(outcome.tables[0])
    assert totals == {"examined": 4000, "whole": True, "lasting": 3000, "lasting_percent": 75.0}
    prefixes = [
        (row["prefix"], row["prefix_keys"], row["prefix_lasting"]) for row in rows_of(outcome.tables[1])
    ]
    assert prefixes == [("session", 3000, 3000), ("page", 1000, 0)]
    assert calls(redis, "keys") == 0
    assert calls(redis, "scan") >= 4000 // 500


def test_a_walk_that_was_not_finished_says_so(redis: RedisServer, errands: Errands) -> None:
    redis.fill(5000, 1, prefix="many")
    outcome = errands.done("redis.scan_ttl", most_keys=1000)
    (totals,) = rows_of(outcome.tables[0])
    assert totals["whole"] is False
    assert 1000 <= totals["examined"] < 5000
    assert "its budget was used up" in outcome.tables[0].notices[0]


def test_no_key_at_all(errands: Errands) -> None:
    assert errands.look("redis.scan_ttl") == [
        {"examined": 0, "whole": True, "lasting": 0, "lasting_percent": 0.0}
    ]


def test_only_keys_that_were_shown_get_an_expiry(redis: RedisServer, errands: Errands) -> None:
    redis.fill(3, 1, prefix="page")
    shown = errands.preview("redis.expire", match="page:*", after="1h")
    assert sorted(row["key"] for row in rows_of(shown)) == ["page:1", "page:2", "page:3"]
    assert all(row["bytes"] > 0 and row["type"] == "string" for row in rows_of(shown))
    redis.ask("SET", "page:new", "x")
    redis.ask("EXPIRE", "page:2", "9999999")
    redis.ask("DEL", "page:3")
    done = errands.perform(shown, "redis.expire", match="page:*", after="1h", spread_percent=0)
    assert outcomes(done, "key") == {
        "page:1": "given an expiry",
        "page:2": "it has an expiry by now: left alone",
        "page:3": "gone",
    }
    assert not done.failures
    assert 3590 <= int(redis.ask("TTL", "page:1")) <= 3600
    assert redis.ask("TTL", "page:new") == "-1"
    assert int(redis.ask("TTL", "page:2")) > 9_000_000
    assert redis.ask("EXISTS", "page:3") == "0"

    again = errands.preview("redis.expire", match="page:*", after="2h")
    others = errands.perform(again, "redis.expire", match="page:*", after="2h", spread_percent=0)
    redis.ask("EXPIRE", "page:new", "600")
    kept = errands.undo(others.tables[0], "redis.expire", match="page:*", after="2h")
    assert outcomes(kept, "key") == {"page:new": "it has another expiry by now: left alone"}, (
        "a shorter one of somebody else"
    )
    assert 590 <= int(redis.ask("TTL", "page:new")) <= 600

    back = errands.undo(done.tables[0], "redis.expire", match="page:*", after="1h")
    assert outcomes(back, "key") == {"page:1": "made lasting again"}
    assert redis.ask("TTL", "page:1") == "-1"
    assert int(redis.ask("TTL", "page:2")) > 9_000_000


def test_no_more_than_so_many(redis: RedisServer, errands: Errands) -> None:
    redis.fill(50, 1, prefix="page")
    shown = errands.preview("redis.expire", match="page:*", after="1h", at_most=10)
    assert shown.count == 10
    assert "there are more of them" in shown.notices[0]
    done = errands.perform(shown, "redis.expire", match="page:*", after="1h", at_most=10)
    assert set(outcomes(done, "key").values()) == {"given an expiry"}
    assert errands.look("redis.scan_ttl", match="page:*")[0]["lasting"] == 40


def test_expiries_are_spread(redis: RedisServer, errands: Errands) -> None:
    redis.fill(100, 1, prefix="page")
    shown = errands.preview("redis.expire", match="page:*", after="1h", spread_percent=50)
    errands.perform(shown, "redis.expire", match="page:*", after="1h", spread_percent=50)
    found = {int(redis.ask("TTL", f"page:{number}")) for number in range(1, 101)}
    assert min(found) >= 3590
    assert max(found) <= 5400
    assert max(found) - min(found) > 600


def test_a_full_redis_can_still_be_given_expiries(redis: RedisServer, errands: Errands) -> None:
    redis.fill(2000, 1000, prefix="page")
    redis.ask("CONFIG", "SET", "maxmemory", "1mb")
    assert "OOM" in redis.ask("SET", "more", "x")
    shown = errands.preview("redis.expire", match="page:*", after="1h", at_most=5)
    done = errands.perform(shown, "redis.expire", match="page:*", after="1h")
    assert set(outcomes(done, "key").values()) == {"given an expiry"}
    assert not done.failures


@pytest.mark.parametrize("match", ["*", "**", "?*", "[*]", ""])
def test_a_pattern_that_means_every_key_is_refused(errands: Errands, match: str) -> None:
    done = errands.done("redis.expire", match=match, after="1h")
    assert [failure.code for failure in done.failures] == ["setting"]
    assert "every key" in done.failures[0].why


def test_the_wrong_password_is_told_and_not_shown(redis: RedisServer, tmp_path: Path) -> None:
    done = Errands(redis.url.replace("hidden-word", "wrong-word"), tmp_path).done("redis.memory")
    assert "does not accept the user and password" in done.failures[0].why
    assert "wrong-word" not in repr(done)


def test_a_database_of_its_own(redis: RedisServer, tmp_path: Path) -> None:
    redis.ask("-n", "3", "SET", "page:1", "x")
    other = Errands(redis.url.replace("/0", "/3"), tmp_path)
    assert [row["key"] for row in rows_of(other.preview("redis.expire", match="page:*", after="1h"))] == [
        "page:1"
    ]
