"""Snapshots with their ladders by feed and trading day, which make the parts of a lake."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from ...domain.feed import Feed
from ...domain.timestamps import day_bounds, from_micros, trading_day
from .arrays import Ints
from .rows import Rows, micros_of, one_chunk, pick


def by_day(snapshots: pa.Table, ladders: pa.Table) -> Iterator[tuple[Feed, date, Rows]]:
    """Split rows by feed and trading day."""
    micros = micros_of(snapshots)
    feeds = [one_chunk(snapshots.column(name)).dictionary_encode() for name in Feed._fields]
    names = [column.dictionary.to_pylist() for column in feeds]
    if all(len(values) == 1 for values in names):
        lots = {Feed(*(values[0] for values in names)): np.arange(len(micros))}
    else:
        codes = list(zip(*(column.indices.to_pylist() for column in feeds), strict=True))
        lots = {
            Feed(*(values[code] for values, code in zip(names, key, strict=True))): np.array(
                [n for n, found in enumerate(codes) if found == key]
            )
            for key in dict.fromkeys(codes)
        }
    for feed, index in lots.items():
        for day, within in _days(micros[index]):
            whole = len(within) == len(micros)
            yield feed, day, (snapshots, ladders) if whole else pick(snapshots, ladders, index[within])


def _days(micros: Ints) -> Iterator[tuple[date, Ints]]:
    """Give the trading days of some timestamps, and the positions of each."""
    left = np.arange(len(micros))
    while len(left):
        day = trading_day(from_micros(int(micros[left[0]])))
        begin, end = day_bounds(day)
        inside = (micros[left] >= begin) & (micros[left] < end)
        yield day, left[inside]
        left = left[~inside]
