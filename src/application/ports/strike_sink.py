"""The port of the ladders' way in: the sink that stages and publishes parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from ...domain.errors import CannotCopy
from ...domain.parts import Part, PartKey
from .strike_source import StrikeSource


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
    def publish(self, parts: Iterable[Part]) -> None:
        """Show staged parts to readers, for good; a part that is shown already stays as it is.

        These are all parts of a commit: what makes their files survive a power cut may be done once for all of them.
        """

    @abstractmethod
    def discard(self, unit: str) -> None:
        """Throw away whatever a unit has left in staging."""

    @abstractmethod
    def retire(self, part: Part) -> None:
        """Remove a published part; one that is not there is no error."""

    def link_to(self, folder: Path, part: Part) -> None:
        """Give the files of a committed part a second name in another lake's folder, or copy them there.

        Raises:
            CannotCopy: there are no files.
            DiskFull: there is no room.
        """
        raise CannotCopy

    def set_aside(self, part: Part, at: datetime) -> list[str]:
        """Keep a damaged part where no reader sees it, before it is retired, and name the places.

        A sink that cannot do this names none. Done twice for the same moment it does no harm.

        Raises:
            DiskFull: there is no room.
        """
        return []

    def set_aside_strays(self, parts: Iterable[Part], at: datetime) -> list[str]:
        """Move what lies among the published parts and is none of these to such a place, and name the places."""
        return []

    @abstractmethod
    def note_progress(self, unit: str, bytes_done: int, snapshots: int) -> None:
        """Leave word of how far a unit is, for the process that waits for it."""

    @abstractmethod
    def progress_of(self, unit: str) -> tuple[int, int]:
        """Give the last word that a unit left: bytes and snapshots; zeros if none."""


class StrikeStorage(NamedTuple):
    """A place for ladders: the sink that writes there, and the source that reads what it wrote."""

    sink: StrikeSink
    source: StrikeSource
