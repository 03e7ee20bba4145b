"""Fork keepers cheaply, from a small process that has nothing of Runward's threads, locks and secrets."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress

from runward.plugins.shell.keeper import keep

_BOOT = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[2]);"
    "from runward.plugins.shell.nursery import tend; tend(int(sys.argv[1]))"
)


class Nursery:
    """Hands out connections to new keepers; starts its process when the first is asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def connect(self) -> socket.socket:
        """A connection to a fresh keeper, which waits for its job."""
        ours, theirs = socket.socketpair()
        with self._lock, theirs:
            for _ in range(2):
                line = self._line or self._open()
                try:
                    socket.send_fds(line, [b"k"], [theirs.fileno()])
                except OSError:
                    self._close()
                    continue
                return ours
        ours.close()
        raise OSError("the process that starts scripts cannot be started")

    def close(self) -> None:
        """Start no more keepers; those that are at work go on."""
        with self._lock:
            self._close()

    def _open(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", "-c", _BOOT, str(theirs.fileno()), json.dumps(sys.path)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                cwd="/",
            )
        self._line = ours
        return ours

    def _close(self) -> None:
        if self._line:
            self._line.close()
            self._line = None
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            self._process = None


def tend(handle: int) -> None:
    """The process itself: a fork for every connection that comes over the line, until the line ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=handle) as line:
        while True:
            data, handles, _, _ = socket.recv_fds(line, 1, 1)
            if not data:
                return
            if os.fork() == 0:
                line.close()
                _keep_and_leave(handles[0])
            os.close(handles[0])


def _keep_and_leave(handle: int) -> None:
    """The child's whole life."""
    status = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        with socket.socket(fileno=handle) as connection:
            keep(connection)
        status = 0
    finally:
        os._exit(status)
