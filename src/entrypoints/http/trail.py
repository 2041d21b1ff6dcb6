"""What a request leaves behind: its id, a line in the log, and its share of the metrics."""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .keys import OPEN_PATHS
from .logging import get_logger, log_request
from .metrics import Metrics
from .refusals import refusal

#: Ids that others may give: what can stand in a log as it is.
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_QUIET = OPEN_PATHS | {"/metrics"}
#: What proxies write for a client that has left.
_CLIENT_LEFT = 499


class Trail:
    """Follows requests from the first byte to the last; must stand outside of everything else.

    A request keeps the ``X-Request-ID`` it comes with, or gets one, and every line that is logged while it is
    answered carries it. An error that nobody has caught is logged, and answered with 500 and no word of it.
    A route with an ``import_id`` in its path, or one that sets ``request.state.import_id``, has that logged.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics
        self._log = get_logger("gexlake.http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        state = scope.setdefault("state", {})
        state["request_id"] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        self._metrics.in_progress.inc()
        try:
            await self._follow(scope, receive, send, request_id)
        finally:
            self._metrics.in_progress.dec()

    async def _follow(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        began = time.perf_counter()
        status = _CLIENT_LEFT
        begun = False

        async def mark(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            await send(message)

        failure: Exception | None = None
        try:
            await self._app(scope, receive, mark)
        except Exception as error:
            failure = error
            if begun:  # the server has to break the connection off, or half an answer would look whole
                status = 500
                raise
            sentence = f"The server failed at this request. Tell its operator the id {request_id}, the log says why."
            await refusal(500, sentence, {"request_id": request_id})(scope, receive, mark)
        finally:
            self._leave(scope, status, time.perf_counter() - began, failure)

    def _leave(self, scope: Scope, status: int, seconds: float, failure: Exception | None) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self._metrics.observe(scope["method"], route, status, seconds)
        facts: dict[str, Any] = {
            "method": scope["method"],
            "route": route,
            "status": status,
            "duration_ms": round(seconds * 1000, 2),
        }
        import_id = scope["state"].get("import_id") or scope.get("path_params", {}).get("import_id", "")
        if _ID.fullmatch(import_id):
            facts["import_id"] = import_id
        if failure is not None:
            self._log.error("failed", exc_info=failure, **facts)
        else:
            level = logging.DEBUG if scope["path"] in _QUIET else logging.INFO
            log_request(level, {**facts, "event": "answered", "request_id": scope["state"]["request_id"]})
