"""``gexlake.open``: a lake for programs and notebooks, in Arrow tables and in the domain's own models."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...application.asking.answer import Answer
from ...application.asking.draw_heatmap import Heatmap
from ...application.asking.join_as_of import JoinAsOf
from ...application.asking.query_gex import QueryGex
from ...application.asking.sample_snapshots import find_snapshots
from ...application.columns.batch import snapshots_of
from ...application.columns.schemas import UTC_MICROS
from ...application.ports.limits import ALL
from ...application.ports.unit_of_work import Lake
from ...domain.coverage import DayCoverage
from ...domain.errors import WorkingDirectoryGone
from ...domain.feed import Feed
from ...domain.flagged import FlaggedLadder
from ...domain.snapshot import GexSnapshot
from ..container import build_container
from ..lakes import asking
from ..pictures.gex_by import BY, known_by
from ..pictures.heatmaps import USUAL_COLUMNS, HeatmapAsked, check_size, draw_asked
from ..settings.model import load_settings
from ..shapes.contract import snapshot_rows
from ..shapes.listed import COVERAGE, DAYS, FLAGGED, LINEAGE, REJECTS, listed
from ..shapes.reports import coverage_object, day_object, file_object, flagged_object, reject_object
from .given_feeds import count_of, feed_of, strikes_of
from .given_moments import Moment, age_of, day_of, days_of, micros_of_moments, moment_of, range_of, step_of
from .holdable_lake import HoldableLake
from .picture_of_day import PictureOfDay
from .told_to_programs import told_to_programs


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


class OpenLake(HoldableLake):
    """A lake to ask.

    Each question opens the lake for as long as it takes, and knows all that was committed before. In a ``with`` block
    the lake stays open and in memory from one to the next, as in a server: they are answered many times sooner, but no
    import can begin meanwhile. Beside a server questions go there, and nobody is in anybody's way.

    A ``feed`` is a ticker, which means its only feed or its usual one (``classic``, ``gex_zero``), or all three names:
    ``NQ_NDX/classic/gex_one``. Moments are ISO-8601 texts (UTC where they name no offset), Unix times, datetimes with a
    time zone, or dates; a range has both its ends, and is open where none is given. Tables are Arrow's, with the
    columns that ``docs/lake.md`` describes: ``polars.from_arrow(table)`` and ``table.to_pandas()`` take them on.

    All questions raise ``GexlakeError`` with a sentence that says what is to be done: ``SnapshotNotFound``,
    ``FeedAmbiguous``, ``LakeBusy`` …, all in ``gexlake``; and ``ValueError`` for what is no moment, step, age, number
    or name.
    """

    def __repr__(self) -> str:
        return f"gexlake.open({str(self._container.settings().lake)!r})"

    def __reduce__(self) -> tuple[Callable[[Path], OpenLake], tuple[Path]]:
        """Have another process open the lake for itself; a block is not handed on."""
        return open_lake, (self._container.settings().lake,)

    def feeds(self) -> list[str]:
        """Give the feeds that the lake holds, sorted."""
        return self._ask(lambda query: list(map(str, query.feeds())))

    def days(self) -> pa.Table:
        """Count what the lake holds: a row for each feed and trading day (New York)."""
        return listed(map(day_object, self._ask(QueryGex.days)), DAYS)

    def coverage(self, feed: str | None = None, start: Moment | None = None, end: Moment | None = None) -> pa.Table:
        """Say what there is and what is missing of each session of the New York exchange, of one feed or of all.

        These are the sessions from a feed's first day to its last one, or those of a range of trading days: dates, or
        moments that lie in them. ``condition`` is ``available``, ``degraded``, ``pending`` or ``missing``.
        """
        first, last = days_of(start, end)

        def survey(lake: Lake) -> list[DayCoverage]:
            found: list[DayCoverage] = self._container.survey_coverage(lake).run(self._chosen(lake, feed), first, last)
            return found

        return listed(map(coverage_object, self._of(survey)), COVERAGE)

    def lineage(self) -> pa.Table:
        """Give the readings of source files, the newest first, each with what became of it.

        Snapshots name theirs by its ``file_id``, and by ``record`` their place in it, counted from 0.
        """
        return listed(map(file_object, self._of(lambda lake: lake.lineage.files(limit=ALL))), LINEAGE)

    def rejects(self, *, settled: bool = False, raw: bool = False) -> pa.Table:
        """Give the records that did not go in, each with the reason and its place, by their numbers.

        With ``settled`` also those that a later run took in, or dismissed; ``replayed_in`` names it. With ``raw`` also
        their words, as bytes: all of them in memory.
        """
        schema = pa.schema([*REJECTS, ("raw", pa.large_binary())]) if raw else REJECTS

        def find(lake: Lake) -> pa.Table:
            found = lake.lineage.rejects(pending=not settled)
            return listed((reject_object(one) | {"raw": one.reject.raw} for one in found), schema)

        return self._of(find)

    def flagged(self, feed: str | None = None) -> pa.Table:
        """Give the ladders that miss their checksum, of one feed or of all.

        Each with what the vendor's sums claim, ``claimed_vol`` and ``claimed_oi``, what it adds up to, and the place of
        its record.
        """

        def as_table(found: Iterator[FlaggedLadder]) -> pa.Table:
            return listed(map(flagged_object, found), FLAGGED)

        def find(lake: Lake) -> pa.Table:
            found: pa.Table = self._container.list_flagged(lake).run(as_table, self._chosen(lake, feed))
            return found

        return self._of(find)

    def snapshot(self, feed: str, at: Moment | None = None, *, max_age: timedelta | None = None) -> GexSnapshot:
        """Give the latest snapshot, or the last one at or before a moment, with its ladder.

        One without levels, such as the first of a day, is passed over. What is older than ``max_age`` before the
        moment is not found.
        """
        moment, oldest = moment_of("at", at, last=True), age_of("max_age", max_age)
        if oldest is not None and moment is None:
            raise ValueError("max_age wants at: the moment before which a snapshot may be so old.")
        found, ladder = self._ask(lambda query: query.ladder(feed_of(query, feed), moment, oldest))
        (snapshot,) = snapshots_of(found, ladder)
        return snapshot

    def snapshots(
        self,
        feed: str,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        every: timedelta | str | None = None,
        newest: int | None = None,
    ) -> pa.Table:
        """Give the snapshots of a range without their ladders, oldest first; with ``newest`` only so many, the last.

        With ``every`` (``"1m"``) the last one of each step of that length, under its own timestamp. Steps begin at
        multiples of their length since 1970 UTC; those without a snapshot are left out.
        """
        first, last = range_of(start, end)
        step = None if every is None else step_of(every)
        limit = ALL if newest is None else count_of("newest", newest)

        def find(query: QueryGex) -> pa.Table:
            found = feed_of(query, feed)
            return find_snapshots(query, found, first, last, limit, every=step, newest=newest is not None)

        return self._ask(find)

    def picture(self, feed: str, day: Moment | None = None, *, by: str = "volume") -> PictureOfDay:
        """Draw a trading day, the last one if none is named: the ladders, and spot, zero gamma and the walls over them.

        ``by`` says of which GEX: ``volume``, or ``interest``. A notebook shows it, and its ``svg`` is text.
        """
        wanted, by = day_of("day", day), known_by(by)

        def draw(query: QueryGex) -> PictureOfDay:
            from ..pictures.day_svg import day_svg

            found = feed_of(query, feed)
            shown = wanted or query.last_day(found)
            return PictureOfDay(found, shown, day_svg(query, found, shown, by).decode())

        return self._ask(draw)

    def heatmap(
        self,
        feed: str,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        every: timedelta | str | None = None,
        columns: int = USUAL_COLUMNS,
        by: str = "volume",
        bucket: float | None = None,
    ) -> Heatmap:
        """Give the last ladder of each step side by side: a matrix of strikes by moments.

        Without ``start`` it begins with the trading day of ``end``, or of the newest snapshot; without ``every`` its
        step is a round one that makes at most so many ``columns``. Strikes are rows as they are, or go to the nearest
        multiple of ``bucket``, where values that meet are added. ``by`` is ``volume`` or ``interest``.
        """
        check_size(columns, bucket)
        value, _ = BY[known_by(by)]
        asked = HeatmapAsked(*range_of(start, end), None if every is None else step_of(every), columns, value, bucket)

        def draw(query: QueryGex) -> Heatmap:
            return draw_asked(query, feed_of(query, feed), asked)[0]

        return self._ask(draw)

    def ladders(
        self,
        feed: str,
        start: Moment | None = None,
        end: Moment | None = None,
        *,
        strikes: tuple[float, float] | None = None,
    ) -> pa.Table:
        """Give the ladders of a range by timestamp and strike: 72 bytes a row, all in memory.

        With ``strikes`` only the rows from a lowest to a highest price; one strike through time, if the two are equal.
        """
        first, last = range_of(start, end)
        prices = None if strikes is None else strikes_of(strikes)

        def find(query: QueryGex) -> pa.Table:
            found = feed_of(query, feed)
            if prices is None:
                return query.between(found, first, last, ALL, ladders=True).ladders
            pages = query.pages(found, first, last, ALL, ladders=True)
            return pa.concat_tables(page.ladders.filter(prices) for page in pages if page.ladders is not None)

        return self._ask(find)

    def replay(
        self, feed: str, start: Moment | None = None, end: Moment | None = None
    ) -> Iterator[tuple[dict[str, Any], pa.Table]]:
        """Give the snapshots of a range one by one, oldest first, however many there are: each a row and its ladder."""
        first, last = range_of(start, end)

        def begun(query: QueryGex) -> Answer:
            return next(query.pages(feed_of(query, feed), first, last, ALL, ladders=True))

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
        known = self._ask(lambda query: JoinAsOf(query).join(feed_of(query, feed), micros, oldest))
        return known.add_column(0, pa.field("moment", UTC_MICROS), pa.array(micros).cast(UTC_MICROS))

    def _chosen(self, lake: Lake, feed: str | None) -> list[Feed] | None:
        """Find the feed of a question that may be about all of them."""
        return None if feed is None else [feed_of(self._container.query_gex(lake), feed)]
