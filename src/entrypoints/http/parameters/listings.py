"""What the lists have in common: how many rows, and where they go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Query, Request
from pydantic.json_schema import SkipJsonSchema

from .cursors import next_link

Limit = Annotated[int, Query(ge=1, le=1_000, description="At most so many; a `Link` header leads on.")]
Cursor = Annotated[
    str | SkipJsonSchema[None],
    Query(max_length=400, description="Where to go on: from the `Link` header of the answer before."),
]
Found = TypeVar("Found")


def kept_of(
    request: Request, found: list[Found], most: int, cursor: Callable[[Found], str]
) -> tuple[list[Found], dict[str, str]]:
    """Take off the last of so many, which only tells that there is more; give the link to it in that case."""
    if len(found) < most:
        return found, {}
    return found[:-1], next_link(request, cursor(found[-2]))
