"""Which parts a lake holds, by name and by time: one state after the other, each complete in itself."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ...domain.feed import Feed
from ...domain.parts import Part
from ...domain.timestamps import to_micros


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Parts that belong together, because they are of one trading day or lie over one another in time.

    ``first`` and ``last`` are microseconds since 1970, both included; no two stretches of a feed have a moment in
    common.
    """

    parts: tuple[Part, ...]
    first: int
    last: int

    @property
    def snapshots(self) -> int:
        """How many there are in all its parts."""
        return sum(part.snapshots for part in self.parts)


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of time of a feed, in microseconds since 1970, both ends included."""

    feed: Feed
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PartIndex:
    """One state of the parts; ``moving`` are the windows that a commit is changing at the moment."""

    by_name: Mapping[str, Part] = field(default_factory=dict)
    stretches: Mapping[Feed, tuple[Stretch, ...]] = field(default_factory=dict)
    moving: tuple[Window, ...] = ()

    @classmethod
    def of(cls, parts: Iterable[Part]) -> PartIndex:
        """Make the index of all parts of a lake."""
        return cls().changed(list(parts), [])

    def settled(self, feed: Feed, first: int, last: int) -> bool:
        """Say whether what lies between two moments is as it will be: no commit is about to change it."""
        return all(window.feed != feed or window.last < first or last < window.first for window in self.moving)

    def begun(self, feed: Feed, moment: int) -> int:
        """Give the number of the stretch that had begun last at a moment; -1 if none had."""
        return bisect_right(self.stretches.get(feed, ()), moment, key=lambda stretch: stretch.first) - 1

    def while_changing(self, parts: Iterable[Part]) -> PartIndex:
        """Give the state that holds while a commit changes some parts."""
        return PartIndex(self.by_name, self.stretches, (*self.moving, *map(_window, parts)))

    def changed(self, added: Sequence[Part], dropped: Sequence[Part]) -> PartIndex:
        """Give the state after a commit; its windows move no more."""
        moving = list(self.moving)
        for window in map(_window, (*added, *dropped)):
            if window in moving:
                moving.remove(window)
        by_name, touched = dict(self.by_name), set()
        for part in dropped:
            by_name.pop(part.key.name, None)
            touched.add(part.key.feed)
        for part in added:
            by_name[part.key.name] = part
            touched.add(part.key.feed)
        stretches = {feed: found for feed, found in self.stretches.items() if feed not in touched}
        parts: dict[Feed, list[Part]] = {feed: [] for feed in touched}
        for part in by_name.values():
            if part.key.feed in touched and part.snapshots:
                parts[part.key.feed].append(part)
        for feed, held in parts.items():
            if held:
                stretches[feed] = _stretches(held, self.stretches.get(feed, ()))
        return PartIndex(by_name, stretches, tuple(moving))


def _window(part: Part) -> Window:
    return Window(part.key.feed, to_micros(part.first), to_micros(part.last))


def _stretches(parts: list[Part], before: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """Sort the parts of a feed into stretches; those that are as they were before stay the same objects."""
    known = {tuple(part.key.name for part in stretch.parts): stretch for stretch in before}
    groups: list[list[Part]] = []
    last = None
    for part in sorted(parts, key=lambda part: (part.first, part.key.name)):
        if groups and last is not None and (part.key.date == groups[-1][0].key.date or part.first <= last):
            groups[-1].append(part)
            last = max(last, part.last)
        else:
            groups.append([part])
            last = part.last
    return tuple(
        known.get(tuple(part.key.name for part in group))
        or Stretch(
            tuple(group),
            to_micros(min(part.first for part in group)),
            to_micros(max(part.last for part in group)),
        )
        for group in groups
    )
