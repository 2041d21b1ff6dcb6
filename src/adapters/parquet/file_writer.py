"""Writing one Parquet file, in few large writes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

#: Encoded bytes that gather before the system is asked to write them. Arrow would ask for each page and each page's
#: header, thousands of times a day file, which takes the system three times as long. Many parts may be open at once.
_AT_A_TIME = 256 << 10


class FileWriter:
    """Writes tables to a Parquet file, each as a row group.

    Raises, from all but ``abort``:
        OSError, pa.ArrowException: the system refuses; later than the table that it did not take was given.
    """

    def __init__(self, path: Path, schema: pa.Schema, encoding: dict[str, Any]) -> None:
        # By its path pyarrow might take it for more than a file, and its name for UTF-8 in any locale.
        self._stream = pa.BufferedOutputStream(pa.OSFile(os.fsencode(path), "wb"), _AT_A_TIME)
        self._writer = pq.ParquetWriter(self._stream, schema, **encoding)

    def write(self, rows: pa.Table) -> None:
        """Encode a row group."""
        self._writer.write_table(rows, row_group_size=max(1, rows.num_rows))

    def close(self, about: Mapping[bytes, bytes] | None = None) -> None:
        """Write the footer, with what it is to say before all else, and all that waits."""
        if about:
            self._writer.add_key_value_metadata(about)
        self._writer.close()
        self._stream.close()

    def abort(self) -> None:
        """Let go of the file, whatever becomes of it."""
        for open_one in (self._writer, self._stream):
            with suppress(OSError):  # the disk is full, perhaps
                open_one.close()
