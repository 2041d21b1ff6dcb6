"""The use case that lays ladders side by side: a matrix of strikes by moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from ..domain.errors import GexlakeError
from ..domain.feed import Feed
from .query_gex import QueryGex
from .rows import micros_of
from .sample_snapshots import STRETCH, SampleSnapshots

Floats = np.ndarray[Any, np.dtype[np.float64]]
#: The largest heatmap: as doubles 16 MB, as JSON about the same.
MOST_COLUMNS, MOST_CELLS = 2_000, 2_000_000
#: Ladders are read in runs: moments that lie closer than a row group are read together, up to so many snapshots.
_APART, _RUN = 300, 3_000


class HeatmapTooLarge(GexlakeError):
    """A heatmap would have more columns or cells than one answer may."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        size = f"{columns:,} moments" + (f" and {rows:,} strikes" if rows else "")
        super().__init__(
            f"The heatmap would have {size}; an answer has room for {MOST_COLUMNS:,} moments and {MOST_CELLS:,} cells. "
            "Choose a longer step (every), a shorter range, or put strikes together (bucket)."
        )


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A matrix of GEX.

    ``snapshots`` are those of the columns, oldest first, in the columns of ``Answer.snapshots``; ``strikes``
    ascending prices, shape (rows,); ``values`` GEX in the vendor's unit, shape (rows, columns), not-a-number where
    a ladder has no such strike.
    """

    feed: Feed
    snapshots: pa.Table
    strikes: Floats
    values: Floats


class DrawHeatmap:
    """Makes heatmaps of the last ladder of each step."""

    def __init__(self, query: QueryGex, stretch: int = STRETCH) -> None:
        self._query, self._sample = query, SampleSnapshots(query, stretch)

    def draw(
        self,
        feed: Feed,
        start: datetime | None,
        end: datetime | None,
        every: timedelta,
        *,
        value: str = "gamma",
        bucket: float | None = None,
    ) -> Heatmap:
        """Make the heatmap of a range; ``value`` is a column of the ladder.

        Strikes are rows as they are: where a basis moves, each offset has rows of its own. With ``bucket`` a price
        goes to the nearest multiple of it, and values that meet there are added.

        Raises:
            HeatmapTooLarge: it would be larger than an answer may be.
        """
        moments: list[pa.Table] = []
        rows: list[pa.Table] = []
        for snapshots, last in self._sample.stretches(feed, start, end, every):
            moments.append(snapshots.take(last))
            if (columns := sum(len(table) for table in moments)) > MOST_COLUMNS:
                raise HeatmapTooLarge(columns, 0)
            rows.extend(self._ladders(feed, snapshots, last, value))
        taken = pa.concat_tables(moments)
        return _laid_out(feed, taken, pa.concat_tables(rows) if rows else None, value, bucket)

    def _ladders(self, feed: Feed, snapshots: pa.Table, last: Any, value: str) -> Iterator[pa.Table]:
        """Give the ladders of some of the snapshots."""
        micros = micros_of(snapshots)
        for run in _runs(last):
            stretch = snapshots.slice(int(run[0]), int(run[-1] - run[0]) + 1)
            table: pa.Table = self._query.with_ladders(feed, stretch, ("timestamp", "strike", value)).ladders
            wanted = np.isin(micros_of(table), micros[run])
            yield table.filter(pa.array(wanted))


def _runs(places: Any) -> Iterator[Any]:
    """Cut ascending places where they lie far apart, or where a run gets long."""
    begin = 0
    for n in range(1, len(places) + 1):
        ended = n == len(places)
        if ended or places[n] - places[n - 1] > _APART or places[n] - places[begin] >= _RUN:
            yield places[begin:n]
            begin = n


def _laid_out(feed: Feed, snapshots: pa.Table, rows: pa.Table | None, value: str, bucket: float | None) -> Heatmap:
    if rows is None:
        return Heatmap(feed, snapshots, np.empty(0), np.empty((0, snapshots.num_rows)))
    prices = rows.column("strike").to_numpy()
    if bucket:
        prices = np.round(np.round(prices / bucket) * bucket, 10)
    strikes, row = np.unique(prices, return_inverse=True)
    if len(strikes) * snapshots.num_rows > MOST_CELLS:
        raise HeatmapTooLarge(snapshots.num_rows, len(strikes))
    moments = micros_of(snapshots)
    column = np.searchsorted(moments, micros_of(rows))
    values = np.zeros((len(strikes), len(moments)))
    seen = np.zeros(values.shape, bool)
    known = (column < len(moments)) & (moments[np.minimum(column, len(moments) - 1)] == micros_of(rows))
    place = row[known], column[known]
    np.add.at(values, place, rows.column(value).to_numpy()[known])
    seen[place] = True
    values[~seen] = np.nan
    return Heatmap(feed, snapshots, strikes, values)
