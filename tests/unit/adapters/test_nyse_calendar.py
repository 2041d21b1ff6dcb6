"""The calendar of the New York exchange."""

from datetime import UTC, date, datetime

import pytest

from gexlake.adapters.nyse_calendar import NyseCalendar

CALENDAR = NyseCalendar()


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (date(2025, 10, 6), (13, 30), (20, 0)),  # daylight saving time
        (date(2025, 11, 3), (14, 30), (21, 0)),  # standard time, the day after the change
        (date(2025, 11, 28), (14, 30), (18, 0)),  # the day after Thanksgiving closes early
        (date(2025, 7, 3), (13, 30), (17, 0)),  # so does the eve of Independence Day
        (date(2024, 12, 24), (14, 30), (18, 0)),  # and Christmas Eve
    ],
)
def test_a_session_opens_and_closes(day: date, opens: tuple[int, int], closes: tuple[int, int]) -> None:
    """In UTC, over daylight saving time and early closes."""
    session = CALENDAR.session(day)
    assert session is not None
    assert session.opens == datetime(day.year, day.month, day.day, *opens, tzinfo=UTC)
    assert session.closes == datetime(day.year, day.month, day.day, *closes, tzinfo=UTC)


@pytest.mark.parametrize(
    "day",
    [
        date(2025, 10, 4),  # a Saturday
        date(2025, 11, 27),  # Thanksgiving
        date(2025, 4, 18),  # Good Friday
        date(2022, 6, 20),  # Juneteenth, on the Monday after
        date(2025, 1, 9),  # a day of mourning
        date(2012, 10, 29),  # a hurricane
    ],
)
def test_the_exchange_is_closed(day: date) -> None:
    """On weekends, holidays, and days that no rule foretells."""
    assert CALENDAR.session(day) is None


def test_sessions_of_a_stretch_of_days() -> None:
    """Both ends included, in order; the first archive spans 54 of them."""
    sessions = CALENDAR.sessions(date(2025, 9, 2), date(2025, 11, 14))
    assert len(sessions) == 54
    assert [sessions[0].date, sessions[-1].date] == [date(2025, 9, 2), date(2025, 11, 14)]
    assert sessions == sorted(sessions)
    assert CALENDAR.sessions(date(2025, 10, 4), date(2025, 10, 5)) == []
    assert CALENDAR.sessions(date(2025, 10, 7), date(2025, 10, 6)) == []
