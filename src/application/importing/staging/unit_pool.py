"""Staging ahead: keeps the workers busy and gives the staged units back in the order of the plan."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as NotYet
from concurrent.futures.process import BrokenProcessPool

from ....domain.errors import TooLittleLeft
from ....domain.runs import FileStatus
from ...ports.strike_sink import StrikeSink
from ...ports.work_pool import WorkPool
from .jobs import StagedFile, StagedUnit, StageJob
from .stage_unit import stage_unit

#: How often a waiting import tells of its progress, in seconds.
_TICK = 0.2
#: Units that wait, staged or in work, beyond the workers: enough to keep them busy, little to keep on disk.
_AHEAD = 2


class UnitPool:
    """Stages units in workers. In the order of the plan, so that the same import always gives the same lake."""

    def __init__(self, pool: WorkPool, sink: StrikeSink, workers: int) -> None:
        self._pool, self._sink, self._workers = pool, sink, workers
        self._executor: Executor = pool.executor(workers)
        self._waiting: deque[tuple[StageJob, Future[StagedUnit]]] = deque()

    def staged(self, jobs: Sequence[StageJob], tick: Callable[[], None]) -> Iterator[StagedUnit]:
        """Give the staged unit of each job; ``tick`` is called while the next one is awaited."""
        for job in jobs:
            self._submit(job)
            if len(self._waiting) >= self._workers + _AHEAD:
                yield self._next(tick)
        while self._waiting:
            yield self._next(tick)
        self._executor.shutdown()

    def in_work(self) -> list[str]:
        """Name the units that are staged or in work, the next one to come first."""
        return [job.unit for job, _ in self._waiting]

    def stop(self) -> None:
        """Stop at once, and throw away what was not given back yet."""
        processes = list((getattr(self._executor, "_processes", None) or {}).values())
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(5)
        for unit in self.in_work():
            self._sink.discard(unit)

    def _submit(self, job: StageJob) -> None:
        try:
            future = self._executor.submit(stage_unit, job)
        except BrokenProcessPool as broken:
            # Found out here, but dealt with when the first unit in line is awaited.
            future = Future()
            future.set_exception(broken)
        self._waiting.append((job, future))

    def _next(self, tick: Callable[[], None]) -> StagedUnit:
        job, future = self._waiting[0]
        try:
            staged = self._awaited(future, tick)
        except BrokenProcessPool:
            staged = self._begin_anew(job, tick)
        self._waiting.popleft()
        return staged

    def _awaited(self, future: Future[StagedUnit], tick: Callable[[], None]) -> StagedUnit:
        while True:
            try:
                return future.result(timeout=_TICK)
            except NotYet as error:
                # It may also be done just when the wait for it is over.
                if future.done() and future.exception() is error:
                    raise
                if getattr(self._executor, "lost", bool)() and not future.done():
                    raise TooLittleLeft("the thread that hands out the work has ended") from None
                tick()

    def _begin_anew(self, job: StageJob, tick: Callable[[], None]) -> StagedUnit:
        """Go on with one worker after the system killed one, for memory most likely.

        Which unit it was on cannot be known, so each that was in work is tried once more.
        """
        jobs = [waiting for waiting, _ in self._waiting]
        for waiting in jobs:
            self._sink.discard(waiting.unit)
        self._executor.shutdown(wait=False, cancel_futures=True)
        self._executor = self._pool.executor(1)
        try:
            staged = self._awaited(self._executor.submit(stage_unit, job), tick)
        except BrokenProcessPool:
            self._executor = self._pool.executor(1)
            self._sink.discard(job.unit)
            error = "the system killed the process that read it, twice; free some memory and import it again"
            files = [StagedFile(number, file, FileStatus.FAILED, errors=[error]) for number, file in job.files]
            staged = StagedUnit(job.unit, files, [])
        first = self._waiting[0]
        self._waiting.clear()
        self._waiting.append(first)
        for waiting in jobs[1:]:
            self._submit(waiting)
        return staged
