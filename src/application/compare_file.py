"""One source file against the lake: each of its records, and each snapshot that is said to come from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from ..domain.disagreements import Disagreement, Off
from ..domain.errors import ANY_FAILURE, GexlakeError, LakeDamaged
from ..domain.feed import Feed
from ..domain.identity import Likeness, compare
from ..domain.rejects import RejectReason
from ..domain.runs import UNKNOWN, FileStatus, SourceFileRecord
from ..domain.sentences import in_a_line
from ..domain.snapshot import GexSnapshot
from ..domain.timestamps import from_micros, to_iso
from .batch import SnapshotBatch, snapshots_of
from .fingerprints import still_holds
from .likeness import likenesses
from .lost_conflicts import LostConflicts
from .part_builder import PartBuilder
from .ports.source_reader import SourceFile, SourceReader
from .ports.unit_of_work import Lake
from .rows import Ints, Rows, content_hashes, key_of, micros_of, pick
from .selection import options_of
from .snapshot_loader import Place, SnapshotLoader
from .stored_days import StoredDay, StoredDays


class FileComparison:
    """Compares one file. ``readings`` are those of its path, the newest first; ``origins`` the days of each reading."""

    def __init__(
        self,
        lake: Lake,
        days: StoredDays,
        conflicts: LostConflicts,
        file: SourceFile,
        readings: list[SourceFileRecord],
        origins: Mapping[int, set[tuple[Feed, date]]],
    ) -> None:
        self._lake, self._days, self._conflicts = lake, days, conflicts
        self._file, self._readings, self._origins = file, readings, origins
        self._loader = SnapshotLoader(lambda _: lake.ladders)
        #: What was off with records: how many, and the first of them in words.
        self._off: dict[Off, tuple[int, str]] = {}
        #: Numbers and moments of the snapshots that were read, batch by batch.
        self._seen: list[tuple[Ints, Ints]] = [(np.empty(0, np.int64), np.empty(0, np.int64))]
        self._rejects: dict[int, set[RejectReason]] | None = None
        #: Readings of what the file still holds, as all of it or as its beginning.
        self._holding: set[int] = set()
        self.records = 0

    def run(self, reader: SourceReader, now: datetime) -> list[Disagreement]:
        """Read the file and say what is off."""
        try:
            if (known := self._known_of(reader)) is not None:
                return known
            for batch in reader.read(self._file, options_of(self._readings[0].selection, now)):
                self._take(batch)
        except (GexlakeError, OSError) as error:
            return [self._told(Off.SOURCE_UNREADABLE, detail=str(error))]
        except ANY_FAILURE as error:
            return [self._told(Off.SOURCE_UNREADABLE, detail=in_a_line(error))]
        self._look_back()
        return list(self._verdict(self._readings[0]))

    def _known_of(self, reader: SourceReader) -> list[Disagreement] | None:
        """Say what is known of the file without reading its records; None if they are to be read."""
        if not self._readings:
            return [self._told(Off.SOURCE_NEW)]
        latest = self._readings[0]
        if latest.status is FileStatus.UNSUPPORTED:
            return []
        if latest.status is FileStatus.FAILED:
            return [self._told(Off.SOURCE_FAILED, detail="; ".join(latest.errors))]
        if latest.fingerprint == UNKNOWN:
            return [self._told(Off.SOURCE_DUE)]
        self._holding = {
            reading.file_id for reading in self._readings if still_holds(self._file, reading.fingerprint, reader)
        }
        if self._file.size != latest.fingerprint.size or latest.file_id not in self._holding:
            return [self._told(Off.SOURCE_CHANGED)]
        return None

    def _verdict(self, latest: SourceFileRecord) -> Iterator[Disagreement]:
        for kind, (number, first) in self._off.items():
            yield self._told(kind, found=number, detail=first)
        if latest.status is not FileStatus.UNCHANGED and self.records != latest.counts.read:
            yield self._told(Off.SOURCE_RECORDS, claimed=latest.counts.read, found=self.records)

    def _told(self, kind: Off, **facts: int | str) -> Disagreement:
        return Disagreement.model_validate({"kind": kind, "where": self._file.display, **facts})

    def _take(self, batch: SnapshotBatch) -> None:
        """Hold a stretch of the file against the lake."""
        self.records += len(batch.snapshots) + len(batch.rejects)
        for reject in batch.rejects:
            if not self._known_rejects().get(reject.record):
                self._note(Off.REJECT_LOST, f"record {reject.record} ({reject.reason.value})")
        if len(batch.snapshots):
            snapshots, ladders = (pa.Table.from_batches([half]) for half in (batch.snapshots, batch.ladders))
            for (feed, day), rows in PartBuilder.split(snapshots, ladders, lambda feed, day: (feed, day)):
                self._hold(rows, self._days.get(feed, day))

    def _hold(self, rows: Rows, stored: StoredDay) -> None:
        snapshots, ladders = rows
        micros, hashes = micros_of(snapshots), content_hashes(snapshots, ladders)
        records = snapshots.column("record").to_numpy()
        self._seen.append((records, micros))
        at = stored.find(micros)
        same = (at >= 0) & (stored.hashes[at] == hashes) if len(stored.hashes) else np.zeros(len(at), np.bool_)
        others = np.flatnonzero(~same)
        told = self._likenesses(rows, others[at[others] >= 0], stored, at)
        for n in others.tolist():
            kind = self._judge(rows, n, stored, int(at[n]), int(records[n]), told.get(n))
            if kind is not None:
                self._note(kind, f"record {records[n]} ({to_iso(from_micros(int(micros[n])))})")

    def _judge(
        self, rows: Rows, n: int, stored: StoredDay, at: int, record: int, likeness: Likeness | None
    ) -> Off | None:
        """Say what is off with a record that does not stand in the lake as it is; nothing if the lineage knows why.

        ``likeness`` to who stands there is None if that is not known.
        """
        reasons = self._known_rejects().get(record, set())
        if at < 0:
            return None if reasons else Off.RECORD_LOST
        if likeness is None:
            likeness = self._likeness(self._snapshot(rows, n), stored, at)
        if stored.records[at] == record and stored.file_ids[at] in self._holding:
            return None if likeness is Likeness.SAME else Off.RECORD_DIFFERS
        if (
            likeness is not Likeness.CONFLICT
            or RejectReason.CONFLICT in reasons
            or self._conflicts.hold(self._snapshot(rows, n))
        ):
            return None
        return Off.RECORD_DIFFERS

    def _likeness(self, mine: GexSnapshot, stored: StoredDay, at: int) -> Likeness:
        if stored.part[at] < 0:
            return Likeness.CONFLICT
        try:
            return compare(self._loader.get(_place(stored, at)), mine)
        except (LookupError, LakeDamaged):
            return Likeness.CONFLICT

    def _likenesses(self, rows: Rows, numbers: Ints, stored: StoredDay, at: Ints) -> dict[int, Likeness]:
        """Tell of some snapshots what they are to who stands in the lake, as far as that can be told of all at once."""
        numbers = numbers[stored.part[at[numbers]] >= 0] if len(numbers) else numbers
        if not len(numbers):
            return {}
        try:
            theirs = self._loader.rows([_place(stored, place) for place in at[numbers].tolist()])
        except (LookupError, LakeDamaged):
            return {}
        told = likenesses(theirs, pick(*rows, numbers))
        return {n: one.likeness for n, one in zip(numbers.tolist(), told, strict=True) if one is not None}

    @staticmethod
    def _snapshot(rows: Rows, n: int) -> GexSnapshot:
        return next(iter(snapshots_of(*pick(*rows, np.array([n])))))

    def _look_back(self) -> None:
        """Look for snapshots that are said to come from this file and are not in it."""
        records, micros = (np.concatenate(column) for column in zip(*self._seen, strict=True))
        order = np.argsort(records, kind="stable")
        records, micros = records[order], micros[order]
        for stored in self._days_of_file():
            mine = np.flatnonzero(np.isin(stored.file_ids, np.array(sorted(self._holding))))
            at = np.searchsorted(records, stored.records[mine])
            there = at < len(records)
            at = np.minimum(at, max(0, len(records) - 1))
            if len(records):
                there &= (records[at] == stored.records[mine]) & (micros[at] == stored.micros[mine])
            for moment in stored.micros[mine[~there]].tolist():
                self._note(Off.SNAPSHOT_FOREIGN, to_iso(from_micros(moment)))

    def _days_of_file(self) -> Iterator[StoredDay]:
        days = {day for file_id in self._holding for day in self._origins.get(file_id, ())}
        return (self._days.get(*day) for day in sorted(days))

    def _known_rejects(self) -> dict[int, set[RejectReason]]:
        """Give the reasons of the rejects that are kept of this path, by record; asked for once, and seldom."""
        if self._rejects is None:
            self._rejects = defaultdict(set)
            for stored in self._lake.lineage.rejects(path=self._file.display):
                if stored.source_file == self._file.display:
                    self._rejects[stored.reject.record].add(stored.reject.reason)
        return self._rejects

    def _note(self, kind: Off, words: str) -> None:
        number, first = self._off.get(kind, (0, words))
        self._off[kind] = number + 1, first


def _place(stored: StoredDay, at: int) -> Place:
    key = key_of(int(stored.file_ids[at]), int(stored.records[at]))
    return Place(stored.parts[stored.part[at]], key, int(stored.micros[at]))
