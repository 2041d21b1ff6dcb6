"""``HEAD``: what ``GET`` would answer, without the answer."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: What the application notes of a request, which those around it ask for.
_NOTED = ("route", "path_params")


class HeadAsGet:
    """Answers HEAD with the status and headers of GET, wherever there is a GET (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        ended = False

        async def send_head(message: Message) -> None:
            nonlocal ended
            if message["type"] == "http.response.start":
                await send(message)
            elif not ended:  # at once: a stream of events may go on for as long as an import does
                ended = True
                await send({"type": "http.response.body", "body": b""})

        # The server itself has to know that it was HEAD.
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send_head)
        finally:
            scope.update({name: asked[name] for name in _NOTED if name in asked})
