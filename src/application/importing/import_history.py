"""The main use case: import the history that a source holds into a lake."""

from __future__ import annotations

from contextlib import suppress
from itertools import takewhile

from ...domain.errors import GexlakeError, ImportInterrupted
from ...domain.escapes import escaped
from ...domain.runs import FileStatus, Fingerprint, ImportRun, RunStatus, SourceFileRecord
from ...domain.sentences import in_a_line
from ..ports.clock import Clock
from ..ports.limits import ALL
from ..ports.progress import Progress, ProgressListener
from ..ports.source_reader import ReadOptions, SourceFile, SourceReader
from ..ports.unit_of_work import Lake
from ..ports.work_pool import WorkPool
from .clearing.clear_existing import Clearing, SourcesNotRead, find_clearing
from .clearing.settling import settled_after_failure
from .committing.commit_unit import UnitCommitter
from .committing.incumbents import Incumbent
from .committing.settle_rejects import files_with_rejects
from .import_request import ImportRequest, words_of
from .planning.not_there import names_not_there, tell_not_there
from .planning.plan import Plan, make_plan
from .planning.readers import Readers, also_known, choose_reader, files_of
from .run_ledger import RunLedger, new_import_id
from .staging.jobs import StageJob
from .staging.unit_pool import UnitPool


class ImportHistory:
    """Imports a source into a lake: plans, has workers stage, commits unit by unit.

    ``base`` is a second lake in which to look for what is stored already; a dry run imports into a scratch lake and
    gives the real one as ``base``.
    """

    def __init__(
        self,
        lake: Lake,
        readers: Readers,
        pool: WorkPool,
        clock: Clock,
        base: Lake | None = None,
    ) -> None:
        self._lake, self._readers, self._pool, self._clock, self._base = lake, readers, pool, clock, base

    def run(self, request: ImportRequest, listener: ProgressListener) -> ImportRun:
        """Import, and say what came of it; a full disk or a conflict that must not be is a failed run.

        Raises:
            SourceNotFound: there is no such folder or file.
            NoReaderForSource, UnknownAdapter, ReaderFailed: nobody reads it.
            ImportInterrupted: the user, or the listener, stopped it; what was committed stays.
        """
        reader = choose_reader(self._readers, request.source, request.reader)
        left_out = [
            f"the reader {reader.name} reads {escaped(request.source)}; {other} knows files there, too: "
            f"import it again with --reader {other} to have those"
            for other in (also_known(self._readers, request.source, reader) if request.reader is None else ())
        ]
        for told in left_out:
            listener.warned(told)
        self._lake.settle()
        return _Run(self._lake, self._base, self._pool, self._clock, reader, request, listener).go(left_out)


