"""The database file as a thing: held, made anew beside the lake, put in place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from ...application.ports.journal import NoJournal
from ...application.ports.lake_index import LakeIndex
from ...application.ports.strike_sink import StrikeStorage
from ...application.ports.unit_of_work import Lake
from ...application.presence import exists, is_dir
from ...domain.errors import LakeBehind, LakeBusy, LakeDamaged, LakeNotFound
from ..crash_points import reached
from ..disk.files import free_name, sync_folder
from ..disk.lake_folder import LAKE_FILE
from ..disk.refusals import refusals
from .database_file import log_of
from .errors import translated
from .lake import DuckDbLake

_DRAFT = f"{LAKE_FILE}.rebuilding"


class DuckDbIndex(LakeIndex):
    """The file ``gex.duckdb`` of a lake."""

    def __init__(self, folder: Path, strikes: StrikeStorage) -> None:
        self._folder, self._strikes = folder, strikes
        self._path, self._draft = folder / LAKE_FILE, folder / _DRAFT

    @contextmanager
    def held(self) -> Iterator[None]:
        if not is_dir(self._folder):
            raise LakeNotFound(str(self._folder))
        with _lock(self._folder, self._path):
            yield

    def settle(self) -> bool:
        if not exists(self._path):
            return False
        try:
            with closing(DuckDbLake(self._folder, *self._strikes)) as lake:
                lake.settle()
        except (LakeBehind, LakeDamaged):
            return False
        return True

    def draft(self) -> Lake:
        self._clear()
        draft = DuckDbLake(self._folder, *self._strikes, journal=NoJournal(), file_name=_DRAFT)
        reached("rebuild.draft-opened")
        return draft

    def put_in_place(self, draft: Lake, position: int, moment: datetime) -> str | None:
        if not isinstance(draft, DuckDbLake):
            raise TypeError("only a draft of this index can take its place")
        draft.book.end_running()
        draft.book.note_journal_position(position)
        draft.shut()
        reached("rebuild.draft-shut")
        aside = free_name(self._path.with_name(f"{LAKE_FILE}.before-rebuild-{moment:%Y%m%dT%H%M%S}"))
        with translated(str(self._folder)):
            there = exists(self._path)
            if there:
                _also_named(self._path, aside)
                reached("rebuild.database-aside")
            # The log first: beside the new database the old one's would be taken for its own.
            if exists(log := log_of(self._path)):
                log.replace(log_of(aside))
                reached("rebuild.log-aside")
            self._draft.replace(self._path)
            reached("rebuild.draft-named")
            sync_folder(self._folder)
            reached("rebuild.done")
        return str(aside) if there else None

    def throw_away(self, draft: Lake) -> None:
        draft.close()
        self._clear()

    def _clear(self) -> None:
        for left in (self._draft, log_of(self._draft)):
            left.unlink(missing_ok=True)


def _also_named(path: Path, name: Path) -> None:
    """Give a file a second name; where there are no hard links it loses the first one."""
    try:
        os.link(path, name)
    except OSError:
        path.replace(name)


@contextmanager
def _lock(folder: Path, path: Path) -> Iterator[None]:
    """Hold the folder against others who would rebuild, and the file as DuckDB does, so that it finds it taken."""
    try:
        import fcntl
    except ImportError:  # on Windows an open file can be neither replaced nor opened twice
        yield
        return
    handles = [os.open(folder, os.O_RDONLY)]
    try:
        with refusals(folder):
            try:
                fcntl.flock(handles[0], fcntl.LOCK_EX | fcntl.LOCK_NB)
                if exists(path):
                    handles.append(os.open(path, os.O_RDWR))
                    fcntl.lockf(handles[1], fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LakeBusy(str(folder), None) from None
        yield
    finally:
        for handle in handles:
            os.close(handle)
