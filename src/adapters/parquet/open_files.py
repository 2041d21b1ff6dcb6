"""Files of parts that stay open: the system may have to look long for where a file lies."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from ...application.asking.at_once import waiting
from .footers import Footer

try:
    from resource import RLIMIT_NOFILE, getrlimit
except ImportError:  # Windows sets no such limit
    MOST_OPEN = 500
else:
    #: Half of the files that this process may have open, and no more than the parts of some years.
    MOST_OPEN = min(getrlimit(RLIMIT_NOFILE)[0] // 2, 4000)
#: What is longer takes so long to decode that nobody should have to wait for it.
_MOST_BYTES = 1 << 19
#: Linux alone can be asked to read what the system holds in memory, and nothing else.
_NO_WAIT = getattr(os, "RWF_NOWAIT", 0)
CAN_TELL = bool(_NO_WAIT)


class OpenFile:
    """A file from which one reader at a time reads Parquet, and any number of them bytes."""

    def __init__(self, path: Path) -> None:
        # By its path pyarrow would look for a file system first; it takes texts for UTF-8, whatever the locale has.
        self._file = pa.OSFile(os.fsencode(path))
        self.path, self._tells = path, CAN_TELL

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def removed(self) -> bool:
        """Say whether the file has no name any more: as long as it is open, the disk keeps its bytes."""
        return os.fstat(self._file.fileno()).st_nlink == 0

    def parquet(self, metadata: pq.FileMetaData | None = None) -> pq.ParquetFile:
        """Read by pyarrow, which looks for the footer if it is not given what it says."""
        return pq.ParquetFile(self._file, metadata=metadata, pre_buffer=False)

    def footer(self, otherwise: Callable[[], Footer] | None = None) -> Footer:
        """Learn the footer of the file; pyarrow reads one that gexlake does not write, or ``otherwise``."""
        return Footer.read(self.read, self._file.size(), otherwise or (lambda: Footer.of(self.parquet().metadata)))

    def read(self, begin: int, end: int) -> bytes | bytearray:
        """Give the bytes from where to where.

        Raises:
            WouldWait: they are many, or the disk would have to be asked for them, and nobody may wait here.
            OSError: they are not there.
        """
        if end - begin <= _MOST_BYTES and self._filled(raw := bytearray(end - begin), begin):
            return raw
        waiting(bring=self.bringing(begin, end))
        found: bytes = self._file.read_at(end - begin, begin)
        if len(found) < end - begin:
            raise OSError(f"it ends before byte {end}")
        return found

    def at_hand(self, begin: int, end: int) -> bool:
        """Say whether some bytes are soon read: few, and in the memory of the system; "no" where it cannot tell."""
        return end - begin <= _MOST_BYTES and self._filled(bytearray(end - begin), begin)

    def bringing(self, begin: int, end: int) -> Callable[[], None] | None:
        """Give what has the system read some bytes, so that they are at hand; None where that would not help.

        It asks for the file by its path: whoever runs it may do so when this one is closed or in use.
        """
        return partial(_bring, self.path, begin, end) if self._tells and end - begin <= _MOST_BYTES else None

    def _filled(self, raw: bytearray, begin: int) -> bool:
        """Fill some bytes from a place on with what the system has in memory, and say whether that was all of them."""
        try:
            return CAN_TELL and os.preadv(self._file.fileno(), [raw], begin, _NO_WAIT) == len(raw)
        except BlockingIOError:
            return False
        except OSError:  # this file system knows no such question
            self._tells = False
            return False


def _bring(path: Path, begin: int, end: int) -> None:
    with suppress(OSError), path.open("rb", buffering=0) as file:  # whoever asks again hears of it
        os.pread(file.fileno(), end - begin, begin)
