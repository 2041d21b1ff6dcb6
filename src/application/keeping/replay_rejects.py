"""Replaying rejects: judging their words again, mended or under newer rules, and importing what is good."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path, PurePath
from typing import cast

from ...domain.envelope import unwrap
from ...domain.errors import GexlakeError
from ...domain.escapes import escaped
from ...domain.feed import Feed, FeedName
from ...domain.judge import judge_unwrapped, parse_json
from ...domain.paths import feed_of_path
from ...domain.rejects import NO_CATEGORY, Reject, RuleBroken
from ...domain.runs import REPLAYED, Counts, FileTally, ImportRun, OnConflict, RunStatus, SourceFileRecord
from ...domain.snapshot import GexSnapshot
from ..columns.batch import SnapshotBatch
from ..columns.rejects import reject_rows
from ..importing.committing.commit_unit import Committed, UnitCommitter
from ..importing.planning.readers import Readers, choose_reader
from ..importing.planning.selection import options_of
from ..importing.run_ledger import new_import_id
from ..importing.staging.jobs import StageJob
from ..importing.staging.stage_unit import stage_unit
from ..ports.clock import Clock
from ..ports.limits import ALL
from ..ports.lineage_store import LineageStore, StoredReject
from ..ports.source_reader import ReadOptions, SourceFile
from ..ports.unit_of_work import ImportUnitOfWork, Lake

#: How the path of a reading begins that is a replay.
_REPLAY = "replay:"


class MendedUnusable(GexlakeError):
    """The file with mended records does not fit the rejects that are replayed."""


class ReplayRejects:
    """Takes rejects in that are good on a second look.

    ``readers`` give the words of what these replace; where none knows the source, the lake has its values.
    """

    def __init__(self, lake: Lake, clock: Clock, readers: Readers | None = None) -> None:
        self._lake, self._clock, self._readers = lake, clock, readers or {}

    def run(
        self,
        reject_ids: Sequence[int] | None,
        *,
        mended: Path | None = None,
        on_conflict: OnConflict = OnConflict.KEEP,
    ) -> ImportRun:
        """Replay some rejects, or all that are pending.

        ``mended`` is a file of lines, one record each, in the order of ``reject_ids``; of all that are pending it is
        the order of their numbers.

        Raises:
            MendedUnusable: it has another number of records than there are rejects.
            OSError: it cannot be read.
        """
        self._lake.settle()
        return _Replay(self._lake, self._clock, self._readers, on_conflict).go(reject_ids, mended)


class _Replay:
    """One replay, which is a run of its own and one reading in the lineage."""

    def __init__(self, lake: Lake, clock: Clock, readers: Readers, on_conflict: OnConflict) -> None:
        self._lake, self._clock, self._readers, self._policy = lake, clock, readers, on_conflict
        self._started, self._began = clock.now(), clock.seconds()
        self._id, self._file_id = new_import_id(self._started), lake.lineage.next_file_id()

    def go(self, reject_ids: Sequence[int] | None, mended: Path | None) -> ImportRun:
        """Stage what is good, and commit it with the word of it."""
        lake, options = self._lake, ReadOptions(self._started)
        rejects = list(_pending(lake.lineage, reject_ids))
        words = _words(rejects, mended, reject_ids)
        reader = _RejectReader(rejects, words, _feeds(rejects, lake.lineage), self._readers)
        source, size = escaped(mended) if mended else "rejects", sum(len(raw) for raw in words)
        files = ((self._file_id, SourceFile(Path(f"{_REPLAY}{self._id}/{source}"), size, 0)),)
        job = StageJob(f"{self._id}-00000", files, reader, lake.sink, lake.ladders, options, self._policy)
        made: list[ImportRun] = []

        def finish(work: ImportUnitOfWork, committed: Committed) -> None:
            lost = self._mark(work.lineage, committed, rejects, reader)
            run = ImportRun(
                import_id=self._id,
                source=source,
                status=RunStatus.PARTIAL if reader.refused or lost else RunStatus.SUCCESS,
                started_at=self._started,
                finished_at=self._clock.now(),
                options={"replay": sorted(r.reject_id for r in rejects), "on_conflict": self._policy.value},
                files=FileTally(found=1, imported=1),
                counts=sum((record.counts for record in committed.files), Counts()),
                bytes_read=size,
                duration_seconds=round(self._clock.seconds() - self._began, 3),
                days=tuple(committed.days),
                errors=tuple(f"reject {r.reject_id}: {why}" for r, why in reader.refused),
            )
            work.lineage.save_run(run)
            made.append(run)

        committer = UnitCommitter(self._id, reader, self._policy, options, self._clock.now)
        committer.commit(lake.unit(), stage_unit(job), finish)
        lake.sink.discard(job.unit)
        lake.sink.discard(self._id)
        return made[0]

    def _mark(
        self, lineage: LineageStore, committed: Committed, rejects: list[StoredReject], reader: _RejectReader
    ) -> bool:
        """Mark what was taken in, in the commit of the snapshots, and say whether anything lost a conflict."""
        lost = {stored.reject.record: stored.reject for stored in lineage.rejects(import_id=self._id)}
        # What was refused again, or lost with the same words, is pending where it was; it is no second reject.
        said = [(stored.reject.reason, stored.reject.raw) for stored in rejects]
        again = {number for number, reject in lost.items() if said[number] == (reject.reason, reject.raw)}
        lineage.forget_files({self._file_id})
        for record in committed.files:
            lineage.add_file(record)
        anew = [(self._file_id, reject) for number, reject in lost.items() if number not in again]
        lineage.add_rejects(reject_rows(anew))
        waiting = {r.reject_id for r, _ in reader.refused} | {rejects[number].reject_id for number in again}
        lineage.mark_replayed({r.reject_id for r in rejects} - waiting, self._id)
        return bool(lost)


def _pending(lineage: LineageStore, reject_ids: Sequence[int] | None) -> Iterator[StoredReject]:
    """Give the rejects that wait, of all or of these; nothing is read of those before the first and after the last."""
    if reject_ids is None:
        yield from lineage.rejects(pending=True)
    elif reject_ids:
        wanted, last = set(reject_ids), max(reject_ids)
        found = lineage.rejects(pending=True, after=min(reject_ids) - 1)
        yield from (r for r in takewhile(lambda r: r.reject_id <= last, found) if r.reject_id in wanted)


def _words(rejects: list[StoredReject], mended: Path | None, order: Sequence[int] | None) -> list[bytes]:
    """Give the words of rejects: their own, or the mended ones that stand in a file in this order."""
    if mended is None:
        return [stored.reject.raw for stored in rejects]
    # Records are mended by hand, and editors put a byte order mark before them.
    lines = [line for line in mended.read_bytes().removeprefix(BOM_UTF8).splitlines() if line.strip()]
    if len(lines) != len(rejects):
        raise MendedUnusable(
            f"{mended} holds {len(lines)} records, but {len(rejects)} rejects are to be replayed. Give the "
            "numbers of the rejects that it mends, in the order of its lines."
        )
    places = {reject_id: place for place, reject_id in enumerate(order or ())}
    given = sorted(rejects, key=lambda stored: places.get(stored.reject_id, 0))
    by_id = {stored.reject_id: line for stored, line in zip(given, lines, strict=True)}
    return [by_id[stored.reject_id] for stored in rejects]


def _feeds(rejects: list[StoredReject], lineage: LineageStore) -> dict[int, FeedName]:
    """Say of which feed each reject is that does not say so itself: what its import took it for."""
    origins = _origins(rejects, lineage)
    readings = lineage.readings(set(origins.values()))
    names: dict[int, FeedName] = {}
    for stored in rejects:
        if (reading := readings.get(origins[stored.reject_id])) is not None:
            names[stored.reject_id] = _taken_for(stored.reject, reading)
    return names


def _origins(rejects: list[StoredReject], lineage: LineageStore) -> dict[int, int]:
    """Give the file of each reject; of one that lost in a replay that of the reject that was replayed there."""
    replays = {run.import_id: cast("list[int]", run.options.get("replay")) for run in lineage.runs(ALL)}
    origins: dict[int, int] = {}
    for stored in rejects:
        at = stored
        while replayed := replays.get(at.import_id):
            before = lineage.reject(replayed[at.reject.record])
            # It may have been cleared since, and its number be another's.
            if before is None or before.replayed_in != at.import_id:
                break
            at = before
        origins[stored.reject_id] = at.file_id
    return origins


class _RejectReader:
    """Reads rejects as if they were a file; a second refusal leaves them where they are.

    What a reject replaces has its words in a source, of which the first of the ``readers`` that knows it is asked.
    """

    name = "rejects"

    def __init__(
        self,
        rejects: list[StoredReject],
        words: list[bytes],
        feeds: dict[int, FeedName],
        readers: Readers,
    ) -> None:
        self._rejects, self._raws, self._feeds, self._readers = rejects, words, feeds, readers
        self.refused: list[tuple[StoredReject, str]] = []

    def knows(self, source: Path) -> bool:
        return False

    def discover(self, source: Path) -> list[SourceFile]:
        return []

    def fingerprint(self, file: SourceFile) -> str:
        return "" if _is_replay(file) else choose_reader(self._readers, file.path, None).fingerprint(file)

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> Iterable[tuple[int, bytes]]:
        if not _is_replay(file):
            return choose_reader(self._readers, file.path, None).raw_records(file, records)
        return [(number, self._raws[number]) for number in sorted(records) if number < len(self._raws)]

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        pairs = list(zip(self._rejects, self._raws, strict=True))
        for first in range(0, max(1, len(pairs)), options.batch_size):
            snapshots: list[GexSnapshot] = []
            numbers: list[int] = []
            some = pairs[first : first + options.batch_size]
            for number, (stored, raw) in enumerate(some, first):
                try:
                    snapshots.append(self._judge(stored, raw, options))
                    numbers.append(number)
                except RuleBroken as broken:
                    self.refused.append((stored, broken.detail))
            yield SnapshotBatch.of(snapshots, numbers, skipped=len(some) - len(numbers), form=REPLAYED)

    def _judge(self, stored: StoredReject, raw: bytes, options: ReadOptions) -> GexSnapshot:
        fallback = self._feeds.get(stored.reject_id, FeedName())
        return judge_unwrapped(unwrap(parse_json(raw)), fallback, options.now)


def _is_replay(file: SourceFile) -> bool:
    return str(file.path).startswith(_REPLAY)


def _taken_for(reject: Reject, reading: SourceFileRecord) -> FeedName:
    """Say which feed an import takes records for that name none: by the file's path, or else as it was told to."""
    options = options_of(reading.selection, reading.import_timestamp)
    name = options.fallback(feed_of_path(PurePath(reading.source_file)))
    feeds = {Feed.of(feed)[1:] for feed in reading.feeds}
    # A plugin's reader may know by other means, and then of this record too.
    if not name.category and len(feeds) == 1 and not reject.detail.startswith(NO_CATEGORY):
        name = FeedName(*feeds.pop())
    return name
