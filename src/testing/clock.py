"""The behaviour of every clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ..application.ports.clock import Clock


class ClockSuite:
    """Give it a fixture ``clock``."""

    @pytest.fixture
    def clock(self) -> Clock:
        """Give the clock."""
        raise NotImplementedError

    def test_it_tells_utc(self, clock: Clock) -> None:
        """Aware, or a comparison with a snapshot's timestamp would fail."""
        assert clock.now().utcoffset() == timedelta(0)

    def test_its_seconds_never_go_back(self, clock: Clock) -> None:
        """A duration is never negative."""
        readings = [clock.seconds() for _ in range(100)]
        assert readings == sorted(readings)
