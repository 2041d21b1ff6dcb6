"""The ports of the ladders: the sink that stages and publishes parts, the source that reads them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import pyarrow as pa

from ...domain.parts import Part, PartKey
from ..schemas import STRIKE_SCHEMA

#: All columns of a ladder.
WHOLE_ROW = tuple(STRIKE_SCHEMA.names)


class PartWriter(ABC):
    """Writes one part, in staging."""

    @abstractmethod
    def write(self, snapshots: pa.Table, ladders: pa.Table) -> None:
        """Append snapshots (``SNAPSHOT_SCHEMA``) and their ladders (``LADDER_SCHEMA``) as one row group.

        Raises:
            DiskFull: there is no room.
        """

    @abstractmethod
    def close(self) -> Part:
        """Finish the part so that it survives a power cut, and say what it holds."""

    @abstractmethod
    def abort(self) -> None:
        """Throw the part away."""


class RejectWriter(ABC):
    """Writes the rejects of one unit, in staging."""

    @abstractmethod
    def write(self, rejects: pa.RecordBatch) -> None:
        """Append rejects (``REJECT_SCHEMA``)."""

    @abstractmethod
    def close(self) -> None:
        """Finish."""


class StrikeSink(ABC):
    """Takes ladders with their snapshots, part by part.

    A part is staged first, where no reader sees it; once the store has committed it, it is published.
    Workers in other processes stage, so a sink can be pickled.
    """

    @abstractmethod
    def stage(self, key: PartKey, sources: Mapping[int, str] | None = None) -> PartWriter:
        """Begin a part; ``sources`` names the source files that its rows may come from, by ``file_id``."""

    @abstractmethod
    def stage_rejects(self, unit: str) -> RejectWriter:
        """Begin the list of a unit's rejects."""

    @abstractmethod
    def staged_rejects(self, unit: str) -> Iterator[pa.RecordBatch]:
        """Give back what was written to a unit's rejects; nothing if there is none."""

    @abstractmethod
    def staged_units(self) -> list[str]:
        """Name the units that have left something in staging."""

    @abstractmethod
    def publish(self, part: Part) -> None:
        """Show a staged part to readers, for good; a part that is shown already stays as it is."""

    @abstractmethod
    def discard(self, unit: str) -> None:
        """Throw away whatever a unit has left in staging."""

    @abstractmethod
    def retire(self, part: Part) -> None:
        """Remove a published part; one that is not there is no error."""

    @abstractmethod
    def note_progress(self, unit: str, bytes_done: int, snapshots: int) -> None:
        """Leave word of how far a unit is, for the process that waits for it."""

    @abstractmethod
    def progress_of(self, unit: str) -> tuple[int, int]:
        """Give the last word that a unit left: bytes and snapshots; zeros if none."""


class StrikeSource(ABC):
    """Reads ladders back, from staged and published parts alike."""

    @abstractmethod
    def snapshots(self, part: Part) -> pa.Table:
        """Give the snapshots (``SNAPSHOT_SCHEMA``) of a part in the order they were written.

        Raises:
            LakeDamaged: the part is not there or cannot be read.
        """

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
        """


class StrikeStorage(NamedTuple):
    """A place for ladders: the sink that writes there, and the source that reads what it wrote."""

    sink: StrikeSink
    source: StrikeSource
