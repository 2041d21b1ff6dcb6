"""Columns: from the rows of snapshots to Arrow columns, with the rules checked for all of them at once."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from gexlake.plugins import (
    LADDER_SCHEMA,
    SOURCE_SCHEMA,
    Feed,
    ReadOptions,
    RecordJudge,
    SnapshotBatch,
    parse_timestamp,
    to_micros,
)

from .cells import AFTER, BEFORE, DAYS, KEYS, LADDER, OPTIONAL, PRIORS, codes, number, numbers, said
from .stretches import Stretch

_EARLIEST = to_micros(datetime(2010, 1, 1, tzinfo=UTC))
_INT32 = 2**31
_NAME_BYTES = 64
_OWN = {*KEYS, *LADDER, *PRIORS, *OPTIONAL, *DAYS, "spot", "zero_gamma", BEFORE, AFTER}

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


class Columns:
    """The columns of a stretch; ``good`` tells which snapshots keep all rules.

    What is not good here may still be good for the rules themselves, which have the last word.
    """

    def __init__(self, stretch: Stretch, options: ReadOptions, judge: RecordJudge) -> None:
        self._stretch, self._options = stretch, options
        self._firsts = stretch.table.take(stretch.starts)
        self._ladder = np.column_stack([numbers(stretch.column(name)) for name in (*LADDER, *PRIORS)])
        self.good = self._rows_agree() & self._rows_good() & self._ladders_rise()
        self._scalars = {name: self._scalar(name) for name in ("spot", "zero_gamma", *OPTIONAL)}
        self._days = {name: self._scalar(name) for name in DAYS}
        self.good &= (self._scalars["spot"] > 0) & np.isfinite(self._scalars["zero_gamma"])
        for days in self._days.values():
            self.good &= np.isnan(days) | ((days == np.floor(days)) & (np.abs(days) < _INT32))
        self._micros = np.array([self._moment(cell) for cell in self._cells("timestamp")], np.int64)
        self.good &= (self._micros >= _EARLIEST) & (self._micros <= to_micros(options.now))
        self._feeds = self._named(judge)
        self._extra = self._kept()

    def batch(self, form: str) -> SnapshotBatch:
        """Give the good ones that are wanted, and count those that are not."""
        wanted = np.array([feed is not None and self._options.feeds.admits(feed) for feed in self._feeds], np.bool_)
        index = np.flatnonzero(self.good & wanted)
        rows = np.repeat(self.good & wanted, self._stretch.counts)
        matrix = self._ladder[rows]
        ladders = [pa.array(matrix[:, n].copy(), from_pandas=True) for n in range(matrix.shape[1])]
        return SnapshotBatch(
            self._snapshots(index),
            pa.RecordBatch.from_arrays(ladders, schema=LADDER_SCHEMA),
            skipped=int((self.good & ~wanted).sum()),
            bytes_done=self._stretch.bytes_done,
            form=form,
        )

    def _snapshots(self, index: npt.NDArray[np.intp]) -> pa.RecordBatch:
        feeds = [feed for n in index.tolist() if (feed := self._feeds[n]) is not None]
        columns: dict[str, Any] = {
            name: pa.array([getattr(feed, name) for feed in feeds], pa.string()) for name in Feed._fields
        }
        columns["timestamp"] = pa.array(self._micros[index]).cast(pa.timestamp("us", "UTC"))
        self._scalars["net_gex"] = self._net_gex()
        columns |= {name: pa.array(values[index], from_pandas=True) for name, values in self._scalars.items()}
        columns |= {name: pa.array(v[index], from_pandas=True).cast(pa.int32()) for name, v in self._days.items()}
        columns["extra"] = pa.array([self._extra[n] for n in index.tolist()], pa.string())
        columns["strike_count"] = pa.array(self._stretch.counts[index].astype(np.int32))
        columns["record"] = pa.array(index.astype(np.int64) + self._stretch.first)
        arrays = [columns.get(field.name, pa.nulls(len(index), field.type)) for field in SOURCE_SCHEMA]
        return pa.RecordBatch.from_arrays(arrays, schema=SOURCE_SCHEMA)

    def _cells(self, name: str) -> list[Any]:
        return (
            self._firsts.column(name).to_pylist() if name in self._firsts.column_names else [None] * len(self._firsts)
        )

    def _all(self, rows: Mask) -> Mask:
        """Tell for which snapshots something holds in all rows."""
        return np.logical_and.reduceat(rows, self._stretch.starts)

    def _rows_agree(self) -> Mask:
        """Tell where all rows say the same of their snapshot, and no damage is beside them."""
        agree = np.ones(len(self._stretch.table), np.bool_)
        for name in self._stretch.table.column_names:
            if name in (BEFORE, AFTER):
                agree &= np.asarray(self._stretch.column(name).is_null())
            elif name not in (*KEYS, *LADDER, *PRIORS):
                values = codes(self._stretch.column(name))
                agree[1:] &= (values[1:] == values[:-1]) | self._stretch.begins[1:]
        return self._all(agree)

    def _rows_good(self) -> Mask:
        """Tell where strikes are above 0, all is finite, and there are five priors in a row or none."""
        finite = np.isfinite(self._ladder)
        empty = np.column_stack([np.asarray(self._stretch.column(name).is_null()) for name in PRIORS])
        priors = finite[:, len(LADDER) :].all(axis=1) | empty.all(axis=1)
        return self._all(finite[:, : len(LADDER)].all(axis=1) & (self._ladder[:, 0] > 0) & priors)

    def _ladders_rise(self) -> Mask:
        """Bring ladders into order, and tell in which no strike stands twice."""
        same = ~self._stretch.begins[1:]
        if (same & (self._ladder[1:, 0] <= self._ladder[:-1, 0])).any():
            order = np.lexsort((self._ladder[:, 0], np.cumsum(self._stretch.begins)))
            self._ladder = self._ladder[order]
        twice = np.append(False, same & (self._ladder[1:, 0] == self._ladder[:-1, 0]))
        return self._all(~twice)

    def _scalar(self, name: str) -> Floats:
        """Give a field of the snapshots; where there is something else than a finite number, they are not good."""
        if name not in self._firsts.column_names:
            return np.full(len(self._firsts), np.nan)
        column = self._firsts.column(name).combine_chunks()
        values = numbers(column)
        self.good &= np.isfinite(values) | np.asarray(column.is_null())
        return values

    def _moment(self, cell: Any) -> int:
        """Give microseconds since 1970, 0 for what is no moment."""
        try:
            micros = to_micros(cell) if isinstance(cell, datetime) else parse_timestamp(number(cell))
        except (ValueError, OverflowError):
            return 0
        return micros if abs(micros) < 2**62 else 0

    def _named(self, judge: RecordJudge) -> list[Feed | None]:
        """Give the feeds; None where something is missing or strange, and then they are not good."""
        feeds: dict[tuple[Any, ...], Feed | None] = {}
        keys = list(zip(*(self._cells(name) for name in Feed._fields), strict=True))
        for key in dict.fromkeys(keys):
            ticker, package, category = key
            name = judge.feed_name(package, category)
            feed = Feed(ticker, name.package or "", name.category or "")
            told = all(cell is None or isinstance(cell, str) for cell in (package, category))
            feeds[key] = feed if told and all(map(_is_name, feed)) else None
        self.good &= np.array([feeds[key] is not None for key in keys], np.bool_)
        return [feeds[key] for key in keys]

    def _kept(self) -> list[str | None]:
        """Give the other columns as JSON."""
        names = [name for name in self._firsts.column_names if name not in _OWN]
        if not names:
            return [None] * len(self._firsts)
        kept: list[str | None] = []
        for n, row in enumerate(self._firsts.select(names).to_pylist()):
            fields = {name: said(name, cell) for name, cell in row.items() if cell is not None}
            try:
                text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
            except (ValueError, TypeError):
                self.good[n] = False
            kept.append(text if fields and self.good[n] else None)
        return kept

    def _net_gex(self) -> Floats:
        """Give net GEX by volume: the file's own, else the sum that it claims, else that of the ladder."""
        own, claimed = self._scalars["net_gex"], self._scalars["sum_gex_vol"]
        found = np.where(np.isnan(own), claimed, own)
        for n in np.flatnonzero(np.isnan(found) & self.good).tolist():
            start = self._stretch.starts[n]
            found[n] = math.fsum(self._ladder[start : start + self._stretch.counts[n], 1])
        return found


def _is_name(text: object) -> bool:
    return isinstance(text, str) and bool(text.strip()) and len(text.encode()) <= _NAME_BYTES
