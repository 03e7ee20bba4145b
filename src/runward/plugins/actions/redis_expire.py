"""Give keys of a Redis that would last for ever an expiry."""

import secrets
from typing import Any, ClassVar

from pydantic import Field, field_validator

from runward.plugins.contracts import Action, Span, Table, Tools, rows_of, table_of_rows
from runward.plugins.keyspace import LASTING, Walk, remarks_on

_SHOWN = ("key", "type", "bytes")
_DONE = ("key", "outcome", "seconds")
_SET = "given an expiry"
_BACK = "made lasting again"
# In one step on the server: between a look and a command of ours, somebody else may have set another expiry.
_IF_LASTING = "if redis.call('TTL', KEYS[1]) == -1 then return redis.call('EXPIRE', KEYS[1], ARGV[1]) end return redis.call('EXISTS', KEYS[1]) - 2"
_IF_OURS = """
local left = redis.call('TTL', KEYS[1])
if left >= 0 and left <= tonumber(ARGV[1]) then return redis.call('PERSIST', KEYS[1]) end
return left"""


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
            for row in kept:
                row["type"] = await redis.type(row["key"])
                row["bytes"] = await redis.memory_usage(row["key"])
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
                answer = await redis.eval(_IF_LASTING, 1, row["key"], seconds)
                fate = {1: _SET, -1: "it has an expiry by now: left alone"}.get(answer, "gone")
                done.append({"key": row["key"], "outcome": fate, "seconds": seconds if answer == 1 else None})
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
                answer = await redis.eval(_IF_OURS, 1, row["key"], row["seconds"])
                fate = {1: _BACK, -2: "gone", -1: "it lasts already"}.get(
                    answer, "it has another expiry by now: left alone"
                )
                back.append({"key": row["key"], "outcome": fate, "seconds": None})
        tools.say(f"{sum(row['outcome'] == _BACK for row in back)} of {len(back)} keys were {_BACK}")
        return (table_of_rows("keys", _DONE, back),)
