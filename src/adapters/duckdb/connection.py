"""The open database file: a cursor a call, one writer at a time, checkpoints when there is room for them."""

from __future__ import annotations

import os
import shutil
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ...application.asking.at_once import waiting
from ...application.presence import exists
from ...domain.errors import GexlakeError, LakeHasNoPlace, LakeMoved, LakeNotFound
from ..crash_points import reached
from ..disk.lake_folder import LAKE_FILE
from .database_file import copy_database, give_name, log_of, name_of
from .errors import translated
from .schema import MIGRATIONS, check, migrate
from .statements import add, put

#: DuckDB's own checkpoint, inside COMMIT, ends the whole database when the disk is full; ours runs after the commit,
#: and only with room to spare. TimeZone: Arrow's timestamps carry it. No extension is ever fetched from the network.
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "checkpoint_threshold": "1TB",
    "TimeZone": "UTC",
    "autoinstall_known_extensions": False,
    # A large transaction keeps one row group in memory, not five of them.
    "write_buffer_row_group_count": 1,
}


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a database is kept.

    ``checkpoint_bytes``: from this size on the write-ahead log goes into the database file. ``buffer_bytes``: what
    DuckDB may keep in memory after that; a question that another thread asks at this moment must do with it, too.
    ``room_left`` tells the free bytes of a folder's disk. ``migrations`` lead from version to version.
    """

    checkpoint_bytes: int = 64 << 20
    buffer_bytes: int = 32 << 20
    room_left: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free
    migrations: tuple[str, ...] = MIGRATIONS


class Access(ABC):
    """Lends cursors to the stores: of their own, or the one of an open unit of work."""

    @abstractmethod
    def reading(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Lend a cursor for queries that see one state of the database."""

    @abstractmethod
    def writing(self) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """Lend a cursor inside a transaction: what is done with it is done together or not at all."""

    @abstractmethod
    def in_place(self) -> None:
        """Make sure that what is written beside the database, into the same folder, still belongs to it.

        Raises:
            LakeMoved: the file that was opened has another name, or none.
        """

    @abstractmethod
    def put(self, table_name: str, row: Mapping[str, Any]) -> None:
        """Put a row in, in place of the one with its key if there is one; at the latest before the next cursor."""

    @abstractmethod
    def add(self, snapshots: pa.Table, part: Mapping[str, Any]) -> None:
        """Add the snapshots of a part and its row among the parts; at the latest before the next cursor."""


