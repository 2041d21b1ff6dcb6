"""What is there of each session: by the real calendar of the exchange, and the day's own cadence."""

from datetime import date, datetime, timedelta

import numpy as np
import pytest

from gexlake.adapters.nyse_calendar import NyseCalendar
from gexlake.application.asking.survey_coverage import SurveyCoverage
from gexlake.domain.coverage import Condition, DayCoverage, Shortfall
from gexlake.domain.feed import Feed
from gexlake.testing import FixedClock, InMemoryLake
from gexlake.testing.builders import FEED
from support.days import every, put_day, session, uneven, utc

LATER = utc(2026, 1, 15)
MONDAY = date(2025, 10, 6)


def survey(
    lake: InMemoryLake,
    now: datetime = LATER,
    feeds: list[Feed] | None = None,
    start: date | None = None,
    end: date | None = None,
) -> list[DayCoverage]:
    """Look at a lake."""
    return SurveyCoverage(lake, NyseCalendar(), FixedClock(now)).run(feeds, start, end)


def one(day: date, seconds: np.ndarray, flagged: int = 0, now: datetime = LATER) -> DayCoverage:
    """Look at a lake of one day."""
    lake = InMemoryLake()
    put_day(lake, day, seconds, flagged=flagged)
    (found,) = survey(lake, now)
    return found


@pytest.mark.parametrize(
    ("day", "step"),
    [
        (MONDAY, 1.0),  # an ordinary day
        (MONDAY, 0.5),
        (MONDAY, 60.0),  # a recorder that writes once a minute
        (MONDAY, 900.0),  # and one that writes every quarter of an hour
        (date(2025, 11, 28), 1.0),  # the day after Thanksgiving: an early close is a full day
        (date(2024, 12, 24), 60.0),
        (date(2025, 7, 3), 1.0),
        (date(2025, 3, 7), 1.0),  # the last session before the clock goes forward, and the first after it
        (date(2025, 3, 10), 1.0),
        (date(2025, 10, 31), 1.0),  # the last one before it goes back, and the first after it
        (date(2025, 11, 3), 1.0),
    ],
)
def test_a_full_day_is_available(day: date, step: float) -> None:
    """Whatever its cadence, its length and its distance to UTC."""
    found = one(day, every(day, step))
    assert (found.condition, found.reasons, found.gaps) == (Condition.AVAILABLE, (), ())
    assert found.cadence is not None
    assert found.cadence.usual == step
    assert found.late == timedelta(seconds=2)


@pytest.mark.parametrize("steps", [(1, 1, 1, 1, 2, 2, 3), (1, 2, 3), (1, 1, 1, 1, 1, 1, 1, 1, 1, 5)])
def test_a_cadence_that_varies_is_no_alarm(steps: tuple[int, ...]) -> None:
    """The vendor publishes every one to three seconds, in no regular order."""
    found = one(MONDAY, uneven(MONDAY, steps))
    assert (found.condition, found.gaps) == (Condition.AVAILABLE, ())


def test_moments_that_waver_are_no_alarm() -> None:
    """A recorder that is now a little early and now a little late."""
    waver = np.random.default_rng(7).uniform(-0.4, 0.4, len(every(MONDAY, 1.0)))
    found = one(MONDAY, every(MONDAY, 1.0) + waver)
    assert found.condition is Condition.AVAILABLE


def test_gaps_have_a_start_and_a_length() -> None:
    """From the last snapshot before to the first one after; the seconds around them are none."""
    seconds = every(MONDAY, 1.0)
    seconds = seconds[~(((seconds > 3600) & (seconds < 3725)) | ((seconds > 9000) & (seconds < 9010)))]
    found = one(MONDAY, seconds)
    opens, _ = session(MONDAY)
    assert [(gap.start - opens, gap.seconds) for gap in found.gaps] == [
        (timedelta(seconds=3600), 125.0),
        (timedelta(seconds=9000), 10.0),
    ]
    assert (found.condition, found.reasons) == (Condition.DEGRADED, (Shortfall.GAPS,))


