"""The main use case: import the history that a source holds into a lake."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as NotYet
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import numpy as np

from ..domain.errors import ConflictFound, DiskFull, GexlakeError, ImportInterrupted, LakeDamaged
from ..domain.feed import Feed
from ..domain.runs import (
    Counts,
    DayTotal,
    FileStatus,
    FileTally,
    Fingerprint,
    ImportRun,
    OnConflict,
    RunStatus,
    SourceFileRecord,
)
from .commit_unit import Committed, Incumbent, UnitCommitter, take_out
from .plan import Plan, display, make_plan, selection_of
from .ports.clock import Clock
from .ports.progress import Progress, ProgressListener
from .ports.source_reader import FeedFilter, ReadOptions, SourceFile, SourceReader
from .ports.unit_of_work import Lake
from .ports.work_pool import WorkPool
from .readers import choose_reader
from .rows import row_keys
from .stage_unit import StagedFile, StagedUnit, StageJob, stage_unit

#: How often a listener hears of progress.
_TICK = 0.2
#: Units that wait, staged or in work, beyond the workers: enough to keep them busy, little to keep on disk.
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import and how."""

    source: Path
    reader: str | None = None
    assume_category: str | None = None
    feeds: FeedFilter = field(default_factory=FeedFilter)
    workers: int = 1
    batch_size: int = 300
    resume: bool = True
    force: bool = False
    clear_existing: bool = False
    on_conflict: OnConflict = OnConflict.KEEP
    max_error_rate: float = 0.001
    dry_run: bool = False


class ImportHistory:
    """Imports a source into a lake: plans, has workers stage, commits unit by unit.

    ``base`` is a second lake in which to look for what is stored already; a dry run imports into a scratch lake and
    gives the real one as ``base``.
    """

    def __init__(
        self,
        lake: Lake,
        readers: Mapping[str, Callable[[], SourceReader]],
        pool: WorkPool,
        clock: Clock,
        base: Lake | None = None,
    ) -> None:
        self._lake, self._readers, self._pool, self._clock, self._base = lake, readers, pool, clock, base

    def run(self, request: ImportRequest, listener: ProgressListener) -> ImportRun:
        """Import, and say what came of it; a full disk or a conflict that must not be is a failed run.

        Raises:
            SourceNotFound: there is no such folder or file.
            NoReaderForSource, UnknownAdapter: nobody reads it.
            ImportInterrupted: the user stopped it; what was committed stays.
        """
        reader = choose_reader(self._readers, request.source, request.reader)
        self._lake.settle()
        return _Run(self._lake, self._base, self._pool, self._clock, reader, request, listener).go()


