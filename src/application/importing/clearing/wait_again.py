"""Rejects that wait again: a replay, or a later reading of their file, took them in, and then that left the lake."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from ....domain.runs import SourceFileRecord
from ...columns.rows import file_of, record_of, row_keys
from ...ports.lineage_store import StoredReject
from ...ports.unit_of_work import ImportUnitOfWork


def wait_again(work: ImportUnitOfWork, readings: Iterable[SourceFileRecord]) -> dict[int, str]:
    """Have rejects wait again that some readings took in, and of which the lake has nothing from these any more.

    A replay may have found repeated elsewhere what it took in: only the reject has its words.

    Args:
        work: in which snapshots have been taken out already.
        readings: of which some have gone, or what they repeated has.

    Returns:
        The runs that had taken them in, by their numbers.
    """
    taken = _Taken(work, readings)
    # To look through all rejects is to read their words.
    if not taken.readings or not any(
        tally.replayed > tally.dismissed for tally in work.lineage.reject_tallies().values()
    ):
        return {}
    waiting = {one.reject_id: one.replayed_in or "" for one in work.lineage.rejects() if taken.lacks(one)}
    work.lineage.mark_replayed(set(waiting), None)
    return waiting


class _Taken:
    """What the lake still has of some readings, looked up when it is first asked for."""

    def __init__(self, work: ImportUnitOfWork, readings: Iterable[SourceFileRecord]) -> None:
        self._work = work
        self.readings = {(file.import_id, "" if file.replayed else file.source_file): file for file in readings}
        self._left: dict[int, set[int]] = {}

    def lacks(self, reject: StoredReject) -> bool:
        """Whether one of the readings took a reject in, and nothing of it is left."""
        import_id = reject.replayed_in or ""
        if (replay := self.readings.get((import_id, ""))) is not None:
            return reject.reject_id not in self._of_replay(replay)
        reading = self.readings.get((import_id, reject.source_file))
        return reading is not None and reject.reject.record not in self._of(reading)

    def _of(self, reading: SourceFileRecord) -> set[int]:
        """Give the records of a reading that are stored."""
        if reading.file_id not in self._left:
            parts = self._work.snapshots.parts_of_files({reading.file_id})
            keys = [key for part in parts for key in row_keys(self._work.ladders.snapshots(part)).tolist()]
            self._left[reading.file_id] = {record_of(key) for key in keys if file_of(key) == reading.file_id}
        return self._left[reading.file_id]

    def _of_replay(self, replay: SourceFileRecord) -> set[int]:
        """Give the rejects of which a replay has something in the lake, or another reject since."""
        if replay.file_id not in self._left:
            run = self._work.lineage.run(replay.import_id)
            rejects = cast("list[int]", run.options.get("replay", ())) if run else ()
            records = self._of(replay)
            records |= {stored.reject.record for stored in self._work.lineage.rejects(import_id=replay.import_id)}
            self._left[replay.file_id] = {reject for record, reject in enumerate(rejects) if record in records}
        return self._left[replay.file_id]
