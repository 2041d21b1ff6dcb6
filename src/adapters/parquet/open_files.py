"""Files of parts that stay open: to open one and learn its layout takes half as long as to read a row group of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

#: A fifth of the files that a process may have open where nobody has said otherwise.
MOST_OPEN = 200
#: What is longer takes so long to decode that nobody should have to wait for it.
_MOST_BYTES = 1 << 19
#: Linux alone can be asked to read what the system holds in memory, and nothing else.
_NO_WAIT = getattr(os, "RWF_NOWAIT", 0)


class OpenFile:
    """A Parquet file that one reader at a time reads from."""

    def __init__(self, path: Path, metadata: pq.FileMetaData | None) -> None:
        # By its path pyarrow would look for a file system first.
        self._file = pa.OSFile(str(path))
        try:
            self.parquet = pq.ParquetFile(self._file, metadata=metadata, pre_buffer=False)
        except BaseException:
            self._file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def removed(self) -> bool:
        """Say whether the file has no name any more: as long as it is open, the disk keeps its bytes."""
        return os.fstat(self._file.fileno()).st_nlink == 0

    def at_hand(self, begin: int, end: int) -> bool:
        """Say whether some bytes are soon read: few, and in the memory of the system; "no" where it cannot tell."""
        if not _NO_WAIT or end - begin > _MOST_BYTES:
            return False
        try:
            return os.preadv(self._file.fileno(), [bytearray(end - begin)], begin, _NO_WAIT) == end - begin
        except OSError:  # they are not there, or this file system knows no such question
            return False
