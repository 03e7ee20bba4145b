"""Find out how many keys of a Redis would never go away by themselves."""

from collections import Counter
from typing import Any, ClassVar

from pydantic import Field

from runward.plugins.contracts import Action, Span, Table, Tools, table_of_rows
from runward.plugins.keyspace import LASTING, Walk, remarks_on

_TOTALS = ("examined", "whole", "lasting", "lasting_percent")
_PREFIXES = ("prefix", "prefix_keys", "prefix_lasting", "example")


class RedisScanTtl(Action):
    """Count the keys without an expiry, by the beginning of their names; SCAN in small steps, never KEYS.

    `whole` says whether the budget was enough for every key; if not, the share is that of what was seen.
    """

    targets: ClassVar = ("redis",)
    columns: ClassVar = (*_TOTALS, *_PREFIXES)

    match: str = Field("*", description="Only keys of this pattern, such as `session:*`.")
    separator: str = Field(":", min_length=1, description="What ends the beginning of a key's name.")
    most_keys: int = Field(200_000, ge=1, le=5_000_000, description="Look at no more than so many keys.")
    most_time: Span = Field("30s", validate_default=True, description="Look for no longer than this.")
    at_most: int = Field(
        20, ge=1, le=500, description="So many beginnings, those with the most lasting keys first."
    )

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """The share of lasting keys, and where they are."""
        every: Counter[str] = Counter()
        lasting: Counter[str] = Counter()
        examples: dict[str, str] = {}
        async with tools.redis() as redis:
            walk = Walk(redis, self.match, self.most_keys, self.most_time)
            async for batch in walk.batches():
                for key, ttl in batch:
                    prefix = key.partition(self.separator)[0]
                    every[prefix] += 1
                    if ttl == LASTING:
                        lasting[prefix] += 1
                        examples.setdefault(prefix, key)
            remarks = await remarks_on(redis, walk)
        totals = totals_of(sum(every.values()), sum(lasting.values()), whole=walk.whole)
        rows = [{"prefix": one, "prefix_keys": every[one], "prefix_lasting": lasting[one], "example": examples.get(one)}
                for one in sorted(every, key=lambda one: (-lasting[one], -every[one], one))]  # fmt: skip
        return (
            table_of_rows("keys", _TOTALS, [totals], remarks),
            table_of_rows("by beginning", _PREFIXES, rows[: self.at_most], count=len(rows)),
        )


def totals_of(examined: int, lasting: int, *, whole: bool) -> dict[str, Any]:
    """The share of lasting keys; of no key at all it is not known."""
    share = round(100 * lasting / examined, 2) if examined else 0.0 if whole else None
    return {"examined": examined, "whole": whole, "lasting": lasting, "lasting_percent": share}
