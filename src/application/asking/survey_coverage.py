"""The use case that says what is there of each session of the exchange, and what is missing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import accumulate, groupby

import numpy as np

from ...domain.coverage import SLOW_SHARE, Cadence, DayCoverage, Gap, SessionHours
from ...domain.feed import Feed
from ...domain.timestamps import EARLIEST, MICROSECOND, from_micros, to_micros, trading_day
from ..columns.arrays import Ints
from ..columns.rows import micros_of
from ..ports.clock import Clock
from ..ports.limits import ALL
from ..ports.snapshot_store import DayCount
from ..ports.trading_calendar import Session, TradingCalendar
from ..ports.unit_of_work import Lake

_SECOND = 1_000_000
#: Of days that hold so many snapshots, the moments are asked for at once: each question takes milliseconds.
_AT_ONCE = 100_000
_NONE: Ints = np.empty(0, np.int64)


class SurveyCoverage:
    """Looks at what a lake holds, day by day, with the calendar of the exchange beside it."""

    def __init__(self, lake: Lake, calendar: TradingCalendar, clock: Clock) -> None:
        self._lake, self._calendar, self._clock = lake, calendar, clock

    def run(
        self, feeds: list[Feed] | None = None, start: date | None = None, end: date | None = None
    ) -> list[DayCoverage]:
        """Give all sessions of the feeds (all if None), by feed and day.

        These are the sessions from a feed's first day to its last one, or from ``start`` to ``end``, as far as they
        have begun; and the days beside them of which there are snapshots all the same.
        """
        now = self._clock.now()
        files = self._files()
        held: dict[Feed, dict[date, DayCount]] = defaultdict(dict)
        for day in self._lake.snapshots.days():
            held[day.feed][day.date] = day
        wanted = sorted(held) if feeds is None else feeds
        found = []
        for feed in wanted:
            if days := held.get(feed):
                sessions = list(self._days(days, start, end, now))
                moments = self._moments([days[date_] for date_, _ in sessions if date_ in days])
                for date_, session in sessions:
                    count, names = days.get(date_), files.get((feed, date_), ())
                    micros = next(moments) if count else _NONE
                    found.append(_day(feed, date_, session, count, micros, names, now))
        return found

    def _days(
        self, held: dict[date, DayCount], start: date | None, end: date | None, now: datetime
    ) -> Iterator[tuple[date, Session | None]]:
        first, last = start or min(held), min(end or max(held), max(trading_day(now), *held))
        begin = max(first, EARLIEST.date())  # whoever asks for all days since year 1 means these
        sessions = {one.date: one for one in self._calendar.sessions(begin, last) if one.opens <= now}
        for day in sorted(sessions.keys() | {day for day in held if first <= day <= last}):
            yield day, sessions.get(day)

    def _moments(self, days: list[DayCount]) -> Iterator[Ints]:
        """Give the moments of each of a feed's days, which follow one another."""
        before = accumulate((day.snapshots for day in days), initial=0)
        for _, group in groupby(zip(days, before, strict=False), lambda pair: pair[1] // _AT_ONCE):
            lot = [day for day, _ in group]
            micros = micros_of(self._lake.snapshots.known(lot[0].feed, lot[0].first, lot[-1].last))
            for day in lot:
                begin, end = np.searchsorted(micros, [to_micros(day.first), to_micros(day.last) + 1])
                yield micros[begin:end]

    def _files(self) -> dict[tuple[Feed, date], tuple[str, ...]]:
        """Name the source files of each day."""
        names = {file.file_id: file.source_file for file in self._lake.lineage.files(limit=ALL)}
        found: dict[tuple[Feed, date], set[str]] = defaultdict(set)
        for tally in self._lake.snapshots.tallies():
            if tally.file_id in names:
                found[tally.feed, tally.date].add(names[tally.file_id])
        return {day: tuple(sorted(files)) for day, files in found.items()}


def _day(
    feed: Feed,
    day: date,
    session: Session | None,
    held: DayCount | None,
    micros: Ints,
    files: tuple[str, ...],
    now: datetime,
) -> DayCoverage:
    """Say what there is of a day; ``micros`` are its moments."""
    hours = SessionHours(opens=session.opens, closes=session.closes) if session else None
    made = DayCoverage(feed=feed, date=day, hours=hours, running=hours is not None and now < hours.closes)
    if held is None:
        return made
    known = {"first": held.first, "last": held.last, "snapshots": held.snapshots, "flagged": held.flagged}
    return made.model_copy(update={**known, **(_steps(micros, hours) if hours else {}), "source_files": files})


def _steps(micros: Ints, hours: SessionHours) -> dict[str, object]:
    """Measure the steps between the snapshots of a session: its ends, its cadence and its gaps."""
    micros = micros[(micros >= to_micros(hours.opens)) & (micros <= to_micros(hours.closes))]
    if not len(micros):
        return {}
    facts: dict[str, object] = {
        "session_first": from_micros(int(micros[0])),
        "session_last": from_micros(int(micros[-1])),
    }
    if len(micros) == 1:
        return facts
    steps = np.diff(micros)
    cadence = Cadence(
        usual=float(np.median(steps)) / _SECOND,
        slow=float(np.quantile(steps, SLOW_SHARE, method="lower")) / _SECOND,
    )
    long = np.flatnonzero(steps > cadence.gap // MICROSECOND).tolist()
    gaps = tuple(Gap(start=from_micros(int(micros[n])), end=from_micros(int(micros[n + 1]))) for n in long)
    return {**facts, "cadence": cadence, "gaps": gaps}