class _Run:
    """One run of the import."""

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
        started, self._began = clock.now(), clock.seconds()
        self._id = request.import_id or new_import_id(started)
        self._options = ReadOptions(started, request.assume_category, request.feeds, request.batch_size)
        first = ImportRun(
            import_id=self._id,
            source=escaped(request.source),
            status=RunStatus.RUNNING,
            started_at=started,
            dry_run=request.dry_run,
            options=words_of(request, reader.name),
        )
        self._ledger = RunLedger(first, request.max_error_rate)
        self._files: list[SourceFile] = []
        self._plan = Plan()
        self._clearing: Clearing | None = None
        self._bytes_done = 0
        self._doing = ""

    def go(self, left_out: list[str]) -> ImportRun:
        """Do it all; ``left_out`` says what no file of this run holds, and is among its errors."""
        self._save(self._ledger.run(RunStatus.RUNNING))
        told = False
        try:
            self._plan = self._make_plan()
            self._ledger.take(self._plan)
            if self._clearing is not None:
                self._clear(self._clearing)
            told = True
            self._listener.started(self._progress())
            with settled_after_failure(self._lake):
                self._work()
            self._tell_not_there()
            status = self._ledger.verdict()
            # The first error of a failed run says why it failed.
            place = len(self._ledger.errors) if status is RunStatus.FAILED else 0
            self._ledger.errors[place:place] = left_out
            run = self._ended(status)
            self._save(run)
        except (KeyboardInterrupt, ImportInterrupted):
            self._save(self._ended(RunStatus.INTERRUPTED))
            raise ImportInterrupted(dry_run=self._request.dry_run) from None
        except (GexlakeError, OSError) as error:
            self._ledger.errors.insert(0, str(error) or in_a_line(error))
            run = self._ended(RunStatus.FAILED)
            # With a full disk even this may fail; the next run finds this one unfinished and ends it.
            with suppress(GexlakeError):
                self._save(run)
        finally:
            if told:
                self._listener.finished(self._progress())
        return run

    def _make_plan(self) -> Plan:
        lake, request = self._base or self._lake, self._request
        known = lake.lineage.last_readings()
        if not request.resume:
            cut = {run.import_id for run in lake.lineage.runs(ALL, RunStatus.INTERRUPTED)}
            known = {
                path: list(takewhile(lambda reading: reading.import_id not in cut, readings))
                for path, readings in known.items()
            }
        self._files = list(files_of(self._reader, request.source))
        admitted = [file for file in self._files if request.feeds.may_admit(file.hint)]
        # Where there is nothing to import, as on a mount that did not come up, nothing is taken out.
        if request.clear_existing and admitted:
            self._clearing = clearing = find_clearing(lake, request.source, request.feeds)
            if not request.without_sources:
                clearing.check_categories(admitted, self._options)
                if unread := clearing.unread(lake, admitted, self._reader, self._options):
                    raise SourcesNotRead(unread)
            known = clearing.known_after(known)
        return make_plan(self._files, known, self._reader, self._options, force=request.force)

    def _work(self) -> None:
        file_id = self._remember_moved(self._lake.lineage.next_file_id())
        jobs = []
        little = self._plan.is_little(self._pool.little_work)
        spare = not little and len(self._plan.units) < self._request.workers
        for number, files in enumerate(self._plan.units):
            numbered = tuple(enumerate(files, file_id))
            file_id += len(files)
            jobs.append(self._job(f"{self._id}-{number:05d}", numbered, spare_core=spare))
        if not jobs:
            return
        workers = 0 if little else max(1, min(self._request.workers, len(jobs)))
        pool = UnitPool(self._pool, self._lake.sink, workers)
        committer = self._committer()
        sources = {job.unit: [file for _, file in job.files] for job in jobs}
        try:
            for staged in pool.staged(jobs, lambda: self._tell(pool)):
                committed = committer.commit(self._lake.unit(), staged)
                self._lake.sink.discard(staged.unit)
                self._lake.sink.discard(self._id)
                for error in self._ledger.add(committed):
                    self._listener.warned(error)
                self._bytes_done += sum(file.size for file in sources[staged.unit])
                self._doing = sources[staged.unit][-1].path.name
                self._tell(pool)
        except BaseException:
            pool.stop()
            raise

    def _job(self, unit: str, files: tuple[tuple[int, SourceFile], ...], *, spare_core: bool) -> StageJob:
        lake, policy = self._lake, self._request.on_conflict
        return StageJob(unit, files, self._reader, lake.sink, lake.ladders, self._options, policy, spare_core)

    def _committer(self) -> UnitCommitter:
        rejected, lost = files_with_rejects(self._lake.lineage)
        return UnitCommitter(
            import_id=self._id,
            reader=self._reader,
            on_conflict=self._request.on_conflict,
            options=self._options,
            now=self._clock.now,
            base=self._incumbent(),
            rejected_before=rejected,
            lost_before=lost,
        )

    def _incumbent(self) -> Incumbent | None:
        if self._base is None:
            return None
        cleared = self._clearing.file_ids if self._clearing else frozenset()
        return Incumbent(self._base.snapshots, self._base.ladders, cleared)

    def _remember_moved(self, file_id: int) -> int:
        """Write files down that are known under another path, so that the next run need not compare them."""
        if self._plan.moved:
            with self._lake.unit() as work:
                for number, (file, earlier) in enumerate(self._plan.moved, file_id):
                    work.lineage.add_file(self._moved(number, file, earlier))
                work.commit()
        return file_id + len(self._plan.moved)

    def _moved(self, file_id: int, file: SourceFile, earlier: SourceFileRecord) -> SourceFileRecord:
        return SourceFileRecord(
            file_id=file_id,
            import_id=self._id,
            source_file=file.display,
            fingerprint=Fingerprint(size=file.size, mtime_ns=file.mtime_ns, digest=earlier.fingerprint.digest),
            form=earlier.form,
            feeds=earlier.feeds,
            selection=earlier.selection,
            status=FileStatus.UNCHANGED,
            import_timestamp=self._clock.now(),
        )

    def _clear(self, clearing: Clearing) -> None:
        """Take out what the source gave before, in one commit; a dry run only says what that would be.

        Other files that repeat some of it were counted as such and left out: they are read again at their next import.
        Once this is committed its files are not known any more: any import of them brings back what a kill left out.
        """
        if not self._request.dry_run and (waiting := clearing.commit(self._lake, self._id, self._request.batch_size)):
            self._listener.warned(
                f"{waiting:,} rejects that had been taken in wait again; replay those that no import takes in"
            )
        self._ledger.note("taken_out", clearing.taken_out)
        if not clearing.readings:
            root = escaped(self._request.source)
            self._listener.warned(f"nothing in the lake came from {root}, so nothing was taken out")
        if clearing.repeating:
            self._listener.warned(
                f"{len(clearing.repeating):,} other files repeat some of what was taken out; import them again, too"
            )

    def _tell_not_there(self) -> None:
        """Warn of what was asked for if nothing is of it; not where a file that cannot be read may be."""
        names = names_not_there(self._request.feeds, self._ledger.feeds)
        if names and self._files and not self._ledger.failed:
            options = ReadOptions(self._options.now, self._request.assume_category)
            told = tell_not_there(names, escaped(self._request.source), self._reader, self._files, options)
            self._ledger.errors.insert(0, told)
            self._listener.warned(told)

    def _tell(self, pool: UnitPool) -> None:
        self._listener.advanced(self._progress(pool))

    def _progress(self, pool: UnitPool | None = None) -> Progress:
        in_work = [self._lake.sink.progress_of(unit) for unit in (pool.in_work() if pool else ())]
        return Progress(
            files_done=self._ledger.files_done,
            files_total=self._plan.found,
            snapshots=self._ledger.counts.read + sum(snapshots for _, snapshots in in_work),
            bytes_done=self._bytes_done + sum(bytes_done for bytes_done, _ in in_work),
            bytes_total=self._plan.size,
            doing=self._doing,
        )

    def _ended(self, status: RunStatus) -> ImportRun:
        return self._ledger.run(status, self._clock.now(), self._clock.seconds() - self._began)

    def _save(self, run: ImportRun) -> None:
        with self._lake.unit() as work:
            work.lineage.save_run(run)
            work.commit()
