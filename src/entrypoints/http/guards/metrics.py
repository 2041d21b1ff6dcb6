"""Metrics for Prometheus: how often each route is asked, what it answers, and how long it takes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: Seconds; a query's goal is ten milliseconds.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_BOUNDS = (*map(str, _BUCKETS), "+Inf")


class _Tally:
    """How many requests took how long: by bucket, each without those before it, and all together."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        self.buckets = [0] * len(_BOUNDS)

    def add(self, other: _Tally) -> None:
        """Count what another has counted, too."""
        self.seconds += other.seconds
        self.buckets = [own + its for own, its in zip(self.buckets, other.buckets, strict=True)]


class Metrics(Collector):
    """The metrics of one application; others can be added to its ``registry``.

    Counts are kept by the event loop alone, without locks, and take Prometheus's form when they are asked for.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.in_progress = 0
        self._tallies: dict[tuple[str, str, int], _Tally] = {}
        self.registry.register(self)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is the template of its path, so that there are only so many."""
        tally = self._tallies.get((method, route, status))
        if tally is None:
            key = method if method in _METHODS else "OTHER", route, status
            tally = self._tallies.setdefault(key, _Tally())
        tally.buckets[bisect_left(_BUCKETS, seconds)] += 1
        tally.seconds += seconds

    def collect(self) -> Iterator[Metric]:
        """Give the counts in Prometheus's form."""
        requests = CounterMetricFamily(
            "gexlake_http_requests", "Requests that were answered.", labels=("method", "route", "status")
        )
        routes: dict[tuple[str, str], _Tally] = {}
        for (method, route, status), tally in self._tallies.items():
            requests.add_metric((method, route, str(status)), sum(tally.buckets))
            routes.setdefault((method, route), _Tally()).add(tally)
        yield requests
        seconds = HistogramMetricFamily(
            "gexlake_http_request_seconds", "How long requests took, to the last byte.", labels=("method", "route")
        )
        for labels, tally in routes.items():
            counts = zip(_BOUNDS, accumulate(tally.buckets), strict=True)
            seconds.add_metric(labels, list(counts), tally.seconds)
        yield seconds
        yield GaugeMetricFamily(
            "gexlake_http_requests_in_progress", "Requests that are being answered.", value=self.in_progress
        )


async def metrics(request: Request) -> Response:
    """Give the metrics in the text format of Prometheus."""
    registry = request.app.state.metrics.registry
    return Response(generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})
