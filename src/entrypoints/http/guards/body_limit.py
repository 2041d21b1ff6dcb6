"""The limit on the size of requests."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..refusing.refusals import HEARD_OUT, refusal

#: Requests of which no route reads a body that they do not announce.
_BODILESS = frozenset({"GET", "HEAD"})


class BodyLimit:
    """Answers 413 to requests of more than ``max_bytes``, whether they say so or are found to be."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        named = dict(scope["headers"])
        length = named.get(b"content-length")
        if length is None and b"transfer-encoding" not in named and scope["method"] in _BODILESS:
            await self._app(scope, receive, send)
        elif length is not None and length.isdigit() and int(length) > self._max_bytes:
            await self._refusal(scope, receive, send)
        else:
            await self._counted(scope, receive, send)

    async def _counted(self, scope: Scope, receive: Receive, send: Send) -> None:
        seen = 0
        begun = refused = False

        async def count() -> Message:
            nonlocal seen, refused
            message = await receive()
            seen += len(message.get("body", b""))
            if seen <= self._max_bytes:
                return message
            if not begun and not refused:
                refused = True
                await self._refusal(scope, receive, send, more=message.get("more_body", False))
            return {"type": "http.disconnect"}

        async def pass_on(message: Message) -> None:
            nonlocal begun
            begun = True
            if not refused:
                await send(message)

        try:
            await self._app(scope, count, pass_on)
        except Exception:
            # What an application says about a request that breaks off is of no interest: it has its answer.
            if not refused:
                raise

    async def _refusal(self, scope: Scope, receive: Receive, send: Send, *, more: bool = True) -> None:
        """Refuse a request, and hear the rest of it out if there is ``more``, before the connection is closed."""
        most = f"The request is too large. Send at most {self._max_bytes} bytes"
        sentence = f"{most}; files to import are named by their path on the server, not sent."
        answer = refusal(413, sentence, {"max_bytes": self._max_bytes}, {"Connection": "close"})

        async def open_ended(message: Message) -> None:
            await send({**message, "more_body": True} if "body" in message else message)

        await answer(scope, receive, open_ended)
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARD_OUT):
                while more:
                    more = (await receive()).get("more_body", False)
        await send({"type": "http.response.body", "body": b"", "more_body": False})
