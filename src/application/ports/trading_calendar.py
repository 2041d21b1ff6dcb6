"""The port of the exchange's calendar."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import date, datetime
from typing import NamedTuple


class Session(NamedTuple):
    """One trading day: its New York date and the moments it opens and closes, in UTC."""

    date: date
    opens: datetime
    closes: datetime


class TradingCalendar(ABC):
    """Knows the sessions of the New York exchange (XNYS), holidays and early closes included."""

    @abstractmethod
    def session(self, day: date) -> Session | None:
        """Give the session of a New York date, or None when the exchange is closed."""

    @abstractmethod
    def sessions(self, first: date, last: date) -> list[Session]:
        """Give the sessions from ``first`` to ``last``, both included, in order."""
