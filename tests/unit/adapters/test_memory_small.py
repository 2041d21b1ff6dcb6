"""The small in-memory adapters: clock, listeners, journal, inline work."""

from datetime import UTC, datetime, timedelta

import pytest

from gexlake.adapters.system_clock import SystemClock
from gexlake.application.ports.clock import Clock
from gexlake.application.ports.progress import Progress, ProgressListener
from gexlake.testing import (
    ClockSuite,
    FixedClock,
    InlineWorkPool,
    InMemoryJournal,
    JournalSuite,
    ProgressListenerSuite,
    RecordingProgress,
    SilentProgress,
    WorkPoolSuite,
)


class TestClocks(ClockSuite):
    """The one that stands still, and the machine's."""

    @pytest.fixture(
        params=[lambda: FixedClock(datetime(2025, 10, 6, tzinfo=UTC)), SystemClock], ids=["fixed", "system"]
    )
    def clock(self, request: pytest.FixtureRequest) -> Clock:
        """Give the clock."""
        return request.param()


class TestListeners(ProgressListenerSuite):
    """The one that remembers, and the one that forgets."""

    @pytest.fixture(params=[RecordingProgress, SilentProgress])
    def listener(self, request: pytest.FixtureRequest) -> ProgressListener:
        """Give the listener."""
        return request.param()


class TestInlineWorkPool(WorkPoolSuite):
    """The pool without processes."""

    @pytest.fixture
    def pool(self) -> InlineWorkPool:
        """Give the pool."""
        return InlineWorkPool()


class TestInMemoryJournal(JournalSuite):
    """The journal that is gone with the process."""

    @pytest.fixture
    def journal(self) -> InMemoryJournal:
        """Give an empty one."""
        return InMemoryJournal()


def test_a_fixed_clock_stands_still_until_it_is_advanced() -> None:
    """Both of its readings move together."""
    moment = datetime(2025, 10, 6, tzinfo=UTC)
    clock = FixedClock(moment)
    assert (clock.now(), clock.seconds()) == (moment, clock.seconds())
    before = clock.seconds()
    clock.advance(1.5)
    assert (clock.now(), clock.seconds() - before) == (moment + timedelta(seconds=1.5), 1.5)


def test_recording_progress_remembers_what_it_hears() -> None:
    """In order; the silent one does not mind."""
    recording = RecordingProgress()
    for listener in (recording, SilentProgress()):
        listener.started(Progress())
        listener.advanced(Progress(files_done=1))
        listener.warned("careful")
        listener.finished(Progress(files_done=2))
    assert [(kind, progress.files_done) for kind, progress in recording.events] == [
        ("started", 0),
        ("advanced", 1),
        ("finished", 2),
    ]
    assert recording.warnings == ["careful"]


def test_an_interrupt_of_inline_work_goes_straight_up() -> None:
    """The user's Ctrl-C must not end as a failed job."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        InlineWorkPool().executor(1).submit(interrupted)
