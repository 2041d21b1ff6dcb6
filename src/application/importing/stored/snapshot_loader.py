"""Loading snapshots by the places where they lie, one at a time or many together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ....domain.parts import Part
from ....domain.snapshot import GexSnapshot
from ....domain.timestamps import from_micros
from ...columns.batch import offsets, snapshots_of
from ...columns.likeness import Told, likenesses
from ...columns.rows import Rows, micros_of, pick, row_keys
from ...ports.strike_source import StrikeSource

#: Pairs that are compared at a time: some 30 MB of ladders.
_WINDOW = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a snapshot lies: its part, its key (None: the only one of its timestamp there) and timestamp."""

    part: Part
    key: int | None
    micros: int


#: Who is stored: place and content hash by timestamp (microseconds).
Stored = dict[int, tuple[Place, int]]


class SnapshotLoader:
    """Gives snapshots of parts; quick for neighbours, as it keeps the last row groups.

    ``source_of`` gives the source that has the part of a place.
    """

    def __init__(self, source_of: Callable[[Place], StrikeSource]) -> None:
        self._source_of = source_of
        self._kept: dict[str, Rows] = {}

    def get(self, place: Place) -> GexSnapshot:
        """Load one snapshot.

        Raises:
            LookupError: the part does not hold it.
        """
        kept = self._kept.get(place.part.key.name)
        found = self._find(kept, place) if kept else None
        if found is None:
            moment = from_micros(place.micros)
            for batch in self._source_of(place).batches(place.part, moment, moment):
                if (found := self._find(batch, place)) is not None:
                    self._kept[place.part.key.name] = batch
                    break
        if found is None:
            raise LookupError(place)
        return found

    def alike(self, pairs: Sequence[tuple[Place, Place]]) -> list[Told | None]:
        """Say of pairs how the second one relates to the first; None where only a look at both can tell.

        Neighbours should be near one another in time: a window of them is loaded at once.

        Raises:
            LookupError: a part does not hold one of them.
        """
        told: list[Told | None] = []
        for start in range(0, len(pairs), _WINDOW):
            window = pairs[start : start + _WINDOW]
            told += likenesses(self.rows([first for first, _ in window]), self.rows([second for _, second in window]))
        return told

    def rows(self, places: Sequence[Place]) -> Rows:
        """Load some snapshots with their ladders, in the order of their places.

        Raises:
            LookupError: a part does not hold one of them.
        """
        by_part: dict[str, list[Place]] = {}
        for place in places:
            by_part.setdefault(place.part.key.name, []).append(place)
        numbers: dict[tuple[str, int, int | None], int] = {}
        found: list[Rows] = []
        count = 0
        for name, some in by_part.items():
            micros = np.unique([place.micros for place in some])
            between = (from_micros(int(moment)) for moment in (micros[0], micros[-1]))
            for snapshots, ladders in self._source_of(some[0]).batches(some[0].part, *between):
                index = np.flatnonzero(np.isin(micros_of(snapshots), micros))
                if not len(index):
                    continue
                found.append(pick(snapshots, ladders, index))
                for key, moment in zip(row_keys(snapshots)[index], micros_of(snapshots)[index], strict=True):
                    numbers[name, int(moment), int(key)] = numbers[name, int(moment), None] = count
                    count += 1
        order = np.array([numbers[place.part.key.name, place.micros, place.key] for place in places])
        snapshots, ladders = (pa.concat_tables(tables) for tables in zip(*found, strict=True))
        return pick(snapshots, ladders, order)

    @staticmethod
    def _find(batch: Rows, place: Place) -> GexSnapshot | None:
        snapshots, ladders = batch
        match = micros_of(snapshots) == place.micros
        if place.key is not None:
            match &= row_keys(snapshots) == place.key
        index = np.flatnonzero(match)
        if not len(index):
            return None
        number = int(index[0])
        begin, end = offsets(snapshots.column("strike_count"))[number : number + 2].tolist()
        return next(iter(snapshots_of(snapshots.slice(number, 1), ladders.slice(begin, end - begin))))
