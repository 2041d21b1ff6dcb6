"""The reader: finds the tables, and streams their snapshots in batches."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from gexlake.plugins import (
    FeedName,
    ReadOptions,
    RecordJudge,
    SnapshotBatch,
    SourceFile,
    digest,
    parse_feed_name,
    record_words,
)

from .cells import REQUIRED
from .columns import Columns
from .stretches import stretches
from .tables import CsvRows, ParquetRows, columns_of

_KINDS = {".csv": CsvRows, ".parquet": ParquetRows}


class StrikeTablesReader:
    """Reads CSV and Parquet files with one row per timestamp and strike; the rows of a snapshot are consecutive."""

    name = "strike-tables"

    def knows(self, source: Path) -> bool:
        """Whether the file, or one of the folder, is a table with the columns of a strike."""
        return any(_is_table(path) for path in _files(source))

    def discover(self, source: Path) -> Iterable[SourceFile]:
        """Find the tables, in a fixed order; a file that was named is always taken."""
        for path in _files(source):
            if path == source or _is_table(path):
                facts = path.stat()
                hint = parse_feed_name(path.stem)
                yield SourceFile(path, facts.st_size, facts.st_mtime_ns, FeedName(hint.package, hint.category))

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Stream the snapshots: what is proven good in bulk, and the rest as the rules judge it."""
        rows = _rows(file)
        judge = RecordJudge(file, options)
        number = 0
        for stretch in stretches(rows):
            columns = Columns(stretch, options, judge)
            yield columns.batch(rows.form)
            doubtful = np.flatnonzero(~columns.good).tolist()
            if doubtful:
                records = [(stretch.first + n, stretch.record(n)) for n in doubtful]
                yield judge.batch(records, rows.form, stretch.bytes_done)
            number = stretch.first + len(stretch.starts)
        torn = f"breaks off in a line without an end after record {number - 1}" if rows.torn is not None else ""
        yield SnapshotBatch.of([], [], form=rows.form, bytes_done=file.size, torn=torn)

    def fingerprint(self, file: SourceFile) -> str:
        """Digest the file as it was found."""
        return digest(file.path, file.size)

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> Iterator[tuple[int, bytes]]:
        """Give records as JSON, by reading the file again."""
        last = max(records, default=-1)
        for stretch in stretches(_rows(file)):
            if stretch.first > last:
                break
            for number in sorted(records.intersection(range(stretch.first, stretch.first + len(stretch.starts)))):
                yield number, record_words(stretch.record(number - stretch.first))


def _rows(file: SourceFile) -> CsvRows | ParquetRows:
    return ParquetRows(file) if file.path.suffix.lower() == ".parquet" else CsvRows(file)


def _is_table(path: Path) -> bool:
    columns = columns_of(path) if path.suffix.lower() in _KINDS else []
    return len(set(columns)) == len(columns) and REQUIRED.issubset(columns)


def _files(source: Path) -> Iterator[Path]:
    """Give the file, or the files of the folder at any depth, in a fixed order, without hidden ones."""
    if source.is_file():
        yield source
    for here, folders, files in os.walk(source):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found = (Path(here, name) for name in sorted(files) if not name.startswith("."))
        yield from (path for path in found if path.is_file())
