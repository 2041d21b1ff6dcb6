"""What a lake holds of a day, value by value: the database held against the Parquet files, and these against hashes."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from ...domain.disagreements import Disagreement, Off
from ...domain.errors import LakeDamaged
from ...domain.feed import Feed
from ...domain.parts import Part
from ...domain.timestamps import MICROSECOND, day_bounds, from_micros, to_iso
from ..columns.arrays import Ints
from ..columns.rows import Rows, content_hashes, micros_of
from ..columns.schemas import SNAPSHOT_SCHEMA
from ..ports.limits import ALL
from ..ports.unit_of_work import Lake

#: Days that are kept at hand; the files of a day mostly come one after the other.
_KEPT = 8


@dataclass(frozen=True, slots=True)
class StoredDay:
    """The snapshots of one feed and day by timestamp, each array of shape (snapshots,).

    ``hashes`` are made of the values that the Parquet files hold.
    """

    micros: Ints
    hashes: Ints
    file_ids: Ints
    records: Ints
    parts: tuple[Part, ...]
    #: For each snapshot the number of its part in ``parts``; -1 where that is not known.
    part: Ints

    def find(self, micros: Ints) -> Ints:
        """Give the positions of moments, -1 where there is no snapshot."""
        if not len(self.micros):
            return np.full(len(micros), -1, np.int64)
        at = np.minimum(np.searchsorted(self.micros, micros), len(self.micros) - 1)
        return np.asarray(np.where(self.micros[at] == micros, at, -1))


class StoredDays:
    """Reads days of a lake, and notes what is off in them."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._parts: dict[tuple[Feed, date], list[Part]] = {}
        for part in lake.snapshots.parts():
            self._parts.setdefault((part.key.feed, part.key.date), []).append(part)
        self._kept: OrderedDict[tuple[Feed, date], StoredDay] = OrderedDict()
        #: By the day and the kind, so that a day which is read twice is told of once.
        self._off: dict[tuple[Feed, date, Off], Disagreement] = {}

    @property
    def disagreements(self) -> tuple[Disagreement, ...]:
        """What was off in the days that were read."""
        return tuple(one for _, one in sorted(self._off.items()))

    def get(self, feed: Feed, day: date) -> StoredDay:
        """Give a day."""
        key = (feed, day)
        if key in self._kept:
            self._kept.move_to_end(key)
        else:
            self._kept[key] = self._read(feed, day)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return self._kept[key]

    def _read(self, feed: Feed, day: date) -> StoredDay:
        begin, end = (from_micros(micros) for micros in day_bounds(day))
        rows = self._lake.snapshots.between(feed, begin, end - MICROSECOND, ALL)
        parts = self._parts.get((feed, day), [])
        numbers = {part.key.name: n for n, part in enumerate(parts)}
        stored = StoredDay(
            micros=micros_of(rows),
            hashes=rows.column("content_hash").to_numpy().copy(),
            file_ids=rows.column("file_id").to_numpy(),
            records=rows.column("record").to_numpy(),
            parts=tuple(parts),
            part=np.array([numbers.get(name, -1) for name in rows.column("part").to_pylist()], np.int64),
        )
        spoilt: dict[Off, list[int]] = {Off.PART_VALUES: [], Off.STORE_VALUES: []}
        for part in parts:
            for snapshots, ladders in self._batches(part):
                self._hold(rows, stored, snapshots, ladders, spoilt)
        for kind, micros in spoilt.items():
            if micros:
                first = to_iso(from_micros(min(micros)))
                self._off[feed, day, kind] = Disagreement(
                    kind=kind, where=f"{feed} {day}", found=len(micros), detail=first
                )
        return stored

    def _batches(self, part: Part) -> Iterator[Rows]:
        """Stream a part as far as it can be read: that it is damaged is told elsewhere."""
        try:
            yield from self._lake.ladders.batches(part)
        except LakeDamaged:
            return

    def _hold(
        self, rows: pa.Table, stored: StoredDay, snapshots: pa.Table, ladders: pa.Table, spoilt: dict[Off, list[int]]
    ) -> None:
        """Hold a row group against its own hashes, and the rows of the database against it."""
        micros, hashes = micros_of(snapshots), content_hashes(snapshots, ladders)
        claimed = snapshots.column("content_hash").to_numpy()
        spoilt[Off.PART_VALUES] += micros[hashes != claimed].tolist()
        at = stored.find(micros)
        there = np.flatnonzero(at >= 0)
        stored.hashes[at[there]] = hashes[there]
        mine = rows.take(pa.array(at[there])).select(SNAPSHOT_SCHEMA.names).cast(SNAPSHOT_SCHEMA)
        theirs = snapshots.take(pa.array(there)).select(SNAPSHOT_SCHEMA.names).cast(SNAPSHOT_SCHEMA)
        if not mine.equals(theirs):
            spoilt[Off.STORE_VALUES] += [
                int(micros[there[n]]) for n in range(len(there)) if not mine.slice(n, 1).equals(theirs.slice(n, 1))
            ]
