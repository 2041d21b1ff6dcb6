"""Routes that answer on the event loop as long as everything is in memory, and in a thread if not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any

from fastapi import Response
from fastapi.concurrency import run_in_threadpool

from ...application.at_once import WouldWait, at_once


def quick(route: Callable[..., Response]) -> Callable[..., Awaitable[Response]]:
    """Make a coroutine of a route: a thread costs more than many an answer, but only a thread may wait."""

    @wraps(route)
    async def answered(**given: Any) -> Response:
        try:
            with at_once():
                return route(**given)
        except WouldWait:
            return await run_in_threadpool(partial(route, **given))

    return answered
