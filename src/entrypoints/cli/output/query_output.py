"""How the answer to a query leaves: as JSON, CSV, Arrow or Parquet, on stdout or into a file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import click
import pyarrow as pa

from ....application.asking.answer import Answer
from ...shapes.contract import snapshot_columns, snapshot_lines
from ...shapes.table_bytes import table_bytes
from .output_file import opened


def write_answers(answers: Iterable[Answer], shape: str, output: Path | None) -> None:
    """Write snapshots as ``json`` (an array), ``csv``, ``arrow`` or ``parquet`` into a file, or to stdout."""
    if shape == "json":
        _write(_array(chain.from_iterable(map(snapshot_lines, answers))), output)
    else:
        write_tables(map(snapshot_columns, answers), shape, output)


def write_tables(tables: Iterable[pa.Table], shape: str, output: Path | None) -> None:
    """Write tables of one schema as ``csv``, ``arrow`` (an IPC stream) or ``parquet`` into a file, or to stdout.

    Raises:
        click.UsageError: Arrow or Parquet on a terminal.
    """
    if shape != "csv" and output is None and sys.stdout.isatty():
        raise click.UsageError(f"{shape.capitalize()} is not for terminals; add --output FILE.")
    _write(table_bytes(tables, shape), output)


def _array(values: Iterable[bytes]) -> Iterator[bytes]:
    """Write an array, one value a line, without ever holding all of them."""
    between = b"[\n"
    for value in values:
        yield between + value
        between = b",\n"
    yield b"[]\n" if between == b"[\n" else b"\n]\n"


def _write(pieces: Iterator[bytes], output: Path | None) -> None:
    # The first is there before the file is touched: a question without an answer leaves the file alone.
    first = next(pieces)
    with opened(output) as out:
        out.writelines(chain([first], pieces))
