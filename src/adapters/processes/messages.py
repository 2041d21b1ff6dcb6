"""Messages between two processes: what is large in them goes from memory to memory, without copies in between."""

from __future__ import annotations

import os
import pickle
from multiprocessing.connection import Connection
from typing import Any

#: Windows reads a pipe in its own way only.
_INTO_PLACE = hasattr(os, "readv")


def message(value: Any) -> list[memoryview]:
    """Make a message of a value; what lends its memory to ``pickle`` (protocol 5) is a piece of it as it lies."""
    lent: list[pickle.PickleBuffer] = []
    told = pickle.dumps(value, protocol=5, buffer_callback=lent.append)
    return [memoryview(told), *(buffer.raw() for buffer in lent)]


def send(pipe: Connection, pieces: list[memoryview]) -> None:
    """Send a message.

    Raises:
        OSError: nobody listens.
    """
    pipe.send_bytes(pickle.dumps(list(map(len, pieces))))
    for piece in pieces:
        if not _INTO_PLACE:
            pipe.send_bytes(piece)
            continue
        left = piece
        while left:
            left = left[os.write(pipe.fileno(), left) :]


def receive(pipe: Connection) -> Any:
    """Wait for a message and give its value.

    Raises:
        OSError, EOFError: nobody sends any more.
    """
    sizes = pickle.loads(pipe.recv_bytes())  # noqa: S301  # it is of our own other process
    told, *lent = (_received(pipe, size) for size in sizes)
    return pickle.loads(told, buffers=lent)  # noqa: S301  # the same


def _received(pipe: Connection, size: int) -> bytes | bytearray:
    """Read so many bytes to where they will lie; the connection itself would put them together of many pieces."""
    if not _INTO_PLACE:
        return pipe.recv_bytes()
    memory = bytearray(size)
    left = memoryview(memory)
    while left:
        count = os.readv(pipe.fileno(), [left])
        if not count:
            raise EOFError
        left = left[count:]
    return memory
