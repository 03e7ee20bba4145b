"""Hold what a Redis has in memory against what it may have."""

from typing import Any, ClassVar

from runward.plugins.contracts import Action, Row, Table, Tools, table_of_rows

_SHOWN = ("used_bytes", "max_bytes", "used_percent", "policy", "keys", "lasting_keys", "lasting_percent", "evicted_keys",
          "peak_bytes", "fragmentation_ratio", "clients", "rejected_connections")  # fmt: skip
_EVICTS_NOTHING = "noeviction"


class RedisMemory(Action):
    """Hold the memory that is used against maxmemory, and say what happens when it is full.

    Lasting keys are those without an expiry: under a `volatile-` policy they are never evicted, and under
    `noeviction` nothing is, so that every write fails once the memory is full.
    """

    targets: ClassVar = ("redis",)
    columns: ClassVar = _SHOWN

    async def perform(self, tools: Tools, approved: Table) -> tuple[Table, ...]:
        """One row of figures."""
        async with tools.redis() as redis:
            info = await redis.info("everything")
            doctor = str(await redis.execute_command("MEMORY DOCTOR")).strip()
        row = figures_of(info)
        return (table_of_rows("memory", _SHOWN, [row], [*remarks_on(row), f"its own doctor says: {doctor}"]),)


def figures_of(info: Row) -> dict[str, Any]:
    """The figures of INFO that tell how full it is."""
    spaces = [space for name, space in info.items() if name.startswith("db") and isinstance(space, dict)]
    keys = sum(space["keys"] for space in spaces)
    lasting = keys - sum(space["expires"] for space in spaces)
    limit = int(info.get("maxmemory") or 0)
    used = int(info["used_memory"])
    return {
        "used_bytes": used,
        "max_bytes": limit,
        "used_percent": round(100 * used / limit, 1) if limit else None,
        "policy": info.get("maxmemory_policy"),
        "keys": keys,
        "lasting_keys": lasting,
        "lasting_percent": round(100 * lasting / keys, 1) if keys else 0.0,
        "evicted_keys": info.get("evicted_keys"),
        "peak_bytes": info.get("used_memory_peak"),
        "fragmentation_ratio": info.get("mem_fragmentation_ratio"),
        "clients": info.get("connected_clients"),
        "rejected_connections": info.get("rejected_connections"),
    }


def remarks_on(row: Row) -> list[str]:
    """What the figures mean when the memory is full."""
    if not row["max_bytes"]:
        return ["no maxmemory is set: it grows until the machine has no memory left"]
    policy = str(row["policy"])
    if policy == _EVICTS_NOTHING:
        return ["noeviction: when the memory is full, writes fail and reads go on"]
    if policy.startswith("volatile") and row["lasting_keys"]:
        return [f"{policy}: {row['lasting_keys']} keys without an expiry are never evicted"]
    return []
