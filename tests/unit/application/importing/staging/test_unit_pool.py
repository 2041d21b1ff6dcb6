"""Units come back in the order of the plan, whatever the instant at which a worker is done with one."""

from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.memory.work_pool import InlineExecutor
from gexlake.application.importing.staging.jobs import StageJob
from gexlake.application.importing.staging.unit_pool import UnitPool
from gexlake.application.ports.source_reader import ReadOptions
from gexlake.domain.errors import ImportInterrupted, TooLittleLeft
from gexlake.domain.runs import OnConflict
from gexlake.testing import NOON, FakeReader, InlineWorkPool, InMemoryStrikeSink, InMemoryStrikeSource, make_snapshots


class LateFuture(Future[Any]):
    """One that is done just when the first wait for it is over."""

    waited = False

    def result(self, timeout: float | None = None) -> Any:
        if not self.waited:
            self.waited = True
            raise TimeoutError
        return super().result(timeout)


class LatePool(InlineWorkPool):
    """A pool whose jobs are each done an instant late, or fail then."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    def executor(self, workers: int) -> InlineExecutor:
        return _LateExecutor(self._error)


class _LateExecutor(InlineExecutor):
    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self._error = error

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        done, late = super().submit(fn, *args, **kwargs), LateFuture()
        if self._error is not None:
            late.set_exception(self._error)
        else:
            late.set_result(done.result())
        return late


def jobs(sink: InMemoryStrikeSink) -> list[StageJob]:
    """Make two units of one file each."""
    reader = FakeReader({"a.json": make_snapshots(2), "b.json": make_snapshots(3)})
    source, options = InMemoryStrikeSource(sink), ReadOptions(now=NOON)
    return [
        StageJob(f"u-{n}", ((n, file),), reader, sink, source, options, OnConflict.KEEP)
        for n, file in enumerate(reader.discover(Path()))
    ]


def test_a_unit_that_is_done_when_the_wait_for_it_is_over() -> None:
    """Is given back like any other."""
    wanted = jobs(InMemoryStrikeSink())
    pool = UnitPool(LatePool(), wanted[0].sink, 1)
    assert [unit.unit for unit in pool.staged(wanted, lambda: None)] == ["u-0", "u-1"]


def test_a_timeout_of_the_job_itself() -> None:
    """Is no wait: it goes up, and nobody waits for ever."""
    wanted = jobs(InMemoryStrikeSink())
    pool = UnitPool(LatePool(TimeoutError("the disk does not answer")), wanted[0].sink, 1)
    with pytest.raises(TimeoutError, match="does not answer"):
        list(pool.staged(wanted, lambda: None))


class LostPool(InlineWorkPool):
    """A pool whose jobs nobody hands out."""

    def executor(self, workers: int) -> InlineExecutor:
        return _LostExecutor()


class _LostExecutor(InlineExecutor):
    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        return Future()

    def lost(self) -> bool:
        """Whether a job will never be done."""
        return True


def test_a_pool_that_is_lost_is_not_waited_for() -> None:
    """The system has most likely refused it a thread."""
    wanted = jobs(InMemoryStrikeSink())
    pool = UnitPool(LostPool(), wanted[0].sink, 1)
    with pytest.raises(TooLittleLeft, match="free some"):
        list(pool.staged(wanted, lambda: None))


class BreakingPool(LatePool):
    """A pool whose first worker is killed, and whose next one is an instant late with each job."""

    def __init__(self) -> None:
        super().__init__()
        self._broken = False

    def executor(self, workers: int) -> InlineExecutor:
        error = None if self._broken else BrokenProcessPool()
        self._broken = True
        return _LateExecutor(error)


def test_a_unit_that_is_tried_once_more_is_awaited_like_any_other() -> None:
    """The worker that was on it was killed; somebody is told meanwhile how far it is."""
    wanted = jobs(InMemoryStrikeSink())
    ticks: list[int] = []
    pool = UnitPool(BreakingPool(), wanted[0].sink, 1)
    assert [unit.unit for unit in pool.staged(wanted, lambda: ticks.append(1))] == ["u-0", "u-1"]
    assert len(ticks) == 3


def test_a_unit_that_is_tried_once_more_can_be_stopped() -> None:
    """Like any other; what was staged of it, and of those behind it, is thrown away."""
    sink = InMemoryStrikeSink()
    wanted = jobs(sink)
    ticks: list[int] = []

    def stop() -> None:
        ticks.append(1)
        if len(ticks) == 2:
            raise ImportInterrupted

    pool = UnitPool(BreakingPool(), sink, 1)
    with pytest.raises(ImportInterrupted):
        list(pool.staged(wanted, stop))
    pool.stop()
    assert sink.staged_units() == []
