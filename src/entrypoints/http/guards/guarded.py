"""An application whose guards stand before it: what they answer, the framework does not see."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class GuardedApp(FastAPI):
    """A FastAPI application that others can be put before.

    Middleware of the framework's own stands behind layers that it puts around everything, some of which look for
    settings of the environment at each request.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._outermost: ASGIApp = super().__call__
        #: What completes the published description, by what stands before the application.
        self.descriptions: list[Callable[[dict[str, Any]], None]] = []

    def put_before(self, guard: Callable[..., ASGIApp], **options: Any) -> None:
        """Have a guard asked first; it is made with what it stands before, and with these options."""
        self._outermost = guard(self._outermost, **options)

    def openapi(self) -> dict[str, Any]:
        """Give the published description."""
        known, published = self.openapi_schema, super().openapi()
        if known is None:
            for describe in self.descriptions:
                describe(published)
        return published

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; what else a server tells an application goes past the guards, who know requests only."""
        if scope["type"] == "http":
            scope["app"] = self  # as the framework says too, but not to what answers before it
            await self._outermost(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # there are none to guard
        else:
            await super().__call__(scope, receive, send)

    def build_middleware_stack(self) -> ASGIApp:
        """Leave errors that nobody catches to the guards, which know the id of the request."""
        stack = super().build_middleware_stack()
        return stack.app if isinstance(stack, ServerErrorMiddleware) else stack
