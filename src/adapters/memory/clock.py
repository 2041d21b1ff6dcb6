"""A clock that stands still until it is told otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta

from ...application.ports.clock import Clock


class FixedClock(Clock):
    """Tells the moment it was set to; ``advance`` moves both readings."""

    def __init__(self, moment: datetime) -> None:
        self._moment, self._seconds = moment, 0.0

    def now(self) -> datetime:
        return self._moment

    def seconds(self) -> float:
        return self._seconds

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._moment += timedelta(seconds=seconds)
        self._seconds += seconds
