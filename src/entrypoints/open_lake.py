"""``gexlake.open``: a lake for programs and notebooks, in Arrow tables and in the domain's own models."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa

from ..adapters.asked_lake import AskedLake
from ..application.batch import snapshots_of
from ..application.join_as_of import JoinAsOf
from ..application.query_gex import QueryGex
from ..application.sample_snapshots import SampleSnapshots
from ..application.schemas import UTC_MICROS
from ..domain.feed import Feed
from ..domain.snapshot import GexSnapshot
from .container import Container, build_container
from .contract import snapshot_rows
from .given_moments import Moment, micros_of_moments, moment_of, range_of, step_of
from .lakes import asking
from .settings import load_settings

_DAYS = pa.schema(
    [
        *[pa.field(name, pa.string()) for name in Feed._fields],
        pa.field("date", pa.date32()),
        *[pa.field(name, pa.int64()) for name in ("snapshots", "strikes", "flagged")],
        *[pa.field(name, UTC_MICROS) for name in ("first", "last")],
    ]
)
_ALL = sys.maxsize


def open_lake(folder: str | Path | None = None) -> OpenLake:
    """Give a lake to ask; without a folder, that of the settings.

    Raises:
        LakeNotFound: there is none. Or another ``GexlakeError``, as the first question would raise it.
    """
    container = build_container(load_settings(lake=folder))
    for plugin in container.plugins().failed:
        broken = f"The plugin {plugin.name} of {plugin.distribution} is broken: {plugin.reason}"
        warnings.warn(broken, stacklevel=3)
    with asking(container):
        return OpenLake(container)


class OpenLake:
    """A lake to ask.

    Each question opens the lake for as long as it takes, and knows all that was committed before. In a ``with`` block
    the lake stays open and in memory from one to the next, as in a server: they are answered many times sooner, and
    imports wait meanwhile. Beside a server questions go there, and nobody waits.

    A ``feed`` is a ticker, which means its only feed or its usual one (``classic``, ``gex_zero``), or all three names:
    ``NQ_NDX/classic/gex_one``. Moments are ISO-8601 texts (UTC where they name no offset), Unix times, datetimes with a
    time zone, or dates; a range has both its ends, and is open where none is given. Tables are Arrow's, with the
    columns that ``docs/lake.md`` describes: ``polars.from_arrow(table)`` and ``table.to_pandas()`` take them on.

    All questions raise ``GexlakeError`` with a sentence that says what is to be done: ``SnapshotNotFound``,
    ``FeedAmbiguous``, ``LakeBusy`` …; and ``ValueError`` for moments that are none.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        self._held = ExitStack()
        self._query: QueryGex | None = None

    def __repr__(self) -> str:
        return f"gexlake.open({str(self._container.settings().lake)!r})"

    def __enter__(self) -> Self:
        lake = self._held.enter_context(asking(self._container))
        # What a server has changes meanwhile, and is in its memory.
        held = lake if isinstance(lake, AskedLake) else self._container.served_lake(lake, disk_bytes=0)
        self._query = self._container.query_gex(held)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._query = None
        self._held.close()

    def feeds(self) -> list[str]:
        """Give the feeds that the lake holds, sorted."""
        with self._asked() as query:
            return list(map(str, query.feeds()))

    def days(self) -> pa.Table:
        """Count what the lake holds: a row for each feed and trading day (New York)."""
        with self._asked() as query:
            days = query.days()
        return pa.Table.from_pylist([day.feed._asdict() | day._asdict() for day in days], schema=_DAYS)

    def snapshot(self, feed: str, at: Moment | None = None) -> GexSnapshot:
        """Give the latest snapshot, or the last one at or before a moment, with its ladder.

        One without levels, such as the first of a day, is passed over.
        """
        moment = moment_of("at", at, last=True)
        with self._asked() as query:
            found, ladder = query.ladder(_feed(query, feed), moment)
        (snapshot,) = snapshots_of(found, ladder)
        return snapshot

    def snapshots(
        self, feed: str, start: Moment | None = None, end: Moment | None = None, *, every: timedelta | str | None = None
    ) -> pa.Table:
        """Give the snapshots of a range without their ladders, oldest first.

        With ``every`` (``"1m"``) the last one of each step of that length, under its own timestamp. Steps begin at
        multiples of their length since 1970 UTC; those without a snapshot are left out.
        """
        first, last = range_of(start, end)
        step = None if every is None else step_of(every)
        with self._asked() as query:
            if step:
                return SampleSnapshots(query).sample(_feed(query, feed), first, last, step, _ALL)
            return query.between(_feed(query, feed), first, last, _ALL).snapshots

    def ladders(self, feed: str, start: Moment | None = None, end: Moment | None = None) -> pa.Table:
        """Give the ladders of a range by timestamp and strike: 72 bytes a row, all in memory."""
        first, last = range_of(start, end)
        with self._asked() as query:
            return query.between(_feed(query, feed), first, last, _ALL, ladders=True).ladders

    def replay(
        self, feed: str, start: Moment | None = None, end: Moment | None = None
    ) -> Iterator[tuple[dict[str, Any], pa.Table]]:
        """Give the snapshots of a range one by one, oldest first, however many there are: each a row and its ladder."""
        first, last = range_of(start, end)
        while True:
            with self._asked() as query:  # not from page to page: whoever looks at one for hours has nobody wait
                page = next(query.pages(_feed(query, feed), first, last, _ALL, ladders=True))
            if not page.snapshots.num_rows:
                return
            ladders: pa.Table = page.ladders
            begin = 0
            for row in snapshot_rows(page.snapshots, page.snapshots.column_names):
                yield row, ladders.slice(begin, row["strike_count"])
                begin += row["strike_count"]
            first = row["timestamp"] + timedelta(microseconds=1)

    def as_of(self, feed: str, moments: Any, *, max_age: timedelta | None = None) -> pa.Table:
        """Give what was known at each of many moments: the numbers of the snapshot that ``snapshot`` gives for it.

        ``moments`` are timestamps with a time zone, in any order: an Arrow array, a series of Polars or pandas, a list
        of datetimes. There is a row for each, in their order; ``moment`` is its first column. All others are null where
        the feed begins later, or where the snapshot is older than ``max_age``.
        """
        micros = micros_of_moments(moments)
        with self._asked() as query:
            known = JoinAsOf(query).join(_feed(query, feed), micros, max_age)
        return known.add_column(0, pa.field("moment", UTC_MICROS), pa.array(micros).cast(UTC_MICROS))

    def _asked(self) -> AbstractContextManager[QueryGex]:
        return self._opened() if self._query is None else nullcontext(self._query)

    @contextmanager
    def _opened(self) -> Iterator[QueryGex]:
        with asking(self._container) as lake:
            yield self._container.query_gex(lake)


def _feed(query: QueryGex, name: str) -> Feed:
    """Find the feed of all three names, or the one that a ticker means; tickers may hold slashes."""
    for feed in query.feeds():
        if str(feed) == name:
            return feed
    return query.resolve_feed(name)
