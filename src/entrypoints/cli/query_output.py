"""How the answer to a query leaves: a table, JSON, CSV or Parquet, on stdout or into a file."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, BinaryIO, TypeVar

import click
import pyarrow as pa

from ...adapters.lake_folder import LAKE_FILE, lake_names
from ...application.query_gex import Answer
from ...domain.escapes import escaped
from ..contract import snapshot_columns, snapshot_objects
from ..text_cells import flat
from .jsons import write_array

_Thing = TypeVar("_Thing")


def write_answers(answers: Iterable[Answer], shape: str, output: Path | None) -> None:
    """Write snapshots as ``json`` (an array), ``csv`` or ``parquet`` into a file, or to stdout."""
    if shape == "json":
        # The first answer is there before the file is touched: a question without one leaves the file alone.
        begun = _begun(map(snapshot_objects, answers))
        with opened(output) as out:
            write_array(chain.from_iterable(begun), out)
    else:
        write_tables(map(snapshot_columns, answers), shape, output)


def write_tables(tables: Iterable[pa.Table], shape: str, output: Path | None) -> None:
    """Write tables of one schema as ``csv`` or ``parquet`` into a file, or to stdout.

    Raises:
        click.UsageError: Parquet on a terminal.
    """
    if shape == "parquet" and output is None and sys.stdout.isatty():
        raise click.UsageError("Parquet is not for terminals; add --output FILE.")
    begun = _begun(tables)
    with opened(output) as out:
        _WRITERS[shape](begun, out)


@contextmanager
def opened(output: Path | None) -> Iterator[BinaryIO]:
    """Open stdout, or a file that appears under its name when it is whole.

    What is no file, a pipe or a device, is written into as it is, and the file that a link leads to takes the new one.

    Raises:
        click.UsageError: it would be one of a lake's own, or lie among them.
    """
    if output is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        return
    if output.exists() and not output.is_file():
        with output.open("wb") as out:
            yield out
        return
    place = Path(os.path.realpath(output))
    _check_outside(place)
    half_done = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with half_done.open("wb") as out:
            yield out
        half_done.replace(place)
    except OSError as error:
        error.filename = str(output)  # the name that the user gave
        raise
    finally:
        half_done.unlink(missing_ok=True)


def _check_outside(place: Path) -> None:
    for folder in place.parents:
        name = place.relative_to(folder).parts[0]
        if (folder / LAKE_FILE).is_file() and name in lake_names({LAKE_FILE, name}):
            own = f"The lake {escaped(str(folder))} keeps its own files there. Name another place to write to."
            raise click.UsageError(own)


def _write_csv(tables: Iterable[pa.Table], out: BinaryIO) -> None:
    from pyarrow import csv

    _feed(map(flat, tables), lambda schema: csv.CSVWriter(out, schema))


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


_WRITERS = {"csv": _write_csv, "parquet": _write_parquet}


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
