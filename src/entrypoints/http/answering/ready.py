"""Answers that are ready: given again, byte for byte, before a request is parsed or routed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ....adapters.lru import Lru
from ..parameters.formats import accept_of

#: Routes whose answer follows from the question and the state of the lake, and is bounded.
PATHS = frozenset({"/gex/at", "/gex/heatmap", "/gex/ladder", "/gex/latest", "/gex/levels"})
#: What all of them take together, and one at most; beyond a minute they are made anew, as whatever is remembered.
MAX_BYTES, MOST_BYTES, SECONDS = 32 << 20, 1 << 20, 60.0
_OK = 200
#: What an entry takes beside its body.
_AROUND = 1_000


class _Ready(NamedTuple):
    """An answer, the state of the lake that it belongs to, and until when it may be given."""

    changes: int
    until: float
    route: Any
    start: Message
    body: bytes


class ReadyAnswers:
    """Remembers whole answers by the words of the question; ``changes`` counts the commits to the lake.

    An answer belongs to the count at which it was begun, so that one that ends after a commit is never given. Whatever
    stands around this (keys, limits, logs) sees no difference.
    """

    def __init__(self, app: ASGIApp, changes: Callable[[], int], seconds: Callable[[], float] = time.monotonic) -> None:
        self._app, self._changes, self._seconds = app, changes, seconds
        self._kept: Lru[tuple[str, bytes, bytes], _Ready] = Lru(MAX_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] != "GET" or scope["path"] not in PATHS:
            await self._app(scope, receive, send)
            return
        # The form of an answer is the only thing that follows from a header.
        key = scope["path"], scope["query_string"], accept_of(scope)
        ready, changes = self._kept.get(key), self._changes()
        if ready is not None and ready.changes == changes and self._seconds() < ready.until:
            scope["route"] = ready.route
            await send({**ready.start, "headers": [*ready.start["headers"]]})
            await send({"type": "http.response.body", "body": ready.body})
            return
        await self._app(scope, receive, self._keeping(key, changes, scope, send))

    def _keeping(self, key: tuple[str, bytes, bytes], changes: int, scope: Scope, send: Send) -> Send:
        """Send an answer, and remember it if it is a good one in one piece."""
        start: Message | None = None

        async def keep(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                # A copy: whatever stands around adds headers of this one request.
                start = {**message, "headers": [*message["headers"]]} if message["status"] == _OK else None
            elif (
                start is not None
                and not message.get("more_body")
                and len(body := message.get("body", b"")) <= MOST_BYTES
            ):
                ready = _Ready(changes, self._seconds() + SECONDS, scope.get("route"), start, body)
                self._kept.put(key, ready, len(body) + len(key[1]) + len(key[2]) + _AROUND)
            else:
                start = None
            await send(message)

        return keep
