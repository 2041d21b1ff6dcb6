"""A lake that is asked in another process answers as it does at home, whatever its stores give."""

from typing import Any

import pytest

from gexlake.adapters.asked.lake import AskedLake
from gexlake.adapters.asked.questions import QUESTIONS, question
from gexlake.adapters.memory.book import Book
from gexlake.adapters.memory.lineage import InMemoryLineageStore
from gexlake.adapters.memory.snapshots import InMemorySnapshotStore
from gexlake.application.ports.strike_sink import StrikeStorage
from gexlake.domain.rejects import RejectReason
from gexlake.testing import (
    InMemoryLake,
    InMemoryStrikeSink,
    InMemoryStrikeSource,
    LineageStoreSuite,
    SnapshotStoreSuite,
    make_file,
    make_reject,
)
from gexlake.testing.builders import make_rejects


class ShortLine:
    """A line that ends at a store in the same process."""

    def __init__(self, kind: str, store: Any) -> None:
        self._kind, self._store = kind, store

    def ask(self, store: str, name: str, written: bytes) -> bytes:
        assert store == self._kind
        return question(store, name).put(self._store, written)

    def close(self) -> None:
        self._store = None


class Asked:
    """A store whose questions go over a line, and whose changes do not."""

    def __init__(self, kind: str, store: Any) -> None:
        sink = InMemoryStrikeSink()
        lake = AskedLake(ShortLine(kind, store), StrikeStorage(sink, InMemoryStrikeSource(sink)))
        self._asked, self._store, self._names = getattr(lake, kind), store, QUESTIONS[kind]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._asked if name in self._names else self._store, name)


class TestAskedSnapshots(SnapshotStoreSuite):
    """All that a snapshot store gives comes over the line as it was."""

    @pytest.fixture
    def store(self) -> Any:
        """Give an empty store."""
        return Asked("snapshots", InMemorySnapshotStore(Book()))


class TestAskedLineage(LineageStoreSuite):
    """All that a lineage store gives comes over the line as it was."""

    @pytest.fixture
    def store(self) -> Any:
        """Give an empty store."""
        return Asked("lineage", InMemoryLineageStore(Book()))


@pytest.mark.parametrize("limit", [None, 199, 200, 201, 500, 900])
def test_rejects_come_in_pages(limit: int | None) -> None:
    """Each once, by their numbers, as many as are asked for; also those that are no text."""
    lineage = InMemoryLineageStore(Book())
    lineage.add_file(make_file(1))
    made = [make_reject(record, raw=b"\xff%d" % record) for record in range(499)]
    lineage.add_rejects(make_rejects([*made, make_reject(499, reason=RejectReason.CONFLICT)], 1))
    asked = Asked("lineage", lineage)
    assert list(asked.rejects(limit=limit)) == list(lineage.rejects(limit=limit))
    found = list(asked.rejects(limit=limit, reason="not-positive", after=7))
    assert found == list(lineage.rejects(limit=limit, reason="not-positive", after=7))


@pytest.mark.parametrize(("store", "name"), [("snapshots", "remove_part"), ("lineage", "forget_files"), ("sink", "x")])
def test_nothing_that_changes_a_store_is_a_question(store: str, name: str) -> None:
    """Nor is what is no store."""
    with pytest.raises(KeyError):
        question(store, name)


def test_no_unit_of_work_is_begun() -> None:
    """The lake is another process's."""
    lake = AskedLake(ShortLine("snapshots", InMemoryLake().snapshots), StrikeStorage(InMemoryStrikeSink(), None))
    lake.settle()
    with pytest.raises(NotImplementedError):
        lake.unit()
    lake.close()
