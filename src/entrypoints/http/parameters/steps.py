"""Steps of time in query strings."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from pydantic import PlainValidator, WithJsonSchema

from ...pictures.steps import STEP, read_step

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
