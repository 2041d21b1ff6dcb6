"""What stands before the routes: keys, limits, CORS, request ids, logs and metrics."""

from __future__ import annotations

import ipaddress

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse

from ...domain.errors import GexlakeError
from ..setting_kinds import NO_LIMIT
from ..settings import Settings
from .body_limit import BodyLimit
from .keys import KeyGuard, KeyRing, is_import
from .metrics import Metrics, metrics
from .rates import RateGuard, RateLimits
from .time_limit import TimeLimit
from .trail import Trail

#: Headers that a web page may read.
_EXPOSED = (
    "Link",
    "Location",
    "Retry-After",
    "X-Gexlake-Feed",
    "X-Gexlake-Latest",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "X-Request-ID",
)


class BindingRefused(GexlakeError):
    """The server would be open to everybody who can reach this machine."""

    def __init__(self, host: str) -> None:
        self.host = host
        super().__init__(
            f"Listening on {host or 'all addresses'} without API keys lets everybody who can reach this machine read "
            "and import. Set GEXLAKE_API_KEYS, listen on 127.0.0.1, or say --insecure (GEXLAKE_INSECURE=true)."
        )


def check_binding(settings: Settings) -> None:
    """Make sure that a server without keys is not reachable from elsewhere, unless that is wanted.

    Raises:
        BindingRefused: it would be.
    """
    if not (settings.api_keys or settings.insecure or _is_loopback(settings.host)):
        raise BindingRefused(settings.host)


def install_guards(app: FastAPI, settings: Settings, rates: RateLimits | None = None) -> None:
    """Put the guards around an application, before it answers its first request; add the route ``/metrics``.

    ``rates`` stands in for the limits of the settings.
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
    app.add_middleware(TimeLimit, seconds=settings.request_timeout_seconds, exempt=is_import)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(KeyGuard, ring=ring)
    if rates is None and settings.rate_limit != NO_LIMIT:
        rates = RateLimits(settings.rate_limit, settings.redis_url)
    if rates is not None:
        app.add_middleware(RateGuard, limits=rates, ring=ring)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=("GET", "POST"),
            allow_headers=("Authorization", "Prefer", "X-API-Key", "X-Request-ID"),
            expose_headers=_EXPOSED,
        )
    app.add_middleware(Trail, metrics=app.state.metrics)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
