"""Reading parts back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...application.ports.strike_sink import WHOLE_ROW, StrikeSource
from ...application.schemas import LADDER_SCHEMA, SNAPSHOT_SCHEMA, STRIKE_SCHEMA
from ...domain.errors import LakeDamaged
from ...domain.parts import Part
from .paths import LADDERS, SNAPSHOTS, LakePaths


class ParquetStrikeSource(StrikeSource):
    """Reads the Parquet files of a lake, staged ones too; prunes by the row groups' statistics."""

    def __init__(self, folder: Path) -> None:
        self._paths = LakePaths(folder)

    def snapshots(self, part: Part) -> pa.Table:
        with self._open(part, SNAPSHOTS) as file:
            return _with_feed(file.read(), part)

    def batches(
        self, part: Part, first: datetime | None = None, last: datetime | None = None
    ) -> Iterator[tuple[pa.Table, pa.Table]]:
        with (
            self._open(part, LADDERS) as ladders,
            self._open(part, SNAPSHOTS) as snapshots,
        ):
            for group in _groups_between(ladders, first, last):
                rows = ladders.read_row_group(group, columns=LADDER_SCHEMA.names)
                yield _with_feed(snapshots.read_row_group(group), part), rows

    def ladders(
        self, parts: Sequence[Part], first: datetime, last: datetime, columns: Sequence[str] = WHOLE_ROW
    ) -> pa.Table:
        found = []
        for part in parts:
            with self._open(part, LADDERS) as file:
                groups = list(_groups_between(file, first, last))
                if groups:
                    rows = file.read_row_groups(groups, columns=list(columns)).select(columns)
                    within = pc.and_(
                        pc.greater_equal(rows["timestamp"], pa.scalar(first, STRIKE_SCHEMA.field(0).type)),
                        pc.less_equal(rows["timestamp"], pa.scalar(last, STRIKE_SCHEMA.field(0).type)),
                    )
                    found.append(rows.filter(within))
        if not found:
            return STRIKE_SCHEMA.empty_table().select(columns)
        rows = pa.concat_tables(found)
        return rows if len(found) == 1 else rows.sort_by([("timestamp", "ascending"), ("strike", "ascending")])

    @contextmanager
    def _open(self, part: Part, kind: str) -> Iterator[pq.ParquetFile]:
        path = self._paths.present(part.key, kind)
        try:
            with pq.ParquetFile(path) as file:
                yield file
        except (OSError, pa.ArrowException) as error:
            raise LakeDamaged(str(self._paths.folder), _reason(path, error)) from error


def _reason(path: Path, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return f"the part {path.name} is missing"
    return f"the part {path.name} cannot be read ({str(error).splitlines()[0]})"


def _groups_between(file: pq.ParquetFile, first: datetime | None, last: datetime | None) -> Iterator[int]:
    """Give the numbers of the row groups that may hold timestamps between two moments."""
    for group in range(file.num_row_groups):
        statistics = file.metadata.row_group(group).column(0).statistics
        if first is not None and statistics is not None and statistics.max < first:
            continue
        if last is not None and statistics is not None and statistics.min > last:
            continue
        yield group


def _with_feed(snapshots: pa.Table, part: Part) -> pa.Table:
    """Put the columns back that stand in the path."""
    for name, value in part.key.feed._asdict().items():
        snapshots = snapshots.append_column(
            SNAPSHOT_SCHEMA.field(name), pa.repeat(pa.scalar(value), snapshots.num_rows)
        )
    return snapshots.select(SNAPSHOT_SCHEMA.names).cast(SNAPSHOT_SCHEMA)
