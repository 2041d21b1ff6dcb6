"""The limit on how long an answer may take to begin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..refusing.refusals import refusal


class TimeLimit:
    """Answers 504 when nothing has been answered after ``seconds``; an answer that has begun may take its time.

    Paths that ``exempt`` says yes to take as long as they need.
    """

    def __init__(self, app: ASGIApp, seconds: float, exempt: Callable[[str], bool] = lambda _: False) -> None:
        self._app, self._seconds, self._exempt = app, seconds, exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._exempt(scope["path"]):
            await self._app(scope, receive, send)
            return
        loop = asyncio.get_running_loop()
        in_time: asyncio.Future[bool] = loop.create_future()
        late = False

        def settle(*, begun: bool) -> None:
            if not in_time.done():
                in_time.set_result(begun)

        async def note(message: Message) -> None:
            if late:
                return
            settle(begun=True)
            await send(message)

        # A thread that works on the answer cannot be stopped. Cancelled by its scope, the work keeps the thread's place
        # among others until it has ended, or there would be a thread more for each question while a disk stands still;
        # what waits for a place is withdrawn.
        called_off = anyio.CancelScope()

        async def answer() -> None:
            with called_off:
                await self._app(scope, receive, note)

        work = asyncio.ensure_future(answer())
        work.add_done_callback(lambda _: settle(begun=True))
        clock = loop.call_later(self._seconds, lambda: settle(begun=False))
        try:
            if await in_time:
                await work
                return
            late = True
            sentence = f"There was no answer within {self._seconds:g} seconds. Ask for less, or ask again later."
            await refusal(504, sentence, {"seconds": self._seconds})(scope, receive, send)
        finally:
            clock.cancel()
            if not work.done():
                called_off.cancel()  # and not awaited: nobody should wait for a thread
                work.add_done_callback(_forget)


def _forget(work: asyncio.Future[None]) -> None:
    """Take note of how abandoned work ended, which asyncio wants somebody to do."""
    with suppress(asyncio.CancelledError):
        work.exception()
