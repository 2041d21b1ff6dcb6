"""Coverage: what there is of a session of the exchange, measured by the day's own cadence, and what is missing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from .feed import Feed

#: A gap is longer than this many of the day's usual steps …
STEPS = 5
#: … and than this many of its slow ones: a feed may publish every one to three seconds.
SLOW_STEPS = 3
#: Which of a day's steps counts as a slow one: 19 of 20 are shorter.
SLOW_SHARE = 0.95
#: The vendor begins some seconds after the open and ends some before the close.
GRACE = timedelta(seconds=60)


class Condition(StrEnum):
    """What can be said of a day."""

    AVAILABLE = "available"
    DEGRADED = "degraded"
    PENDING = "pending"
    MISSING = "missing"


class Shortfall(StrEnum):
    """Why a day is not simply available."""

    GAPS = "gaps"
    FLAGGED = "flagged-ladders"
    LATE_START = "late-start"
    EARLY_END = "early-end"
    STILL_GROWING = "still-growing"
    NO_DATA = "no-data"


class Gap(BaseModel):
    """A stretch of a session without snapshots: from one to the next."""

    model_config = ConfigDict(frozen=True)

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end - self.start).total_seconds()


class Cadence(BaseModel):
    """How often a day's snapshots come during the session, in seconds: the usual step, and a slow one."""

    model_config = ConfigDict(frozen=True)

    usual: float
    slow: float

    @property
    def gap(self) -> timedelta:
        """What is longer than this is a gap."""
        return timedelta(seconds=max(STEPS * self.usual, SLOW_STEPS * self.slow))


class SessionHours(BaseModel):
    """When the exchange opens and closes on a day, in UTC."""

    model_config = ConfigDict(frozen=True)

    opens: datetime
    closes: datetime


class DayCoverage(BaseModel):
    """What there is of one feed and day.

    ``first``, ``last`` and ``snapshots`` are of the whole day; ``cadence``, ``gaps``, ``session_first`` and
    ``session_last`` of the session. ``hours`` is None on a day on which the exchange is closed.
    """

    model_config = ConfigDict(frozen=True)

    feed: Feed
    date: date
    hours: SessionHours | None
    first: datetime | None = None
    last: datetime | None = None
    snapshots: int = 0
    flagged: int = 0
    session_first: datetime | None = None
    session_last: datetime | None = None
    cadence: Cadence | None = None
    gaps: tuple[Gap, ...] = ()
    source_files: tuple[str, ...] = ()
    #: Whether the session was still on when this was looked at.
    running: bool = False

    @property
    def late(self) -> timedelta:
        """How long after the open the first snapshot came."""
        return self.session_first - self.hours.opens if self.hours and self.session_first else timedelta()

    @property
    def early(self) -> timedelta:
        """How long before the close the last snapshot came."""
        return self.hours.closes - self.session_last if self.hours and self.session_last else timedelta()

    @property
    def reasons(self) -> tuple[Shortfall, ...]:
        """Why the day is not simply available; nothing if it is."""
        if self.hours is None:
            return (Shortfall.FLAGGED,) if self.flagged else ()
        if not self.snapshots:
            return (Shortfall.STILL_GROWING if self.running else Shortfall.NO_DATA,)
        allowed = max(GRACE, self.cadence.gap if self.cadence else GRACE)
        outside = self.session_first is None
        found = (
            (self.running, Shortfall.STILL_GROWING),
            (outside and not self.running, Shortfall.NO_DATA),
            (bool(self.gaps), Shortfall.GAPS),
            (self.late > allowed, Shortfall.LATE_START),
            (self.early > allowed and not self.running, Shortfall.EARLY_END),
            (self.flagged > 0, Shortfall.FLAGGED),
        )
        return tuple(reason for holds, reason in found if holds)

    @property
    def condition(self) -> Condition:
        """What to call the day."""
        if Shortfall.STILL_GROWING in self.reasons:
            return Condition.PENDING
        if Shortfall.NO_DATA in self.reasons:
            return Condition.MISSING
        return Condition.DEGRADED if self.reasons else Condition.AVAILABLE
