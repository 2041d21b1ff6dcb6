"""Row groups of snapshots that were read lately, taken apart already."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ...application.columns.arrays import Ints
from ...application.columns.rows import micros_of
from ...application.columns.schemas import SNAPSHOT_SCHEMA, STRIKE_SCHEMA
from ...domain.feed import Feed
from ...domain.parts import Part
from ..lru import Lru
from .footers import Footer
from .open_files import OpenFile

#: The name of a part, the number of a row group.
Key = tuple[str, int]
#: Bytes that a snapshot takes beside what stands in the file: dictionaries are unpacked, columns of the path put back.
_BESIDE = 70


class RowGroup(NamedTuple):
    """The rows of a row group by ascending timestamp, and their timestamps."""

    rows: pa.Table
    micros: Ints

    @classmethod
    def of(cls, rows: pa.Table) -> RowGroup:
        """Sort rows if they are not sorted; rows of one timestamp stay as they are."""
        micros = micros_of(rows)
        if np.any(micros[1:] < micros[:-1]):
            order = np.argsort(micros, kind="stable")
            return cls(rows.take(pa.array(order)), micros[order])
        return cls(rows, micros)

    def between(self, first: int, last: int) -> pa.Table:
        """Give the rows between two moments, both included."""
        begin, end = self.micros.searchsorted(first, "left"), self.micros.searchsorted(last, "right")
        rows = int(end - begin)
        return self.rows if rows == len(self.micros) else self.rows.slice(int(begin), rows)


class RowGroups:
    """Remembers row groups within the bound of a memory."""

    def __init__(self, kept: Lru[Any, Any]) -> None:
        self._kept = kept

    def get(self, key: Key) -> RowGroup | None:
        """Give a row group that is remembered."""
        found: RowGroup | None = self._kept.get(key)
        return found

    def size(self, part: Part, group: int) -> int:
        """Say how many bytes a row group takes, 0 if it is not remembered."""
        return self._kept.size((part.key.name, group))

    def of(self, file: OpenFile, footer: Footer, part: Part, group: int) -> RowGroup:
        """Give a row group with all its columns: that which is remembered, or as it is read now."""
        if (kept := self.get((part.key.name, group))) is not None:
            return kept
        found, size = read_group(file, footer, part, group)
        self.put(part, group, found, size)
        return found

    def put(self, part: Part, group: int, rows: RowGroup, size: int) -> None:
        """Remember a row group that takes so many bytes."""
        self._kept.put((part.key.name, group), rows, size)

    def all_of(self, part: str, groups: Sequence[int]) -> list[RowGroup] | None:
        """Give some row groups of a part, or None if one of them is not remembered."""
        found = []
        for group in groups:
            if (kept := self.get((part, group))) is None:
                return None
            found.append(kept)
        return found


def read_group(file: OpenFile, footer: Footer, part: Part, group: int) -> tuple[RowGroup, int]:
    """Read a row group with all its columns, and say how many bytes of memory it takes, about."""
    metadata, (number,) = footer.metadata(file.read, [group])
    rows = file.parquet(metadata).read_row_group(number, use_threads=False)
    # As the file has it: to sum all buffers up takes longer than to look the row group up.
    size = metadata.row_group(number).total_byte_size + rows.num_rows * _BESIDE
    return RowGroup.of(with_feed(rows, part)), size


def read_groups(file: OpenFile, footer: Footer, part: Part, groups: Sequence[int]) -> list[RowGroup]:
    """Read row groups that follow one another, with all their columns."""
    metadata, numbers = footer.metadata(file.read, groups)
    rows = with_feed(file.parquet(metadata).read_row_groups(numbers, use_threads=False), part)
    sizes = [int(footer.rows[group]) for group in groups]
    return [RowGroup.of(rows.slice(end - size, size)) for size, end in zip(sizes, accumulate(sizes), strict=True)]


def rows_between(groups: Sequence[RowGroup], first: int, last: int) -> pa.Table:
    """Give the rows of one or more row groups between two moments, both included, by ascending timestamp."""
    cut = [group.between(first, last) for group in groups]
    return cut[0] if len(cut) == 1 else RowGroup.of(pa.concat_tables(cut)).rows


def put_together(ladders: Sequence[pa.Table], columns: Sequence[str]) -> pa.Table:
    """Give some columns of the ladders of one or more parts, or of none, by timestamp and strike."""
    if not ladders:
        return STRIKE_SCHEMA.empty_table().select(columns)
    if len(ladders) == 1:
        return ladders[0]
    return pa.concat_tables(ladders).sort_by([("timestamp", "ascending"), ("strike", "ascending")])


def with_feed(snapshots: pa.Table, part: Part, names: Sequence[str] = SNAPSHOT_SCHEMA.names) -> pa.Table:
    """Put the columns back that stand in the path."""
    schema, as_written = _schemas(tuple(names))
    if not snapshots.schema.equals(as_written):
        snapshots = snapshots.select(as_written.names).cast(as_written)
    for name, value in part.key.feed._asdict().items():
        if name in names:
            snapshots = snapshots.append_column(schema.field(name), pa.repeat(value, snapshots.num_rows))
    # Parquet has other names for what lists hold than the schema has; other kinds of Arrow take them for other types.
    return pa.Table.from_arrays(snapshots.select(names).columns, schema=schema)


@lru_cache(maxsize=64)
def _schemas(names: tuple[str, ...]) -> tuple[pa.Schema, pa.Schema]:
    """Give the schema of some columns of snapshots, and that of those which stand in the file and not in its path."""
    fields = [SNAPSHOT_SCHEMA.field(name) for name in names]
    return pa.schema(fields), pa.schema([field for field in fields if field.name not in Feed._fields])
