"""Find who it is that asks in vain: it outlives the question, starts nobody meanwhile, and has nothing to read."""

from collections.abc import Sequence
from pathlib import Path

from runward.plugins.shell.processes import Process, has_nothing_to_read, prints_to


class Askers:
    """Those of a script's processes that may be asking, fewer with each look.

    A loop that starts a program for each of many things prints the same question many times too, and each is
    answered: there no process outlives it, and the one that does starts others.
    """

    def __init__(self) -> None:
        self._key: object = None
        self._left: dict[tuple[int, int], int] = {}

    def has_any(self, key: object, everyone: Sequence[Process], pipe: Path) -> bool:
        """Whether somebody is left since the first look at this question; `pipe` is where it is printed."""
        parents = {one.parent for one in everyone}
        idle = {(one.pid, one.started): one.child_faults for one in everyone if one.pid not in parents}
        if key != self._key:
            self._key, self._left = key, idle
        self._left = {one: faults for one, faults in self._left.items() if idle.get(one) == faults}
        return any(prints_to(pid, pipe) and has_nothing_to_read(pid, everyone) for pid, _ in self._left)
