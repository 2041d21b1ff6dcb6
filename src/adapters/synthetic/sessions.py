"""Sessions of the New York exchange, and the seconds at which the vendor publishes in one."""

from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta

import numpy as np

from ...application.columns.arrays import Ints
from ..nyse_calendar import NyseCalendar

#: Seconds from 09:30 to 16:00.
FULL_SESSION = 23_400
#: The vendor's first snapshot of a day comes at 09:30:02.
FIRST_SNAPSHOT = 2
_CALENDAR = NyseCalendar()
_BEYOND = "The calendar ends too close to {}; name a day nearer to the present."


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day of the exchange: when it opens, in Unix seconds (UTC), and how long it lasts."""

    day: date
    opens_at: int
    seconds: int

    def later(self, count: int) -> date:
        """Give the day of the session that comes ``count`` sessions after this one."""
        day = self.day
        for _ in range(count):
            day += timedelta(days=1)
            while _CALENDAR.session(day) is None:
                day += timedelta(days=1)
        return day


def session_on(day: date) -> Session:
    """Give the session of a trading day.

    Raises:
        ValueError: the exchange is closed on that day.
    """
    found = _CALENDAR.session(day)
    if found is None:
        raise ValueError(f"{day} is not a session of the New York exchange; pick a trading day.")
    return Session(day, int(found.opens.timestamp()), int((found.closes - found.opens).total_seconds()))


def last_sessions(end: date, days: int) -> list[Session]:
    """Give the last ``days`` sessions up to and including ``end``, oldest first.

    Raises:
        ValueError: some of them, or the expiries of their options, lie beyond the years that a date can have.
    """
    if end.year == MAXYEAR:
        raise ValueError(_BEYOND.format(end))
    found: list[Session] = []
    day = end
    try:
        while len(found) < days:
            if _CALENDAR.session(day) is not None:
                found.append(session_on(day))
            day -= timedelta(days=1)
    except OverflowError:
        raise ValueError(_BEYOND.format(end)) from None
    return found[::-1]


def snapshot_seconds(session: Session, snapshots: int | None = None) -> Ints:
    """Give the seconds after the open at which snapshots are published, strictly rising.

    Args:
        session: the trading day.
        snapshots: how many, spread evenly over the whole session; one a second if not given. A feed has no more, so
            an early close holds at most its 12,600.
    """
    if snapshots is not None and not 1 <= snapshots <= FULL_SESSION:
        raise ValueError(f"{snapshots} snapshots do not fit in a day; ask for 1 to {FULL_SESSION}.")
    if snapshots is None:
        return np.arange(FIRST_SNAPSHOT, session.seconds + FIRST_SNAPSHOT, dtype=np.int64)
    count = min(snapshots, session.seconds)
    last = session.seconds + FIRST_SNAPSHOT - 1
    return np.linspace(FIRST_SNAPSHOT, last, count).astype(np.int64)
