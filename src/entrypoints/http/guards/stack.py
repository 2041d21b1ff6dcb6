"""What stands before the routes: keys, limits, CORS, request ids, logs and metrics."""

from __future__ import annotations

from collections.abc import Callable

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp

from ...settings.kinds import NO_LIMIT
from ...settings.model import Settings
from ..answering.answers import FEED_HEADER, LATEST_HEADER
from ..answering.ready import ReadyAnswers
from .body_limit import BodyLimit
from .guarded import GuardedApp
from .head import HeadAsGet
from .keys import KeyGuard, KeyRing, describe_keys, is_import
from .metrics import Metrics, metrics
from .rates import RateGuard, RateLimits
from .time_limit import TimeLimit
from .trail import Trail

#: Headers that a web page may read.
_EXPOSED = (
    "Link",
    "Location",
    "Retry-After",
    FEED_HEADER,
    LATEST_HEADER,
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-ID",
)


def install_guards(
    app: GuardedApp,
    settings: Settings,
    rates: RateLimits | None = None,
    changes: Callable[[], int] | None = None,
    shortcuts: Callable[[ASGIApp], ASGIApp] | None = None,
) -> None:
    """Put the guards around an application, before it answers its first request; add the route ``/metrics``.

    ``rates`` stands in for the limits of the settings. With ``changes``, which counts the commits to its lake, the
    application gives answers that are ready again; see ``ReadyAnswers``. ``shortcuts`` are asked before the
    application, and see to the time limit themselves.
    """
    ring = KeyRing(settings.api_keys)
    app.state.metrics = Metrics()
    app.add_api_route(
        "/metrics",
        metrics,
        methods=["GET"],
        tags=["operation"],
        summary="Metrics for Prometheus",
        response_class=PlainTextResponse,
    )
    # From the inside out: each one that is added stands around those before it.
    app.put_before(TimeLimit, seconds=settings.request_timeout_seconds, exempt=is_import)
    if shortcuts is not None:
        app.put_before(shortcuts)
    if changes is not None:
        app.put_before(ReadyAnswers, changes=changes)
    app.put_before(HeadAsGet)
    app.put_before(BodyLimit, max_bytes=settings.max_body_bytes)
    if ring:
        app.put_before(KeyGuard, ring=ring)
        app.descriptions.append(describe_keys)
    if rates is None and settings.rate_limit != NO_LIMIT:
        rates = RateLimits(settings.rate_limit, settings.redis_url)
    if rates is not None:
        app.put_before(RateGuard, limits=rates, ring=ring)
    if settings.cors_origins:
        app.put_before(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("DELETE", "GET", "HEAD", "POST"),
            allow_headers=("Authorization", "Last-Event-ID", "Prefer", "X-API-Key", "X-Request-ID"),
            expose_headers=_EXPOSED,
        )
    app.put_before(Trail, metrics=app.state.metrics)
