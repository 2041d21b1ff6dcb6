"""Steps of time: as they are written, ``30s``, ``5m``, ``1h``, ``1d``, and those that suit a picture; round times."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain, count
from typing import Any

from ...domain.timestamps import EPOCH, NEW_YORK

STEP = r"^[1-9][0-9]{0,4}[smhd]$"
#: The longest step. The end of a longer one may lie beyond all dates.
LONGEST = timedelta(days=99_999)
#: Steps that people like, in seconds.
_ROUND = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400)
_HOUR = timedelta(hours=1)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_step(text: Any) -> timedelta:
    """Read a step.

    Raises:
        ValueError: it is none.
    """
    if not re.fullmatch(STEP, str(text)):
        raise ValueError("is no step of time; write 30s, 1m, 5m, 15m, 1h or 1d")
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def round_step(spans: Sequence[tuple[datetime, datetime]], columns: int) -> timedelta:
    """Give the shortest round step of which some spans touch no more than so many, two or more; or some days.

    The spans ascend, with nothing between them that would take columns, as nights do not.
    """
    return fitting_step(lambda step: _touched(spans, step) <= columns)


def fitting_step(fits: Callable[[timedelta], bool]) -> timedelta:
    """Give the shortest round step that fits."""
    days = (timedelta(days=n) for n in count(2))
    steps = chain((timedelta(seconds=step) for step in _ROUND), days)
    return next(step for step in steps if fits(step))


def round_times(first: datetime, last: datetime, step: timedelta) -> Iterator[datetime]:
    """Give the times of day between two moments, both included, that are multiples of a round step, in New York.

    Those of an hour that the clock repeats come twice, those of one that it skips never.
    """
    apart = min(step, _HOUR)  # New York is whole hours away: shorter steps are round there where they are in UTC
    moment = EPOCH + -(-(first - EPOCH) // apart) * apart
    while moment <= last:
        told = moment.astimezone(NEW_YORK)
        if not timedelta(hours=told.hour, minutes=told.minute, seconds=told.second) % step:
            yield told
        moment += apart


def _touched(spans: Sequence[tuple[datetime, datetime]], step: timedelta) -> int:
    touched, before = 0, None
    for first, last in spans:
        begin, end = ((moment - EPOCH) // step for moment in (first, last))
        touched += end - begin + (begin != before)
        before = end
    return touched
