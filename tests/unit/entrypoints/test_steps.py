"""Steps of time, and the round times that they make."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gexlake.entrypoints.pictures.steps import read_step, round_step, round_times
from gexlake.testing.builders import NOON

SPRING, AUTUMN = datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2025, 11, 2, 4, tzinfo=UTC)  # midnight in New York
HALF, HOUR = timedelta(minutes=30), timedelta(hours=1)


def test_steps_are_read_and_rounded() -> None:
    """A round step makes no more columns than were asked for."""
    assert [read_step(text).total_seconds() for text in ("30s", "5m", "2h", "1d")] == [30, 300, 7_200, 86_400]
    spans = [[(NOON, NOON + timedelta(seconds=span))] for span in (0, 399, 400, 23_400, 10**6)]
    assert [round_step(span, 400).total_seconds() for span in spans] == [1, 1, 2, 60, 3_600]
    assert round_step([(NOON, NOON + timedelta(days=1000))], 400) == timedelta(days=3)
    assert round_step([], 400) == timedelta(seconds=1)


@given(
    seconds=st.sets(st.integers(0, 10**6), min_size=2, max_size=20).map(sorted),
    columns=st.integers(2, 50),
)
def test_no_round_step_makes_more_columns_than_were_asked_for(seconds: list[int], columns: int) -> None:
    """Nights are no columns, and a step that holds the end of one span and the beginning of the next is one."""
    spans = list(zip(seconds[::2], seconds[1::2], strict=False))
    began = int(NOON.timestamp())
    step = round_step([(after_noon(first), after_noon(last)) for first, last in spans], columns) // timedelta(seconds=1)
    touched = {n for first, last in spans for n in range((began + first) // step, (began + last) // step + 1)}
    assert len(touched) <= columns


def after_noon(second: int) -> datetime:
    """Give a second after noon."""
    return NOON + timedelta(seconds=second)


@pytest.mark.parametrize(
    ("first", "hours", "step", "told"),
    [
        (SPRING, 3, HALF, "00:00 00:30 01:00 01:30 03:00 03:30 04:00"),
        (AUTUMN, 3, HALF, "00:00 00:30 01:00 01:30 01:00 01:30 02:00"),
        (SPRING, 8, 2 * HOUR, "00:00 04:00 06:00 08:00"),
        (AUTUMN, 8, 2 * HOUR, "00:00 02:00 04:00 06:00"),
        (SPRING + timedelta(microseconds=1), 2, HALF, "00:30 01:00 01:30 03:00"),
        (AUTUMN + HOUR + HALF, 1, HALF, "01:30 01:00 01:30"),
        (SPRING - HOUR, 24, 24 * HOUR, "00:00 00:00"),
    ],
)
def test_round_times_are_those_of_the_clock_when_it_is_changed(
    first: datetime, hours: int, step: timedelta, told: str
) -> None:
    """Those of an hour that it repeats come twice; none is of an hour that it skips, and none lies outside."""
    last = first + hours * HOUR
    found = list(round_times(first, last, step))
    assert " ".join(f"{moment:%H:%M}" for moment in found) == told
    assert all(first <= moment.astimezone(UTC) <= last for moment in found)
    assert found == sorted(found, key=lambda moment: moment.astimezone(UTC))
