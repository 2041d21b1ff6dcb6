"""Bringing a large file to the disk while it is written, so that little is left when it has to be there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from threading import Thread

from ..disk.files import sync

#: Bytes of rows, before they are encoded: a third of that in the file. A disk takes some hundredths of a second for it.
_AT_A_TIME = 24 << 20


class EarlySync:
    """Brings to the disk what was written to a file, again and again, in a thread.

    It promises nothing: whoever has to know that a file is durable syncs it at the end, and hears what went wrong.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._waiting = path, 0
        self._thread: Thread | None = None

    def wrote(self, size: int) -> None:
        """Hear that rows of so many bytes were written."""
        self._waiting += size
        if self._waiting >= _AT_A_TIME and not (self._thread and self._thread.is_alive()):
            self._waiting = 0
            thread = Thread(target=self._sync, name="early sync", daemon=True)
            with suppress(RuntimeError):  # the system has no thread left: then all is synced at the end
                thread.start()
                self._thread = thread

    def wait(self) -> None:
        """Wait until nothing is under way."""
        if self._thread is not None:
            self._thread.join()

    def _sync(self) -> None:
        with suppress(OSError):
            sync(self._path)
