"""Routes that answer on the event loop as long as everything is in memory, and in a thread if not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any, TypeVar

from fastapi import Response
from fastapi.concurrency import run_in_threadpool

from ....application.asking.at_once import WouldWait, at_once

Answer = TypeVar("Answer")
#: How often something may be missing: an answer is made of two files and what one says of itself, perhaps of two days.
_MISSING = 6


def quick(route: Callable[..., Response]) -> Callable[..., Awaitable[Response]]:
    """Make a coroutine of a route: a thread costs more than many an answer, but only a thread may wait."""

    @wraps(route)
    async def answered(**given: Any) -> Response:
        try:
            with at_once():
                return route(**given)
        except WouldWait as missing:
            return await answer_after(missing, partial(route, **given))

    return answered


async def answer_after(missing: WouldWait, ask: Callable[[], Answer]) -> Answer:
    """Ask again when a thread has waited for what is missing; if it takes more than to wait, the thread asks.

    A thread that computes shares the interpreter with the event loop, and both take longer.
    """
    for _ in range(_MISSING):
        if missing.bring is None:
            break
        await run_in_threadpool(missing.bring)
        try:
            with at_once():
                return ask()
        except WouldWait as again:
            missing = again
    return await run_in_threadpool(ask)