def test_a_gap_of_a_slow_feed_is_longer() -> None:
    """Four missing minutes are none of a recorder that writes once a minute, an hour is one."""
    seconds = every(MONDAY, 60.0)
    assert one(MONDAY, np.delete(seconds, slice(100, 104))).gaps == ()
    (gap,) = one(MONDAY, np.delete(seconds, slice(100, 159))).gaps
    assert gap.seconds == 3600


def test_a_late_start_and_an_early_end_are_said() -> None:
    """With how late and how early; an end at an ordinary day's early close is one."""
    found = one(MONDAY, every(MONDAY, 1.0)[1800:])
    assert (found.reasons, found.late) == ((Shortfall.LATE_START,), timedelta(seconds=1802))
    seconds = every(MONDAY, 1.0)
    found = one(MONDAY, seconds[seconds <= 3.5 * 3600])
    assert (found.reasons, found.early) == ((Shortfall.EARLY_END,), timedelta(hours=3))


def test_what_lies_outside_the_session_does_not_count_as_gaps() -> None:
    """A recorder that goes on after the close, with holes; the snapshots are counted all the same."""
    day = date(2025, 11, 28)
    length = session(day)[1]
    seconds = np.concatenate([[-3600.0, -1800.0], every(day, 1.0), [length + 600, length + 7200]])
    found = one(day, seconds)
    assert (found.condition, found.gaps) == (Condition.AVAILABLE, ())
    assert found.snapshots == len(seconds)
    assert found.last is not None
    assert found.hours is not None
    assert found.last - found.hours.closes == timedelta(hours=2)


def test_flagged_ladders_degrade_a_day() -> None:
    """And are counted."""
    found = one(MONDAY, every(MONDAY, 1.0), flagged=3)
    assert (found.condition, found.reasons, found.flagged) == (Condition.DEGRADED, (Shortfall.FLAGGED,), 3)


def test_sessions_without_data_are_missing_and_holidays_are_not() -> None:
    """Between Wednesday and the Monday after Thanksgiving lie one holiday, one short session and a weekend."""
    lake = InMemoryLake()
    for day in (date(2025, 11, 26), date(2025, 12, 1)):
        put_day(lake, day, every(day, 60.0))
    assert [(found.date, found.condition) for found in survey(lake)] == [
        (date(2025, 11, 26), Condition.AVAILABLE),
        (date(2025, 11, 28), Condition.MISSING),
        (date(2025, 12, 1), Condition.AVAILABLE),
    ]


def test_the_missing_day_of_the_first_archive_is_said() -> None:
    """54 sessions, one of them left out."""
    lake = InMemoryLake()
    for each in NyseCalendar().sessions(date(2025, 9, 2), date(2025, 11, 14)):
        if each.date != date(2025, 9, 30):
            put_day(lake, each.date, every(each.date, 60.0))
    found = survey(lake)
    assert len(found) == 54
    assert [day.date for day in found if day.condition is Condition.MISSING] == [date(2025, 9, 30)]
    assert {day.condition for day in found} == {Condition.AVAILABLE, Condition.MISSING}


def test_a_day_on_which_the_exchange_is_closed_is_shown_all_the_same() -> None:
    """A recorder's test on a Saturday: no gaps, for there is no session to hold it against."""
    lake = InMemoryLake()
    put_day(lake, MONDAY, every(MONDAY, 60.0))
    put_day(lake, date(2025, 10, 4), np.array([0.0, 10_000.0]), opens=utc(2025, 10, 4, 15))
    found = survey(lake)
    assert [(day.date, day.condition, day.hours is None) for day in found] == [
        (date(2025, 10, 4), Condition.AVAILABLE, True),
        (MONDAY, Condition.AVAILABLE, False),
    ]


