"""Snapshots found in memory: which ones answer is known without asking the store, and only those are read."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from ...application.columns.arrays import Ints
from ...application.columns.rows import micros_of
from ...application.columns.schemas import SNAPSHOT_SCHEMA, STORED_SCHEMA
from ...application.ports.snapshot_store import DayCount, SnapshotStore, Tally
from ...application.ports.strike_source import StrikeSource
from ...domain.errors import GexlakeError, LakeDamaged
from ...domain.feed import Feed
from ...domain.parts import Part
from ...domain.timestamps import from_micros, to_micros
from ..lru import Lru
from .parts import PartIndex, Stretch

_EVER = np.iinfo(np.int64)
#: What takes longer to read part by part, the store answers: so many snapshots, whole or only some of their columns,
#: or from so many parts.
_MOST_SNAPSHOTS, _MOST_OF_COLUMNS, _MOST_PARTS = 3_000, 30_000, 4

#: Of so few rows the column with the part's name is not made anew for each answer; of more it would fill the memory.
_NAMES = 128
#: Bytes of a moment: the moment itself and the place of its part.
_A_MOMENT = 12
#: Days that the store is asked about in one go: it gives more of each snapshot than is kept.
_AT_A_TIME = 64


class NotAtHand(Exception):  # no error: the store is asked instead
    """What is in memory does not answer a question."""


@dataclass(frozen=True, slots=True)
class _Moments:
    """The moments of a stretch, ascending, and of each the place of its part; one part needs no places."""

    micros: Ints
    places: np.ndarray[Any, np.dtype[np.int32]] | None


class ServedSnapshotStore(SnapshotStore):
    """Answers what a server is asked most from memory and from the parts, and passes all else on to a store.

    It knows which parts there are (``index``), keeps up to ``max_bytes`` of their moments, and reads from the parts
    the few snapshots that an answer has. A part never changes, so that nothing in memory can be out of date but the
    index, and of that each state is complete. What a commit is changing at the moment, or what is not at hand for
    another reason, is asked of the store.
    """

    def __init__(self, store: SnapshotStore, source: StrikeSource, max_bytes: int) -> None:
        self._store, self._source = store, source
        self._moments: Lru[Stretch, _Moments] = Lru(max_bytes)
        self._lock = threading.Lock()
        self.index = PartIndex.of(store.parts())
        for feed in self.index.stretches:
            self._learn(feed, max_bytes // len(self.index.stretches))
        source.learn(self.newest())

    def newest(self) -> list[Part]:
        """Give all parts as they are known in memory, the newest first."""
        return sorted(self.index.by_name.values(), key=lambda part: part.last, reverse=True)

    def expect(self, parts: list[Part]) -> None:
        """Ask the store about the time of some parts until ``note`` tells what became of them."""
        with self._lock:
            self.index = self.index.while_changing(parts)

    def note(self, added: list[Part], dropped: list[Part]) -> None:
        """Take in what a commit has changed."""
        with self._lock:
            self.index = self.index.changed(added, dropped)
        for part in dropped:
            self._source.forget(part)
        # Whoever commits can wait for this; whoever asks next could not.
        self._source.learn(added)
        for part in added:
            with suppress(NotAtHand, GexlakeError):
                self._of(self._stretch_of(part))

    def look_again(self) -> None:
        """Take the parts from the store, whatever was noted; of days that are as they were all is kept."""
        with self._lock:
            index, parts = self.index, self._store.parts()
            added = [part for part in parts if index.by_name.get(part.key.name) != part]
            names = {part.key.name for part in parts} - {part.key.name for part in added}
            dropped = [part for name, part in index.by_name.items() if name not in names]
            self.index = replace(index.changed(added, dropped), moving=())
        for part in dropped:
            self._source.forget(part)

    def add(self, snapshots: pa.Table, part: Part) -> None:
        self._store.add(snapshots, part)
        self.note([part], [])

    def remove_part(self, part: Part) -> None:
        self._store.remove_part(part)
        self.note([], [part])

    def known(self, feed: Feed, first: datetime, last: datetime) -> pa.Table:
        return self._store.known(feed, first, last)

    def taken(self, parts: Sequence[Part]) -> set[str]:
        return self._store.taken(parts)

    def parts(self, names: set[str] | None = None) -> list[Part]:
        by_name = self.index.by_name
        if names is None or not names <= by_name.keys():
            return self._store.parts(names)
        found = [by_name[name] for name in names]
        return sorted(found, key=lambda part: (part.key.feed, part.key.date, part.first, part.key.name))

    def parts_of_files(self, file_ids: set[int]) -> list[Part]:
        return self._store.parts_of_files(file_ids)

    def feeds(self) -> list[Feed]:
        index = self.index
        return self._store.feeds() if index.moving else sorted(index.stretches)

    def latest(self, feed: Feed) -> pa.Table:
        try:
            return self._last_at(feed, int(_EVER.max))
        except (NotAtHand, LakeDamaged):
            return self._store.latest(feed)

    def as_of(self, feed: Feed, moment: datetime) -> pa.Table:
        try:
            return self._last_at(feed, to_micros(moment))
        except (NotAtHand, LakeDamaged):
            return self._store.as_of(feed, moment)

    def between(
        self,
        feed: Feed,
        first: datetime | None,
        last: datetime | None,
        limit: int,
        *,
        newest: bool = False,
        columns: Sequence[str] = (),
    ) -> pa.Table:
        try:
            begin = int(_EVER.min) if first is None else to_micros(first)
            end = int(_EVER.max) if last is None else to_micros(last)
            return self._between(feed, begin, end, limit, newest=newest, columns=columns)
        except (NotAtHand, LakeDamaged):
            return self._store.between(feed, first, last, limit, newest=newest, columns=columns)

    def days(self) -> list[DayCount]:
        return self._store.days()

    def tallies(self) -> list[Tally]:
        return self._store.tallies()

    def doubled(self) -> dict[tuple[Feed, date], int]:
        return self._store.doubled()

    def _last_at(self, feed: Feed, moment: int) -> pa.Table:
        index = self.index
        number = index.begun(feed, moment)
        if number < 0:
            _check(index, feed, int(_EVER.min), moment)
            return STORED_SCHEMA.empty_table()
        stretch = index.stretches[feed][number]
        micros = self._of(stretch).micros
        place = int(np.searchsorted(micros, moment, "right")) - 1
        _check(index, feed, int(micros[place]), moment)
        return self._read(stretch, place, place + 1)

    def _between(
        self, feed: Feed, first: int, last: int, limit: int, *, newest: bool, columns: Sequence[str]
    ) -> pa.Table:
        index = self.index
        held = index.stretches.get(feed, ())
        begin, end = max(0, index.begun(feed, first)), index.begun(feed, last) + 1
        numbers = range(begin, end)
        wanted: list[tuple[Stretch, int, int]] = []
        left, seen = limit, (first, last)
        for number in numbers[::-1] if newest else numbers:
            micros = self._of(held[number]).micros
            low = int(np.searchsorted(micros, first, "left"))
            high = int(np.searchsorted(micros, last, "right"))
            if high - low > left:
                low, high = (high - left, high) if newest else (low, low + left)
            if high > low:
                wanted.append((held[number], low, high))
                left -= high - low
            if limit - left > (_MOST_OF_COLUMNS if columns else _MOST_SNAPSHOTS):
                raise NotAtHand
            if left == 0:
                seen = (int(micros[low]), last) if newest else (first, int(micros[high - 1]))
                break
        _check(index, feed, *seen)
        tables = [self._read(*one, columns) for one in (reversed(wanted) if newest else wanted)]
        if len(tables) == 1:
            return tables[0]
        return pa.concat_tables(tables) if tables else STORED_SCHEMA.empty_table()

    def _read(self, stretch: Stretch, low: int, high: int, columns: Sequence[str] = ()) -> pa.Table:
        """Read some snapshots of a stretch, by their places."""
        moments = self._of(stretch)
        first, last = from_micros(int(moments.micros[low])), from_micros(int(moments.micros[high - 1]))
        places = [0] if moments.places is None else np.unique(moments.places[low:high]).tolist()
        if len(places) > _MOST_PARTS:
            raise NotAtHand
        tables = [self._rows(stretch.parts[place], first, last, columns) for place in places]
        found = tables[0] if len(tables) == 1 else pa.concat_tables(tables).sort_by("timestamp")
        if found.num_rows != high - low:  # a moment that stands twice, of which the limit wants one
            raise NotAtHand
        return found

    def _rows(self, part: Part, first: datetime, last: datetime, columns: Sequence[str]) -> pa.Table:
        found = self._source.snapshots_between(part, first, last, columns)
        schema = SNAPSHOT_SCHEMA if not columns else pa.schema([SNAPSHOT_SCHEMA.field(n) for n in found.column_names])
        formed = found if found.schema.equals(schema) else found.cast(schema)
        return formed.append_column(STORED_SCHEMA.field("part"), _named(part.key.name, found.num_rows))

    def _stretch_of(self, part: Part) -> Stretch:
        index, feed = self.index, part.key.feed
        number = index.begun(feed, to_micros(part.first))
        if number < 0:  # it has no snapshots, or another commit has taken it out
            raise NotAtHand
        return index.stretches[feed][number]

    def _learn(self, feed: Feed, room: int) -> None:
        """Ask the store for the moments of a feed's newest days, as many as there is room for.

        Day by day, when somebody asks for them, they would take many times as long.
        """
        newest: list[Stretch] = []
        for stretch in reversed(self.index.stretches[feed]):
            room -= stretch.snapshots * _A_MOMENT
            if room < 0:
                break
            newest.append(stretch)
        for begin in range(0, len(newest), _AT_A_TIME):
            some = newest[begin : begin + _AT_A_TIME]
            known = self._store.known(feed, from_micros(some[-1].first), from_micros(some[0].last))
            micros = micros_of(known)
            for stretch in some:
                low, high = micros.searchsorted(stretch.first, "left"), micros.searchsorted(stretch.last, "right")
                with suppress(NotAtHand):  # one that is damaged, and which a question about it will name
                    self._keep(stretch, _told(stretch, known.slice(low, high - low)))

    def _of(self, stretch: Stretch) -> _Moments:
        return self._moments.get(stretch) or self._keep(stretch, self._load(stretch))

    def _keep(self, stretch: Stretch, found: _Moments) -> _Moments:
        size = found.micros.nbytes + (0 if found.places is None else found.places.nbytes)
        self._moments.put(stretch, found, size)
        return found

    def _load(self, stretch: Stretch) -> _Moments:
        """Find the moments of a stretch: from the part itself, or of many parts from the store, in one question."""
        if len(stretch.parts) == 1:
            micros = np.sort(self._source.moments(stretch.parts[0]))
            if len(micros) != stretch.snapshots:
                raise NotAtHand
            return _Moments(micros, None)
        feed = stretch.parts[0].key.feed
        return _told(stretch, self._store.known(feed, from_micros(stretch.first), from_micros(stretch.last)))


def _told(stretch: Stretch, known: pa.Table) -> _Moments:
    """Make the moments of a stretch of what the store knows of it."""
    numbers = {part.key.name: number for number, part in enumerate(stretch.parts)}
    named = known.column("part").combine_chunks().dictionary_encode()
    codes = [numbers.get(name, -1) for name in named.dictionary.to_pylist()]
    if -1 in codes or known.num_rows != stretch.snapshots:  # the store is ahead of the index already
        raise NotAtHand
    places = np.array(codes, np.int32)[named.indices.to_numpy()] if len(numbers) > 1 else None
    # A copy: a view would keep all of what the store gave.
    return _Moments(micros_of(known).copy(), places)


def _named(part: str, rows: int) -> pa.Array:
    """Give the name of a part as a column."""
    return _names(part).slice(0, rows) if rows <= _NAMES else pa.repeat(part, rows)


@lru_cache(maxsize=1024)
def _names(part: str) -> pa.Array:
    return pa.repeat(part, _NAMES)


def _check(index: PartIndex, feed: Feed, first: int, last: int) -> None:
    if not index.settled(feed, first, last):
        raise NotAtHand
