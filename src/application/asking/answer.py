"""What a question is answered with: snapshots in columns, and their ladders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from ...domain.feed import Feed
from ...domain.timestamps import from_micros
from ..columns.arrays import Ints
from ..columns.rows import micros_of

#: In so few rows a column is read sooner value by value than as a whole.
FEW = 4


@dataclass(frozen=True, slots=True)
class Answer:
    """Snapshots of one feed, oldest first, and their ladders if they were asked for.

    ``snapshots`` has ``STORED_SCHEMA``; ``ladders`` has ``STRIKE_SCHEMA``, one snapshot's rows
    after the other in the order of ``snapshots``, or is None.
    """

    feed: Feed
    snapshots: pa.Table
    ladders: pa.Table | None = None

    def first(self, limit: int) -> Answer:
        """Give the oldest ``limit`` of the snapshots, and their ladders if there are any."""
        kept = self.snapshots.slice(0, limit)
        rows = None if self.ladders is None else self.ladders.slice(0, rows_of(kept))
        return Answer(self.feed, kept, rows)

    def of(self, moments: Ints) -> Answer:
        """Give the snapshots of some moments, in microseconds and ascending, and their ladders if there are any."""
        kept = np.isin(micros_of(self.snapshots), moments)
        if kept.all():
            return self
        snapshots = self.snapshots.filter(pa.array(kept))
        if self.ladders is None:
            return Answer(self.feed, snapshots)
        rows = np.repeat(kept, self.snapshots.column("strike_count").to_numpy())
        return Answer(self.feed, snapshots, self.ladders.filter(pa.array(rows)))


def rows_of(snapshots: pa.Table) -> int:
    """Count the rows of all their ladders."""
    counts = snapshots.column("strike_count")
    return (
        sum(counts[row].as_py() for row in range(len(counts))) if len(counts) <= FEW else int(counts.to_numpy().sum())
    )


def newest(snapshots: pa.Table) -> datetime | None:
    """Give the last timestamp of snapshots, or None if there are none."""
    return ends_of(snapshots)[1] if snapshots.num_rows else None


def ends_of(snapshots: pa.Table) -> tuple[datetime, datetime]:
    """Give the first and the last timestamp."""
    moments = snapshots.column("timestamp")
    return from_micros(moments[0].value), from_micros(moments[-1].value)
