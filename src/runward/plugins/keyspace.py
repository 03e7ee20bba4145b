"""Walk through the keys of a Redis a little at a time, within a budget; KEYS, which stops the server, is never used."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

_STEP = 500
_REST = 0.002  # seconds between steps, which are the server's other clients'
LASTING = -1  # what TTL says of a key without an expiry


@dataclass(slots=True)
class Walk:
    """A walk through the keys that match; afterwards it tells how far it came."""

    redis: Any
    match: str
    most_keys: int
    most_time: timedelta
    seen: set[str] = field(default_factory=set)  # SCAN may bring a key twice
    whole: bool = False

    async def batches(self) -> AsyncIterator[list[tuple[str, int]]]:
        """Keys with their seconds to live, -1 for those that last for ever."""
        until = time.monotonic() + self.most_time.total_seconds()
        cursor = 0
        while len(self.seen) < self.most_keys and time.monotonic() < until:
            cursor, found = await self.redis.scan(cursor, match=self.match, count=_STEP)
            fresh = [key for key in dict.fromkeys(found) if key not in self.seen]
            self.seen.update(fresh)
            if fresh:
                yield [
                    (key, ttl)
                    for key, ttl in zip(fresh, await self._ttls(fresh), strict=True)
                    if ttl >= LASTING
                ]
            if not cursor:
                self.whole = True
                return
            await asyncio.sleep(_REST)

    async def _ttls(self, keys: list[str]) -> list[int]:
        pipeline = self.redis.pipeline(transaction=False)
        for key in keys:
            pipeline.ttl(key)
        answers: list[int] = await pipeline.execute()
        return answers


async def remarks_on(redis: Any, walk: Walk) -> list[str]:
    """What a walk has not seen."""
    remarks = (
        []
        if walk.whole
        else [f"stopped after {len(walk.seen)} keys: its budget was used up, and there are more"]
    )
    info = await redis.info("cluster")
    if info.get("cluster_enabled"):
        remarks.append("this is one node of a cluster: the keys of its other nodes are not among these")
    return remarks
