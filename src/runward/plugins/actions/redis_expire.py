"""Give keys of a Redis that would last for ever an expiry."""

import secrets
from typing import Any, ClassVar

from pydantic import Field, field_validator

from runward.plugins.contracts import Action, Span, Table, Tools, rows_of, table_of_rows
from runward.plugins.keyspace import LASTING, Walk, remarks_on

_SHOWN = ("key", "type", "bytes")
_DONE = ("key", "outcome", "seconds", "expires_at_ms")
_SET = "given an expiry"
_BACK = "made lasting again"
_STEP = 500
_GONE = -2  # what TTL says of a key that is not there
_LONGEST_TTL = 10**11  # seconds left are fewer than this, moments in milliseconds are more
# In one step on the server: between a look and a command of ours, somebody else may have set another expiry.
_IF_LASTING = """
local left = redis.call('TTL', KEYS[1])
if left ~= -1 then return left end
local now = redis.call('TIME')
local at = now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[1] * 1000
redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', at))
return at"""
# Ours is the one that falls due at the moment that we set, give or take the second in which all this happens.
_IF_OURS = """
local left = redis.call('PTTL', KEYS[1])
if left < 0 then return left end
local now = redis.call('TIME')
local at = now[1] * 1000 + math.floor(now[2] / 1000) + left
if math.abs(at - ARGV[1]) < 1000 then return redis.call('PERSIST', KEYS[1]) end
return 0"""


class RedisExpire(Action):
    """Set an expiry on the keys of a pattern that have none: exactly those that were shown and approved.

    The expiries are spread, so that they do not all fall due at the same moment. Until then it can be undone.
    """

    effect: ClassVar = "change"
    targets: ClassVar = ("redis",)
    columns: ClassVar = _DONE
    shows: ClassVar = "the keys without an expiry that would be given one"
    undoes: ClassVar = "makes the keys last again, as long as they are still there"

    match: str = Field(
        description="The pattern of the keys, such as `session:*`; it must hold a letter or digit."
    )
    after: Span = Field(description="How long they shall live from now on.")
    spread_percent: int = Field(10, ge=0, le=100, description="Up to so much longer, at random for each key.")
    at_most: int = Field(1000, ge=1, le=20_000, description="No more than so many keys.")
    most_time: Span = Field("30s", validate_default=True, description="Look for keys no longer than this.")

    @field_validator("match")
    @classmethod
    def _names_something(cls, match: str) -> str:
        if not any(letter.isalnum() for letter in match):
            raise ValueError(
                "this pattern means every key; name at least the beginning of those that are meant"
            )
        return match

    async def preview(self, tools: Tools) -> Table:
        """The keys, with what each takes."""
        found: list[dict[str, Any]] = []
        async with tools.redis() as redis:
            walk = Walk(redis, self.match, 5_000_000, self.most_time)
            async for batch in walk.batches():
                found += [{"key": key} for key, ttl in batch if ttl == LASTING]
                if len(found) > self.at_most:
                    break
            kept = found[: self.at_most]
            await _weigh(redis, kept)
            remarks = (
                ["there are more of them: at_most is reached"]
                if len(found) > self.at_most
                else await remarks_on(redis, walk)
            )
        return table_of_rows("keys", _SHOWN, kept, remarks)

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """Set the expiries."""
        base = self.after.total_seconds()
        done: list[dict[str, Any]] = []
        async with tools.redis() as redis:
            for row in rows_of(approved):
                seconds = max(1, round(base * (1 + secrets.randbelow(self.spread_percent * 10 + 1) / 1000)))
                at = await redis.eval(_IF_LASTING, 1, row["key"], seconds)
                done.append({"key": row["key"], **_fate(at, seconds)})
        tools.say(f"{sum(row['outcome'] == _SET for row in done)} of {len(done)} keys were {_SET}")
        return (table_of_rows("keys", _DONE, done),)

    async def verify(self, tools: Tools, done: tuple[Table, ...]) -> tuple[str, ...]:
        """None of them would last for ever."""
        async with tools.redis() as redis:
            left = [
                row["key"]
                for row in rows_of(done[0])
                if row["outcome"] == _SET and await redis.ttl(row["key"]) == LASTING
            ]
        return tuple(f"{key} has no expiry all the same" for key in left[:5])

    async def undo(self, tools: Tools, done: Table) -> tuple[Table, ...]:
        """Take the expiries away again where they are still ours."""
        back: list[dict[str, Any]] = []
        async with tools.redis() as redis:
            for row in rows_of(done):
                if row["outcome"] != _SET:
                    continue
                answer = await redis.eval(_IF_OURS, 1, row["key"], row["expires_at_ms"])
                fate = {1: _BACK, -2: "gone", -1: "it lasts already"}.get(
                    answer, "it has another expiry by now: left alone"
                )
                back.append({"key": row["key"], "outcome": fate})
        tools.say(f"{sum(row['outcome'] == _BACK for row in back)} of {len(back)} keys were {_BACK}")
        return (table_of_rows("keys", _DONE, back),)


async def _weigh(redis: Any, rows: list[dict[str, Any]]) -> None:
    """Note what each key is and takes, many to a message."""
    for start in range(0, len(rows), _STEP):
        part = rows[start : start + _STEP]
        pipeline = redis.pipeline(transaction=False)
        for row in part:
            pipeline.type(row["key"])
            pipeline.memory_usage(row["key"])
        answers = await pipeline.execute()
        for row, kind, size in zip(part, answers[::2], answers[1::2], strict=True):
            row |= {"type": kind, "bytes": size}


def _fate(at: int, seconds: int) -> dict[str, Any]:
    """What became of a key: when it expires now, or why it was left alone."""
    if at > _LONGEST_TTL:
        return {"outcome": _SET, "seconds": seconds, "expires_at_ms": at}
    return {"outcome": "gone" if at == _GONE else "it has an expiry by now: left alone"}
