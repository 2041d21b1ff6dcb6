"""Committing: the half of an import that runs in the lake's one writer, unit by unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa

from ....domain.errors import AccountWrong, ConflictFound
from ....domain.parts import Part
from ....domain.rejects import RejectReason
from ....domain.runs import UNKNOWN, Counts, DayTotal, Fingerprint, OnConflict, SourceFileRecord
from ....domain.timestamps import from_micros, to_iso
from ...columns.arrays import Ints
from ...columns.rows import file_of, micros_of, row_keys
from ...ports.source_reader import ReadOptions, SourceReader
from ...ports.unit_of_work import ImportUnitOfWork
from ..planning.selection import selection_of
from ..staging.jobs import StagedFile, StagedUnit
from ..stored.repeats import Settlement, repeated, settle_repeats
from ..stored.rewriting import rewrite, take_out
from ..stored.snapshot_loader import Place, Stored
from .incumbents import Incumbent, Incumbents
from .settle_rejects import wait_no_more
from .unit_conflicts import UnitConflicts


@dataclass(slots=True)
class Committed:
    """What a unit brought: its files as lineage and its days."""

    files: list[SourceFileRecord]
    days: list[DayTotal]


@dataclass(frozen=True, slots=True)
class UnitCommitter:
    """Puts staged units of an import into a lake, leaving out what it holds already.

    ``base`` is a second place to look for what is stored: a dry run looks into the real lake. ``rejected_before`` are
    the paths of files of which an earlier reading has rejected something that is not in, ``lost_before`` of those of
    which something is not in that lost a conflict.
    """

    import_id: str
    reader: SourceReader
    on_conflict: OnConflict
    options: ReadOptions
    now: Callable[[], datetime]
    base: Incumbent | None = None
    rejected_before: frozenset[str] = frozenset()
    lost_before: frozenset[str] = frozenset()

    def commit(
        self,
        work: ImportUnitOfWork,
        staged: StagedUnit,
        finish: Callable[[ImportUnitOfWork, Committed], None] = lambda _work, _committed: None,
    ) -> Committed:
        """Commit one unit of work; ``finish`` adds to it what must stand or fall with it.

        What it stages itself lies under the name of the import, for the caller to discard.

        Raises:
            ConflictFound: the policy is to fail, and there is one; nothing was changed.
            DiskFull: there is no room; nothing was changed.
        """
        with work:
            committed = _Unit(self, work, staged).put_in()
            finish(work, committed)
            work.commit()
        return committed


class _Unit:
    """A staged unit that is put into a lake, as ``terms`` say."""

    def __init__(self, terms: UnitCommitter, work: ImportUnitOfWork, staged: StagedUnit) -> None:
        self._terms, self._work, self._staged = terms, work, staged
        self._files = {file.file_id: file for file in staged.files}
        self._sources = {file.file_id: file.file.display for file in staged.files}
        self._incumbents = Incumbents(work, terms.base)
        files = {file.file_id: file.file for file in staged.files}
        self._conflicts = UnitConflicts(files, terms.reader, work.sink, terms.import_id)
        self._lost_before = np.array([n for n, path in self._sources.items() if path in terms.lost_before], np.int64)

    def put_in(self) -> Committed:
        """Take its parts in, then its files, and what was rejected of them."""
        work, staged = self._work, self._staged
        beside = self._incumbents.taken(staged.parts)
        taken = [self._take_part(part, alone=part.key.name not in beside) for part in staged.parts]
        records = [self._record(file) for file in staged.files]
        for record in records:
            if not record.counts.balanced or record.counts.accepted < 0:
                raise AccountWrong(record.source_file)
        for record in records:
            work.lineage.add_file(record)
        for rejects in work.sink.staged_rejects(staged.unit):
            lost = self._conflicts.without_stored(rejects)
            self._fail_on_conflict(lost)
            work.lineage.add_rejects(lost)
        self._conflicts.write_down(work.lineage)
        self._clear_settled()
        return Committed(records, [day for day in taken if day is not None])

    def _take_part(self, part: Part, *, alone: bool) -> DayTotal | None:
        """Take a part in, without what is stored already; of one that is ``alone`` in its time nothing is."""
        work = self._work
        snapshots = work.ladders.snapshots(part)
        micros, keys = micros_of(snapshots), row_keys(snapshots)
        stored = {} if alone else self._incumbents.at(part)
        lost = self._staged.lost.get(part.key.name, [])
        self._settle_lost([place for place in lost if place.micros in stored], stored)
        gave_way = Counts()
        if stored and len(again := np.flatnonzero(np.isin(micros, np.array(list(stored))))):
            settled = self._settle(part, snapshots, again, stored)
            for file_id, change in settled.changes(keys[again]).items():
                self._files[file_id].counts += change
            gave_way = self._make_way(settled.replaced)
            kept = np.delete(np.arange(len(keys)), again[np.array(sorted(settled.dropped), np.int64)])
            if not len(kept):
                return None
            if len(kept) < len(keys):
                key = part.key.anew("n")
                writer = work.sink.stage(key, self._sources)
                rewrite(work.ladders, part, keys[kept], micros[kept], writer, self._terms.options.batch_size)
                part = writer.close()
                snapshots = snapshots.take(kept)
        work.add_part(part, snapshots)
        keys = row_keys(snapshots)
        # Some of these lost a conflict once, with who has left the lake since.
        self._conflicts.win(keys[np.isin(file_of(keys), self._lost_before)].tolist())
        for file_id, counts in _counts_by_file(snapshots).items():
            self._files[file_id].counts += Counts(strikes=counts.strikes, flagged=counts.flagged)
        flagged = int(snapshots.column("flagged").to_numpy().sum())
        return DayTotal(
            feed=part.key.feed,
            date=part.key.date,
            snapshots=part.snapshots + gave_way.accepted,
            strikes=part.strikes + gave_way.strikes,
            flagged=flagged + gave_way.flagged,
        )

    def _settle(self, part: Part, snapshots: pa.Table, again: Ints, stored: Stored) -> Settlement:
        """Decide about those snapshots of a part, by their positions, whose moments are taken."""
        keys, micros = row_keys(snapshots)[again], micros_of(snapshots)[again]
        hashes = snapshots.column("content_hash").to_numpy()[again]
        new = [Place(part, key, at) for key, at in zip(keys.tolist(), micros.tolist(), strict=True)]
        settled = settle_repeats(new, hashes, stored, self._incumbents.loader(), self._terms.on_conflict)
        if settled.losers and self._terms.on_conflict is OnConflict.FAIL:
            place = settled.losers[0].place
            path = self._sources[file_of(place.key or 0)]
            raise ConflictFound(f"{part.key.feed} at {to_iso(from_micros(place.micros))}", path)
        self._conflicts.lose(self._incumbents, settled.losers)
        self._conflicts.win(int(keys[n]) for n in settled.winners)
        return settled

    def _settle_lost(self, lost: list[Place], stored: Stored) -> None:
        """Count what lost a conflict within the unit as a repeat if it is what is stored: its worker could not know."""
        if not lost:
            return
        snapshots = self._work.ladders.snapshots(lost[0].part)
        hashes = dict(zip(row_keys(snapshots).tolist(), snapshots.column("content_hash").to_pylist(), strict=True))
        keys = [place.key or 0 for place in lost]
        found = np.array([hashes[key] for key in keys], np.int64)
        settled = settle_repeats(lost, found, stored, self._incumbents.loader(), OnConflict.KEEP)
        for name in ("duplicates", "rounding_twins"):
            for key in (keys[n] for n in getattr(settled, name)):
                self._files[file_of(key)].counts += Counts(**{name: 1, "conflicts": -1})
                self._conflicts.is_stored(key)

    def _make_way(self, replaced: list[Place]) -> Counts:
        """Take replaced snapshots out of their parts, and out of what their files count as accepted.

        Gives the change in what this unit's own files count: a feed and day of many may come in two parts.
        """
        work, own = self._work, Counts()
        by_part: dict[str, list[Place]] = {}
        for place in replaced:
            if not self._incumbents.fixed(place):
                by_part.setdefault(place.part.key.name, []).append(place)
        for places in by_part.values():
            part, gone = places[0].part, {place.micros for place in places}
            snapshots = work.ladders.snapshots(part)
            out = np.isin(micros_of(snapshots), np.array(sorted(gone)))
            lost = snapshots.filter(pa.array(out))
            self._conflicts.give_way(row_keys(lost).tolist())
            for file_id, counts in _counts_by_file(lost).items():
                conflicts = repeated("conflicts", counts.accepted)
                change = conflicts + Counts(strikes=-counts.strikes, flagged=-counts.flagged)
                if file_id in self._files:  # the lineage has it only once all parts are in
                    self._files[file_id].counts += change
                    own += change
                else:
                    work.lineage.recount(file_id, change)
            take_out(work, part, snapshots, out, self._terms.import_id, self._terms.options.batch_size, self._sources)
        return own

    def _fail_on_conflict(self, rejects: pa.RecordBatch) -> None:
        """Honour the policy to fail for conflicts within a unit, which its worker has put aside."""
        if self._terms.on_conflict is not OnConflict.FAIL:
            return
        for reject in rejects.select(["reason", "file_id", "ticker", "record"]).to_pylist():
            if reject["reason"] == RejectReason.CONFLICT:
                path = self._sources[reject["file_id"]]
                raise ConflictFound(f"{reject['ticker']} (record {reject['record']})", path)

    def _clear_settled(self) -> None:
        """Mark the rejects as taken in that an earlier reading of their file found and this one settles."""
        again = [file for file in self._staged.files if file.file.display in self._terms.rejected_before]
        if not again:
            return
        lineage, rejected = self._work.lineage, self._work.sink.staged_rejects(self._staged.unit)
        if settled := wait_no_more(lineage, again, rejected, self._terms.reader, self._terms.options):
            lineage.mark_replayed(settled, self._terms.import_id)

    def _record(self, staged: StagedFile) -> SourceFileRecord:
        found = Fingerprint(size=staged.file.size, mtime_ns=staged.file.mtime_ns, digest=staged.digest)
        return SourceFileRecord(
            file_id=staged.file_id,
            import_id=self._terms.import_id,
            source_file=staged.file.display,
            fingerprint=UNKNOWN if staged.cut_short else found,
            form=staged.form,
            feeds=tuple(sorted(str(feed) for feed in staged.feeds)),
            selection=selection_of(self._terms.options, staged.file),
            status=staged.status,
            counts=staged.counts,
            bytes_read=staged.bytes_read,
            errors=tuple(staged.errors),
            import_timestamp=self._terms.now(),
            duration_seconds=round(staged.seconds, 6),
        )


def _counts_by_file(snapshots: pa.Table) -> dict[int, Counts]:
    """Count accepted snapshots, their ladder rows and flags by source file."""
    if not snapshots.num_rows:
        return {}
    names = ("file_id", "strike_count", "flagged")
    file_ids, strikes, flagged = (snapshots.column(name).to_numpy() for name in names)
    order = np.argsort(file_ids, kind="stable")
    starts = np.flatnonzero(np.diff(file_ids[order], prepend=-1))
    columns = (np.ones(len(order), np.int64), strikes[order].astype(np.int64), flagged[order].astype(np.int64))
    sums = zip(*(np.add.reduceat(column, starts).tolist() for column in columns), strict=True)
    return {
        file_id: Counts(accepted=accepted, strikes=rows, flagged=off)
        for file_id, (accepted, rows, off) in zip(file_ids[order][starts].tolist(), sums, strict=True)
    }
