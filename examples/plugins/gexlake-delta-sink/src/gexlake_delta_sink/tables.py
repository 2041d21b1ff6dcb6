"""A Delta table whose rows belong to parts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from deltalake import ColumnProperties, CommitProperties, DeltaTable, Transaction, WriterProperties, write_deltalake
from deltalake.exceptions import TableNotFoundError

from gexlake.plugins import SNAPSHOT_SCHEMA, STRIKE_SCHEMA, PartKey

from .disk import room, sync
from .staging import SNAPSHOTS, STRIKES

PARTITIONS = ("ticker", "package", "category", "date")
#: Which part a row belongs to, which row group of it and, within the part, which row; first in the table, as Delta Lake
#: keeps statistics of the first columns only.
PLACE = (
    pa.field("part", pa.string(), nullable=False),
    pa.field("part_group", pa.int32(), nullable=False),
    pa.field("part_row", pa.int64(), nullable=False),
)
_FEED_AND_DAY = (
    *(pa.field(name, pa.string(), nullable=False) for name in PARTITIONS[:3]),
    pa.field("date", pa.date32(), nullable=False),
)
_VALUES = {
    STRIKES: list(STRIKE_SCHEMA),
    SNAPSHOTS: [field for field in SNAPSHOT_SCHEMA if field.name not in PARTITIONS],
}
_DICTIONARY = ColumnProperties(dictionary_enabled=True)
#: Row groups about as large as those that are written, so that one of them can be read without its neighbours;
#: dictionaries only where values repeat, as on plain floats they cost time and size.
_FILES = WriterProperties(
    compression="ZSTD",
    compression_level=1,
    max_row_group_size=32_768,
    default_column_properties=ColumnProperties(dictionary_enabled=False),
    column_properties={
        **dict.fromkeys(("part", "part_group", "timestamp", "strike", "file_id"), _DICTIONARY),
        "part_row": ColumnProperties(dictionary_enabled=False, encoding="DELTA_BINARY_PACKED"),
    },
)


class PartTable:
    """The table ``strikes`` or ``snapshots`` below the folder ``delta`` of a lake."""

    def __init__(self, folder: Path, kind: str) -> None:
        self.path = folder / "delta" / kind
        self._schema = pa.schema([*PLACE, *_FEED_AND_DAY, *_VALUES[kind]])

    def took(self, key: PartKey) -> bool:
        """Say whether a part was ever committed; one that was taken out again counts too."""
        table = self._open()
        return table is not None and bool(table.transaction_version(key.name))

    def append(self, key: PartKey, groups: Iterable[pa.RecordBatch], about: dict[str, str]) -> None:
        """Commit a part, all of it or nothing; the commit bears the part's name as its application transaction.

        Raises:
            DiskFull: there is no room.
        """
        with room(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
            table = self._open() or DeltaTable.create(self.path, self._schema, partition_by=list(PARTITIONS))
            write_deltalake(
                table,
                pa.RecordBatchReader.from_batches(self._schema, self._placed(key, groups)),
                mode="append",
                writer_properties=_FILES,
                commit_properties=CommitProperties(
                    custom_metadata=about, app_transactions=[Transaction(key.name, version=1)]
                ),
            )

    def make_last(self, key: PartKey) -> None:
        """Make a part's files and the newest commit survive a power cut; Delta Lake leaves that to the system."""
        table = DeltaTable(self.path)
        self._sync([*map(Path, table.file_uris(file_pruning_predicate=[("part", "=", key.name)])), self._log(table)])

    def holds(self, name: str) -> bool:
        """Say whether the rows of a part are there."""
        return self.rows([name], ["part_row"], "part_row = 0").num_rows > 0

    def remove(self, key: PartKey) -> None:
        """Take the rows of a part out; the files stay until somebody vacuums the table."""
        table = self._open()
        if table is not None:
            with room(self.path):
                table.delete(_is_any_of([key.name]))
            self._sync([self._log(table)])

    def rows(self, names: Iterable[str], columns: Iterable[str], where: str = "") -> pa.Table:
        """Give the rows of these parts for which the SQL condition ``where`` holds, in no order.

        Delta Lake itself filters them: files that it has merged hold other Arrow types than those that were written,
        which pyarrow's datasets do not compare.

        Raises:
            TableNotFoundError: there is no table.
        """
        condition = f"{_is_any_of(names)} AND {where}" if where else _is_any_of(names)
        found = pa.table(DeltaTable(self.path).scan(list(columns), condition))
        return found.cast(pa.schema([self._schema.field(name) for name in found.column_names]))

    def _open(self) -> DeltaTable | None:
        try:
            return DeltaTable(self.path)
        except TableNotFoundError:
            return None

    def _log(self, table: DeltaTable) -> Path:
        return self.path / "_delta_log" / f"{table.version():020}.json"

    def _sync(self, files: list[Path]) -> None:
        folders = {folder for file in files for folder in file.parents if folder.is_relative_to(self.path)}
        with room(self.path):
            for path in [*files, *folders, self.path.parent, self.path.parent.parent]:
                sync(path)

    def _placed(self, key: PartKey, groups: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        row = 0
        for number, group in enumerate(groups):
            count = group.num_rows
            named = {
                "part": pa.repeat(key.name, count),
                "part_group": pa.repeat(pa.scalar(number, pa.int32()), count),
                "part_row": pa.array(np.arange(row, row + count)),
                **{name: pa.repeat(value, count) for name, value in key.feed._asdict().items()},
                "date": pa.repeat(pa.scalar(key.date), count),
            }
            columns = [
                named[name] if name in named else group.column(group.schema.get_field_index(name))
                for name in self._schema.names
            ]
            yield pa.RecordBatch.from_arrays(columns, schema=self._schema)
            row += count


def _is_any_of(names: Iterable[str]) -> str:
    quoted = ("'" + name.replace("'", "''") + "'" for name in names)
    return f"part IN ({', '.join(quoted)})"
