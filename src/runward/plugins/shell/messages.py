"""Say and hear whole messages over a socket."""

import json
import selectors
import socket
import struct
from contextlib import suppress
from typing import Any

_SIZE = struct.Struct(">I")
_READ = 1 << 18


def packed(message: dict[str, Any]) -> bytes:
    """A message as it goes over the wire."""
    data = json.dumps(message).encode()
    return _SIZE.pack(len(data)) + data


def unpacked(buffer: bytearray) -> list[dict[str, Any]]:
    """The whole messages at the beginning of the buffer, which loses them."""
    messages = []
    while len(buffer) >= _SIZE.size:
        (size,) = _SIZE.unpack_from(buffer)
        end = _SIZE.size + size
        if len(buffer) < end:
            break
        messages.append(json.loads(bytes(buffer[_SIZE.size : end])))
        del buffer[:end]
    return messages


def receive(connection: socket.socket) -> dict[str, Any] | None:
    """The next message, waiting for it; None when the other side has gone. Nothing may follow it yet."""
    buffer = bytearray()
    while True:
        if messages := unpacked(buffer):
            return messages[0]
        data = connection.recv(1 << 16)
        if not data:
            return None
        buffer += data


class Line:
    """A keeper's line to Runward, which may fall silent at any time; then it is closed, and talks to nobody."""

    def __init__(self, connection: socket.socket, selector: selectors.BaseSelector, name: str) -> None:
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ, name)
        self._connection: socket.socket | None = connection
        self._selector = selector
        self._incoming, self._outgoing = bytearray(), bytearray()

    def hear(self) -> list[dict[str, Any]]:
        """The messages that have come."""
        if self._connection is None:
            return []
        try:
            data = self._connection.recv(_READ)
        except BlockingIOError:
            return []
        except OSError:
            data = b""
        if not data:
            self._close()
        self._incoming += data
        return unpacked(self._incoming)

    def say(self, message: dict[str, Any]) -> None:
        """Send a message with the next flush; one that Runward can do without is dropped when it is slow."""
        if self._connection and len(self._outgoing) < _READ:
            self._outgoing += packed(message)

    def flush(self) -> None:
        """Send as much as goes without waiting."""
        if not self._connection or not self._outgoing:
            return
        try:
            sent = self._connection.send(self._outgoing)
            del self._outgoing[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self._close()

    def finish(self, message: dict[str, Any]) -> None:
        """Send all that is left and a last message, and hang up."""
        if self._connection:
            self._outgoing += packed(message)
            with suppress(OSError):
                self._connection.setblocking(True)
                self._connection.sendall(self._outgoing)
            self._close()

    def _close(self) -> None:
        if self._connection:
            self._selector.unregister(self._connection)
            self._connection.close()
            self._connection = None
