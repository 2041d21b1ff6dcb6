"""Which snapshots the ladders of a row group belong to: told by counting, for the two files of a part are cut apart."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from ...application.columns.arrays import Ints
from ...application.columns.batch import offsets
from ...application.columns.schemas import SNAPSHOT_SCHEMA


class Counted:
    """The snapshots of a part, by the row groups of its ladders; one row group of theirs is in memory at a time.

    A ladder has as many rows as its snapshot counts, and the two files have one order. A snapshot without a ladder,
    which gexlake refuses, would go with the row group that follows it, or with the last one.
    """

    def __init__(self, counts: pa.ChunkedArray, rows: Ints, ladder_rows: Ints, read: Callable[[int], pa.Table]) -> None:
        """Take how many rows each ladder has, and the row groups of either file; ``read`` gives one of snapshots.

        Raises:
            OSError: a row group of the ladders does not end where a ladder does, or they are not as many rows.
        """
        self._read, self._held = read, (-1, SNAPSHOT_SCHEMA.empty_table())
        self._begins, borders, ladders = _sums(rows), _sums(ladder_rows), offsets(counts)
        self._cuts = ladders.searchsorted(borders)
        if ladders[-1] != borders[-1] or (ladders[self._cuts] != borders).any():
            raise OSError("its ladders are not those that its snapshots count")
        self._cuts[-1] = len(ladders) - 1

    def of(self, group: int) -> pa.Table:
        """Give the snapshots whose ladders a row group holds, without copying them."""
        first, last = self._cuts[group], self._cuts[group + 1]
        begin, end = self._begins.searchsorted(first, "right") - 1, self._begins.searchsorted(last, "left")
        cut = []
        for number in range(begin, end):
            low, high = max(first, self._begins[number]), min(last, self._begins[number + 1])
            cut.append(self._group(number).slice(int(low - self._begins[number]), int(high - low)))
        return pa.concat_tables(cut or [SNAPSHOT_SCHEMA.empty_table()])

    def _group(self, number: int) -> pa.Table:
        if self._held[0] != number:
            self._held = number, self._read(number)
        return self._held[1]


def _sums(rows: Ints) -> Ints:
    """Give where each of some row groups begins and, last, where they end."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(rows, dtype=np.int64)])
