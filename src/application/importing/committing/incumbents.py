"""Who is stored already where a unit of work is committed: the snapshots that newcomers are held against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ....domain.parts import Part
from ...columns.rows import micros_of, row_keys
from ...ports.limits import ALL
from ...ports.snapshot_store import SnapshotStore
from ...ports.strike_source import StrikeSource
from ...ports.unit_of_work import ImportUnitOfWork
from ..stored.snapshot_loader import Place, SnapshotLoader, Stored


@dataclass(frozen=True, slots=True)
class Incumbent:
    """Where to look for snapshots that are stored already, and their ladders; ``without`` those of some readings."""

    snapshots: SnapshotStore
    ladders: StrikeSource
    without: frozenset[int] = frozenset()

    def known(self, part: Part) -> pa.Table:
        """Give what is stored in the time of a part."""
        if not self.without:
            return self.snapshots.known(part.key.feed, part.first, part.last)
        columns = ("content_hash", "file_id")
        found = self.snapshots.between(part.key.feed, part.first, part.last, ALL, columns=columns)
        return found.filter(pa.array(~np.isin(found.column("file_id").to_numpy(), sorted(self.without))))


@dataclass(frozen=True, slots=True)
class Incumbents:
    """What the lake holds that is written to, and before it ``base``: what a dry run must leave as it is."""

    work: ImportUnitOfWork
    base: Incumbent | None = None

    def taken(self, parts: Sequence[Part]) -> set[str]:
        """Name those of a unit's parts in whose time there may be others, of the lake or of the unit itself."""
        days = Counter((part.key.feed, part.key.date) for part in parts)
        several = {part.key.name for part in parts if days[part.key.feed, part.key.date] > 1}
        return several.union(*(stored.snapshots.taken(parts) for stored in self._stores()))

    def at(self, part: Part) -> Stored:
        """Give what is stored in the time of a part."""
        found: Stored = {}
        for stored in self._stores():
            known = stored.known(part)
            names = known.column("part").to_pylist()
            parts = {p.key.name: p for p in stored.snapshots.parts(set(names))} if names else {}
            hashes = known.column("content_hash").to_pylist()
            for micros, hash_, name in zip(micros_of(known).tolist(), hashes, names, strict=True):
                found[micros] = (Place(parts[name], None, micros), hash_)
        return found

    def _stores(self) -> list[Incumbent]:
        return ([self.base] if self.base else []) + [Incumbent(self.work.snapshots, self.work.ladders)]

    def loader(self) -> SnapshotLoader:
        """Give what loads snapshots, newcomers and stored ones."""

        def source_of(place: Place) -> StrikeSource:
            return self.base.ladders if self.base and self.fixed(place) else self.work.ladders

        return SnapshotLoader(source_of)

    def fixed(self, place: Place) -> bool:
        """Whether a snapshot is stored in ``base``, which is not to be changed."""
        return place.key is None and self.base is not None and not self.work.snapshots.parts({place.part.key.name})

    def keyed(self, places: Sequence[Place]) -> list[Place]:
        """Give places with their keys, which who is stored does not bring along; each part is looked at once."""
        keys: dict[str, dict[int, int]] = {}
        for place in places:
            if place.key is None and place.part.key.name not in keys:
                snapshots = self.work.ladders.snapshots(place.part)
                pairs = zip(micros_of(snapshots).tolist(), row_keys(snapshots).tolist(), strict=True)
                keys[place.part.key.name] = dict(pairs)
        return [
            place if place.key is not None else Place(place.part, keys[place.part.key.name][place.micros], place.micros)
            for place in places
        ]