class Database(Access):
    """The database file of a lake, open in this process.

    Raises:
        LakeBusy: another process has it open.
        LakeDamaged: the file is torn or is no database of gexlake.
        LakeTooNew: a newer gexlake wrote it.
        LakeNotFound: it is to be read and is not there.
        LakeForbidden, LakeHasNoPlace, LakeUnnameable, DiskFull: it cannot be made, or not be opened.
    """

    def __init__(
        self, folder: Path, *, read_only: bool = False, tuning: Tuning | None = None, file_name: str = LAKE_FILE
    ) -> None:
        self.lake, self.path, self._read_only = str(folder), folder / file_name, read_only
        self._tuning = tuning or Tuning()
        self.lock = threading.RLock()
        self._writer: duckdb.DuckDBPyConnection | None = None
        self._failed = False
        name_of(self.path)
        if read_only and not exists(self.path):
            raise LakeNotFound(self.lake)
        if not exists(self.path):
            self._create()
        self._connection = self._connect()
        with translated(self.lake):
            self._opened = self.path.stat()
        if not read_only:
            self._sweep()

    def _create(self) -> None:
        """Make the file under another name first: a kill leaves no half-made database in the way."""
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
        with translated(self.lake):
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except (FileExistsError, FileNotFoundError, NotADirectoryError) as error:
                raise LakeHasNoPlace(self.lake, error.strerror or str(error)) from error
            draft.unlink(missing_ok=True)
            try:
                with duckdb.connect(name_of(draft), config=_CONFIG) as connection:
                    migrate(connection, self.lake, self._tuning.migrations)
                reached("lake.draft-written")
                give_name(draft, self.path)
                reached("lake.draft-named")
            finally:
                draft.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """Remove the drafts and the buffers of processes that died; whoever writes is alone with the folder."""
        for draft in self.path.parent.glob(f"{LAKE_FILE}.*.new*"):
            with suppress(OSError):
                draft.unlink()
        for buffers in self.path.parent.glob(f"{LAKE_FILE}*.tmp"):
            shutil.rmtree(buffers, ignore_errors=True)

    def _connect(self) -> duckdb.DuckDBPyConnection:
        with translated(self.lake):
            connection = duckdb.connect(name_of(self.path), read_only=self._read_only, config=_CONFIG)
            try:
                if self._read_only:
                    check(connection, self.lake, self._tuning.migrations)
                else:
                    migrate(connection, self.lake, self._tuning.migrations, partial(self._keep, connection))
            except BaseException:
                connection.close()
                raise
        reached("lake.opened")
        return connection

    def in_place(self) -> None:
        try:
            same = os.path.samestat(self.path.stat(), self._opened)
        except OSError:
            same = False
        if not same:
            raise LakeMoved(self.lake)

    def _keep(self, connection: duckdb.DuckDBPyConnection, version: int) -> None:
        """Put a copy of a database of an older version beside it, for the older gexlake."""
        kept = self.path.with_name(f"{LAKE_FILE}.version-{version}")
        if not exists(kept):
            draft = kept.with_name(f"{kept.name}.{os.getpid()}.new")
            copy_database(connection, draft)
            reached("migrate.copy-written")
            draft.replace(kept)
            reached("migrate.copy-named")

    @contextmanager
    def guarded(self, where: str | None = None) -> Iterator[None]:
        """Translate what DuckDB raises about the lake, or about ``where``; remember an error that ends the database."""
        with translated(where or self.lake):
            try:
                yield
            except duckdb.FatalException:
                self._failed = True
                raise

    @contextmanager
    def cursor(self, where: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor of its own, closed at the end; what is not committed by then is undone.

        Errors are told of ``where``, if that is what is written.
        """
        waiting()
        with self.guarded(where):
            if self._failed:
                self._reconnect()
            cursor = self._connection.cursor()
            try:
                yield cursor
            finally:
                cursor.close()

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.cursor() as cursor:
            cursor.begin()  # one answer may take several queries: they see the same state
            yield cursor

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self.lock:
            if self._writer is not None:  # a part of what this thread is writing already
                yield self._writer
                return
            with self.reading() as cursor:
                self._writer = cursor
                try:
                    yield cursor
                    cursor.commit()
                finally:
                    self._writer = None

    def put(self, table_name: str, row: Mapping[str, Any]) -> None:
        with self.writing() as cursor:
            put(cursor, table_name, [row])

    def add(self, snapshots: pa.Table, part: Mapping[str, Any]) -> None:
        with self.writing() as cursor:
            add(cursor, [snapshots])
            put(cursor, "parts", [part])

    def checkpoint(self) -> None:
        """Move a long write-ahead log into the database file, unless the disk is too full for it."""
        log = log_of(self.path)
        size = log.stat().st_size if exists(log) else 0
        if size >= self._tuning.checkpoint_bytes and self._tuning.room_left(self.path.parent) > 4 * size:
            with suppress(GexlakeError), self.lock, self.cursor() as cursor:  # it can wait; the commit is safe
                reached("checkpoint.begun")
                cursor.execute("CHECKPOINT")
                reached("checkpoint.done")
                self._empty_buffers(cursor)

    def _empty_buffers(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """Give back the memory of what lies in the file by now: DuckDB keeps it, so that an import grew with its lake.

        A limit for good would end transactions that need more at once than it allows, such as those with long words.
        """
        cursor.execute(f"SET GLOBAL memory_limit = '{self._tuning.buffer_bytes}B'")
        cursor.execute("RESET GLOBAL memory_limit")

    def shut(self) -> None:
        """Move the whole log into the database file, and let go of it: the file alone is the database."""
        with self.guarded():
            self._connection.execute("CHECKPOINT")
        self.close()

    def close(self) -> None:
        """Let go of the file; every cursor ends."""
        with translated(self.lake):
            self._connection.close()

    def _reconnect(self) -> None:
        """Open again what an error of DuckDB has closed for good; nothing committed is lost by that."""
        with self.lock:
            if self._failed:
                self.in_place()
                self._connection.close()
                self._connection = self._connect()
                self._failed = False
