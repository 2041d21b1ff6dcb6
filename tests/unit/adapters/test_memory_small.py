"""The small in-memory adapters: clock, listeners, inline work."""

from concurrent.futures import wait
from datetime import UTC, datetime, timedelta

import pytest

from gexlake.adapters.memory import FixedClock, InlineWorkPool, RecordingProgress, SilentProgress
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.ports.progress import Progress


def test_a_fixed_clock_stands_still_until_it_is_advanced() -> None:
    """Both of its readings move together."""
    moment = datetime(2025, 10, 6, tzinfo=UTC)
    clock = FixedClock(moment)
    assert (clock.now(), clock.seconds()) == (moment, clock.seconds())
    before = clock.seconds()
    clock.advance(1.5)
    assert (clock.now(), clock.seconds() - before) == (moment + timedelta(seconds=1.5), 1.5)


def test_the_system_clock_tells_utc() -> None:
    """And never goes back."""
    clock = SystemClock()
    assert clock.now().utcoffset() == timedelta(0)
    assert clock.seconds() <= clock.seconds()


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


def test_inline_work_is_done_when_it_is_submitted() -> None:
    """Results and errors are in the futures."""
    with InlineWorkPool().executor(4) as executor:
        good, bad = executor.submit(divmod, 7, 2), executor.submit(divmod, 7, 0)
        assert wait([good, bad], timeout=0).not_done == set()
        assert good.result() == (3, 1)
        assert isinstance(bad.exception(), ZeroDivisionError)
        assert list(executor.map(str, [1, 2])) == ["1", "2"]
    with pytest.raises(RuntimeError):
        executor.submit(divmod, 7, 2)


def test_an_interrupt_of_inline_work_goes_straight_up() -> None:
    """The user's Ctrl-C must not end as a failed job."""

    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        InlineWorkPool().executor(1).submit(interrupted)
