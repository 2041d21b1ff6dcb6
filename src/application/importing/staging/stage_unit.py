"""Staging: the half of an import that runs in a worker, from source files to parts that wait for the commit."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import nullcontext, suppress
from datetime import date

import numpy as np
import pyarrow as pa

from ....domain.errors import ANY_FAILURE, CategoryUnknown, GexlakeError, SourceUnreadable, UnsupportedFeed
from ....domain.feed import Feed
from ....domain.parts import Part, PartKey
from ....domain.runs import Counts, FileStatus
from ....domain.sentences import in_a_line
from ...columns.arrays import Ints
from ...columns.batch import SnapshotBatch
from ...columns.by_day import by_day
from ...columns.rejects import reject_rows
from ...ports.source_reader import Gathered, SourceFile
from ...ports.strike_sink import RejectWriter
from ..stored.repeats import Loser
from ..stored.snapshot_loader import Place
from ..stored.words import conflict_rejects
from .checked_batch import checked
from .jobs import StagedFile, StagedUnit, StageJob
from .part_builder import PartBuilder
from .small_files import Numbered, gathered
from .writing_ahead import thread_ahead

#: How many snapshots may wait in all the parts of a unit together, in row groups.
_BUFFERED_GROUPS = 6
#: How many parts may be open at once: each holds two files, and some systems allow a process no more than 256.
_OPEN_PARTS = 100
_PROGRESS_SECONDS = 0.1
_ONE = Counts(read=1, accepted=1)


def stage_unit(job: StageJob) -> StagedUnit:
    """Read the files of a unit and stage their parts and rejects.

    Raises:
        DiskFull: there is no room; whatever the unit staged is thrown away.
    """
    with thread_ahead() if job.spare_core else nullcontext() as ahead:
        stage = _Stage(job, ahead)
        try:
            stage.read_all()
            return stage.finish()
        except BaseException:
            stage.abort()
            raise


class _Stage:
    def __init__(self, job: StageJob, ahead: Executor | None) -> None:
        self._job, self._ahead = job, ahead
        self._parts: dict[tuple[Feed, date], PartBuilder] = {}
        self._closed: list[Part] = []
        self._lost: dict[str, list[Place]] = {}
        self._begun = 0
        self._files: dict[int, StagedFile] = {}
        self._sources = {file_id: file.display for file_id, file in job.files}
        self._rejects: RejectWriter = job.sink.stage_rejects(job.unit)
        self._bytes_before = 0
        self._snapshots = 0
        self._told = 0.0

    def read_all(self) -> None:
        """Read the files, small ones together where that can be."""
        started = time.perf_counter()
        for lot, found in gathered(self._job.reader, self._job.files, self._job.options):
            if found is None:
                for file_id, file in lot:
                    self._read(StagedFile(file_id, file))
            else:
                self._take_together(lot, found, (time.perf_counter() - started) / len(lot))
            started = time.perf_counter()

    def _take_together(self, lot: Sequence[Numbered], found: Gathered, seconds: float) -> None:
        """Take files of one snapshot each; ``seconds`` is what reading one of them took."""
        for (file_id, file), digest in zip(lot, found.digests, strict=True):
            self._files[file_id] = StagedFile(
                file_id, file, form=found.batch.form, counts=_ONE, bytes_read=file.size, digest=digest, seconds=seconds
            )
            self._bytes_before += file.size
        self._place(found.batch, np.array([file_id for file_id, _ in lot], np.int64))
        self._tell(0, force=False)

    def _read(self, staged: StagedFile) -> None:
        """Read one file; its own troubles are its status, not an error."""
        self._files[staged.file_id] = staged
        started = time.perf_counter()
        # Only the reading may fail as the file's own trouble: an error of the sink is the unit's.
        for batch in self._batches(staged):
            self._take(staged, batch)
        staged.seconds = time.perf_counter() - started
        self._bytes_before += staged.file.size
        self._tell(0, force=False)

    def finish(self) -> StagedUnit:
        """Close the parts and settle what repeats within the unit."""
        for key in list(self._parts):
            self._close(key)
        self._rejects.close()
        self._tell(0, force=True)
        return StagedUnit(self._job.unit, list(self._files.values()), self._closed, self._lost)

    def abort(self) -> None:
        """Throw everything away."""
        for builder in self._parts.values():
            builder.abort()
        self._job.sink.discard(self._job.unit)

    def _batches(self, staged: StagedFile) -> Iterator[SnapshotBatch]:
        """Read a file; what its reader raises becomes the file's status."""
        batches = self._from_reader(staged)
        while True:
            try:
                batch = next(batches, None)
            except ANY_FAILURE as error:
                self._note_trouble(staged, error)
                return
            if batch is None:
                return
            yield batch

    def _from_reader(self, staged: StagedFile) -> Iterator[SnapshotBatch]:
        reader, file = self._job.reader, staged.file
        try:
            for batch in reader.read(file, self._job.options):
                yield checked(batch)
        except GexlakeError:
            # A verdict that stands until the file changes, unlike what a system or a stranger's reader failed at.
            staged.digest = self._fingerprint(file)
            raise
        staged.digest = staged.digest or self._fingerprint(file)

    def _fingerprint(self, file: SourceFile) -> str:
        """Ask for the fingerprint of what was read; nothing if that may have been changed since it was found."""
        digest: object = self._job.reader.fingerprint(file)
        if not isinstance(digest, str):
            raise TypeError(f"its fingerprint is {digest!r:.40}, no text")
        try:
            facts = file.path.stat()
        except OSError:
            return digest  # no file, but whatever else its reader knows
        return digest if (facts.st_size, facts.st_mtime_ns) == (file.size, file.mtime_ns) else ""

    def _note_trouble(self, staged: StagedFile, error: BaseException) -> None:
        if isinstance(error, UnsupportedFeed):
            staged.status = FileStatus.UNSUPPORTED
            staged.errors.append(str(error))
        elif isinstance(error, CategoryUnknown | SourceUnreadable):
            staged.status = FileStatus.PARTIAL if staged.counts.accepted else FileStatus.FAILED
            staged.errors.append(str(error))
        else:
            # What was read before stays, and the file is read again whether it changes or not.
            staged.status = FileStatus.PARTIAL if staged.counts.read else FileStatus.FAILED
            staged.cut_short = True
            staged.errors.append(self._words(error))

    def _words(self, error: BaseException) -> str:
        if isinstance(error, OSError):
            return f"cannot be read: {error.strerror or error}; mend that and import it again"
        if isinstance(error, MemoryError):
            return "there was too little memory to read it; free some, or import it again with fewer --workers"
        return (
            f"the reader {self._job.reader.name} failed: {in_a_line(error)}; what it gave before is in. Report this "
            "to its author, and import the file again once that is mended"
        )

    def _close(self, key: tuple[Feed, date]) -> None:
        """Finish a part; more of its feed and day makes another one, which the commit compares with it."""
        builder = self._parts[key]  # until it is closed: whatever fails, all that are open are aborted
        part, changes = builder.close(self._job.on_conflict)
        del self._parts[key]
        for file_id, change in changes.items():
            self._files[file_id].counts += change
        self._keep_losers(builder.losers)
        if builder.losers:
            self._lost[part.key.name] = [loser.place for loser in builder.losers]
        self._closed.append(part)

    def _take(self, staged: StagedFile, batch: SnapshotBatch) -> None:
        number = len(batch.snapshots)
        if number:
            self._place(batch, np.full(number, staged.file_id, np.int64))
        if batch.rejects:
            self._rejects.write(reject_rows((staged.file_id, reject) for reject in batch.rejects))
        rejected = len(batch.rejects)
        staged.counts += Counts(read=number + rejected, accepted=number, rejected=rejected, skipped=batch.skipped)
        staged.form, staged.digest = batch.form or staged.form, batch.digest or staged.digest
        staged.bytes_read = max(staged.bytes_read, batch.bytes_done)
        staged.errors += batch.warnings
        if batch.torn:
            staged.status = FileStatus.PARTIAL
            staged.errors.append(f"{batch.torn}; its complete records are in, it is read again when it changes")
        self._tell(batch.bytes_done, force=False)

    def _place(self, batch: SnapshotBatch, file_ids: Ints) -> None:
        """Add snapshots to the parts that they belong to; ``file_ids`` names the file of each."""
        snapshots = pa.Table.from_batches([batch.snapshots]).append_column("file_id", pa.array(file_ids))
        ladders = pa.Table.from_batches([batch.ladders])
        for feed, day, (some, levels) in by_day(snapshots, ladders):
            builder = self._builder(feed, day)
            for file_id in some.column("file_id").unique().to_pylist():
                self._files[file_id].feeds.add(feed)
            builder.add(some, levels)
        if sum(b.waiting for b in self._parts.values()) > _BUFFERED_GROUPS * self._job.options.batch_size:
            for builder in self._parts.values():
                builder.flush()
        self._snapshots += len(file_ids)

    def _builder(self, feed: Feed, day: date) -> PartBuilder:
        key = (feed, day)
        if key in self._parts:
            self._parts[key] = self._parts.pop(key)  # the one used last stands last
        else:
            if len(self._parts) >= _OPEN_PARTS:
                self._close(next(iter(self._parts)))
            self._begun += 1
            unit = self._job.unit
            self._parts[key] = PartBuilder(
                PartKey(name=f"{unit}-{self._begun:03d}", unit=unit, feed=feed, date=day),
                self._job.sink,
                self._job.ladders,
                self._job.options.batch_size,
                self._sources,
                self._ahead,
            )
        return self._parts[key]

    def _keep_losers(self, losers: list[Loser]) -> None:
        files = {file_id: staged.file for file_id, staged in self._files.items()}
        for rejects in conflict_rejects(losers, self._job.reader, files):
            self._rejects.write(rejects)

    def _tell(self, bytes_done: int, *, force: bool) -> None:
        now = time.monotonic()
        if force or now - self._told > _PROGRESS_SECONDS:
            self._told = now
            # Progress is a courtesy; a full disk will be met where it matters.
            with suppress(OSError, GexlakeError):
                self._job.sink.note_progress(self._job.unit, self._bytes_before + bytes_done, self._snapshots)
