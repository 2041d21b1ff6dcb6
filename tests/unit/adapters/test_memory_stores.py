"""The in-memory stores keep the promises of their ports."""

import pytest

from gexlake.adapters.memory.book import Book
from gexlake.adapters.memory.lineage import InMemoryLineageStore
from gexlake.adapters.memory.snapshots import InMemorySnapshotStore
from gexlake.testing import LineageStoreSuite, SnapshotStoreSuite


class TestInMemorySnapshotStore(SnapshotStoreSuite):
    """The snapshot store."""

    @pytest.fixture
    def store(self) -> InMemorySnapshotStore:
        """Give an empty store."""
        return InMemorySnapshotStore(Book())


class TestInMemoryLineageStore(LineageStoreSuite):
    """The lineage store."""

    @pytest.fixture
    def store(self) -> InMemoryLineageStore:
        """Give an empty store."""
        return InMemoryLineageStore(Book())
