"""Reading parts back."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ...application.ports.source_reader import escaped
from ...application.ports.strike_sink import WHOLE_ROW, PartFacts, PieceFacts, StrikeSource
from ...application.schemas import LADDER_SCHEMA, SNAPSHOT_SCHEMA, STRIKE_SCHEMA
from ...domain.errors import LakeDamaged
from ...domain.parts import Part
from ..files import digest
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

    def inspect(self, part: Part, *, checksums: bool = True) -> PartFacts:
        return PartFacts(*(self._facts(part, kind, checksums=checksums) for kind in (LADDERS, SNAPSHOTS)))

    def strays(self, parts: Iterable[Part]) -> list[str]:
        known = {self._paths.published(part.key, kind) for part in parts for kind in (LADDERS, SNAPSHOTS)}
        lying = (
            Path(here, name)
            for kind in (LADDERS, SNAPSHOTS)
            for here, _, names in os.walk(self._paths.folder / kind)
            for name in names
        )
        return sorted(self._place(path) for path in lying if path not in known)

    def _facts(self, part: Part, kind: str, *, checksums: bool) -> PieceFacts:
        """Look at one file of a part: its size, its footer, and its checksum if that is wanted."""
        path = self._paths.published(part.key, kind)
        facts = PieceFacts(self._place(path))
        try:
            facts = facts._replace(size=path.stat().st_size)
            if checksums:
                facts = facts._replace(digest=digest(path))
            return facts._replace(rows=pq.read_metadata(path).num_rows)
        except FileNotFoundError:
            return facts._replace(there=False)
        except (OSError, pa.ArrowException) as error:
            return facts._replace(problem=str(error).splitlines()[0])

    def _place(self, path: Path) -> str:
        return escaped(path.relative_to(self._paths.folder))

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
