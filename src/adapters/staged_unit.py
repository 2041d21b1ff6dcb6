"""The commit around a store's own transaction: parts appear after it, and what a kill left undone is settled."""

from __future__ import annotations

from abc import abstractmethod
from types import TracebackType
from typing import Protocol, Self

import pyarrow as pa

from ..application.ports.strike_sink import StrikeSink, StrikeSource
from ..application.ports.unit_of_work import ImportUnitOfWork
from ..domain.parts import Part
from .crash_points import reached


class PartBook(Protocol):
    """What a store remembers of its parts beyond its snapshots, so that files and store can be made to agree."""

    def parts_of_unit(self, unit: str) -> list[Part]:
        """Give the parts that a unit of work committed."""

    def retire(self, part: Part) -> None:
        """Note that the files of a part which was taken out still have to go."""

    def retired(self) -> list[Part]:
        """Give the parts whose files still have to go."""

    def forget_retired(self, part: Part) -> None:
        """Note that the files of a part are gone."""

    def end_running(self) -> None:
        """Mark the runs that nobody ended as interrupted."""


class StagedUnitOfWork(ImportUnitOfWork):
    """A unit of work on a store that has transactions of its own and a sink that has none.

    The store decides: what it committed is published afterwards, and again by ``settle`` if a kill or an error came
    in between. So an error out of ``commit`` does not say that the unit may be discarded; ``settle`` finds that out.
    """

    def __init__(self, sink: StrikeSink, ladders: StrikeSource) -> None:
        self.sink, self.ladders = sink, ladders
        self._open = False
        self._added: dict[str, Part] = {}
        self._dropped: dict[str, Part] = {}

    def __enter__(self) -> Self:
        self._begin()
        self._open = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open:
            self._open = False
            self._roll_back()

    def add_part(self, part: Part, snapshots: pa.Table) -> None:
        self.snapshots.add(snapshots, part)
        self._added[part.key.name] = part
        reached("commit.part-added")

    def drop_part(self, part: Part) -> None:
        self.snapshots.remove_part(part)
        reached("commit.part-removed")
        if self._added.pop(part.key.name, None) is None:  # one that this unit added was never published
            self._note_retired(part)
            self._dropped[part.key.name] = part
            reached("commit.retirement-noted")

    def commit(self) -> None:
        if not self._open:
            raise RuntimeError("commit belongs inside the with block of a unit of work, once")
        self._commit_store()
        self._open = False
        book = self._book_after_commit()
        for part in self._added.values():
            self.sink.publish(part)
            reached("publish.done")
        for part in self._dropped.values():
            self.sink.retire(part)
            reached("retire.done")
            book.forget_retired(part)
            reached("retire.forgotten")

    @abstractmethod
    def _begin(self) -> None:
        """Begin the store's transaction and make ``snapshots`` and ``lineage`` work inside it."""

    @abstractmethod
    def _commit_store(self) -> None:
        """Commit the store's transaction; if it raises, nothing was changed."""

    @abstractmethod
    def _roll_back(self) -> None:
        """Undo the store's transaction; one that a failed commit undid already is no error."""

    @abstractmethod
    def _note_retired(self, part: Part) -> None:
        """Note a retired part inside the transaction."""

    @abstractmethod
    def _book_after_commit(self) -> PartBook:
        """Give the book whose notes hold at once, outside the transaction."""


def settle(sink: StrikeSink, book: PartBook) -> None:
    """Make files and store agree after a kill; the store is right.

    Every step may be done twice, so a kill in the middle of this does no harm: a part is published before its
    unit's staging goes, and is noted as retired until its files are gone.
    """
    reached("settle.begun")
    for unit in sink.staged_units():
        for part in book.parts_of_unit(unit):
            sink.publish(part)
            reached("settle.unit-published")
        sink.discard(unit)
        reached("settle.unit-discarded")
    for part in book.retired():
        sink.retire(part)
        reached("settle.part-retired")
        book.forget_retired(part)
        reached("settle.part-forgotten")
    book.end_running()
    reached("settle.runs-ended")