class _Run:
    """One run of the import; holds what it counts."""

    def __init__(
        self,
        lake: Lake,
        base: Lake | None,
        pool: WorkPool,
        clock: Clock,
        reader: SourceReader,
        request: ImportRequest,
        listener: ProgressListener,
    ) -> None:
        self._lake, self._base, self._pool, self._clock = lake, base, pool, clock
        self._reader, self._request, self._listener = reader, request, listener
        self._started, self._began = clock.now(), clock.seconds()
        self._id = f"{self._started:%Y%m%dT%H%M%S}-{uuid4().hex[:6]}"
        self._options = ReadOptions(
            self._started, request.assume_category, request.feeds, request.batch_size
        )
        self._counts, self._bytes = Counts(), 0
        self._statuses: dict[FileStatus, int] = dict.fromkeys(FileStatus, 0)
        self._days: dict[tuple[Feed, object], DayTotal] = {}
        self._errors: list[str] = []
        self._plan = Plan()
        self._file_id = 0
        self._committer = UnitCommitter(
            import_id=self._id,
            reader=reader,
            on_conflict=request.on_conflict,
            selection=selection_of(self._options),
            batch_size=request.batch_size,
            now=clock.now,
            base=Incumbent(base.snapshots, base.ladders) if base else None,
        )

    def go(self) -> ImportRun:
        run = self._save(RunStatus.RUNNING)
        told = False
        try:
            if self._request.clear_existing and not self._request.dry_run:
                self._clear()
            self._make_plan()
            told = True
            self._listener.started(self._progress())
            self._work()
            run = self._save(self._verdict())
        except KeyboardInterrupt:
            self._save(RunStatus.INTERRUPTED)
            raise ImportInterrupted from None
        except (DiskFull, ConflictFound, LakeDamaged) as error:
            self._errors.insert(0, str(error))
            run = self._finished(RunStatus.FAILED)
            self._try_to_save(run)
        finally:
            if told:
                self._listener.finished(self._progress())
        return run

    def _make_plan(self) -> None:
        known = (self._base or self._lake).lineage.latest_files()
        if not self._request.resume:
            lineage = (self._base or self._lake).lineage
            cut = {run.import_id for run in lineage.runs(10_000, RunStatus.INTERRUPTED)}
            known = {path: record for path, record in known.items() if record.import_id not in cut}
        files = self._reader.discover(self._request.source)
        force = self._request.force or (self._request.dry_run and self._request.clear_existing)
        self._plan = make_plan(files, known, self._reader, self._options, force=force)
        self._statuses[FileStatus.UNCHANGED] = len(self._plan.unchanged) + len(self._plan.moved)
        self._statuses[FileStatus.UNSUPPORTED] = len(self._plan.unsupported)
        self._file_id = self._lake.lineage.next_file_id()
        self._remember_moved()

    def _remember_moved(self) -> None:
        """Write files down that are known under another path, so that the next run need not compare them."""
        if not self._plan.moved:
            return
        with self._lake.unit() as work:
            for file, digest in self._plan.moved:
                work.lineage.add_file(self._record_without_reading(file, FileStatus.UNCHANGED, digest=digest))
            work.commit()

    def _work(self) -> None:
        """Have units staged ahead, and commit them in the order of the plan, so that a run is repeatable."""
        units = [
            (f"{self._id}-{number:05d}", [(self._next_file_id(), file) for file in files])
            for number, files in enumerate(self._plan.units)
        ]
        waiting: deque[tuple[StageJob, Future[StagedUnit]]] = deque()
        workers = max(1, min(self._request.workers, len(units)))
        executor = self._pool.executor(workers)
        try:
            for unit, files in units:
                job = self._job(unit, files)
                waiting.append((job, executor.submit(stage_unit, job)))
                if len(waiting) >= workers + _AHEAD:
                    executor = self._commit_next(waiting, executor, workers)
            while waiting:
                executor = self._commit_next(waiting, executor, workers)
        except BaseException:
            _stop(executor)
            for job, _ in waiting:
                self._lake.sink.discard(job.unit)
            raise
        executor.shutdown()

    def _job(self, unit: str, files: list[tuple[int, SourceFile]]) -> StageJob:
        lake = self._lake
        policy = self._request.on_conflict
        return StageJob(unit, tuple(files), self._reader, lake.sink, lake.ladders, self._options, policy)

    def _commit_next(
        self, waiting: deque[tuple[StageJob, Future[StagedUnit]]], executor: Executor, workers: int
    ) -> Executor:
        job, future = waiting[0]
        try:
            staged = self._await(waiting, future)
        except BrokenProcessPool:
            # The kernel killed a worker, for memory most likely. Which unit it was on cannot be known: each that
            # was in work is tried once more, alone.
            executor = self._pool.executor(1)
            staged = self._once_more(job, executor)
            for n in range(1, len(waiting)):
                self._lake.sink.discard(waiting[n][0].unit)
                waiting[n] = (waiting[n][0], executor.submit(stage_unit, waiting[n][0]))
        committed = self._committer.commit(self._lake.unit(), staged)
        self._lake.sink.discard(job.unit)
        self._lake.sink.discard(self._id)
        waiting.popleft()
        self._add(committed)
        self._listener.advanced(self._progress(waiting))
        return executor

    def _await(
        self, waiting: deque[tuple[StageJob, Future[StagedUnit]]], future: Future[StagedUnit]
    ) -> StagedUnit:
        while True:
            try:
                return future.result(timeout=_TICK)
            except NotYet:
                if future.done():
                    raise
                self._listener.advanced(self._progress(waiting))

    def _once_more(self, job: StageJob, executor: Executor) -> StagedUnit:
        self._lake.sink.discard(job.unit)
        try:
            return executor.submit(stage_unit, job).result()
        except BrokenProcessPool:
            self._lake.sink.discard(job.unit)
            error = "the system killed the process that read it, twice; free some memory and import it again"
            files = [StagedFile(number, file, FileStatus.FAILED, errors=[error]) for number, file in job.files]
            return StagedUnit(job.unit, files, [])

    def _add(self, committed: Committed) -> None:
        for record in committed.files:
            self._counts += record.counts
            self._bytes += record.bytes_read
            self._statuses[record.status] += 1
            for error in record.errors:
                self._errors.append(f"{record.source_file}: {error}")
                self._listener.warned(self._errors[-1])
        for day in committed.days:
            before = self._days.get((day.feed, day.date))
            self._days[day.feed, day.date] = _sum(before, day) if before else day

    def _progress(self, waiting: deque[tuple[StageJob, Future[StagedUnit]]] | None = None) -> Progress:
        in_work = [self._lake.sink.progress_of(job.unit) for job, _ in waiting or ()]
        return Progress(
            files_done=sum(self._statuses.values()),
            files_total=self._plan.found,
            snapshots=self._counts.read + sum(snapshots for _, snapshots in in_work),
            bytes_done=self._bytes + sum(bytes_done for bytes_done, _ in in_work),
            bytes_total=self._plan.size,
            doing=str(waiting[0][0].files[0][1].path.name) if waiting else "",
        )

    def _clear(self) -> None:
        """Take out what the source gave before, in one commit."""
        root = str(self._request.source)
        lineage = self._lake.lineage
        ids = {
            record.file_id
            for record in lineage.files(limit=2**31)
            if record.source_file == root or record.source_file.startswith(root.rstrip("/") + "/")
        }
        with self._lake.unit() as work:
            for part in work.snapshots.parts_of_files(ids):
                snapshots = work.ladders.snapshots(part)
                out = np.isin(row_keys(snapshots) >> 32, np.array(sorted(ids)))
                take_out(work, part, snapshots, out, self._id, self._request.batch_size)
            work.lineage.forget_files(ids)
            work.commit()
        self._lake.sink.discard(self._id)

    def _verdict(self) -> RunStatus:
        tally = self._statuses
        if not self._plan.found:
            self._errors.append(self._nothing_found())
            return RunStatus.FAILED
        if tally[FileStatus.FAILED] == self._plan.found:
            return RunStatus.FAILED
        rate = self._counts.error_rate
        if rate > self._request.max_error_rate:
            wrong = self._counts.rejected + self._counts.conflicts
            self._errors.append(
                f"{wrong:,} of {self._counts.read:,} records ({rate:.2%}) were rejected or in conflict; "
                f"the limit is {self._request.max_error_rate:.2%}"
            )
        troubled = tally[FileStatus.PARTIAL] or tally[FileStatus.FAILED] or rate > self._request.max_error_rate
        return RunStatus.PARTIAL if troubled else RunStatus.SUCCESS

    def _nothing_found(self) -> str:
        if self._plan.filtered:
            return f"none of the {self._plan.filtered} files in {self._request.source} passes the filters"
        return f"{self._request.source} holds no file of history; name the folder that the recorders write to"

    def _finished(self, status: RunStatus) -> ImportRun:
        tally = {status.value: number for status, number in self._statuses.items()}
        return ImportRun(
            import_id=self._id,
            source=str(self._request.source),
            status=status,
            started_at=self._started,
            finished_at=None if status is RunStatus.RUNNING else self._clock.now(),
            dry_run=self._request.dry_run,
            options=self._words(),
            files=FileTally(found=self._plan.found, **tally),
            counts=self._counts,
            bytes_read=self._bytes,
            duration_seconds=round(self._clock.seconds() - self._began, 3),
            days=tuple(sorted(self._days.values(), key=lambda day: (day.feed, day.date))),
            errors=tuple(self._errors),
        )

    def _save(self, status: RunStatus) -> ImportRun:
        run = self._finished(status)
        with self._lake.unit() as work:
            work.lineage.save_run(run)
            work.commit()
        return run

    def _try_to_save(self, run: ImportRun) -> None:
        try:
            with self._lake.unit() as work:
                work.lineage.save_run(run)
                work.commit()
        except GexlakeError:
            pass  # the disk is full; the next run finds this one unfinished and ends it

    def _words(self) -> dict[str, object]:
        request = self._request
        words: dict[str, object] = {"reader": self._reader.name, "on_conflict": request.on_conflict.value}
        for name in ("assume_category", "force", "clear_existing", "resume", "batch_size", "max_error_rate"):
            words[name] = getattr(request, name)
        if request.feeds:
            words["feeds"] = str(request.feeds)
        return words

    def _next_file_id(self) -> int:
        self._file_id += 1
        return self._file_id - 1

    def _record_without_reading(
        self, file: SourceFile, status: FileStatus, *, digest: str
    ) -> SourceFileRecord:
        now: datetime = self._clock.now()
        return SourceFileRecord(
            file_id=self._next_file_id(),
            import_id=self._id,
            source_file=display(file),
            fingerprint=Fingerprint(size=file.size, mtime_ns=file.mtime_ns, digest=digest),
            status=status,
            import_timestamp=now,
        )


def _sum(first: DayTotal, second: DayTotal) -> DayTotal:
    added = {name: getattr(first, name) + getattr(second, name) for name in ("snapshots", "strikes", "flagged")}
    return first.model_copy(update=added)


def _stop(executor: Executor) -> None:
    """Stop at once: what workers do now is thrown away anyway."""
    processes = list((getattr(executor, "_processes", None) or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(5)
