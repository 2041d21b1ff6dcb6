"""The clock of the machine."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from ..application.ports.clock import Clock


class SystemClock(Clock):
    """Tells the machine's time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def seconds(self) -> float:
        return time.perf_counter()
