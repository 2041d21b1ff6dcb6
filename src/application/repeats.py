"""Repeats: snapshots whose identity is taken already, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from ..domain.identity import Likeness, compare, differences
from ..domain.parts import Part
from ..domain.runs import OnConflict
from ..domain.snapshot import GexSnapshot
from ..domain.timestamps import from_micros
from .batch import snapshots_of
from .ports.strike_sink import StrikeSource
from .rows import Ints, micros_of, pick, row_keys


@dataclass(frozen=True, slots=True)
class Place:
    """Where a snapshot lies: its part, its key (None: the only one of its timestamp there) and timestamp."""

    part: Part
    key: int | None
    micros: int


@dataclass(frozen=True, slots=True)
class Loser:
    """A snapshot that lost a conflict, and why."""

    place: Place
    snapshot: GexSnapshot
    detail: str


@dataclass(slots=True)
class Settlement:
    """What becomes of repeats: numbers of dropped newcomers by likeness, and who lost a conflict."""

    duplicates: list[int] = field(default_factory=list)
    rounding_twins: list[int] = field(default_factory=list)
    conflicts: list[int] = field(default_factory=list)
    losers: list[Loser] = field(default_factory=list)
    #: Stored snapshots that a newcomer replaces.
    replaced: list[Place] = field(default_factory=list)
    #: Numbers of the newcomers that won a conflict.
    winners: list[int] = field(default_factory=list)

    @property
    def dropped(self) -> set[int]:
        """The newcomers that do not go in."""
        return {*self.duplicates, *self.rounding_twins, *self.conflicts}


class SnapshotLoader:
    """Gives single snapshots of parts; quick for neighbours, as it keeps the last row groups."""

    def __init__(self, source: StrikeSource) -> None:
        self._source = source
        self._kept: dict[str, tuple[pa.Table, pa.Table]] = {}

    def get(self, place: Place) -> GexSnapshot:
        """Load one snapshot.

        Raises:
            LookupError: the part does not hold it.
        """
        kept = self._kept.get(place.part.key.name)
        found = self._find(kept, place) if kept else None
        if found is None:
            moment = from_micros(place.micros)
            for batch in self._source.batches(place.part, moment, moment):
                if (found := self._find(batch, place)) is not None:
                    self._kept[place.part.key.name] = batch
                    break
        if found is None:
            raise LookupError(place)
        return found

    @staticmethod
    def _find(batch: tuple[pa.Table, pa.Table], place: Place) -> GexSnapshot | None:
        match = micros_of(batch[0]) == place.micros
        if place.key is not None:
            match &= row_keys(batch[0]) == place.key
        index = np.flatnonzero(match)
        return next(iter(snapshots_of(*pick(*batch, index[:1])))) if len(index) else None


def settle_repeats(
    new: list[Place],
    hashes: Ints,
    stored: dict[int, tuple[Place, int]],
    load: Callable[[Place], GexSnapshot],
    policy: OnConflict,
) -> Settlement:
    """Decide about newcomers that share a timestamp with one another or with a stored snapshot.

    ``new`` and ``hashes`` are in the order of arrival; ``stored`` gives place and content hash by timestamp. The
    stored one stays, and the first before the later, but for conflicts under ``OnConflict.REPLACE``.
    """
    settled = Settlement()
    for micros, numbers in _groups(new, stored):
        holder = stored.get(micros)
        champion: int | None = None
        lost_before = len(settled.losers)
        for n in numbers:
            if holder is None:
                holder, champion = (new[n], int(hashes[n])), n
                continue
            place, stored_hash = holder
            if stored_hash == hashes[n]:
                settled.duplicates.append(n)
                continue
            first, second = load(place), load(new[n])
            likeness = compare(first, second)
            if likeness is Likeness.SAME:
                settled.duplicates.append(n)
            elif likeness is Likeness.ROUNDING_TWIN:
                settled.rounding_twins.append(n)
            else:
                detail = f"another snapshot of {second.feed} at this time differs in " + ", ".join(
                    differences(first, second)
                )
                if policy is OnConflict.REPLACE:
                    settled.losers.append(Loser(place, first, f"{detail}; replaced by it"))
                    if champion is None:
                        settled.replaced.append(place)
                    else:
                        settled.conflicts.append(champion)
                    holder, champion = (new[n], int(hashes[n])), n
                else:
                    settled.losers.append(Loser(new[n], second, f"{detail}; the stored one stays"))
                    settled.conflicts.append(n)
        if policy is OnConflict.REPLACE and champion is not None and len(settled.losers) > lost_before:
            settled.winners.append(champion)
    return settled


def _groups(new: list[Place], stored: dict[int, tuple[Place, int]]) -> Iterator[tuple[int, list[int]]]:
    """Group newcomers by timestamp, ascending; only groups in which something repeats."""
    groups: dict[int, list[int]] = {}
    for n, place in enumerate(new):
        groups.setdefault(place.micros, []).append(n)
    for micros in sorted(groups):
        if len(groups[micros]) > 1 or micros in stored:
            yield micros, groups[micros]
