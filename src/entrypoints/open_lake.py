"""``gexlake.open``: a lake for programs and notebooks, in Arrow tables and in the domain's own models."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import pyarrow as pa

from ..adapters.asked_lake import AskedLake
from ..application.batch import snapshots_of
from ..application.join_as_of import JoinAsOf
from ..application.ports.limits import ALL
from ..application.ports.unit_of_work import Lake
from ..application.query_gex import Answer, QueryGex
from ..application.sample_snapshots import SampleSnapshots
from ..application.schemas import UTC_MICROS
from ..domain.coverage import DayCoverage
from ..domain.errors import SnapshotNotFound, WorkingDirectoryGone
from ..domain.feed import Feed
from ..domain.snapshot import GexSnapshot
from .container import Container, build_container
from .contract import snapshot_rows
from .gex_by import BY
from .given_moments import Moment, age_of, day_of, days_of, micros_of_moments, moment_of, range_of, step_of
from .lakes import asking
from .listed import COVERAGE, DAYS, LINEAGE
from .picture_of_day import PictureOfDay
from .reports import coverage_object, day_object, file_object
from .settings import load_settings
from .told_to_programs import told_to_programs

_ENDLESS = sys.maxsize
Found = TypeVar("Found")


def open_lake(folder: str | Path | None = None) -> OpenLake:
    """Give a lake to ask; without a folder, that of the settings.

    Raises:
        LakeNotFound: there is none. Or another ``GexlakeError``, as the first question would raise it.
    """
    settings = load_settings(lake=folder)
    container = build_container(settings.model_copy(update={"lake": _placed(settings.lake, home=folder is not None)}))
    for plugin in container.plugins().failed:
        broken = f"The plugin {plugin.name} of {plugin.distribution} is broken: {plugin.reason}"
        warnings.warn(broken, stacklevel=3)
    with told_to_programs(container.settings().lake), asking(container):
        return OpenLake(container)


def _placed(folder: Path, *, home: bool) -> Path:
    """Give the whole path of a folder: programs and notebooks change the directory, and no shell has read their ``~``.

    Raises:
        WorkingDirectoryGone: nobody can tell.
    """
    if home:
        with suppress(RuntimeError):  # of nobody whom the system knows
            folder = folder.expanduser()
    try:
        return folder.absolute()
    except FileNotFoundError:
        raise WorkingDirectoryGone from None


class OpenLake:
    """A lake to ask.

    Each question opens the lake for as long as it takes, and knows all that was committed before. In a ``with`` block
    the lake stays open and in memory from one to the next, as in a server: they are answered many times sooner, but no
    import can begin meanwhile. Beside a server questions go there, and nobody is in anybody's way.

    A ``feed`` is a ticker, which means its only feed or its usual one (``classic``, ``gex_zero``), or all three names:
    ``NQ_NDX/classic/gex_one``. Moments are ISO-8601 texts (UTC where they name no offset), Unix times, datetimes with a
    time zone, or dates; a range has both its ends, and is open where none is given. Tables are Arrow's, with the
    columns that ``docs/lake.md`` describes: ``polars.from_arrow(table)`` and ``table.to_pandas()`` take them on.

    All questions raise ``GexlakeError`` with a sentence that says what is to be done: ``SnapshotNotFound``,
    ``FeedAmbiguous``, ``LakeBusy`` …, all in ``gexlake``; and ``ValueError`` for what is no moment, step, age or name.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        self._blocks, self._turn = 0, threading.RLock()
        self._held = ExitStack()
        self._lake: Lake | None = None

    def __repr__(self) -> str:
        return f"gexlake.open({str(self._container.settings().lake)!r})"

    def __reduce__(self) -> tuple[Callable[[Path], OpenLake], tuple[Path]]:
        """Have another process open the lake for itself; a block is not handed on."""
        return open_lake, (self._container.settings().lake,)

    def __enter__(self) -> Self:
        with self._turn, self._told():
            if not self._blocks:
                self._hold()
            self._blocks += 1
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._turn:
            self._blocks -= 1
            if not self._blocks:
                self._let_go()

    def feeds(self) -> list[str]:
        """Give the feeds that the lake holds, sorted."""
        return self._ask(lambda query: list(map(str, query.feeds())))

    def days(self) -> pa.Table:
        """Count what the lake holds: a row for each feed and trading day (New York)."""
        return pa.Table.from_pylist(list(map(day_object, self._ask(QueryGex.days))), schema=DAYS)

    def coverage(self, feed: str | None = None, start: Moment | None = None, end: Moment | None = None) -> pa.Table:
        """Say what there is and what is missing of each session of the New York exchange, of one feed or of all.

        These are the sessions from a feed's first day to its last one, or those of a range of trading days: dates, or
        moments that lie in them. ``condition`` is ``available``, ``degraded``, ``pending`` or ``missing``.
        """
        first, last = days_of(start, end)

        def survey(lake: Lake) -> list[DayCoverage]:
            feeds = None if feed is None else [_feed(self._container.query_gex(lake), feed)]
            found: list[DayCoverage] = self._container.survey_coverage(lake).run(feeds, first, last)
            return found

        return pa.Table.from_pylist(list(map(coverage_object, self._of(survey))), schema=COVERAGE)

    def lineage(self) -> pa.Table:
        """Give the readings of source files, the newest first, each with what became of it.

        Snapshots name theirs by its ``file_id``, and by ``record`` their place in it, counted from 0.
        """
        found = self._of(lambda lake: lake.lineage.files(limit=ALL))
        return pa.Table.from_pylist(list(map(file_object, found)), schema=LINEAGE)

    def snapshot(self, feed: str, at: Moment | None = None, *, max_age: timedelta | None = None) -> GexSnapshot:
        """Give the latest snapshot, or the last one at or before a moment, with its ladder.

        One without levels, such as the first of a day, is passed over. What is older than ``max_age`` before the
        moment is not found.
        """
        moment, oldest = moment_of("at", at, last=True), age_of("max_age", max_age)
        if oldest is not None and moment is None:
            raise ValueError("max_age wants at: the moment before which a snapshot may be so old.")
        found, ladder = self._ask(lambda query: query.ladder(_feed(query, feed), moment, oldest))
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

        def find(query: QueryGex) -> pa.Table:
            if step:
                return SampleSnapshots(query).sample(_feed(query, feed), first, last, step, _ENDLESS)
            return query.between(_feed(query, feed), first, last, _ENDLESS).snapshots

        return self._ask(find)

    def picture(self, feed: str, day: Moment | None = None, *, by: str = "volume") -> PictureOfDay:
        """Draw a trading day, the last one if none is named: the ladders, and spot, zero gamma and the walls over them.

        ``by`` says of which GEX: ``volume``, or ``interest``. A notebook shows it, and its ``svg`` is text.
        """
        wanted = day_of("day", day)
        if by not in BY:
            raise ValueError(f"by is {by!r:.40}; write {' or '.join(BY)}.")

        def draw(query: QueryGex) -> PictureOfDay:
            from .day_svg import day_svg

            found = _feed(query, feed)
            shown = wanted or query.last_day(found)
            return PictureOfDay(found, shown, day_svg(query, found, shown, by).decode())

        return self._ask(draw)

    def ladders(self, feed: str, start: Moment | None = None, end: Moment | None = None) -> pa.Table:
        """Give the ladders of a range by timestamp and strike: 72 bytes a row, all in memory."""
        first, last = range_of(start, end)
        return self._ask(lambda query: query.between(_feed(query, feed), first, last, _ENDLESS, ladders=True)).ladders

    def replay(
        self, feed: str, start: Moment | None = None, end: Moment | None = None
    ) -> Iterator[tuple[dict[str, Any], pa.Table]]:
        """Give the snapshots of a range one by one, oldest first, however many there are: each a row and its ladder."""
        first, last = range_of(start, end)

        def begun(query: QueryGex) -> Answer:
            return next(query.pages(_feed(query, feed), first, last, _ENDLESS, ladders=True))

        while True:
            page = self._ask(begun)  # not from page to page: whoever looks at one for hours has nobody wait
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
        micros, oldest = micros_of_moments(moments), age_of("max_age", max_age)
        known = self._ask(lambda query: JoinAsOf(query).join(_feed(query, feed), micros, oldest))
        return known.add_column(0, pa.field("moment", UTC_MICROS), pa.array(micros).cast(UTC_MICROS))

    def _told(self) -> AbstractContextManager[None]:
        return told_to_programs(self._container.settings().lake)

    def _ask(self, question: Callable[[QueryGex], Found]) -> Found:
        return self._of(lambda lake: question(self._container.query_gex(lake)))

    def _of(self, question: Callable[[Lake], Found]) -> Found:
        with self._told():
            return self._answer(question)

    def _answer(self, question: Callable[[Lake], Found]) -> Found:
        if self._lake is None:
            with asking(self._container) as lake:
                return question(lake)
        from .server_client import NoServer

        with self:  # whichever thread leaves its block meanwhile
            if (held := self._lake) is not None:
                with suppress(NoServer):
                    return question(held)
                self._hold_anew(held)
        return self._answer(question)

    def _hold(self) -> None:
        with ExitStack() as opening:  # let go of again if the rest of it fails, or is stopped
            lake = opening.enter_context(asking(self._container))
            # What a server has changes meanwhile, and is in its memory.
            asked = isinstance(lake, AskedLake)
            self._lake = lake if asked else self._container.served_lake(lake, disk_bytes=0)
            self._held = opening.pop_all()

    def _let_go(self) -> None:
        self._lake = None
        self._held.close()

    def _hold_anew(self, gone: Lake) -> None:
        """Hold the lake whose server is gone, or ask the server that has come in its place."""
        with self._turn:
            if self._lake is gone:  # else another thread has seen to it
                self._let_go()
                self._hold()


def _feed(query: QueryGex, name: Any) -> Feed:
    """Find the feed of all three names, or the one that a ticker means; tickers may hold slashes.

    Raises:
        ValueError: it is no name.
        SnapshotNotFound, FeedAmbiguous: see ``choose_feed``.
    """
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"feed is {name!r:.40}, not a name like NQ_NDX or NQ_NDX/classic/gex_one. feeds() lists them.")
    for feed in query.feeds():
        if str(feed) == name:
            return feed
    names = name.rsplit("/", 2)
    try:
        return query.resolve_feed(name)
    except SnapshotNotFound:
        if len(names) < len(Feed._fields) or not all(names):
            raise
    return query.resolve_feed(*names)
