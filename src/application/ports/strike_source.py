"""The port of the ladders' way out: the source that reads parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ...domain.errors import LakeDamaged
from ...domain.parts import Part
from ...domain.timestamps import from_micros, to_micros
from ..columns.arrays import Ints
from ..columns.rows import micros_of
from ..columns.schemas import STRIKE_SCHEMA

#: All columns of a ladder.
WHOLE_ROW = tuple(STRIKE_SCHEMA.names)


class PieceFacts(NamedTuple):
    """What is there of one side of a published part, its ladders or its copies of the snapshots.

    ``place`` names it for people. ``problem`` says why it cannot be read, "" if it can; ``digest`` is "" where it was
    not asked for or there is none.
    """

    place: str
    there: bool = True
    problem: str = ""
    rows: int = 0
    size: int = 0
    digest: str = ""


class PartFacts(NamedTuple):
    """What is there of a published part."""

    ladders: PieceFacts
    snapshots: PieceFacts


class StrikeSource(ABC):
    """Reads ladders back, from staged and published parts alike.

    A source that reads from a disk or a network calls ``waiting`` first: a server asks on its event loop.
    """

    @abstractmethod
    def snapshots(self, part: Part) -> pa.Table:
        """Give the snapshots (``SNAPSHOT_SCHEMA``) of a part in the order they were written.

        Raises:
            LakeDamaged: the part is not there or cannot be read.
        """

    def moments(self, part: Part) -> Ints:
        """Give the timestamps of a part's snapshots, in microseconds since 1970, in the order they were written.

        This reads the part; a source that can read one column does better.

        Raises:
            LakeDamaged: the part is not there or cannot be read.
        """
        return micros_of(self.snapshots(part))

    def snapshots_between(self, part: Part, first: datetime, last: datetime, columns: Sequence[str] = ()) -> pa.Table:
        """Give the snapshots (``SNAPSHOT_SCHEMA``) of a part between two moments, both included, oldest first.

        ``columns`` names those that are wanted beside ``timestamp``, all if it names none.

        This reads the part; a source that can find them does better.

        Raises:
            LakeDamaged: the part is not there or cannot be read.
        """
        found = self.snapshots(part).sort_by("timestamp")
        if columns:
            found = found.select([name for name in found.column_names if name in {"timestamp", *columns}])
        micros = micros_of(found)
        begin, end = micros.searchsorted(to_micros(first), "left"), micros.searchsorted(to_micros(last), "right")
        return found.slice(int(begin), int(end - begin))

    def remember(self, max_bytes: int) -> None:  # noqa: B027  # whoever remembers nothing need not hear of it
        """Hear how much memory may be spent on finding rows sooner, in a process that asks for long."""

    def spill(self, max_bytes: int) -> None:  # noqa: B027  # the same
        """Hear how much of the disk may be spent on it too, until that process ends."""

    def learn(self, parts: Sequence[Part]) -> None:  # noqa: B027  # the same
        """Look at parts before anybody asks about them, the first ones first, as far as there is memory.

        What is wrong with a part is for whoever asks about it to hear.
        """

    def read_ahead(self, parts: Sequence[Part]) -> Iterator[None]:
        """Make ready what short answers about parts are made of, the first ones first, as far as there is room.

        Each step is a short one, so that whoever takes them can stop.
        """
        return iter(())

    def forget(self, part: Part) -> None:  # noqa: B027  # the same
        """Hear that a part was removed: a file of it that is still open would keep its place on the disk."""

    @abstractmethod
    def batches(
        self, part: Part, first: datetime | None = None, last: datetime | None = None
    ) -> Iterator[tuple[pa.Table, pa.Table]]:
        """Stream a part as it was written: snapshots (``SNAPSHOT_SCHEMA``) and ladders (``LADDER_SCHEMA``).

        With ``first`` and ``last``, only row groups that may hold snapshots between them, both included.

        Raises:
            LakeDamaged: the part is not there or cannot be read.
        """

    @abstractmethod
    def ladders(
        self, parts: Sequence[Part], first: datetime, last: datetime, columns: Sequence[str] = WHOLE_ROW
    ) -> pa.Table:
        """Give the rows (``STRIKE_SCHEMA``) between two moments, both included, by (timestamp, strike).

        ``columns`` are those that are wanted, ``timestamp`` and ``strike`` among them.

        Raises:
            LakeDamaged: a part is not there or cannot be read.
        """

    def ladders_at(self, parts: Sequence[Part], moments: Ints, columns: Sequence[str] = WHOLE_ROW) -> pa.Table:
        """Give the rows of some moments as ``ladders`` does; they are microseconds since 1970, ascending, each once.

        This reads whatever lies between the first and the last; a source that can find single ladders does better.
        """
        if not len(moments):
            return STRIKE_SCHEMA.empty_table().select(columns)
        rows = self.ladders(parts, from_micros(int(moments[0])), from_micros(int(moments[-1])), columns)
        held = micros_of(rows)
        begins, ends = held.searchsorted(moments, "left"), held.searchsorted(moments, "right")
        counts = ends - begins
        # The places of all rows from each beginning to its end, one ladder after the other.
        return rows.take(np.arange(counts.sum()) + np.repeat(ends - np.cumsum(counts), counts))

    def inspect(self, part: Part, *, checksums: bool = True) -> PartFacts:
        """Say what is really there of a published part; may be called from many threads.

        This reads the part and believes its size; a source that can tell more, or the same sooner, does better.
        """
        places = [f"{kind} of {part.key.name}" for kind in ("ladders", "snapshots")]
        try:
            sizes = [(snapshots.num_rows, ladders.num_rows) for snapshots, ladders in self.batches(part)]
        except LakeDamaged as damaged:
            return PartFacts(*(PieceFacts(place, there=False, problem=str(damaged)) for place in places))
        return PartFacts(
            PieceFacts(places[0], rows=sum(rows for _, rows in sizes), size=part.ladder_bytes),
            PieceFacts(places[1], rows=sum(rows for rows, _ in sizes), size=part.snapshot_bytes),
        )

    def strays(self, parts: Iterable[Part]) -> list[str]:
        """Name what lies among the published parts and belongs to none of these; nothing where that cannot be told."""
        return []
