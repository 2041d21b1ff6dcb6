"""The use case that thins snapshots out: the last one of each step of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa

from ...domain.feed import Feed
from ...domain.timestamps import MICROSECOND, from_micros
from ..columns.arrays import Ints
from ..columns.rows import micros_of
from .answer import Answer
from .query_gex import PAGE, QueryGex

#: Snapshots that are read at a time: without ladders, some 4 MB.
STRETCH = 20_000
#: So many are read to find out whether a step holds more; after one that does, the first two of the next will do.
_PROBE, _PAIR = 2_000, 2


class SampleSnapshots:
    """Gives the last snapshot of each step, without ladders.

    Steps begin at multiples of their length since 1970 UTC; those without a snapshot are left out. ``stretch``
    snapshots, two or more, are read at a time. With ``columns`` they have only these, ``timestamp`` and ``part``.
    """

    def __init__(self, query: QueryGex, stretch: int = STRETCH, columns: Sequence[str] = ()) -> None:
        self._query, self._stretch, self._columns = query, stretch, tuple(columns)

    def stretches(
        self, feed: Feed, start: datetime | None, end: datetime | None, every: timedelta
    ) -> Iterator[tuple[pa.Table, Ints]]:
        """Give stretches of all snapshots of a range and, of each, the places of those that are the last of a step.

        A step never lies in two stretches: one that ends with a stretch is begun again in the next. Of steps that
        hold many snapshots only the ends are read.
        """
        size, step = min(self._stretch, _PROBE), every // MICROSECOND
        while True:
            found = self._query.between(feed, start, end, size, columns=self._columns).snapshots
            micros = micros_of(found)
            steps = micros // step
            last = _last_of(steps)
            if found.num_rows < size:
                yield found, last
                return
            if len(last) == 1:  # to look for the end of the step is quicker than to read on to it
                following = (int(steps[0]) + 1) * step
                yield self._end_of_step(feed, int(micros[0]), following, end)
                start, size = from_micros(following), _PAIR
                continue
            cut = int(last[-2]) + 1
            yield found.slice(0, cut), last[:-1]
            start, size = from_micros(int(micros[cut])), min(self._stretch, _PROBE if size == _PAIR else self._stretch)

    def sample(
        self, feed: Feed, start: datetime | None, end: datetime | None, every: timedelta, limit: int
    ) -> pa.Table:
        """Give the first ``limit`` of them, oldest first."""
        taken: list[pa.Table] = []
        for snapshots, last in self.stretches(feed, start, end, every):
            taken.append(snapshots.take(last[:limit]))
            limit -= len(last)
            if limit <= 0:
                break
        return pa.concat_tables(taken)

    def newest(
        self, feed: Feed, start: datetime | None, end: datetime | None, every: timedelta, limit: int
    ) -> pa.Table:
        """Give the newest ``limit`` of them, oldest first."""
        size, step = min(self._stretch, _PROBE), every // MICROSECOND
        taken: list[pa.Table] = []
        while True:
            found = self._query.between(feed, start, end, size, newest=True, columns=self._columns).snapshots
            steps = micros_of(found) // step
            last = _last_of(steps)[-limit:]
            taken.append(found.take(last))
            limit -= len(last)
            if not limit or found.num_rows < size:
                return pa.concat_tables(reversed(taken))
            # Of the first step the last snapshot is known; where that is all there was, so it will be in those before.
            end = from_micros(int(steps[0]) * step) - MICROSECOND
            size = self._stretch if len(last) > 1 else 1

    def _end_of_step(self, feed: Feed, first: int, following: int, end: datetime | None) -> tuple[pa.Table, Ints]:
        moment = from_micros(following - 1)
        last = min(moment, end) if end else moment
        found = self._query.between(feed, from_micros(first), last, 1, newest=True, columns=self._columns)
        # None, if what was seen of the step has been taken out meanwhile.
        return found.snapshots, np.zeros(len(found.snapshots), np.int64)


def find_snapshots(
    query: QueryGex,
    feed: Feed,
    start: datetime | None,
    end: datetime | None,
    limit: int,
    *,
    every: timedelta | None = None,
    newest: bool = False,
    columns: Sequence[str] = (),
) -> pa.Table:
    """Give the snapshots of a range, or the last one of each step: the first ``limit`` of them, or the ``newest``."""
    if every is None:
        return query.between(feed, start, end, limit, newest=newest, columns=columns).snapshots
    sampling = SampleSnapshots(query, columns=columns)
    return (sampling.newest if newest else sampling.sample)(feed, start, end, every, limit)


def pages_with_ladders(query: QueryGex, found: Answer, *, sampled: bool) -> Iterator[Answer]:
    """Give what was found with its ladders, in pieces that fit into memory; at least one.

    Unless it was ``sampled``, nothing lies between the snapshots, and what is put there meanwhile is left out.
    """
    return _pages_of_samples(query, found) if sampled else query.pages_of(found)


def _pages_of_samples(query: QueryGex, found: Answer) -> Iterator[Answer]:
    for begin in range(0, found.snapshots.num_rows or 1, PAGE):
        yield Answer(found.feed, *query.with_ladders(found.feed, found.snapshots.slice(begin, PAGE)))


def _last_of(steps: Ints) -> Ints:
    """Give the places of the snapshots that are the last ones of their steps."""
    return np.flatnonzero(np.append(steps[1:] != steps[:-1], len(steps) > 0))
