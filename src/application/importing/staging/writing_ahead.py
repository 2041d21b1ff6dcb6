"""Writing a part in a thread of its own: where a core is to spare, rows are read on while the last ones are encoded."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pyarrow as pa

from ....domain.parts import Part
from ...ports.strike_sink import PartWriter

#: Row groups that may wait: more than a reader gives at a time, so that the two threads need not wait for each other.
_WAITING = 8
#: Seconds that one thread may keep the interpreter from the other: the one that writes needs it for moments only.
_AT_MOST = 0.0002


@contextmanager
def thread_ahead() -> Iterator[Executor | None]:
    """Give a thread to write in; None if the system has none left."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(_AT_MOST)
    try:
        with ThreadPoolExecutor(1, "writing-ahead") as executor:
            yield executor if _begun(executor) else None
    finally:
        sys.setswitchinterval(before)


def _begun(executor: Executor) -> bool:
    """Begin the thread, which is begun with the first thing to do, and say whether there is one."""
    try:
        executor.submit(bool)
    except RuntimeError:
        return False
    return True


class WritingAhead(PartWriter):
    """Has a part written by an executor of one thread, in order.

    An error of the part's writer comes out at a later row group, or when the part is closed: the unit of work fails as
    it does without.
    """

    def __init__(self, writer: PartWriter, executor: Executor) -> None:
        self._writer, self._executor = writer, executor
        self._waiting: deque[Future[None]] = deque()

    def write(self, snapshots: pa.Table, ladders: pa.Table) -> None:
        """Append a row group, sooner or later."""
        while len(self._waiting) >= _WAITING:
            self._waiting.popleft().result()
        self._waiting.append(self._executor.submit(self._writer.write, snapshots, ladders))

    def close(self) -> Part:
        """Finish the part after its last row group."""
        while self._waiting:
            self._waiting.popleft().result()
        return self._writer.close()

    def abort(self) -> None:
        """Throw the part away."""
        for written in self._waiting:
            written.cancel()
            with suppress(Exception, CancelledError):  # whatever it was, the part goes
                written.result()
        self._writer.abort()
