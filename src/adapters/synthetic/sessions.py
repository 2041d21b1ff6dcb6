"""Sessions of the New York exchange, and the seconds at which the vendor publishes in one."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from holidays import financial_holidays

from .streams import IntArray

NEW_YORK = ZoneInfo("America/New_York")
WEEKEND = (5, 6)
FULL_SESSION = 23_400
"""Seconds from 09:30 to 16:00."""
EARLY_SESSION = 12_600
"""Seconds from 09:30 to the early close at 13:00."""
FIRST_SNAPSHOT = 2
"""The vendor's first snapshot of a day comes at 09:30:02."""


@dataclass(frozen=True, slots=True)
class Session:
    """One trading day of the exchange."""

    day: date
    seconds: int

    @property
    def opens_at(self) -> int:
        """Unix seconds (UTC) of 09:30 New York time."""
        return int(datetime.combine(self.day, time(9, 30), NEW_YORK).timestamp())

    def later(self, count: int) -> date:
        """Give the day of the session that comes `count` sessions after this one."""
        day = self.day
        for _ in range(count):
            day += timedelta(days=1)
            while not is_session(day):
                day += timedelta(days=1)
        return day


@lru_cache
def _closed_days(year: int) -> frozenset[date]:
    return frozenset(financial_holidays("NYSE", years=year))


@lru_cache
def _half_days(year: int) -> frozenset[date]:
    return frozenset(financial_holidays("NYSE", years=year, categories=("half_day",)))


def is_session(day: date) -> bool:
    """Say whether the exchange trades on this day."""
    return day.weekday() not in WEEKEND and day not in _closed_days(day.year)


def session_on(day: date) -> Session:
    """Give the session of a trading day.

    Raises:
        ValueError: the exchange is closed on that day.
    """
    if not is_session(day):
        raise ValueError(f"{day} is not a session of the New York exchange; pick a trading day.")
    return Session(day, EARLY_SESSION if day in _half_days(day.year) else FULL_SESSION)


def last_sessions(end: date, days: int) -> list[Session]:
    """Give the last `days` sessions up to and including `end`, oldest first."""
    found: list[Session] = []
    day = end
    while len(found) < days:
        if is_session(day):
            found.append(session_on(day))
        day -= timedelta(days=1)
    return found[::-1]


def snapshot_seconds(session: Session, *, cadence: float = 1.0, snapshots: int | None = None) -> IntArray:
    """Give the seconds after the open at which snapshots are published, strictly rising.

    Args:
        session: the trading day.
        cadence: seconds between two snapshots, at least 1.
        snapshots: how many instead, spread evenly over the whole session. A feed has at most one snapshot a
            second, so an early close holds no more than its 12,600.
    """
    if cadence < 1:
        raise ValueError(f"A cadence of {cadence} s is too fast: timestamps are whole seconds, so use 1 or more.")
    if snapshots is not None and not 1 <= snapshots <= FULL_SESSION:
        raise ValueError(f"{snapshots} snapshots do not fit in a day; ask for 1 to {FULL_SESSION}.")
    if snapshots is None:
        return np.arange(FIRST_SNAPSHOT, session.seconds + FIRST_SNAPSHOT, cadence).astype(np.int64)
    count = min(snapshots, session.seconds)
    last = session.seconds + FIRST_SNAPSHOT - 1
    return np.linspace(FIRST_SNAPSHOT, last, count).astype(np.int64)
