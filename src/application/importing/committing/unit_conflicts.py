"""The conflicts of a unit with what a lake holds: what becomes of the snapshots that lose, and of those that win."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa

from ....domain.rejects import RejectReason
from ...columns.rows import file_of, record_of, row_keys
from ...ports.lineage_store import LineageStore, StoredReject
from ...ports.source_reader import SourceFile, SourceReader
from ...ports.strike_sink import RejectWriter, StrikeSink
from ..planning.fingerprints import as_it_was_read
from ..planning.selection import assumed_of
from ..stored.repeats import Loser
from ..stored.words import conflict_rejects, names_category, said_again
from .incumbents import Incumbents
from .settle_rejects import not_taken_in


class UnitConflicts:
    """Remembers who lost and who won while a unit is put into a lake.

    ``files`` are the unit's own, by number; ``reader`` gives the words of their records, and of earlier readings'. As a
    whole day may have lost, they wait in ``sink``, staged under the name of the import.
    """

    def __init__(self, files: Mapping[int, SourceFile], reader: SourceReader, sink: StrikeSink, import_id: str) -> None:
        self._files, self._reader, self._sink, self._import_id = files, reader, sink, import_id
        #: Files of earlier readings as they were read, None for those that are gone or have changed.
        self._earlier: dict[int, SourceFile | None] = {}
        #: Takes the rejects until their readings are written down: only then is one known that is kept already.
        self._waiting: RejectWriter | None = None
        #: Keys of the newcomers that go in where they, or another reading of them, may have lost.
        self._winners: set[int] = set()
        #: Whether one of them was beaten later in the unit.
        self._beaten = False
        #: Keys of snapshots that lost a conflict within the unit, but are what is stored.
        self._stored_already: set[int] = set()

    def lose(self, incumbents: Incumbents, losers: Sequence[Loser]) -> None:
        """Keep the words of snapshots that lost, from their source files."""
        # A dry run leaves the real lake as it is.
        kept = [loser for loser in losers if not incumbents.fixed(loser.place)]
        places = incumbents.keyed([loser.place for loser in kept])
        others = {file_of(place.key or 0) for place in places} - self._files.keys() - self._earlier.keys()
        known = incumbents.work.lineage.readings(others)
        for file_id in others:
            self._earlier[file_id] = as_it_was_read(known[file_id], self._reader) if file_id in known else None
        keyed = [replace(loser, place=place) for loser, place in zip(kept, places, strict=True)]
        for rejects in conflict_rejects(keyed, self._reader, {**self._earlier, **self._files}):
            self._waiting = self._waiting or self._sink.stage_rejects(self._import_id)
            self._waiting.write(rejects)

    def win(self, keys: Iterable[int]) -> None:
        """Note which newcomers go in that may have lost a conflict before."""
        self._winners.update(keys)

    def give_way(self, keys: Iterable[int]) -> None:
        """Note what has gone again: a newcomer may have won over it later in the unit."""
        beaten = self._winners.intersection(keys)
        self._winners -= beaten
        self._beaten = self._beaten or bool(beaten)

    def is_stored(self, key: int) -> None:
        """Note of a snapshot that lost within the unit that it is what is stored: its worker could not know."""
        self._stored_already.add(key)

    def without_stored(self, rejects: pa.RecordBatch) -> pa.RecordBatch:
        """Leave the rejects out that are what is stored."""
        if not self._stored_already:
            return rejects
        lost = [reason == RejectReason.CONFLICT for reason in rejects.column("reason").to_pylist()]
        out = np.isin(row_keys(rejects), sorted(self._stored_already)) & np.array(lost, np.bool_)
        return rejects.filter(pa.array(~out))

    def write_down(self, lineage: LineageStore) -> None:
        """Add the losers to the rejects, once all readings are written down, and mark those of the winners."""
        self._clear_winners(lineage)
        if self._waiting is not None:
            self._waiting.close()
            for rejects in self._sink.staged_rejects(self._import_id):
                lineage.add_rejects(rejects)
        if self._beaten:  # by another one, an earlier reading of which may be among the losers
            self._clear_winners(lineage)

    def _clear_winners(self, lineage: LineageStore) -> None:
        """Mark the rejects of snapshots as taken in that lost a conflict once and have won it now."""
        if not self._winners:
            return
        won = {(self._files[file_of(key)].display, record_of(key)) for key in self._winners}
        paths = {path for path, _ in won}
        # A day file is a unit for itself, and need not look through what other days have lost.
        path = paths.pop() if len(paths) == 1 else None
        out = not_taken_in(lineage, reason=RejectReason.CONFLICT, path=path)
        same_feed = self._of_its_feed_now(lineage)
        lost = (one for one in out if (one.source_file, one.reject.record) in won and same_feed(one))
        # Where a file was written anew, another snapshot has won at that place.
        taken = said_again(lost, self._reader, {file.display: file for file in self._files.values()})
        lineage.mark_replayed(taken, self._import_id)

    def _of_its_feed_now(self, lineage: LineageStore) -> Callable[[StoredReject], bool]:
        """Give what says whether a record of the unit's files lost in the feed that it is taken for now."""
        numbers = {file.display: number for number, file in self._files.items()}

        @cache
        def assumed(file_id: int) -> str:
            return "".join(map(assumed_of, lineage.readings({file_id}).values()))

        def same_feed(lost: StoredReject) -> bool:
            return assumed(lost.file_id) == assumed(numbers[lost.source_file]) or names_category(lost.reject.raw)

        return same_feed
