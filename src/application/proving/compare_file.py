"""One source file against the lake: each of its records, and each snapshot that is said to come from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa

from ...domain.disagreements import Disagreement, Off
from ...domain.errors import ANY_FAILURE, GexlakeError, LakeDamaged
from ...domain.identity import Likeness, compare
from ...domain.rejects import Reject, RejectReason
from ...domain.runs import UNKNOWN, FileStatus, SourceFileRecord
from ...domain.sentences import in_a_line
from ...domain.snapshot import GexSnapshot
from ...domain.timestamps import from_micros, to_iso
from ..columns.arrays import Ints
from ..columns.batch import SnapshotBatch, snapshots_of
from ..columns.by_day import by_day
from ..columns.likeness import likenesses
from ..columns.rows import RECORDS, Rows, content_hashes, key_of, micros_of, pick
from ..importing.planning.fingerprints import still_holds
from ..importing.planning.selection import assumed_of, options_of
from ..importing.stored.snapshot_loader import Place, SnapshotLoader
from ..ports.source_reader import SourceFile, SourceReader
from ..ports.unit_of_work import Lake
from .known_readings import KnownReadings
from .lost_conflicts import LostConflicts
from .stored_days import StoredDay, StoredDays

#: What is off, and the reading with whose options it was found; None where there is none.
Found: TypeAlias = tuple[Disagreement, SourceFileRecord | None]


@dataclass(slots=True)
class _Noted:
    """Records or moments with which something is off: the first of them in words, and the reading that it is of."""

    first: str
    reading: SourceFileRecord
    which: set[int] = field(default_factory=set)


class _Kept(NamedTuple):
    """A reject that is kept of a record: why, a hash of its words, and what they say.

    ``taken_as`` is the category that a later import assumed which took the record in, None if none did.
    """

    reason: RejectReason
    words: int
    ticker: str | None
    timestamp: datetime | None
    taken_as: str | None


class FileComparison:
    """Compares one file: each part of it that was read with options of its own, as it was read."""

    def __init__(
        self, lake: Lake, days: StoredDays, conflicts: LostConflicts, readings: KnownReadings, file: SourceFile
    ) -> None:
        self._lake, self._days, self._conflicts, self._known = lake, days, conflicts, readings
        self._file, self._readings = file, readings.of(file.display)
        self._loader = SnapshotLoader(lambda _: lake.ladders)
        self._off: dict[Off, _Noted] = {}
        self._miscounted: list[Found] = []
        #: The one that is compared, and numbers and moments of the snapshots that it takes, batch by batch.
        self._reading: SourceFileRecord
        self._seen: list[tuple[Ints, Ints]] = []
        self._numbers: set[int] = set()
        self._rejects: dict[int, list[_Kept]] | None = None
        self._at_bytes: set[tuple[int | None, int]] = set()
        #: Readings of what the file still holds, as all of it or as its beginning.
        self._holding: set[int] = set()

    @property
    def records(self) -> int:
        """How many records of the file were compared."""
        return len(self._numbers)

    def run(self, reader: SourceReader, now: datetime) -> list[Found]:
        """Read the file and say what is off, and in which reading."""
        latest = self._readings[0] if self._readings else None
        try:
            if (known := self._known_of(reader)) is not None:
                return [(one, latest) for one in known]
            for group in self._groups(now):
                self._compare(group, reader, now)
        except (GexlakeError, OSError) as error:
            return [(self._told(Off.SOURCE_UNREADABLE, detail=str(error)), latest)]
        except ANY_FAILURE as error:
            return [(self._told(Off.SOURCE_UNREADABLE, detail=in_a_line(error)), latest)]
        return [*self._noted(), *self._miscounted]

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

    def _groups(self, now: datetime) -> list[list[SourceFileRecord]]:
        """Group the readings of what the file holds: the first of each took all that the others did, and is newer."""
        groups: list[list[SourceFileRecord]] = []
        for reading in self._readings:
            if reading.file_id not in self._holding:
                continue
            failed = reading.status in (FileStatus.FAILED, FileStatus.UNSUPPORTED)
            took = not failed and (reading.counts.read or reading.status is FileStatus.UNCHANGED)
            if group := next((group for group in groups if self._took_all(group[0], reading, now)), None):
                group.append(reading)
            elif took or not groups:
                groups.append([reading])
        return groups

    def _took_all(self, reading: SourceFileRecord, other: SourceFileRecord, now: datetime) -> bool:
        """Whether a reading took all that an earlier one did, and as the same."""
        if reading.selection == other.selection:
            return True
        one, two = (options_of(which.selection, now) for which in (reading, other))
        same = one.assume_category == two.assume_category
        return same and self._whole(reading) and one.feeds.covers(two.feeds)

    def _whole(self, reading: SourceFileRecord) -> bool:
        return reading.fingerprint.size == self._file.size

    def _compare(self, group: list[SourceFileRecord], reader: SourceReader, now: datetime) -> None:
        """Hold the file against the lake as the first reading of a group took it, and as far as that went."""
        reading, whole = group[0], self._whole(group[0])
        self._reading, self._seen = reading, [(np.empty(0, np.int64), np.empty(0, np.int64))]
        end = RECORDS if whole else reading.counts.read + reading.counts.skipped
        records = 0
        for batch in reader.read(self._file, options_of(reading.selection, now)):
            records += len(batch.snapshots) + len(batch.rejects)
            self._take(batch, end)
        self._look_back(group)
        if whole and reading.status is not FileStatus.UNCHANGED and records != reading.counts.read:
            told = self._told(Off.SOURCE_RECORDS, claimed=reading.counts.read, found=records)
            self._miscounted.append((told, reading))

    def _noted(self) -> Iterator[Found]:
        for kind, noted in self._off.items():
            yield self._told(kind, found=len(noted.which), detail=noted.first), noted.reading

    def _told(self, kind: Off, **facts: int | str) -> Disagreement:
        return Disagreement.model_validate({"kind": kind, "where": self._file.display, **facts})

    def _take(self, batch: SnapshotBatch, end: int) -> None:
        """Hold a stretch of the file against the lake, up to a record."""
        for reject in batch.rejects:
            self._numbers.add(reject.record)
            if reject.record < end and not self._is_kept(reject):
                self._note(Off.REJECT_LOST, reject.record, f"record {reject.record} ({reject.reason.value})")
        if len(batch.snapshots):
            snapshots, ladders = (pa.Table.from_batches([half]) for half in (batch.snapshots, batch.ladders))
            for feed, day, rows in by_day(snapshots, ladders):
                self._hold(rows, self._days.get(feed, day), end)

    def _hold(self, rows: Rows, stored: StoredDay, end: int) -> None:
        snapshots, ladders = rows
        micros, hashes = micros_of(snapshots), content_hashes(snapshots, ladders)
        records = snapshots.column("record").to_numpy()
        self._seen.append((records, micros))
        self._numbers.update(records.tolist())
        at = stored.find(micros)
        same = (at >= 0) & (stored.hashes[at] == hashes) if len(stored.hashes) else np.zeros(len(at), np.bool_)
        others = np.flatnonzero(~same & (records < end))
        told = self._likenesses(rows, others[at[others] >= 0], stored, at)
        for n in others.tolist():
            record = int(records[n])
            kind = self._judge(rows, n, stored, int(at[n]), record, told.get(n))
            if kind is not None:
                self._note(kind, record, f"record {record} ({to_iso(from_micros(int(micros[n])))})")

    def _judge(
        self, rows: Rows, n: int, stored: StoredDay, at: int, record: int, likeness: Likeness | None
    ) -> Off | None:
        """Say what is off with a record that does not stand in the lake as it is; nothing if the lineage knows why.

        ``likeness`` to who stands there is None if that is not known.
        """
        kept = self._refused(rows, n, record)
        if at < 0:
            # What was taken in is there, if as another category than this reading took it for.
            taken_as = assumed_of(self._reading)
            return Off.RECORD_LOST if all(one.taken_as == taken_as for one in kept) else None
        if likeness is None:
            likeness = self._likeness(self._snapshot(rows, n), stored, at)
        if stored.records[at] == record and stored.file_ids[at] in self._holding:
            return None if likeness is Likeness.SAME else Off.RECORD_DIFFERS
        if (
            likeness is not Likeness.CONFLICT
            or any(one.reason is RejectReason.CONFLICT for one in kept)
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

    def _look_back(self, readings: list[SourceFileRecord]) -> None:
        """Look for snapshots that are said to come from these readings of the file, and are not in it."""
        file_ids = np.array([reading.file_id for reading in readings])
        records, micros = (np.concatenate(column) for column in zip(*self._seen, strict=True))
        order = np.argsort(records, kind="stable")
        records, micros = records[order], micros[order]
        for stored in (self._days.get(*day) for day in self._known.days_of(readings)):
            those = np.flatnonzero(np.isin(stored.file_ids, file_ids))
            at = np.searchsorted(records, stored.records[those])
            there = at < len(records)
            at = np.minimum(at, max(0, len(records) - 1))
            if len(records):
                there &= (records[at] == stored.records[those]) & (micros[at] == stored.micros[those])
            for moment in stored.micros[those[~there]].tolist():
                self._note(Off.SNAPSHOT_FOREIGN, moment, to_iso(from_micros(moment)))

    def _refused(self, rows: Rows, n: int, record: int) -> list[_Kept]:
        """Give the rejects of a record, and not of another one that stood there before the file was written anew."""
        if not (kept := self._known_rejects().get(record)):
            return []
        says = rows[0].column("ticker")[n].as_py(), from_micros(int(micros_of(rows[0])[n]))
        return [one for one in kept if (one.ticker, one.timestamp) == says]

    def _is_kept(self, reject: Reject) -> bool:
        """Whether these words are kept of the file: at this record, or at this byte if others stood before it once."""
        words = hash(reject.raw)
        at_record = any(one.words == words for one in self._known_rejects().get(reject.record, ()))
        return at_record or (reject.byte_offset, words) in self._at_bytes

    def _known_rejects(self) -> dict[int, list[_Kept]]:
        """Give the rejects that are kept of the file, by record; asked for once, and seldom.

        Of a file that was moved they are kept under the path at which it was read.
        """
        if self._rejects is None:
            self._rejects = defaultdict(list)
            moved = [r for r in self._readings if r.file_id in self._holding and r.status is FileStatus.UNCHANGED]
            for path in {self._file.display} | self._known.paths_of(moved):
                assumed = {reading.import_id: assumed_of(reading) for reading in self._known.of(path)}
                for stored in self._lake.lineage.rejects(path=path):
                    if stored.source_file == path:
                        one, words = stored.reject, hash(stored.reject.raw)
                        # Not of a replay, for which it may have been mended to be of another moment.
                        taken_as = assumed.get(stored.replayed_in or "")
                        self._rejects[one.record].append(_Kept(one.reason, words, one.ticker, one.timestamp, taken_as))
                        if one.byte_offset is not None:
                            self._at_bytes.add((one.byte_offset, words))
        return self._rejects

    def _note(self, kind: Off, which: int, words: str) -> None:
        self._off.setdefault(kind, _Noted(words, self._reading)).which.add(which)


def _place(stored: StoredDay, at: int) -> Place:
    key = key_of(int(stored.file_ids[at]), int(stored.records[at]))
    return Place(stored.parts[stored.part[at]], key, int(stored.micros[at]))
