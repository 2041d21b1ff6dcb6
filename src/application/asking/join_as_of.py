"""The use case that tells for many moments what was known at each: a replay of snapshots against ticks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import numpy as np
import pyarrow as pa

from ...domain.errors import SnapshotNotFound
from ...domain.feed import Feed
from ...domain.snapshot import LEVELS, lacks_levels
from ...domain.timestamps import MICROSECOND, from_micros
from ..columns.arrays import Ints
from ..columns.rows import micros_of, numbers_of
from ..columns.schemas import DAYS, NUMBERS, STORED_SCHEMA
from ..ports.limits import ALL
from .answer import ends_of
from .query_gex import EMPTY, QueryGex

#: Moments further apart are asked for one by one: what lies between them would be read in vain.
_APART = timedelta(hours=1) // MICROSECOND
#: What is read at a time: without ladders, some 5 MB of a feed that publishes each second.
_LONGEST = timedelta(hours=6) // MICROSECOND
_NONE = -1
#: The columns of what was known: numbers, and when it was published. Any of them may be missing.
KNOWN = pa.schema([STORED_SCHEMA.field(name).with_nullable(True) for name in ("timestamp", *NUMBERS, *DAYS)])


class JoinAsOf:
    """Gives for each of many moments the snapshot that ``QueryGex.at`` gives for it, without its ladder."""

    def __init__(self, query: QueryGex) -> None:
        self._query = query

    def join(self, feed: Feed, moments: Ints, max_age: timedelta | None = None) -> pa.Table:
        """Give a row of ``KNOWN`` for each moment, in their order.

        Moments are microseconds since 1970, shape (moments,), in any order. A row is null throughout where the feed
        begins later, or where its snapshot would be older than ``max_age``.
        """
        if (moments[1:] < moments[:-1]).any():
            order = np.argsort(moments, kind="stable")
            place = np.empty_like(order)
            place[order] = np.arange(len(order))
            return self.join(feed, moments[order], max_age).take(place)
        known = [self._known(feed, stretch, max_age) for stretch in _stretches(moments)]
        return pa.concat_tables(known).combine_chunks() if known else _nothing(0)

    def _known(self, feed: Feed, moments: Ints, max_age: timedelta | None) -> pa.Table:
        """Join a stretch of moments, ascending."""
        first, last = from_micros(int(moments[0])), from_micros(int(moments[-1]))
        with suppress(SnapshotNotFound):
            first, _ = ends_of(self._query.at(feed, first).snapshots)
        found = self._query.between(feed, first, last, ALL, columns=KNOWN.names[1:]).snapshots
        if not found.num_rows:
            return _nothing(len(moments))
        timestamps = micros_of(found)
        # Each snapshot looked for among the moments, which are many times as many, and not the other way round.
        begun = np.concatenate([[0], np.searchsorted(moments, timestamps), [len(moments)]])
        index = _with_levels(feed, found).repeat(np.diff(begun))
        missing = index == _NONE
        if max_age is not None:
            missing |= moments - timestamps[index] > max_age // MICROSECOND
        return found.select(KNOWN.names).take(pa.array(index, mask=missing)).cast(KNOWN)


def _nothing(count: int) -> pa.Table:
    return pa.table([pa.nulls(count, field.type) for field in KNOWN], schema=KNOWN)


def _stretches(moments: Ints) -> Iterator[Ints]:
    """Cut ascending moments where they lie far apart, and where a stretch becomes long."""
    begin = 0
    while begin < len(moments):
        within = moments[begin : np.searchsorted(moments, moments[begin] + _LONGEST, side="right")]
        gaps = np.flatnonzero(np.diff(within) > _APART)
        stretch = within[: gaps[0] + 1] if len(gaps) else within
        yield stretch
        begin += len(stretch)


def _with_levels(feed: Feed, snapshots: pa.Table) -> Ints:
    """Tell which snapshot is known after none, one, two … of them; shape (snapshots + 1,).

    It is the last one, or the last one with levels where that is among the last few.
    """
    places = np.arange(snapshots.num_rows)
    some, none = (lacks_levels(feed.package, levels) for levels in ([1.0], []))  # not of each of thousands
    lacking = np.where(np.nan_to_num(numbers_of(snapshots, LEVELS)).any(axis=1), some, none)
    usable = np.maximum.accumulate(np.where(lacking, _NONE, places))
    known = np.where((usable != _NONE) & (places - usable < EMPTY), usable, places)
    return np.concatenate([[_NONE], known])
