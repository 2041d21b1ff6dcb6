"""A lake that answers from the memory of the one process that owns it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ...application.ports.unit_of_work import ImportUnitOfWork, Lake
from ..layers.lake_layer import LakeLayer, UnitLayer
from .reading_ahead import QUIET, ReadingAhead
from .snapshots import ServedSnapshotStore

#: Of the memory that may be taken, what the moments get; the ladders' source has the rest for finding rows.
_MOMENTS = 0.125


class ServedLake(LakeLayer):
    """Gives a lake a snapshot store in memory to read from; whoever commits through it keeps that up to date.

    While a commit takes place, what it changes is asked of the lake itself; from its end on the memory has it.
    ``quiet`` is how many seconds after the last commit what commits have brought is read ahead.
    """

    def __init__(self, lake: Lake, max_bytes: int, disk_bytes: int = 0, *, quiet: float = QUIET) -> None:
        super().__init__(lake)
        own = int(max_bytes * _MOMENTS)
        lake.ladders.remember(max_bytes - own)
        lake.ladders.spill(disk_bytes)
        self.snapshots = self._served = ServedSnapshotStore(lake.snapshots, lake.ladders, own)
        self._ahead = ReadingAhead(lake.ladders, self._served.newest, quiet)

    @contextmanager
    def reading_ahead(self) -> Iterator[None]:
        """Take what may be asked into memory meanwhile, as far as there is room: once, while this lake is open."""
        self._ahead.start()
        try:
            yield
        finally:
            self._ahead.stop()

    def unit(self) -> ImportUnitOfWork:
        return _ServedUnit(self._lake.unit(), self._served, self._ahead)

    def settle(self) -> None:
        super().settle()
        self._served.look_again()
        # What an import lacked may have been room on the disk, which is then given back.
        self._ahead.anew()


class _ServedUnit(UnitLayer):
    """A unit of the lake; what it changes is noted in memory."""

    def __init__(self, unit: ImportUnitOfWork, served: ServedSnapshotStore, ahead: ReadingAhead) -> None:
        super().__init__(unit)
        self._served, self._ahead = served, ahead

    def commit(self) -> None:
        added, dropped = list(self._added.values()), list(self._dropped.values())
        if not added and not dropped:
            self._unit.commit()
            return
        served = self._served
        # Between the store's commit and the last file's removal, neither the state before nor that after is whole.
        served.expect([*added, *dropped])
        # While the store cannot be asked, its windows stay as they are, and so the questions about them go to it.
        self._commit(served.look_again)
        served.note(added, dropped)
        self._ahead.again()
