"""Put who waits for whom into order: each tree from the session that everybody waits for in the end."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

PREPARED = 0  # the pid under which PostgreSQL names a prepared transaction that nobody is logged in for


@dataclass(frozen=True, slots=True)
class Place:
    """A session's place in a tree; `waiting` counts those that wait for it, directly or through others."""

    pid: int
    depth: int
    blocked_by: tuple[int, ...]
    waiting: int


def places_in(blockers: Mapping[int, Sequence[int]]) -> list[Place]:
    """Every session that waits or is waited for, below the one that it waits for; the heaviest tree first.

    `blockers` holds for each waiting pid the pids that it waits for. In a circle, which the server is about to
    break, the lowest pid counts as the root.
    """
    below: dict[int, list[int]] = defaultdict(list)
    for pid, found in blockers.items():
        for blocker in dict.fromkeys(found):
            below[blocker].append(pid)
    weight = {pid: len(_reached(pid, below)) for pid in {*blockers, *below}}
    roots = [pid for pid in below if not blockers.get(pid)]
    covered = {pid for root in roots for pid in (root, *_reached(root, below))}
    while rest := sorted(pid for pid in below if pid not in covered):
        roots.append(rest[0])
        covered |= {rest[0], *_reached(rest[0], below)}
    seen: set[int] = set()
    ordered = sorted(roots, key=lambda pid: (-weight[pid], pid))
    return [
        Place(pid, depth, tuple(blockers.get(pid, ())), weight[pid])
        for root in ordered
        for pid, depth in _walk(root, 0, below, seen)
    ]


def _reached(start: int, below: Mapping[int, Sequence[int]]) -> set[int]:
    """Everybody who waits for a session, directly or through others."""
    found: set[int] = set()
    open_ones = [start]
    while open_ones:
        fresh = [pid for pid in below.get(open_ones.pop(), ()) if pid not in found and pid != start]
        found.update(fresh)
        open_ones += fresh
    return found


def _walk(
    pid: int, depth: int, below: Mapping[int, Sequence[int]], seen: set[int]
) -> Iterator[tuple[int, int]]:
    if pid in seen:
        return
    seen.add(pid)
    yield pid, depth
    for waiting in sorted(below.get(pid, ())):
        yield from _walk(waiting, depth + 1, below, seen)