def test_a_session_that_is_on_is_pending() -> None:
    """Its end is not early yet; with no snapshot so far it is not missing either."""
    opens, _ = session(MONDAY)
    seconds = every(MONDAY, 1.0)
    found = one(MONDAY, seconds[seconds < 3600], now=opens + timedelta(hours=2))
    assert (found.condition, found.reasons) == (Condition.PENDING, (Shortfall.STILL_GROWING,))
    lake = InMemoryLake()
    friday = date(2025, 10, 3)
    put_day(lake, friday, every(friday, 60.0))
    found = survey(lake, opens + timedelta(minutes=5), end=MONDAY)[-1]
    assert (found.date, found.condition, found.snapshots) == (MONDAY, Condition.PENDING, 0)
    assert len(survey(lake, opens - timedelta(minutes=5), end=MONDAY)) == 1


def test_a_stretch_can_be_asked_for() -> None:
    """Beyond what the feed has: a recorder that has died is seen by the sessions after it."""
    lake = InMemoryLake()
    put_day(lake, MONDAY, every(MONDAY, 60.0))
    found = survey(lake, start=date(2025, 10, 2), end=date(2025, 10, 7))
    assert [day.condition for day in found] == [
        Condition.MISSING,
        Condition.MISSING,
        Condition.AVAILABLE,
        Condition.MISSING,
    ]
    assert survey(lake, start=date(2025, 10, 7), end=date(2025, 10, 7))[0].date == date(2025, 10, 7)


def test_feeds_stand_apart_and_name_their_files() -> None:
    """Each has its own days, and can be asked for alone."""
    lake = InMemoryLake()
    other = FEED._replace(category="gex_full")
    put_day(lake, MONDAY, every(MONDAY, 60.0))
    put_day(lake, date(2025, 10, 7), every(date(2025, 10, 7), 60.0), feed=other)
    assert [(day.feed, day.source_files) for day in survey(lake)] == [
        (other, ("history/2025-10-07_gex_full.json",)),
        (FEED, ("history/2025-10-06_gex_zero.json",)),
    ]
    assert [day.feed for day in survey(lake, feeds=[FEED])] == [FEED]


def test_each_of_many_days_is_measured_by_its_own_moments() -> None:
    """However many are asked for at once: large days and small ones, one without data, one without a session."""
    lake, alone = InMemoryLake(), []
    for n, step in ((0, 0.5), (1, 7.0), (3, 0.5), (4, 60.0), (5, 0), (7, 0.5), (8, 30.0)):
        day = MONDAY + timedelta(days=n)
        seconds = every(day, step) if step else np.array([0.0, 5.0])
        opens = None if step else utc(day.year, day.month, day.day, 14)
        for each in (lake, own := InMemoryLake()):
            put_day(each, day, seconds, opens=opens)
        alone += survey(own)
    found = survey(lake)
    assert [day.date.day for day in found if day.condition is Condition.MISSING] == [MONDAY.day + 2]
    assert [day for day in found if day.snapshots] == alone


def test_a_single_snapshot_is_a_day_too() -> None:
    """There is no cadence to speak of; it starts late and ends early."""
    found = one(MONDAY, np.array([3600.0]))
    assert (found.cadence, found.gaps) == (None, ())
    assert found.reasons == (Shortfall.LATE_START, Shortfall.EARLY_END)


def test_an_empty_lake_has_no_days() -> None:
    """And is no error."""
    assert survey(InMemoryLake()) == []


def test_the_first_moment_that_a_lake_takes_in_is_of_a_day_that_is_told() -> None:
    """In New York 2010 has not begun yet."""
    lake, day = InMemoryLake(), date(2009, 12, 31)
    put_day(lake, day, np.array([0.0]), opens=utc(2010, 1, 1))
    assert [(found.date, found.snapshots) for found in survey(lake, start=date.min, end=day)] == [(day, 1)]
