"""How the answer to a query leaves: as JSON, CSV, Arrow or Parquet, on stdout or into a file."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, TypeVar

import click
import pyarrow as pa

from ...application.asking.query_gex import Answer
from ..shapes.contract import snapshot_columns, snapshot_objects
from ..shapes.text_cells import flat
from .jsons import write_array
from .output_file import opened

_Thing = TypeVar("_Thing")


def write_answers(answers: Iterable[Answer], shape: str, output: Path | None) -> None:
    """Write snapshots as ``json`` (an array), ``csv``, ``arrow`` or ``parquet`` into a file, or to stdout."""
    if shape == "json":
        # The first answer is there before the file is touched: a question without one leaves the file alone.
        begun = _begun(map(snapshot_objects, answers))
        with opened(output) as out:
            write_array(chain.from_iterable(begun), out)
    else:
        write_tables(map(snapshot_columns, answers), shape, output)


def write_tables(tables: Iterable[pa.Table], shape: str, output: Path | None) -> None:
    """Write tables of one schema as ``csv``, ``arrow`` (an IPC stream) or ``parquet`` into a file, or to stdout.

    Raises:
        click.UsageError: Arrow or Parquet on a terminal.
    """
    if shape != "csv" and output is None and sys.stdout.isatty():
        raise click.UsageError(f"{shape.capitalize()} is not for terminals; add --output FILE.")
    begun = _begun(tables)
    with opened(output) as out:
        _WRITERS[shape](begun, out)


def _write_csv(tables: Iterable[pa.Table], out: BinaryIO) -> None:
    from pyarrow import csv

    _feed(map(flat, tables), lambda schema: csv.CSVWriter(out, schema))


def _write_arrow(tables: Iterable[pa.Table], out: BinaryIO) -> None:
    _feed(tables, lambda schema: pa.ipc.new_stream(out, schema))


def _write_parquet(tables: Iterable[pa.Table], out: BinaryIO) -> None:
    from pyarrow import parquet

    def into(target: IO[bytes]) -> None:
        _feed(tables, lambda schema: parquet.ParquetWriter(target, schema, compression="zstd"))

    if out.seekable():
        into(out)
        return
    # The writer wants to know where it stands, which a pipe cannot tell.
    with TemporaryFile() as whole:
        into(whole)
        whole.seek(0)
        shutil.copyfileobj(whole, out)


_WRITERS = {"csv": _write_csv, "arrow": _write_arrow, "parquet": _write_parquet}


def _feed(tables: Iterable[pa.Table], open_writer: Callable[[pa.Schema], Any]) -> None:
    writer = None
    try:
        for table in tables:
            writer = writer or open_writer(table.schema)
            writer.write_table(table)
    finally:
        if writer:
            writer.close()


def _begun(things: Iterable[_Thing]) -> Iterator[_Thing]:
    """Fetch the first of some things, so that its errors come at once."""
    rest = iter(things)
    return chain([next(rest)], rest)
