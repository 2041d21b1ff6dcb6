"""The lake over DuckDB: the database file with the sink and the source of the ladders beside it."""

from __future__ import annotations

from pathlib import Path

from ...application.ports.strike_sink import StrikeSink, StrikeSource
from ...application.ports.unit_of_work import Lake
from ..staged_unit import settle
from .connection import Database, Tuning
from .lineage import DuckDbLineageStore
from .parts import DuckDbPartBook
from .snapshots import DuckDbSnapshotStore
from .unit_of_work import DuckDbUnitOfWork


class DuckDbLake(Lake):
    """A lake whose index is the file ``gex.duckdb`` in its folder.

    Its stores may be asked from many threads; each call sees what was committed when it began. Writers wait for one
    another. The folder is made when there is none, but not for reading.

    Raises:
        LakeBusy: another process has the lake open for writing (or, for writing, open at all).
        LakeNotFound: it is to be read and is not there.
        LakeDamaged, LakeTooNew, DiskFull: as their names say.
    """

    def __init__(
        self,
        folder: Path,
        sink: StrikeSink,
        ladders: StrikeSource,
        *,
        read_only: bool = False,
        tuning: Tuning | None = None,
    ) -> None:
        self.sink, self.ladders = sink, ladders
        self._database = Database(folder, read_only=read_only, tuning=tuning)
        self.snapshots, self.lineage = DuckDbSnapshotStore(self._database), DuckDbLineageStore(self._database)

    def unit(self) -> DuckDbUnitOfWork:
        return DuckDbUnitOfWork(self._database, self.sink, self.ladders)

    def settle(self) -> None:
        settle(self.sink, DuckDbPartBook(self._database))

    def close(self) -> None:
        self._database.close()
