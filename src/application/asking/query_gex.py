"""The use case that answers questions about what the lake holds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial

import numpy as np
import pyarrow as pa

from ...domain.errors import LakeDamaged, SnapshotNotFound
from ...domain.feed import Feed
from ...domain.parts import Part
from ...domain.snapshot import LEVELS, lacks_levels
from ...domain.timestamps import MICROSECOND, day_bounds, from_micros, to_iso, trading_day
from ..columns.arrays import Ints
from ..columns.rows import micros_of
from ..columns.schemas import STORED_SCHEMA, STRIKE_SCHEMA
from ..ports.limits import ALL
from ..ports.snapshot_store import DayCount
from ..ports.strike_source import WHOLE_ROW
from ..ports.unit_of_work import Lake
from .answer import FEW, Answer, ends_of, newest, rows_of
from .choose_feed import choose_feed, fitting_feeds
from .one_state import of_one_state

#: Snapshots of a page: with their ladders some 8 MB in columns, and ten times that as objects.
PAGE = 1_000
#: Snapshots without levels that are passed over one by one. Days have one each; a feed with so many has no others.
EMPTY = 10
_AN_HOUR = timedelta(hours=1) // MICROSECOND


class QueryGex:
    """Answers questions about snapshots and ladders, in Arrow columns."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def feeds(self) -> list[Feed]:
        """Give the feeds that the lake holds."""
        return self._lake.snapshots.feeds()

    def days(self) -> list[DayCount]:
        """Count what the lake holds, by feed and trading day."""
        return self._lake.snapshots.days()

    def fitting_feeds(
        self, ticker: str | None = None, package: str | None = None, category: str | None = None
    ) -> list[Feed] | None:
        """Give all feeds that a question leaves open, or None if it names nothing.

        Raises:
            SnapshotNotFound: the lake holds no such feed.
        """
        if not (ticker or package or category):
            return None
        return fitting_feeds(self.feeds(), ticker, package, category)

    def resolve_feed(self, ticker: str, package: str | None = None, category: str | None = None) -> Feed:
        """Find the one feed of the lake that a question means; see ``choose_feed``."""
        return choose_feed(self.feeds(), ticker, package, category)

    def latest(self, feed: Feed, *, ladders: bool = False) -> Answer:
        """Give the newest snapshot of a feed that has levels, or the newest one if none has.

        Raises:
            SnapshotNotFound: the feed has none.
        """
        answer = self._answer(feed, lambda: self._with_levels(feed, self._lake.snapshots.latest(feed)), ladders=ladders)
        if not answer.snapshots.num_rows:
            raise SnapshotNotFound(str(feed))
        return answer

    def at(self, feed: Feed, moment: datetime, *, max_age: timedelta | None = None, ladders: bool = False) -> Answer:
        """Give the last snapshot at or before a moment that has levels, or the last one if none has.

        Raises:
            SnapshotNotFound: the feed begins later, or what there is is older than ``max_age``.
        """

        def find() -> pa.Table:
            return self._with_levels(feed, self._lake.snapshots.as_of(feed, moment))

        answer = self._answer(feed, find, ladders=ladders)
        last = newest(answer.snapshots)
        if last is None:
            raise SnapshotNotFound(f"{feed} at or before {to_iso(moment)}")
        if max_age is not None and moment - last > max_age:
            within = f"within {max_age.total_seconds():g} seconds before {to_iso(moment)}"
            raise SnapshotNotFound(f"{feed} {within}; the last one is of {to_iso(last)}")
        return answer

    def between(
        self,
        feed: Feed,
        start: datetime | None,
        end: datetime | None,
        limit: int,
        *,
        newest: bool = False,
        ladders: bool = False,
        columns: Sequence[str] = (),
    ) -> Answer:
        """Give the snapshots between two moments, both included: the first ``limit``, or the ``newest``.

        With ``columns`` they have only these, ``timestamp`` and ``part``; ladders need ``strike_count`` among them.
        """

        def find() -> pa.Table:
            found = self._lake.snapshots.between(feed, start, end, limit, newest=newest, columns=columns)
            return found.select(["timestamp", *columns, "part"]) if columns else found

        return self._answer(feed, find, ladders=ladders)

    def pages(
        self,
        feed: Feed,
        start: datetime | None,
        end: datetime | None,
        limit: int,
        *,
        ladders: bool = False,
        size: int = PAGE,
    ) -> Iterator[Answer]:
        """Give what ``between`` gives in pieces that fit into memory, however many snapshots there are."""
        while limit > 0:
            page = [self.between(feed, start, end, min(limit, size), ladders=ladders)]
            snapshots = page[0].snapshots
            more = snapshots.num_rows == size
            if more:
                limit -= size
                start = ends_of(snapshots)[1] + MICROSECOND
            del snapshots
            yield page.pop()  # nor is it held here while it is being sent
            if not more:
                return

    def pages_of(self, found: Answer, *, size: int = PAGE) -> Iterator[Answer]:
        """Give snapshots that were found without their ladders, with them, in pieces that fit into memory.

        What an import puts between them meanwhile is left out: it would push others beyond the end of an answer that
        has said where it ends.
        """
        if not found.snapshots.num_rows:
            yield Answer(found.feed, found.snapshots, self._ladders(found.snapshots))
            return
        first, last = ends_of(found.snapshots)
        moments = micros_of(found.snapshots)
        pages = self.pages(found.feed, first, last, ALL, ladders=True, size=size)
        del found  # else it would be held here until the last page is sent
        yield from map(partial(Answer.of, moments=moments), pages)

    def with_ladders(
        self, feed: Feed, snapshots: pa.Table, columns: Sequence[str] = WHOLE_ROW
    ) -> tuple[pa.Table, pa.Table]:
        """Give snapshots that were found just now, and their ladders, whatever lies between them.

        What an import has put in the place of one meanwhile is given instead of it; what was taken out is left out.
        ``columns`` are those of the ladders that are wanted, ``timestamp`` and ``strike`` among them: most of the time
        of reading goes into the priors.
        """
        at_hand, told = iter([snapshots]), snapshots.column_names
        # Of what ``between`` has been asked for: all columns, or some and those that it gives beside them.
        named = () if told == STORED_SCHEMA.names else [name for name in told if name not in ("timestamp", "part")]

        def find() -> pa.Table:
            for found in at_hand:
                return found
            moments = micros_of(snapshots)
            again = (self.between(feed, *ends, ALL, columns=named).of(moments) for ends in _hours(moments))
            return pa.concat_tables(answer.snapshots for answer in again)

        def read(found: pa.Table) -> pa.Table:
            if not found.num_rows:
                return STRIKE_SCHEMA.empty_table().select(list(columns))
            parts, wanted = self._parts_of(found), found.column("part").unique()
            if len(parts) != len(wanted):  # and another may have the moments of one that is gone
                raise LakeDamaged(str(feed), f"it has {len(parts):,} of {len(wanted):,} parts that snapshots are in")
            return self._lake.ladders.ladders_at(parts, np.unique(micros_of(found)), columns)

        answer = _matched(feed, find, read)
        return answer.snapshots, answer.ladders

    def last_day(self, feed: Feed) -> date:
        """Give the last trading day of a feed.

        Raises:
            SnapshotNotFound: the feed has none.
        """
        last = newest(self._lake.snapshots.latest(feed))
        if last is None:
            raise SnapshotNotFound(str(feed))
        return trading_day(last)

    def day(self, feed: Feed, day: date) -> pa.Table:
        """Give all snapshots of one trading day, in the columns of ``Answer.snapshots``.

        Raises:
            SnapshotNotFound: the feed has none of that day.
        """
        missing = SnapshotNotFound(f"{feed} on {day}")
        try:
            begin, end = map(from_micros, day_bounds(day))
        except OverflowError:  # the last of all days ends beyond all dates
            raise missing from None
        snapshots = self.between(feed, begin, end - MICROSECOND, ALL).snapshots
        if not snapshots.num_rows:
            raise missing
        return snapshots

    def ladder(
        self, feed: Feed, moment: datetime | None = None, max_age: timedelta | None = None
    ) -> tuple[pa.Table, pa.Table]:
        """Give the snapshot of ``at`` a moment, or of ``latest``: its row, and its strikes.

        Raises:
            SnapshotNotFound: there is none.
        """
        if moment is None:
            answer = self.latest(feed, ladders=True)
        else:
            answer = self.at(feed, moment, max_age=max_age, ladders=True)
        return answer.snapshots, answer.ladders

    def _with_levels(self, feed: Feed, found: pa.Table) -> pa.Table:
        """Give the last snapshot up to the found one that has levels, or the found one where so many have none."""
        last = found
        for _ in range(EMPTY):
            if not last.num_rows:
                break
            if not lacks_levels(feed.package, (last.column(name)[0].as_py() for name in LEVELS)):
                return last
            last = self._lake.snapshots.as_of(feed, ends_of(last)[0] - MICROSECOND)
        return found

    def _answer(self, feed: Feed, find: Callable[[], pa.Table], *, ladders: bool) -> Answer:
        """Find snapshots and, if they are wanted, their ladders."""
        return _matched(feed, find, self._ladders) if ladders else Answer(feed, find())

    def _ladders(self, snapshots: pa.Table) -> pa.Table:
        if not snapshots.num_rows:
            return STRIKE_SCHEMA.empty_table()
        return self._lake.ladders.ladders(self._parts_of(snapshots), *ends_of(snapshots))

    def _parts_of(self, snapshots: pa.Table) -> list[Part]:
        named = snapshots.column("part")
        return self._lake.snapshots.parts(set((named if len(named) <= FEW else named.unique()).to_pylist()))


def _matched(feed: Feed, find: Callable[[], pa.Table], read: Callable[[pa.Table], pa.Table]) -> Answer:
    """Find snapshots, and read their ladders, both of one state of the lake.

    Raises:
        LakeDamaged: a part cannot be read, or has other ladders than the snapshots.
    """

    def ask() -> Answer:
        snapshots = find()
        rows, wanted = read(snapshots), rows_of(snapshots)
        if rows.num_rows != wanted:
            found = f"the ladders have {rows.num_rows:,} rows where the snapshots want {wanted:,}"
            raise LakeDamaged(str(feed), found)
        return Answer(feed, snapshots, rows)

    return of_one_state(ask)


def _hours(moments: Ints) -> Iterator[tuple[datetime, datetime]]:
    """Give the first and the last of ascending moments of each hour: between two moments may lie months."""
    for some in np.split(moments, np.flatnonzero(np.diff(moments // _AN_HOUR)) + 1):
        yield from_micros(int(some[0])), from_micros(int(some[-1]))
