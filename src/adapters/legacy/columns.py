"""From records taken apart to Arrow columns, with the rules checked for a whole block at once."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from ...application.columns.arrays import Flags, Floats, Ints
from ...application.columns.batch import SnapshotBatch
from ...application.columns.schemas import DAYS, LADDER_SCHEMA, NUMBERS, PRIORS, SOURCE_SCHEMA, UTC_MICROS
from ...application.ports.source_reader import FeedFilter
from ...domain.feed import Feed, FeedName
from ...domain.snapshot import INT32, MAX_NAME_BYTES
from ...domain.timestamps import CLOCK_SKEW, EARLIEST, MILLISECONDS_FROM, parse_timestamp, to_micros
from .decoding.layout import SCALARS
from .fields import Fields

_EARLIEST = to_micros(EARLIEST)
#: Numbers of seconds or milliseconds beyond this are no date, and could overflow.
_TIMESTAMP_LIMIT = 10**15
#: So large a number of a ladder could make its sum more than a double holds.
_HUGE = 1e300


class Columns:
    """The columns of some records of a block, with ``good`` telling which keep all rules.

    What is not good here may still be good for the domain model, which has the last word.
    """

    def __init__(self, fields: Fields, records: Ints, now: datetime) -> None:
        self._fields = fields
        self._records = records
        self._scalars, self._counts, self._matrix = fields.scalars, fields.counts, fields.matrix
        self._numbers: dict[str, Floats] = {}
        self._starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(self._counts)[:-1]])
        self._micros, good = _timestamps(self._scalars[0], now)
        spot, days = self._column("spot"), [self._column(name) for name in DAYS]
        good &= spot > 0
        for column in days:
            good &= np.isnan(column) | (np.abs(column) < INT32)
        named = {ticker: _named(ticker) for ticker in set(self._scalars[1])}
        if not all(named.values()):
            good &= np.array([named[ticker] for ticker in self._scalars[1]])
        self.good = good & self._ladders_good()
        self._net_gex = self._added_up()

    def batch(self, keep: Flags, fallback: FeedName, feeds: FeedFilter) -> tuple[SnapshotBatch | None, int]:
        """Give the kept records as a batch, and how many the filter left out."""
        keys = list(zip(self._scalars[1], self._fields.names, strict=True))
        feeds_of = {key: key[1].or_else(fallback).feed(key[0]) for key in set(keys)}
        left_out = 0
        if refused := {key for key, feed in feeds_of.items() if not feeds.admits(feed)}:
            passed = np.array([key not in refused for key in keys])
            left_out = int((keep & ~passed).sum())
            keep = keep & passed
        index = np.flatnonzero(keep)
        if not len(index):
            return None, left_out
        chosen = [feeds_of[keys[n]] for n in index.tolist()]
        return SnapshotBatch(self._snapshots(index, chosen), self._ladders(index)), left_out

    def _column(self, name: str) -> Floats:
        if name not in self._numbers:
            # None becomes NaN, which no JSON number is.
            self._numbers[name] = np.array(self._scalars[SCALARS.index(name)], np.float64)
        return self._numbers[name]

    def _ladders_good(self) -> Flags:
        """Whether strikes are above 0 and differ; sorts ladders that are not in order."""
        strike = self._matrix[:, 0]
        good = np.minimum.reduceat(strike, self._starts) > 0
        ascending = np.empty(len(strike), np.bool_)
        ascending[1:] = strike[1:] > strike[:-1]
        ascending[self._starts] = True
        if ascending.all():
            return np.asarray(good)
        for n in np.flatnonzero(~np.logical_and.reduceat(ascending, self._starts)):
            rows = slice(self._starts[n], self._starts[n] + self._counts[n])
            if self._matrix.flags.writeable is False:
                self._matrix = self._matrix.copy()
            ladder = self._matrix[rows]
            self._matrix[rows] = ladder = ladder[np.argsort(ladder[:, 0], kind="stable")]
            good[n] &= bool((ladder[1:, 0] != ladder[:-1, 0]).all())
        return np.asarray(good)

    def _snapshots(self, index: Ints, feeds: list[Feed]) -> pa.RecordBatch:
        extras, envelopes = (
            pa.array([texts[n] for n in index.tolist()], pa.string())
            for texts in (self._fields.extras, self._fields.envelopes)
        )
        columns: dict[str, Any] = {name: _floats(self._column(name)[index]) for name in NUMBERS}
        columns |= {name: _whole(self._column(name)[index]) for name in DAYS}
        for field, part in zip(Feed._fields, zip(*feeds, strict=True), strict=True):
            columns[field] = pa.repeat(part[0], len(part)) if len(set(part)) == 1 else pa.array(part, pa.string())
        columns["net_gex"] = _floats(self._net_gex[index])
        columns["timestamp"] = pa.array(self._micros[index]).view(UTC_MICROS)
        columns["max_priors"] = _max_priors(self._fields, index)
        columns |= {"extra": extras, "envelope": envelopes}
        columns["strike_count"] = pa.array(self._counts[index].astype(np.int32))
        columns["record"] = pa.array(self._records[index])
        return pa.RecordBatch.from_arrays([columns[f.name] for f in SOURCE_SCHEMA], schema=SOURCE_SCHEMA)

    def _added_up(self) -> Floats:
        """Give net GEX: the source's, else its sum, else that of the ladder; what is too large goes to the model."""
        own = self._column("net_gex")
        net = np.where(np.isnan(own), self._column("sum_gex_vol"), own)
        for n in np.flatnonzero(np.isnan(net)):
            gamma = self._matrix[self._starts[n] : self._starts[n] + self._counts[n], 1]
            if np.abs(gamma).max() < _HUGE:
                net[n] = math.fsum(gamma.tolist())
            else:
                self.good[n] = False
        return net

    def _ladders(self, index: Ints) -> pa.RecordBatch:
        matrix = self._matrix
        if len(index) < len(self._fields):
            kept = np.zeros(len(self._fields), np.bool_)
            kept[index] = True
            matrix = matrix[np.repeat(kept, self._counts)]
        columns = [np.ascontiguousarray(column) for column in matrix.T]
        bare = np.isnan(columns[-1])
        masks = [None] * (len(columns) - len(PRIORS)) + [bare if bare.any() else None] * len(PRIORS)
        arrays = [pa.array(column, mask=mask) for column, mask in zip(columns, masks, strict=True)]
        return pa.RecordBatch.from_arrays(arrays, schema=LADDER_SCHEMA)


