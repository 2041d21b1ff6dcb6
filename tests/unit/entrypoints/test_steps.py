"""Steps of time, and the round times that they make."""

from datetime import UTC, datetime, timedelta

import pytest

from gexlake.entrypoints.pictures.steps import round_times

SPRING, AUTUMN = datetime(2026, 3, 8, 5, tzinfo=UTC), datetime(2025, 11, 2, 4, tzinfo=UTC)  # midnight in New York
HALF, HOUR = timedelta(minutes=30), timedelta(hours=1)


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
