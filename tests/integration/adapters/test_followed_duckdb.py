"""A lake on disk that a snapshot store in memory follows."""

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.layers.followed_lake import FollowedLake
from gexlake.adapters.memory.book import Book
from gexlake.testing import InMemorySnapshotStore
from support.lakes import LakesOnDisk


class TestFollowedLakeOnDisk(LakesOnDisk):
    """The follower forgets with each opening, and is given everything again."""

    def around(self, lake: DuckDbLake) -> FollowedLake:
        """Have an empty store follow it."""
        return FollowedLake(lake, InMemorySnapshotStore(Book()))
