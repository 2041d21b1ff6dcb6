"""Replaying rejects: judging their words again, mended or under newer rules, and importing what is good."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePath

from ..domain.envelope import unwrap
from ..domain.errors import GexlakeError
from ..domain.feed import FeedName, parse_feed_name
from ..domain.judge import judge, parse_json
from ..domain.rejects import Reject, RejectReason, RuleBroken
from ..domain.runs import Counts, FileTally, ImportRun, OnConflict, RunStatus
from ..domain.snapshot import GexSnapshot
from .batch import SnapshotBatch
from .commit_unit import Committed, UnitCommitter
from .ports.clock import Clock
from .ports.lineage_store import StoredReject
from .ports.source_reader import ReadOptions, SourceFile, escaped
from .ports.unit_of_work import ImportUnitOfWork, Lake
from .run_ledger import new_import_id
from .stage_unit import stage_unit
from .staging import StageJob


class MendedUnusable(GexlakeError):
    """The file with mended records does not fit the rejects that are replayed."""


class ReplayRejects:
    """Takes rejects in that are good on a second look."""

    def __init__(self, lake: Lake, clock: Clock) -> None:
        self._lake, self._clock = lake, clock

    def run(
        self,
        reject_ids: set[int] | None,
        *,
        mended: Path | None = None,
        on_conflict: OnConflict = OnConflict.KEEP,
    ) -> ImportRun:
        """Replay some rejects, or all that are pending.

        ``mended`` is a file of lines, one record each, in the order of the replayed rejects' numbers.

        Raises:
            MendedUnusable: it has another number of records than there are rejects.
            OSError: it cannot be read.
        """
        self._lake.settle()
        started, began = self._clock.now(), self._clock.seconds()
        import_id = new_import_id(started)
        rejects = [r for r in self._lake.lineage.rejects(pending=True) if not reject_ids or r.reject_id in reject_ids]
        words = self._words(rejects, mended)
        reader = _RejectReader(rejects, words, self._feeds(rejects))
        path = escaped(mended) if mended else "rejects"
        file = SourceFile(Path(f"replay:{import_id}/{path}"), sum(len(raw) for raw in words), 0)
        file_id = self._lake.lineage.next_file_id()
        options = ReadOptions(started)
        lake = self._lake
        job = StageJob(f"{import_id}-00000", ((file_id, file),), reader, lake.sink, lake.ladders, options, on_conflict)
        committer = UnitCommitter(
            import_id=import_id,
            reader=reader,
            on_conflict=on_conflict,
            options=options,
            now=self._clock.now,
        )
        made: list[ImportRun] = []

        def finish(work: ImportUnitOfWork, committed: Committed) -> None:
            """Mark what was taken in, and write the run down, in the commit of the snapshots."""
            counts = sum((record.counts for record in committed.files), Counts())
            refused = {r.reject_id for r, _ in reader.refused}
            lost = _lost_again(work.lineage.rejects(import_id=import_id), rejects)
            # What was refused or lost again is pending where it was; it is no second reject.
            work.lineage.forget_files({file_id})
            for record in committed.files:
                work.lineage.add_file(record)
            work.lineage.mark_replayed({r.reject_id for r in rejects} - refused - lost, import_id)
            run = ImportRun(
                import_id=import_id,
                source=path,
                status=RunStatus.PARTIAL if refused or lost else RunStatus.SUCCESS,
                started_at=started,
                finished_at=self._clock.now(),
                options={"replay": sorted(r.reject_id for r in rejects), "on_conflict": on_conflict.value},
                files=FileTally(found=1, imported=1),
                counts=counts,
                bytes_read=file.size,
                duration_seconds=round(self._clock.seconds() - began, 3),
                days=tuple(committed.days),
                errors=tuple(f"reject {r.reject_id}: {why}" for r, why in reader.refused),
            )
            work.lineage.save_run(run)
            made.append(run)

        committer.commit(lake.unit(), stage_unit(job), finish)
        lake.sink.discard(job.unit)
        lake.sink.discard(import_id)
        return made[0]

    def _words(self, rejects: list[StoredReject], mended: Path | None) -> list[bytes]:
        if mended is None:
            return [stored.reject.raw for stored in rejects]
        lines = [line for line in mended.read_bytes().splitlines() if line.strip()]
        if len(lines) != len(rejects):
            raise MendedUnusable(
                f"{mended} holds {len(lines)} records, but {len(rejects)} rejects are to be replayed. Give the "
                "numbers of the rejects that it mends, in the order of its lines."
            )
        return lines

    def _feeds(self, rejects: list[StoredReject]) -> dict[int, FeedName]:
        """Say which feed the files of the rejects are, where that is plain."""
        names: dict[int, FeedName] = {}
        for file_id in {stored.file_id for stored in rejects}:
            record = self._lake.lineage.file(file_id)
            feeds = {tuple(feed.split("/")[-2:]) for feed in record.feeds} if record else set()
            if len(feeds) == 1:
                names[file_id] = FeedName(*feeds.pop())
            elif record is not None and not feeds:
                names[file_id] = _named_by(PurePath(record.source_file))
        return names


class _RejectReader:
    """Reads rejects as if they were a file; a second refusal leaves them where they are."""

    name = "rejects"

    def __init__(self, rejects: list[StoredReject], words: list[bytes], feeds: dict[int, FeedName]) -> None:
        self._rejects, self._raws, self._feeds = rejects, words, feeds
        self.refused: list[tuple[StoredReject, str]] = []

    def knows(self, source: Path) -> bool:
        return False

    def discover(self, source: Path) -> list[SourceFile]:
        return []

    def fingerprint(self, file: SourceFile) -> str:
        return ""

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> dict[int, bytes]:
        return {number: self._raws[number] for number in records if number < len(self._raws)}

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        snapshots: list[GexSnapshot] = []
        numbers: list[int] = []
        again: list[Reject] = []
        for number, (stored, raw) in enumerate(zip(self._rejects, self._raws, strict=True)):
            try:
                snapshots.append(self._judge(stored, raw, options))
                numbers.append(number)
            except RuleBroken as broken:
                self.refused.append((stored, broken.detail))
                again.append(stored.reject)
        yield SnapshotBatch.of(snapshots, numbers, skipped=len(again), form="rejects")

    def _judge(self, stored: StoredReject, raw: bytes, options: ReadOptions) -> GexSnapshot:
        record, envelope, named, _ = unwrap(parse_json(raw))
        name = named.or_else(self._feeds.get(stored.file_id, FeedName()))
        if not name.category:
            raise RuleBroken(RejectReason.FIELD_MISSING, "nothing names its category")
        return judge(
            record,
            package=name.package or "classic",
            category=name.category,
            now=options.now,
            envelope=envelope,
        )


def _lost_again(new: Iterator[StoredReject], replayed: list[StoredReject]) -> set[int]:
    """Give the numbers of the replayed rejects that lost a conflict again: they stay pending."""
    lost = {stored.reject.record for stored in new}
    return {stored.reject_id for number, stored in enumerate(replayed) if number in lost}


def _named_by(path: PurePath) -> FeedName:
    """Say which feed a path names, for a file of which nothing went in yet."""
    name = FeedName()
    for part in reversed(path.parts[-4:]):
        name = name.or_else(parse_feed_name(part.split(".")[0]))
    return name
