"""Tables in files: their columns, and their rows in stretches that fit into memory."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from gexlake.plugins import SourceFile, SourceUnreadable

from .cells import DAMAGE, REQUIRED

#: Some 40,000 rows of usual width.
BLOCK = 1 << 22
ROWS = 1 << 16
_HEADER = 1 << 16


def columns_of(path: Path) -> list[str]:
    """Name the columns of a file; none if it is no table."""
    if path.suffix.lower() == ".csv":
        with path.open("rb") as stream:
            return _header(stream.readline(_HEADER))
    try:
        return list(pa.parquet.read_schema(path).names)
    except pa.ArrowInvalid:
        return []


class ParquetRows:
    """The rows of a Parquet file."""

    form = "parquet"
    torn: dict[str, str] | None = None

    def __init__(self, file: SourceFile, rows: int = ROWS) -> None:
        self._file, self._rows = file, rows

    def __iter__(self) -> Iterator[tuple[pa.Table, int]]:
        """Give stretches of rows, and how many bytes of the file are done with each."""
        try:
            opened = pa.parquet.ParquetFile(self._file.path)
        except pa.ArrowInvalid as error:
            raise SourceUnreadable(f"is no whole Parquet file ({error}); export it again") from error
        done, total = 0, max(opened.metadata.num_rows, 1)
        with opened:
            _check(opened.schema_arrow.names)
            for batch in opened.iter_batches(self._rows):
                done += batch.num_rows
                columns = [_plain(column) for column in batch.columns]
                table = pa.table([*columns, pa.nulls(batch.num_rows, pa.string())], [*batch.schema.names, DAMAGE])
                yield table, self._file.size * done // total


class CsvRows:
    """The rows of a CSV file, all cells text; a line is a row.

    A line that is none (of another width, not UTF-8) comes as a row with nothing but itself in ``DAMAGE``. ``torn`` has
    afterwards the whole cells of the last line by their columns, if that line has no end.
    """

    form = "csv"

    def __init__(self, file: SourceFile, block: int = BLOCK) -> None:
        self._file, self._block = file, block
        self.names: list[str] = []
        self.torn: dict[str, str] | None = None

    def __iter__(self) -> Iterator[tuple[pa.Table, int]]:
        """Give stretches of rows, and how many bytes of the file are done with each."""
        with self._file.path.open("rb") as stream:
            header = stream.readline(_HEADER)
            self.names = _header(header)
            _check(self.names)
            done, rest = len(header), b""
            while done < self._file.size and (block := stream.read(min(self._block, self._file.size - done))):
                done += len(block)
                lines, end, rest = (rest + block).rpartition(b"\n")
                if len(rest) > self._block:  # no row is as long: it is damage, and need not be kept whole
                    lines, end, rest = lines + end + rest, b"\n", b""
                if lines:
                    yield self._table(lines + end), done
        if rest.strip():
            self.torn = dict(zip(self.names, self._cells(rest)[:-1], strict=False))

    def _cells(self, line: bytes) -> list[str]:
        """Give the cells of one line; none if it is no text or no CSV."""
        try:
            return next(csv.reader([line.decode().rstrip("\r")], strict=True), [])
        except (UnicodeDecodeError, csv.Error):
            return []

    def _table(self, lines: bytes) -> pa.Table:
        text = dict.fromkeys(self.names, pa.string())
        try:
            table = pa.csv.read_csv(
                io.BytesIO(lines),
                pa.csv.ReadOptions(column_names=self.names, block_size=len(lines) + 1),
                convert_options=pa.csv.ConvertOptions(column_types=text, strings_can_be_null=True, null_values=[""]),
            )
        except (pa.ArrowInvalid, UnicodeDecodeError):
            return self._line_by_line(lines)
        return table.append_column(DAMAGE, pa.nulls(len(table), pa.string()))

    def _line_by_line(self, lines: bytes) -> pa.Table:
        rows: list[list[str | None]] = []
        for line in filter(bytes.strip, lines.split(b"\n")):
            cells = self._cells(line)
            if len(cells) == len(self.names):
                rows.append([*(cell or None for cell in cells), None])
            else:
                rows.append([*[None] * len(self.names), line.decode(errors="backslashreplace")])
        names = [*self.names, DAMAGE]
        columns = zip(*rows, strict=True) if rows else [()] * len(names)
        return pa.table([pa.array(column, pa.string()) for column in columns], names)


def _check(names: list[str]) -> None:
    """Refuse what a file that somebody named may be: another table."""
    if missing := REQUIRED.difference(names):
        raise SourceUnreadable(f"has no column {min(missing)}; export it with {', '.join(sorted(REQUIRED))}")
    if len(set(names)) < len(names):
        raise SourceUnreadable("has two columns of one name; export it with one of them")


def _header(line: bytes) -> list[str]:
    try:
        names = next(csv.reader([line.decode("utf-8-sig").strip()]), [])
    except (UnicodeDecodeError, csv.Error):
        return []
    return [name.strip() for name in names]


def _plain(column: pa.Array) -> pa.Array:
    """Give moments to the microsecond in UTC, which is what a snapshot has; a naive one is UTC."""
    return column.cast(pa.timestamp("us", "UTC"), safe=False) if pa.types.is_timestamp(column.type) else column
