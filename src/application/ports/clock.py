"""The port of time, so that tests own it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime


class Clock(ABC):
    """Tells the time."""

    @abstractmethod
    def now(self) -> datetime:
        """Give the present moment, aware, in UTC."""

    @abstractmethod
    def seconds(self) -> float:
        """Give a reading of a clock that never goes back, for durations."""
