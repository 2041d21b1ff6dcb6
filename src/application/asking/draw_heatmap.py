"""The use case that lays ladders side by side: a matrix of strikes by moments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from ...domain.errors import GexlakeError
from ...domain.feed import Feed
from ..columns.arrays import Floats, Ints
from ..columns.rows import micros_of
from .query_gex import QueryGex
from .sample_snapshots import STRETCH, SampleSnapshots

#: The largest heatmap: as doubles 16 MB, as JSON about the same.
MOST_COLUMNS, MOST_CELLS = 2_000, 2_000_000
#: Ladders are read in runs: moments that lie closer than a row group are read together, up to so many snapshots.
_APART, _RUN = 150, 3_000
#: The vendor writes two decimals in a ladder and up to five elsewhere; more are the digits of somebody's doubles.
_MOST_DECIMALS = 5
#: Doubles from here on are whole numbers.
_WHOLE = 2.0**52
#: What a heatmap tells of its snapshots.
OF_SNAPSHOTS = ("spot", "zero_gamma")


class HeatmapTooLarge(GexlakeError):
    """A heatmap would have more columns or cells than one answer may.

    Without ``rows`` the columns alone are too many, and ``columns`` are those that were counted until that was clear.
    """

    def __init__(self, columns: int, rows: int | None = None) -> None:
        self.columns, self.rows = columns, rows
        size = f"at least {columns:,} moments" if rows is None else f"{columns:,} moments and {rows:,} strikes"
        super().__init__(
            f"The heatmap would have {size}; an answer has room for {MOST_COLUMNS:,} moments and {MOST_CELLS:,} cells. "
            "Choose a longer step (every), a shorter range, or put strikes together (bucket)."
        )


@dataclass(frozen=True, slots=True)
class Heatmap:
    """A matrix of GEX.

    ``snapshots`` are those of the columns, oldest first: ``timestamp`` and ``OF_SNAPSHOTS``; ``strikes`` ascending
    prices, shape (rows,); ``values`` GEX in the vendor's unit, shape (rows, columns), not-a-number where
    a ladder has no such strike.
    """

    feed: Feed
    snapshots: pa.Table
    strikes: Floats
    values: Floats


class _Rows(NamedTuple):
    """Rows of ladders: the moment, the price and the value of each."""

    micros: Ints
    strikes: Floats
    values: Floats


class DrawHeatmap:
    """Makes heatmaps of the last ladder of each step."""

    def __init__(self, query: QueryGex, stretch: int = STRETCH) -> None:
        self._query, self._sample = query, SampleSnapshots(query, stretch, (*OF_SNAPSHOTS, "strike_count"))

    def draw(
        self,
        feed: Feed,
        start: datetime | None,
        end: datetime | None,
        every: timedelta,
        *,
        value: str = "gamma",
        bucket: float | None = None,
        origin: float = 0.0,
    ) -> Heatmap:
        """Make the heatmap of a range; ``value`` is a column of the ladder.

        Strikes are rows as they are: where a basis moves, each offset has rows of its own. With ``bucket`` a price
        goes to the nearest multiple of it, counted from ``origin``, the higher of two as near, and values that meet
        there are added.

        Raises:
            HeatmapTooLarge: it would be larger than an answer may be.
        """
        columns = 0
        moments: list[pa.Table] = []
        rows: list[_Rows] = []
        for snapshots, last in self._sample.stretches(feed, start, end, every):
            columns += len(last)
            if columns > MOST_COLUMNS:
                raise HeatmapTooLarge(columns)
            moments.append(snapshots.slice(0, 0))  # there may be none
            for run in _runs(last):
                found, ladders = self._query.with_ladders(feed, snapshots.take(run), ("timestamp", "strike", value))
                moments.append(found)
                strikes, values = (ladders.column(name).to_numpy() for name in ("strike", value))
                rows.append(_Rows(micros_of(ladders), strikes, values))
        taken = pa.concat_tables(moments)
        return _laid_out(feed, taken, rows, bucket, origin)


def _runs(places: Any) -> Iterator[Any]:
    """Cut ascending places where they lie far apart, or where a run gets long."""
    begin = 0
    for n in range(1, len(places) + 1):
        ended = n == len(places)
        if ended or places[n] - places[n - 1] > _APART or places[n] - places[begin] >= _RUN:
            yield places[begin:n]
            begin = n


def _laid_out(feed: Feed, snapshots: pa.Table, runs: list[_Rows], bucket: float | None, origin: float) -> Heatmap:
    moments = micros_of(snapshots)
    if not runs:
        return Heatmap(feed, snapshots, np.empty(0), np.empty((0, len(moments))))
    rows = _Rows(*(np.concatenate(columns) for columns in zip(*runs, strict=True)))
    prices = rows.strikes
    if bucket:
        # Not the even one of two that are as near: every other row would have the strikes of its neighbours too.
        prices = np.round(np.floor((prices - origin) / bucket + 0.5) * bucket + origin, 10)
    strikes, row = np.unique(prices, return_inverse=True)
    if len(strikes) * len(moments) > MOST_CELLS:
        raise HeatmapTooLarge(len(moments), len(strikes))
    places = row * len(moments) + moments.searchsorted(rows.micros)
    shape, cells = (len(strikes), len(moments)), len(strikes) * len(moments)
    values: Floats = np.bincount(places, rows.values, cells).astype(np.float64, copy=False)
    if bucket and (decimals := _decimals(rows.values)) is not None:
        values = _rounded(values, decimals) + 0.0  # which makes a 0 of -0
    values[np.bincount(places, minlength=cells) == 0] = np.nan
    return Heatmap(feed, snapshots, strikes, values.reshape(shape))


def _decimals(values: Floats) -> int | None:
    """Give with how many decimals some numbers are written, so that their sum has no more; None if with too many.

    Doubles add up to 12.340000000000002 where what the vendor wrote adds up to 12.34.
    """
    return next((few for few in range(_MOST_DECIMALS + 1) if np.array_equal(_rounded(values, few), values)), None)


def _rounded(values: Floats, decimals: int) -> Floats:
    """Round what may have decimals; numpy would have larger numbers leave the doubles on the way there."""
    rounded, fractional = values.copy(), np.abs(values) < _WHOLE
    rounded[fractional] = np.round(values[fractional], decimals)
    return rounded
