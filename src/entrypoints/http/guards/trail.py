"""What a request leaves behind: its id, a line in the log, and its share of the metrics."""

from __future__ import annotations

import logging
import random
import re
import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..refusing.refusals import refusal
from .keys import OPEN_PATHS
from .logging import bind_request, get_logger, log_request, logs_requests
from .metrics import Metrics

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
        self._dice = random.Random()  # noqa: S311  # ids tell requests apart; nothing rests on nobody guessing them

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request_id = _given_id(scope) or f"{self._dice.getrandbits(128):032x}"
        scope.setdefault("state", {})["request_id"] = request_id
        bind_request(request_id)
        self._metrics.in_progress += 1
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
            self._metrics.in_progress -= 1
            self._leave(scope, status, time.perf_counter() - began, failure)

    def _leave(self, scope: Scope, status: int, seconds: float, failure: Exception | None) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        self._metrics.observe(scope["method"], route, status, seconds)
        level = logging.DEBUG if scope["path"] in _QUIET else logging.INFO
        if failure is None and not logs_requests(level):
            return
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
            log_request(level, {**facts, "event": "answered", "request_id": scope["state"]["request_id"]})


def _given_id(scope: Scope) -> str | None:
    """Give the id that a request comes with, if it can stand in a log."""
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given: str = value.decode("latin-1")
            return given if _ID.fullmatch(given) else None
    return None
