"""The sessions of the New York exchange: weekdays without its holidays, with its early closes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

from ..application.ports.trading_calendar import Session, TradingCalendar
from ..domain.timestamps import NEW_YORK

OPENS = time(9, 30)
CLOSES = time(16, 0)
CLOSES_EARLY = time(13, 0)
_SATURDAY = 5


class NyseCalendar(TradingCalendar):
    """Knows the sessions of XNYS, past ones with their extraordinary closures, coming ones by the rules."""

    def session(self, day: date) -> Session | None:
        if day.weekday() >= _SATURDAY or day in _special_days(day.year, "public"):
            return None
        closes = CLOSES_EARLY if day in _special_days(day.year, "half_day") else CLOSES
        return Session(day, _moment(day, OPENS), _moment(day, closes))

    def sessions(self, first: date, last: date) -> list[Session]:
        days = (first + timedelta(days=n) for n in range((last - first).days + 1))
        return [session for day in days if (session := self.session(day)) is not None]


def _moment(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, NEW_YORK).astimezone(UTC)


@lru_cache
def _special_days(year: int, category: str) -> frozenset[date]:
    from holidays import financial_holidays  # takes a tenth of a second, which most commands can save

    return frozenset(financial_holidays("NYSE", years=year, categories=(category,)))
