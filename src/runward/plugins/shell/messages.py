"""Say and hear whole messages over a socket."""

import json
import socket
import struct
from typing import Any

_SIZE = struct.Struct(">I")


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
