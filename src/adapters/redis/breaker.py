"""A circuit breaker: what has failed is left alone for a while, then tried by one caller."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class CircuitBreaker:
    """Says whether something that can fail is worth another try; ``seconds`` tells monotonic time.

    After a failure nobody may try for ``rest_seconds``, then one caller at a time. A success ends it.
    """

    def __init__(self, rest_seconds: float = 5.0, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._rest, self._seconds = rest_seconds, seconds
        self._resting_until: float | None = None
        self._lock = threading.Lock()

    def allows(self) -> bool:
        """Say whether the caller may try; the one who may after a rest keeps the others out meanwhile."""
        with self._lock:
            if self._resting_until is None:
                return True
            if self._seconds() < self._resting_until:
                return False
            self._resting_until = self._seconds() + self._rest
            return True

    def fail(self) -> bool:
        """Note a failure; say whether it is the first one since a success."""
        with self._lock:
            first = self._resting_until is None
            self._resting_until = self._seconds() + self._rest
            return first

    def succeed(self) -> bool:
        """Note a success; say whether it is the first one since a failure."""
        with self._lock:
            first = self._resting_until is not None
            self._resting_until = None
            return first
