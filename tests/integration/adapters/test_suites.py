"""What stands behind the smaller ports keeps their promises: processes, the exchange's calendar, the command line."""

import pytest

from gexlake.adapters.nyse_calendar import NyseCalendar
from gexlake.adapters.processes.process_pool import ProcessWorkPool
from gexlake.application.ports.progress import ProgressListener
from gexlake.entrypoints.cli.terminal.progress import listener
from gexlake.testing import ProgressListenerSuite, TradingCalendarSuite, WorkPoolSuite


class TestProcessWorkPool(WorkPoolSuite):
    """The pool of processes."""

    @pytest.fixture
    def pool(self) -> ProcessWorkPool:
        """Give the pool."""
        return ProcessWorkPool(preload=["gexlake.domain.errors"])


class TestNyseCalendar(TradingCalendarSuite):
    """The calendar of the New York exchange."""

    @pytest.fixture
    def calendar(self) -> NyseCalendar:
        """Give the calendar."""
        return NyseCalendar()


class TestListenersOfTheCommandLine(ProgressListenerSuite):
    """Every kind of ``--progress``, on a stream that is no terminal."""

    @pytest.fixture(params=["bar", "plain", "none", "auto"])
    def listener(self, request: pytest.FixtureRequest) -> ProgressListener:
        """Give the listener."""
        return listener(request.param)


class TestBarOnATerminal(ProgressListenerSuite):
    """The bar, drawn."""

    @pytest.fixture
    def listener(self, monkeypatch: pytest.MonkeyPatch) -> ProgressListener:
        """Give the listener on what calls itself a terminal."""
        monkeypatch.setenv("TTY_COMPATIBLE", "1")
        return listener("bar")