def _timestamps(values: Any, now: datetime) -> tuple[Ints, Flags]:
    """Give microseconds since 1970 and which of them are allowed."""
    numbers = np.array(values, np.int64) if _all_moments(values) else np.zeros(0, np.int64)
    if len(numbers):
        micros = numbers * np.where(np.abs(numbers) >= MILLISECONDS_FROM, 1_000, 1_000_000)
        return micros, _allowed(micros, now)
    micros = np.zeros(len(values), np.int64)
    for n, value in enumerate(values):
        if type(value) is int and abs(value) < _TIMESTAMP_LIMIT:
            micros[n] = value * 1_000 if abs(value) >= MILLISECONDS_FROM else value * 1_000_000
            continue
        try:
            parsed = parse_timestamp(value)
        except ValueError:
            parsed = 0
        micros[n] = parsed if abs(parsed) < 2**62 else 0
    return micros, _allowed(micros, now)


def _all_moments(values: Any) -> bool:
    """Whether all are whole numbers that cannot overflow."""
    # An array has nothing else.
    whole = isinstance(values, np.ndarray) or set(map(type, values)) == {int}
    return whole and -_TIMESTAMP_LIMIT < min(values) <= max(values) < _TIMESTAMP_LIMIT


def _allowed(micros: Ints, now: datetime) -> Flags:
    return np.asarray((micros >= _EARLIEST) & (micros <= to_micros(now + CLOCK_SKEW)))


def _named(ticker: str) -> bool:
    # A bracket in a name would count as one of a ladder's (see is_regular): let the model look at it.
    return bool(ticker.strip()) and "[" not in ticker and len(ticker.encode()) <= MAX_NAME_BYTES


def _floats(values: Floats) -> pa.Array:
    missing = np.isnan(values)
    return pa.array(values, mask=missing if missing.any() else None)


def _whole(values: Floats) -> pa.Array:
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values).astype(np.int32), mask=missing)


def _max_priors(fields: Fields, index: Ints) -> pa.Array:
    """Build the column of lists of pairs [strike, change]."""
    ends = np.concatenate([np.zeros(1, np.int32), np.cumsum(fields.pair_counts, dtype=np.int32)])
    numbers = pa.array(fields.pairs)
    inner = pa.ListArray.from_arrays(pa.array(np.arange(0, len(numbers) + 1, 2, dtype=np.int32)), numbers)
    whole = pa.ListArray.from_arrays(pa.array(ends), inner, mask=pa.array(~fields.has_pairs))
    return whole if len(index) == len(fields) else whole.take(pa.array(index))
