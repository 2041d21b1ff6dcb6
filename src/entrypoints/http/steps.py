"""Steps of time in query strings, and those that suit a picture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import chain, count
from typing import Annotated

from fastapi import Query
from pydantic import PlainValidator, WithJsonSchema

from ...domain.timestamps import EPOCH
from ..steps import STEP, read_step

#: Steps that people like, in seconds.
_ROUND = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400)


def round_step(spans: Sequence[tuple[datetime, datetime]], columns: int) -> timedelta:
    """Give the shortest round step of which some spans touch no more than so many, two or more; or some days.

    The spans ascend, with nothing between them that would take columns, as nights do not.
    """
    days = (timedelta(days=n) for n in count(2))
    steps = chain((timedelta(seconds=step) for step in _ROUND), days)
    return next(step for step in steps if _touched(spans, step) <= columns)


def _touched(spans: Sequence[tuple[datetime, datetime]], step: timedelta) -> int:
    touched, before = 0, None
    for first, last in spans:
        begin, end = ((moment - EPOCH) // step for moment in (first, last))
        touched += end - begin + (begin != before)
        before = end
    return touched


Step = Annotated[
    timedelta | None,
    PlainValidator(read_step),
    WithJsonSchema({"type": "string", "pattern": STEP}),
    Query(
        description="Only the last snapshot of each step of this length: 30s, 1m, 5m, 15m, 1h, 1d. "
        "Steps begin at multiples of their length, UTC; empty ones are left out.",
        examples=["1m"],
    ),
]
