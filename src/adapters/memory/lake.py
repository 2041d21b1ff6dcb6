"""The lake in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ...application.ports.journal import Journal
from ...application.ports.strike_sink import StrikeSink
from ...application.ports.strike_source import StrikeSource
from ..journal.staged_unit import StagedLake
from .book import Book
from .journal import InMemoryJournal
from .lineage import InMemoryLineageStore
from .snapshots import InMemorySnapshotStore
from .strike_sink import InMemoryStrikeSink, InMemoryStrikeSource
from .unit_of_work import InMemoryUnitOfWork


class InMemoryLake(StagedLake):
    """A lake that is gone with the process.

    ``book``, ``sink`` and ``journal`` may be those of an earlier lake: that is how a test opens one again after a kill.
    """

    book: Book

    def __init__(
        self,
        sink: StrikeSink | None = None,
        ladders: StrikeSource | None = None,
        *,
        book: Book | None = None,
        journal: Journal | None = None,
    ) -> None:
        own = InMemoryStrikeSink()
        self.sink = sink or own
        self.ladders = ladders or InMemoryStrikeSource(sink if isinstance(sink, InMemoryStrikeSink) else own)
        self.book = book or Book()
        self.journal = journal or InMemoryJournal()
        self._lock = threading.RLock()
        self.snapshots, self.lineage = InMemorySnapshotStore(self.book), InMemoryLineageStore(self.book)

    def unit(self) -> InMemoryUnitOfWork:
        return InMemoryUnitOfWork(self.book, self._lock, self.sink, self.ladders, self.journal)

    @contextmanager
    def held(self) -> Iterator[None]:
        with self._lock:
            yield

    def close(self) -> None:
        """Do nothing: what is in memory stays until nobody holds the lake."""
