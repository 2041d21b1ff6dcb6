"""Metrics for Prometheus: how often each route is asked, what it answers, and how long it takes."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: Seconds; a query's goal is ten milliseconds.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class Metrics:
    """The metrics of one application; others can be added to its ``registry``."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "gexlake_http_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "gexlake_http_request_seconds",
            "How long requests took, to the last byte.",
            ("method", "route"),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        #: The metrics of a method, a route and a status, as they were found before.
        self._known: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.in_progress = Gauge(
            "gexlake_http_requests_in_progress", "Requests that are being answered.", registry=self.registry
        )

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is the template of its path, so that there are only so many."""
        found = self._known.get((method, route, status))
        if found is None:
            named = method if method in _METHODS else "OTHER"
            found = self._requests.labels(named, route, str(status)), self._seconds.labels(named, route)
            if named == method:  # the others are as many as anybody likes
                self._known[method, route, status] = found
        count, duration = found
        count.inc()
        duration.observe(seconds)


async def metrics(request: Request) -> Response:
    """Give the metrics in the text format of Prometheus."""
    registry = request.app.state.metrics.registry
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
