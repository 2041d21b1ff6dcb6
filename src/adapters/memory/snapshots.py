"""The snapshot store in memory: the tables of the parts, searched from end to end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import pyarrow as pa
import pyarrow.compute as pc

from ...application.columns.schemas import STORED_SCHEMA, UTC_MICROS
from ...application.ports.snapshot_store import DayCount, SnapshotStore
from ...domain.feed import Feed
from ...domain.parts import Part
from ...domain.timestamps import from_micros, to_micros
from .book import Book


class InMemorySnapshotStore(SnapshotStore):
    """Snapshots of a book; small lakes only, for every question reads all of a feed."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def add(self, snapshots: pa.Table, part: Part) -> None:
        named = snapshots.append_column(STORED_SCHEMA.field("part"), pa.array([part.key.name] * snapshots.num_rows))
        self._book.parts[part.key.name] = part
        self._book.snapshots[part.key.name] = named.cast(STORED_SCHEMA)

    def remove_part(self, part: Part) -> None:
        self._book.parts.pop(part.key.name, None)
        self._book.snapshots.pop(part.key.name, None)

    def known(self, feed: Feed, first: datetime, last: datetime) -> pa.Table:
        return self._between(feed, first, last).select(["timestamp", "content_hash", "part"])

    def parts(self, names: set[str] | None = None) -> list[Part]:
        found = [part for name, part in self._book.parts.items() if names is None or name in names]
        return sorted(found, key=lambda part: (part.key.feed, part.key.date, part.first, part.key.name))

    def parts_of_files(self, file_ids: set[int]) -> list[Part]:
        wanted = pa.array(sorted(file_ids), pa.int64())
        return self.parts(
            {
                name
                for name, table in self._book.snapshots.items()
                if pc.any(pc.is_in(table["file_id"], value_set=wanted)).as_py()
            }
        )

    def feeds(self) -> list[Feed]:
        return sorted({part.key.feed for part in self._book.parts.values() if part.snapshots})

    def latest(self, feed: Feed) -> pa.Table:
        return self.between(feed, None, None, 1, newest=True)

    def as_of(self, feed: Feed, moment: datetime) -> pa.Table:
        return self.between(feed, None, moment, 1, newest=True)

    def between(
        self,
        feed: Feed,
        first: datetime | None,
        last: datetime | None,
        limit: int,
        *,
        newest: bool = False,
        columns: Sequence[str] = (),  # all are at hand
    ) -> pa.Table:
        found = self._between(feed, first, last)
        return found.slice(max(0, found.num_rows - limit)) if newest else found.slice(0, limit)

    def days(self) -> list[DayCount]:
        by_day: dict[tuple[Feed, date], list[pa.Table]] = {}
        for name, part in self._book.parts.items():
            if part.snapshots:
                by_day.setdefault((part.key.feed, part.key.date), []).append(self._book.snapshots[name])
        return [_count(*key, pa.concat_tables(by_day[key])) for key in sorted(by_day)]

    def _between(self, feed: Feed, first: datetime | None, last: datetime | None) -> pa.Table:
        tables = [self._book.snapshots[part.key.name] for part in self._book.parts.values() if part.key.feed == feed]
        found = pa.concat_tables([STORED_SCHEMA.empty_table(), *tables]).sort_by("timestamp")
        for moment, holds in ((first, pc.greater_equal), (last, pc.less_equal)):
            if moment is not None:
                edge = pa.scalar(to_micros(moment), pa.int64()).cast(UTC_MICROS)
                found = found.filter(holds(found["timestamp"], edge))
        return found


def _count(feed: Feed, day: date, table: pa.Table) -> DayCount:
    moments = pc.min_max(table["timestamp"].cast(pa.int64())).as_py()
    return DayCount(
        feed,
        day,
        snapshots=table.num_rows,
        strikes=pc.sum(table["strike_count"]).as_py(),
        flagged=pc.sum(table["flagged"].cast(pa.int64())).as_py(),
        first=from_micros(moments["min"]),
        last=from_micros(moments["max"]),
    )
