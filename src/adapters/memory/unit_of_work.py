"""The unit of work in memory: it works on a copy of the book, and the lake takes the changes over."""

from __future__ import annotations

import threading

from ...application.ports.journal import Journal
from ...application.ports.strike_sink import StrikeSink
from ...application.ports.strike_source import StrikeSource
from ..journal.staged_unit import StagedUnitOfWork
from .book import Book
from .lineage import InMemoryLineageStore
from .snapshots import InMemorySnapshotStore


class InMemoryUnitOfWork(StagedUnitOfWork):
    """All or nothing on a book; other units wait for its end."""

    _lake_book: Book
    _book: Book

    def __init__(
        self, book: Book, lock: threading.RLock, sink: StrikeSink, ladders: StrikeSource, journal: Journal
    ) -> None:
        super().__init__(book, sink, ladders, journal)
        self._lock = lock

    def _begin(self) -> None:
        self._lock.acquire()
        self._before, self._book = self._lake_book.copy(), self._lake_book.copy()
        self.snapshots, self.lineage = InMemorySnapshotStore(self._book), InMemoryLineageStore(self._book)

    def commit(self) -> None:
        with self._lock:  # to the last part: whoever holds the lake sees all of a commit or nothing
            super().commit()

    def _commit_store(self) -> None:
        self._lake_book.take_over(self._book, self._before)
        self._lock.release()

    def _roll_back(self) -> None:
        self._lock.release()
