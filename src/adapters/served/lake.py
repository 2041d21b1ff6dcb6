"""A lake that answers from the memory of the one process that owns it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa

from ...application.ports.unit_of_work import ImportUnitOfWork, Lake
from ...domain.parts import Part
from .snapshots import ServedSnapshotStore

#: Of the memory that may be taken, what moments and snapshots get; the ladders' source has the rest.
_SNAPSHOTS = 0.5


class ServedLake(Lake):
    """Gives a lake a snapshot store in memory to read from; whoever commits through it keeps that up to date.

    While a commit takes place, what it changes is asked of the lake itself; from its end on the memory has it.
    """

    def __init__(self, lake: Lake, max_bytes: int) -> None:
        self._lake = lake
        self.lineage, self.sink, self.ladders = lake.lineage, lake.sink, lake.ladders
        self.journal = lake.journal
        own = int(max_bytes * _SNAPSHOTS)
        lake.ladders.remember(max_bytes - own)
        self._served = ServedSnapshotStore(lake.snapshots, lake.ladders, own)
        self.snapshots = self._served

    def unit(self) -> ImportUnitOfWork:
        return _ServedUnit(self._lake.unit(), self._served)

    def settle(self) -> None:
        self._lake.settle()
        self._served.look_again()

    def journal_position(self) -> int:
        return self._lake.journal_position()

    def copy_to(self, folder: Path) -> None:
        self._lake.copy_to(folder)

    def close(self) -> None:
        self._lake.close()


class _ServedUnit(ImportUnitOfWork):
    """A unit of the lake; what it changes is noted in memory."""

    def __init__(self, unit: ImportUnitOfWork, served: ServedSnapshotStore) -> None:
        self._unit, self._served = unit, served
        self._added: dict[str, Part] = {}
        self._dropped: dict[str, Part] = {}

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
        self._unit.add_part(part, snapshots)
        self._added[part.key.name] = part

    def drop_part(self, part: Part) -> None:
        self._unit.drop_part(part)
        if self._added.pop(part.key.name, None) is None:
            self._dropped[part.key.name] = part

    def commit(self) -> None:
        added, dropped = list(self._added.values()), list(self._dropped.values())
        if not added and not dropped:
            self._unit.commit()
            return
        served = self._served
        # Between the store's commit and the last file's removal, neither the state before nor that after is whole.
        served.expect([*added, *dropped])
        try:
            self._unit.commit()
        except BaseException:
            # Only the store knows whether it committed. While it cannot be asked, its windows stay as they are, and
            # so the questions about them go to it. The error that is on its way says more than one in here.
            with suppress(Exception):
                served.look_again()
            raise
        served.note(added, dropped)
