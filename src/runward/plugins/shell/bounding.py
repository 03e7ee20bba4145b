"""End a single command that would go on for ever, so that the rest of its script can follow."""

import os
import signal
import time
from collections.abc import Iterable

from runward.plugins.shell.job import Limit
from runward.plugins.shell.processes import family, list_processes, signal_all

POLITE = 1.0  # seconds between the signals that end a command
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)


class Bounding:
    """Which command is bounded now, until when and until which line of output."""

    def __init__(self, limits: Iterable[Limit]) -> None:
        self._limits = {limit.mark: limit for limit in limits}
        self.mark = 0
        self.at = 0.0
        self._until_line = 0
        self._asked = 0
        self._since = 0  # in the clock ticks in which the kernel tells when a process began

    def began(self, number: int, lines: int, *, top: bool) -> None:
        """A command has begun."""
        limit = self._limits.get(number)
        if limit:
            self.mark, self._asked = number, 0
            self.at = time.monotonic() + limit.seconds
            self._since = int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK")) - 1
            self._until_line = lines + limit.lines if limit.lines else 0
        elif top:
            self.mark = 0

    def ended(self, number: int) -> None:
        """A command has ended."""
        if number == self.mark:
            self.mark = 0

    def due(self, now: float, lines: int) -> bool:
        """Whether we have seen enough of the command."""
        return bool(self.mark) and (now >= self.at or 0 < self._until_line <= lines)

    def end_command(self, shell: int, now: float) -> None:
        """Ask it to end, its first member first so that the others may finish what they hold; then insist."""
        found = family(os.getpid(), shell, list_processes())
        members = [one for one in found if one.pid != shell and one.started >= self._since]
        if self._asked == 0:
            members = [one for one in members if one.parent == shell][:1]
        signal_all(members, _SIGNALS[min(self._asked, 2)])
        self._asked += 1
        self.at, self._until_line = now + POLITE, 0
