"""A lake that says which feeds each commit has changed, whoever commits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from ...application.ports.unit_of_work import ImportUnitOfWork, Lake
from ...domain.feed import Feed
from ...domain.parts import Part

#: Hears which feeds have changed.
Listener = Callable[[set[Feed]], None]


class WatchedLake(Lake):
    """Passes everything on to another lake, and tells ``changed`` of each commit once it has taken place."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self.changed: list[Listener] = []
        self.snapshots, self.lineage = lake.snapshots, lake.lineage
        self.sink, self.ladders = lake.sink, lake.ladders
        self.journal = lake.journal

    def unit(self) -> ImportUnitOfWork:
        """Begin a unit of work that is watched."""
        return _WatchedUnit(self._lake.unit(), self.changed)

    def settle(self) -> None:
        """Finish what is half done; that changes no answer."""
        self._lake.settle()

    def journal_position(self) -> int:
        """Give the number of the last commit's entry in the journal."""
        return self._lake.journal_position()

    def copy_to(self, folder: Path) -> None:
        """Put a copy of the lake into a folder."""
        self._lake.copy_to(folder)

    def close(self) -> None:
        """Let go of the lake."""
        self._lake.close()


class _WatchedUnit(ImportUnitOfWork):
    def __init__(self, unit: ImportUnitOfWork, changed: list[Listener]) -> None:
        self._unit, self._changed = unit, changed
        self._feeds: set[Feed] = set()

    def __enter__(self) -> Self:
        self._unit.__enter__()
        unit = self._unit
        self.snapshots, self.lineage, self.sink, self.ladders = unit.snapshots, unit.lineage, unit.sink, unit.ladders
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._unit.__exit__(kind, error, trace)

    def add_part(self, part: Part, snapshots: pa.Table) -> None:
        self._feeds.add(part.key.feed)
        self._unit.add_part(part, snapshots)

    def drop_part(self, part: Part) -> None:
        self._feeds.add(part.key.feed)
        self._unit.drop_part(part)

    def commit(self) -> None:
        try:
            self._unit.commit()
        finally:  # an error may come after the store has committed
            for hear in self._changed:
                hear(self._feeds)
