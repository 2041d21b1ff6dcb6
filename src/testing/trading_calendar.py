"""The behaviour of every trading calendar."""

# ruff: noqa: PLR2004  # expected values are plain numbers

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from ..application.ports.trading_calendar import TradingCalendar
from ..domain.timestamps import trading_day


class TradingCalendarSuite:
    """Give it a fixture ``calendar``. It must know the year 2025."""

    @pytest.fixture
    def calendar(self) -> TradingCalendar:
        """Give the calendar."""
        raise NotImplementedError

    @pytest.mark.parametrize(
        ("day", "opens", "closes"),
        [
            (date(2025, 10, 6), (13, 30), (20, 0)),  # daylight saving time
            (date(2025, 11, 3), (14, 30), (21, 0)),  # standard time, the day after the change
            (date(2025, 11, 28), (14, 30), (18, 0)),  # the day after Thanksgiving closes early
        ],
    )
    def test_a_session_opens_and_closes(
        self, calendar: TradingCalendar, day: date, opens: tuple[int, int], closes: tuple[int, int]
    ) -> None:
        """In UTC, over daylight saving time and early closes."""
        session = calendar.session(day)
        assert session is not None
        assert session.date == day
        assert session.opens == datetime(day.year, day.month, day.day, *opens, tzinfo=UTC)
        assert session.closes == datetime(day.year, day.month, day.day, *closes, tzinfo=UTC)

    @pytest.mark.parametrize("day", [date(2025, 10, 4), date(2025, 10, 5), date(2025, 11, 27), date(2025, 4, 18)])
    def test_the_exchange_is_closed(self, calendar: TradingCalendar, day: date) -> None:
        """On weekends, Thanksgiving and Good Friday."""
        assert calendar.session(day) is None

    def test_sessions_are_those_of_the_days(self, calendar: TradingCalendar) -> None:
        """Both ends included, in order, within their New York days."""
        first = date(2025, 1, 1)
        days = [first + timedelta(days=n) for n in range(365)]
        sessions = calendar.sessions(days[0], days[-1])
        assert sessions == [session for day in days if (session := calendar.session(day)) is not None]
        assert len(sessions) == 250
        for session in sessions:
            assert session.opens < session.closes
            assert trading_day(session.opens) == trading_day(session.closes) == session.date

    def test_no_days_have_no_sessions(self, calendar: TradingCalendar) -> None:
        """A weekend, and a stretch that ends before it begins."""
        assert calendar.sessions(date(2025, 10, 4), date(2025, 10, 5)) == []
        assert calendar.sessions(date(2025, 10, 7), date(2025, 10, 6)) == []
