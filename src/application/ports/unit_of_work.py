"""The port of the commit: snapshots, ladders, lineage and rejects, all or nothing."""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from ...domain.errors import CannotCopy
from ...domain.parts import Part
from .journal import Journal, NoJournal
from .lineage_store import LineageStore
from .snapshot_store import SnapshotStore
from .strike_sink import StrikeSink
from .strike_source import StrikeSource


class ImportUnitOfWork(ABC):
    """One unit of an import. Leaving it without ``commit`` rolls everything back."""

    snapshots: SnapshotStore
    lineage: LineageStore
    sink: StrikeSink
    ladders: StrikeSource

    @abstractmethod
    def __enter__(self) -> Self: ...

    @abstractmethod
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @abstractmethod
    def add_part(self, part: Part, snapshots: pa.Table) -> None:
        """Take a staged part in; it is published once the unit is committed."""

    @abstractmethod
    def drop_part(self, part: Part) -> None:
        """Take a published part out; its files go once the unit is committed."""

    @abstractmethod
    def commit(self) -> None:
        """Make it so: the store first, then the parts appear and disappear.

        Raises:
            DiskFull: there is no room. If the store had committed before, only ``Lake.settle`` may tidy up.
        """


class Lake(ABC):
    """An open lake: its stores, and units of work on it. One process owns it at a time."""

    snapshots: SnapshotStore
    lineage: LineageStore
    sink: StrikeSink
    ladders: StrikeSource
    journal: Journal = NoJournal()

    @abstractmethod
    def unit(self) -> ImportUnitOfWork:
        """Begin a unit of work."""

    @abstractmethod
    def settle(self) -> None:
        """Finish what a killed process left: publish what was committed, discard the rest, end its runs."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the lake."""

    def copy_to(self, folder: Path) -> None:
        """Put a copy of the lake, as it is at one moment, into a folder that is there and empty.

        Questions go on meanwhile; commits wait for a part of it.

        Raises:
            CannotCopy: the lake is of stores or sinks that gexlake cannot copy.
            DiskFull: there is no room; whatever is in the folder then is of no use.
        """
        raise CannotCopy

    def renew_journal(self) -> None:  # noqa: B027  # a lake without a journal has nothing to renew
        """Journal all that the lake knows in one entry, in place of whatever the journal holds."""

    def held(self) -> AbstractContextManager[None]:
        """Keep commits waiting, so that stores, parts and journal show one state; questions go on.

        A lake in which nobody commits while it is looked at need not do anything.
        """
        return nullcontext()

    def journal_position(self) -> int:
        """Give the number of the last commit's entry in the journal; 0 where there is no journal."""
        return 0
