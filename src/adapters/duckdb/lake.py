"""The lake over DuckDB: the database file with the sink and the source of the ladders, and the journal, beside it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...application.ports.journal import Journal
from ...application.ports.strike_sink import StrikeSink
from ...application.ports.strike_source import StrikeSource
from ...application.presence import exists
from ...domain.errors import LakeBehind
from ..crash_points import reached
from ..disk.files import copy_or_move
from ..disk.lake_folder import LAKE_FILE
from ..disk.refusals import refusals
from ..journal.files import FileJournal
from ..journal.staged_unit import StagedLake
from .connection import Database, Tuning
from .database_file import copy_database
from .errors import translated
from .lineage import DuckDbLineageStore
from .parts import DuckDbPartBook
from .snapshots import DuckDbSnapshotStore
from .unit_of_work import DuckDbUnitOfWork

#: Where the files of a copy wait, under second names, until they are copied.
_HELD = "copying"


class DuckDbLake(StagedLake):
    """A lake whose index is the file ``gex.duckdb`` in its folder.

    Its stores may be asked from many threads; each call sees what was committed when it began. Writers wait for one
    another. The folder is made when there is none, but not for reading.

    Raises:
        LakeBusy: another process has the lake open for writing (or, for writing, open at all).
        LakeNotFound: it is to be read and is not there.
        LakeBehind: the database is missing or has lost commits; the journal has them.
        LakeDamaged, LakeTooNew, LakeTooOld, DiskFull: as their names say.
    """

    def __init__(
        self,
        folder: Path,
        sink: StrikeSink,
        ladders: StrikeSource,
        *,
        read_only: bool = False,
        tuning: Tuning | None = None,
        journal: Journal | None = None,
        file_name: str = LAKE_FILE,
    ) -> None:
        self._folder, self._read_only, self.sink, self.ladders = folder, read_only, sink, ladders
        self.journal = journal or FileJournal(folder)
        newest = max(self.journal.numbers(), default=0)  # before the database is opened: it may grow until then
        if newest and not exists(folder / file_name):
            raise LakeBehind(str(folder), newest, None)
        self._database = Database(folder, read_only=read_only, tuning=tuning, file_name=file_name)
        self.book = DuckDbPartBook(self._database)
        self.snapshots, self.lineage = DuckDbSnapshotStore(self._database), DuckDbLineageStore(self._database)
        try:
            self._check_position(newest)
        except BaseException:
            self.close()
            raise

    def _check_position(self, newest: int) -> None:
        if (position := self.book.journal_position()) < newest:
            raise LakeBehind(str(self._folder), newest, position)

    def unit(self) -> DuckDbUnitOfWork:
        return DuckDbUnitOfWork(self._database, self.sink, self.ladders, self.journal)

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._database.lock:
            yield

    def copy_to(self, folder: Path) -> None:
        """Copy the lake: its files get second names while commits wait, and are copied when they need not any more.

        A lake that is open for reading gets its second names in ``folder``, for its own may not be to be written.
        """
        self._database.in_place()
        held = (folder if self._read_only else self._folder) / _HELD
        shutil.rmtree(held, ignore_errors=True)
        try:
            with self._database.lock, translated(str(folder)):
                with self._database.cursor(str(folder)) as cursor:
                    copy_database(cursor, folder / LAKE_FILE)
                reached("copy.database-copied")
                for part in self.snapshots.parts():
                    self.sink.link_to(held, part)
                    reached("copy.part-held")
                self.journal.link_to(held, self.book.journal_position())
                reached("copy.journal-held")
            if exists(held):
                with refusals(folder):
                    shutil.copytree(held, folder, copy_function=copy_or_move, dirs_exist_ok=True)
                reached("copy.files-copied")
        finally:
            shutil.rmtree(held, ignore_errors=True)
        reached("copy.done")

    def shut(self) -> None:
        """Let go of the lake, with all of it in the database file and no log beside it."""
        self._database.shut()

    def close(self) -> None:
        self._database.close()
