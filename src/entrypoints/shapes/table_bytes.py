"""Tables as bytes: CSV, Arrow or Parquet, piece by piece, so that a long answer leaves while it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson
import pyarrow as pa

from ...domain.timestamps import from_micros, to_iso


def table_bytes(tables: Iterable[pa.Table], form: str) -> Iterator[bytes]:
    """Give tables of one schema as ``csv``, ``arrow`` (an IPC stream) or ``parquet``: a piece a table, and an end."""
    pipe, writer = _Pipe(), None
    for table in map(_flat, tables) if form == "csv" else tables:
        writer = writer or _writer(form, pa.PythonFile(pipe, "w"), table.schema)
        writer.write_table(table)
        del table  # what is made of it may lie here for long
        yield pipe.taken()
    if writer is not None:
        writer.close()
    yield pipe.taken()


def _writer(form: str, out: pa.PythonFile, schema: pa.Schema) -> Any:
    if form == "csv":
        from pyarrow import csv

        return csv.CSVWriter(out, schema)
    if form == "parquet":
        from pyarrow import parquet

        return parquet.ParquetWriter(out, schema, compression="zstd")
    return pa.ipc.new_stream(out, schema)


class _Pipe:
    """A file that hands on what is written to it."""

    closed = False

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._written = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self._written += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        """Keep what is written until it is taken."""

    def close(self) -> None:
        """Keep what is written until it is taken."""

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False

    def taken(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


def _flat(table: pa.Table) -> pa.Table:
    """Turn what a CSV has no form for into text: moments into ISO-8601, lists and objects into JSON."""
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_timestamp(field.type):
            micros = column.cast(pa.int64()).to_pylist()
            texts = pa.array([v if v is None else to_iso(from_micros(v)) for v in micros], pa.string())
        elif pa.types.is_nested(field.type):
            values = column.to_pylist()
            texts = pa.array([v if v is None else orjson.dumps(v).decode() for v in values], pa.string())
        else:
            continue
        table = table.set_column(place, field.name, texts)
    return table
