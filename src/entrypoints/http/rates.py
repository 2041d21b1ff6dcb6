"""Rate limits, per key or address, shared through Redis where there is one."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import anyio
import anyio.to_thread
from limits import RateLimitItem, parse_many
from limits.strategies import RateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry
from slowapi import Limiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...adapters.redis.breaker import CircuitBreaker
from .keys import KeyRing, is_open
from .refusals import refusal

_LOG = logging.getLogger(__name__)
#: Tells limits from cached answers, beside which they lie.
_PREFIX = "gexlake:limits"


class Verdict(NamedTuple):
    """Whether a caller may ask: of the tightest limit its size, what is left of it, and when it begins anew."""

    allowed: bool
    limit: int
    remaining: int
    reset: int

    def headers(self, now: float) -> dict[str, str]:
        """Give the headers that tell it; the moment of the reset is Unix time."""
        told = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(self.reset),
        }
        return told if self.allowed else told | {"Retry-After": str(max(1, math.ceil(self.reset - now)))}


class RateLimits:
    """Counts what callers ask, in Redis or, while that fails or is not there, in this process.

    The counting is slowapi's, in windows that begin with a caller's first request.
    """

    def __init__(
        self,
        rate: str,
        redis_url: str | None = None,
        *,
        timeout_seconds: float = 0.1,
        rest_seconds: float = 5.0,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits: list[RateLimitItem] = parse_many(rate)
        self._own = _limiter("memory://", {})
        self._shared = _shared_limiter(redis_url, timeout_seconds) if redis_url else None
        # Threads of their own: those of the routes may all be busy.
        self._threads = anyio.CapacityLimiter(8)
        self._breaker = CircuitBreaker(rest_seconds, seconds=seconds)

    async def ask(self, caller: str) -> Verdict:
        """Count a request and say whether it is within the limits."""
        if self._shared is not None and self._breaker.allows():
            try:
                # On a thread: waiting for Redis must not keep other requests waiting.
                verdict = await anyio.to_thread.run_sync(self._count, self._shared, caller, limiter=self._threads)
            except Exception as error:  # noqa: BLE001  # however Redis fails, the request does not
                if self._breaker.fail():
                    _LOG.warning("Redis fails, requests are counted in this process for a while: %s", error)
            else:
                self._breaker.succeed()
                return verdict
        return self._count(self._own, caller)

    def _count(self, limiter: RateLimiter, caller: str) -> Verdict:
        verdicts = [self._hit(limiter, limit, caller) for limit in self._limits]
        return min(verdicts, key=lambda verdict: (verdict.allowed, verdict.remaining))

    def _hit(self, limiter: RateLimiter, limit: RateLimitItem, caller: str) -> Verdict:
        allowed = limiter.hit(limit, caller)
        window = limiter.get_window_stats(limit, caller)
        return Verdict(allowed, limit.amount, window.remaining if allowed else 0, math.ceil(window.reset_time))


class RateGuard:
    """Answers 429 to who asks too often, and tells everybody how much they have left."""

    def __init__(self, app: ASGIApp, limits: RateLimits, ring: KeyRing) -> None:
        self._app, self._limits, self._ring = app, limits, ring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        verdict = await self._limits.ask(self._caller(scope))
        told = verdict.headers(time.time())
        if not verdict.allowed:
            wait = int(told["Retry-After"])
            sentence = f"These are too many requests. Wait {wait} seconds before you ask again."
            await refusal(429, sentence, {"retry_after_seconds": wait}, told)(scope, receive, send)
            return

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(told)
            await send(message)

        await self._app(scope, receive, tell)

    def _caller(self, scope: Scope) -> str:
        """Name the owner of the key, else the address: guessing keys is limited too."""
        key = self._ring.find(Headers(scope=scope)) if self._ring else None
        client = scope.get("client")
        return f"key {key.name}" if key else f"address {client[0] if client else 'unknown'}"


def _shared_limiter(url: str, timeout_seconds: float) -> RateLimiter:
    options = {
        "socket_timeout": timeout_seconds,
        "socket_connect_timeout": timeout_seconds,
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "driver_info": None,
        "key_prefix": _PREFIX,
    }
    return _limiter(url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url, options)


def _limiter(url: str, options: dict[str, Any]) -> RateLimiter:
    # slowapi's middlewares ask Redis on the event loop and send the head of a streamed answer with every part
    # of it, so that only its limiter is used, and the guard above is ours.
    limiter = Limiter(key_func=str, storage_uri=url, storage_options=options, strategy="fixed-window")
    return limiter.limiter
