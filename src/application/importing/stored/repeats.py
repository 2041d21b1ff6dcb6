"""Repeats: snapshots whose identity is taken already, and what becomes of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from ....domain.identity import Likeness, compare, differences
from ....domain.runs import Counts, OnConflict
from ....domain.snapshot import GexSnapshot
from ...columns.arrays import Ints
from ...columns.likeness import Told
from ...columns.rows import file_of
from .snapshot_loader import Place, SnapshotLoader, Stored


@dataclass(frozen=True, slots=True)
class Loser:
    """Where a snapshot lies that lost a conflict, what gives it, and why it lost."""

    place: Place
    snapshot: Callable[[], GexSnapshot]
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

    def changes(self, keys: Ints) -> dict[int, Counts]:
        """Give what to add to the counts of source files, by number; ``keys`` are those of the newcomers."""
        found: dict[int, Counts] = defaultdict(Counts)
        for name in ("duplicates", "rounding_twins", "conflicts"):
            if numbers := getattr(self, name):
                for file_id, count in Counter(file_of(keys[numbers]).tolist()).items():
                    found[file_id] += repeated(name, count)
        return found

    def lost(self, n: int, loser: Loser) -> None:
        """Note that a newcomer lost a conflict."""
        self.losers.append(loser)
        self.conflicts.append(n)

    def won(self, n: int, champion: int | None, loser: Loser) -> None:
        """Note that a newcomer won a conflict with the newcomer who was champion, or with who is stored."""
        self.losers.append(loser)
        if champion is None:
            self.replaced.append(loser.place)
        else:
            self.conflicts.append(champion)
        if self.winners[-1:] == [champion]:
            self.winners.pop()
        self.winners.append(n)


def repeated(name: str, count: int) -> Counts:
    """Count snapshots that were taken for accepted and are repeats, of the kind of ``Counts`` with that name."""
    return Counts(**{name: count, "accepted": -count})


def settle_repeats(
    new: list[Place],
    hashes: Ints,
    stored: Stored,
    snapshots: SnapshotLoader,
    policy: OnConflict,
) -> Settlement:
    """Decide about newcomers that share a timestamp with one another or with a stored snapshot.

    ``new`` and ``hashes`` are in the order of arrival. The stored one stays, and the first before the later, but for
    conflicts under ``OnConflict.REPLACE``.
    """
    settled = Settlement()
    groups = list(_groups(new, hashes, stored))
    told = _told(groups, new, hashes, snapshots)
    for group in groups:
        champion, place, hash_ = group.first, group.place, group.content
        for n in group.others:
            found = Told(Likeness.SAME) if hashes[n] == hash_ else told.get((champion, n))
            if found is None:
                pair = snapshots.get(place), snapshots.get(new[n])
                found = Told(compare(*pair), tuple(differences(*pair)))
            likeness = found.likeness
            if likeness is Likeness.CONFLICT:
                detail = f"another snapshot of {place.part.key.feed} at this time differs in "
                detail += ", ".join(found.differences)
                if policy is OnConflict.REPLACE:
                    loser = Loser(place, partial(snapshots.get, place), f"{detail}; replaced by it")
                    settled.won(n, champion, loser)
                    champion, place, hash_ = n, new[n], int(hashes[n])
                else:
                    loser = Loser(new[n], partial(snapshots.get, new[n]), f"{detail}; the stored one stays")
                    settled.lost(n, loser)
            if likeness is Likeness.SAME:
                settled.duplicates.append(n)
            elif likeness is Likeness.ROUNDING_TWIN:
                settled.rounding_twins.append(n)
    return settled


class _Group(NamedTuple):
    """Newcomers of one time, and who holds it before these ``others``: who is stored, or a newcomer of that number."""

    first: int | None
    place: Place
    content: int
    others: list[int]


def _groups(new: list[Place], hashes: Ints, stored: Stored) -> Iterator[_Group]:
    """Group newcomers by timestamp, ascending; only groups in which something repeats."""
    by_time: dict[int, list[int]] = {}
    for n, place in enumerate(new):
        by_time.setdefault(place.micros, []).append(n)
    for micros, numbers in sorted(by_time.items()):
        if micros in stored:
            yield _Group(None, *stored[micros], numbers)
        elif len(numbers) > 1:
            first, *others = numbers
            yield _Group(first, new[first], int(hashes[first]), others)


def _told(
    groups: list[_Group], new: list[Place], hashes: Ints, snapshots: SnapshotLoader
) -> dict[tuple[int | None, int], Told]:
    """Tell what newcomers are to the first of their group.

    All together, as there may be a whole day of rounding twins: to look at each takes fifty times as long.
    """
    asked = [(group, n) for group in groups for n in group.others if hashes[n] != group.content]
    found = snapshots.alike([(group.place, new[n]) for group, n in asked])
    return {(group.first, n): one for (group, n), one in zip(asked, found, strict=True) if one is not None}
