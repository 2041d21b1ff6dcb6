"""Rate limits, per key or address, shared through Redis where there is one."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import anyio
import anyio.to_thread
from limits import RateLimitItem, parse_many
from limits.strategies import RateLimiter
from slowapi import Limiter
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ....adapters.redis.breaker import CircuitBreaker
from ....adapters.redis.client_options import client_options
from ..refusing.refusals import refusal
from .keys import KeyRing, is_open

_LOG = logging.getLogger(__name__)
#: Tells limits from cached answers, beside which they lie.
_PREFIX = "gexlake:limits"
#: Seconds after which windows that have ended are let go of.
_CLEARED_EVERY = 60.0


class Verdict(NamedTuple):
    """Whether a caller may ask: of the tightest limit its size, what is left of it, and when it begins anew.

    ``reset`` is Unix time to the fraction: rounded up before the wait is, the wait could be longer than the window.
    """

    allowed: bool
    limit: int
    remaining: int
    reset: float

    def headers(self, now: float) -> dict[str, str]:
        """Give the headers that tell it, in whole seconds and none too early; ``now`` is Unix time."""
        told = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(math.ceil(self.reset)),
        }
        return told if self.allowed else told | {"Retry-After": str(max(1, math.ceil(self.reset - now)))}


class RateLimits:
    """Counts what callers ask, in Redis or, while that fails or is not there, in this process.

    Windows begin with a caller's first request. In Redis the counting is slowapi's.
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
        self._own = OwnCounts(self._limits)
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
        return self._own.count(caller, time.time())

    def _count(self, limiter: RateLimiter, caller: str) -> Verdict:
        return _tightest([self._hit(limiter, limit, caller) for limit in self._limits])

    def _hit(self, limiter: RateLimiter, limit: RateLimitItem, caller: str) -> Verdict:
        allowed = limiter.hit(limit, caller)
        window = limiter.get_window_stats(limit, caller)
        # Redis says to the nearest second how long a window lasts: half a second more is never too early.
        reset = min(window.reset_time + 0.5, time.time() + limit.get_expiry())
        return Verdict(allowed, limit.amount, window.remaining if allowed else 0, reset)


class OwnCounts:
    """Counts in the memory of this process; slowapi would begin a thread every few requests to clear its own."""

    def __init__(self, limits: Sequence[RateLimitItem]) -> None:
        self._sizes = [(limit.amount, limit.get_expiry()) for limit in limits]
        #: Of each caller, for each limit: when its window ends, and how often it was asked in it.
        self._windows: dict[str, list[tuple[float, int]]] = {}
        self._clear_at = 0.0

    def __len__(self) -> int:
        return len(self._windows)

    def count(self, caller: str, now: float) -> Verdict:
        """Count a request at a moment of Unix time, and say whether it is within all limits."""
        if now >= self._clear_at:
            self._windows = {name: held for name, held in self._windows.items() if any(end > now for end, _ in held)}
            self._clear_at = now + _CLEARED_EVERY
        held = self._windows.get(caller) or [(0.0, 0)] * len(self._sizes)
        sizes = zip(held, self._sizes, strict=True)
        counted = [(end, asked + 1) if end > now else (now + length, 1) for (end, asked), (_, length) in sizes]
        self._windows[caller] = counted
        return _tightest(
            [
                Verdict(asked <= amount, amount, max(0, amount - asked), end)
                for (end, asked), (amount, _) in zip(counted, self._sizes, strict=True)
            ]
        )


def _tightest(verdicts: Sequence[Verdict]) -> Verdict:
    return min(verdicts, key=lambda verdict: (verdict.allowed, verdict.remaining))


class RateGuard:
    """Answers 429 to who asks too often, and tells everybody how much they have left."""

    def __init__(self, app: ASGIApp, limits: RateLimits, ring: KeyRing) -> None:
        self._app, self._limits, self._ring = app, limits, ring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        verdict = await self._limits.ask(self._caller(scope))
        told = verdict.headers(time.time())
        if not verdict.allowed:
            wait = int(told["Retry-After"])
            sentence = f"These are too many requests. Wait {wait} s before you ask again."
            await refusal(429, sentence, {"retry_after_seconds": wait}, told)(scope, receive, send)
            return

        headers = [(name.lower().encode(), value.encode()) for name, value in told.items()]

        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *headers]
            await send(message)

        await self._app(scope, receive, tell)

    def _caller(self, scope: Scope) -> str:
        """Name the owner of the key, else the address: guessing keys is limited too."""
        key = self._ring.find(Headers(scope=scope)) if self._ring else None
        client = scope.get("client")
        return f"key {key.name}" if key else f"address {client[0] if client else 'unknown'}"


def _shared_limiter(url: str, timeout_seconds: float) -> RateLimiter:
    options = client_options(timeout_seconds) | {"key_prefix": _PREFIX}
    if url.startswith("unix://"):
        url = f"redis+{url}"
    # slowapi's middlewares ask Redis on the event loop and send the head of a streamed answer with every part
    # of it, so that only its limiter is used, and the guard above is ours.
    limiter = Limiter(key_func=str, storage_uri=url, storage_options=options, strategy="fixed-window")
    return limiter.limiter
