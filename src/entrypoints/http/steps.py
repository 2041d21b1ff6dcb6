"""Steps of time in query strings, and those that suit a picture."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from pydantic import PlainValidator, WithJsonSchema

from ..steps import STEP, read_step

#: Steps that people like, in seconds.
_ROUND = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400)


def round_step(span: timedelta, columns: int) -> timedelta:
    """Give the shortest round step of which a span touches no more than so many, two or more; whole days beyond one."""
    wanted = span.total_seconds() / (columns - 1)
    found = next((step for step in _ROUND if step >= wanted), None)
    return timedelta(seconds=found) if found else timedelta(days=-(-wanted // 86_400))


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
