"""The lake as a server holds it, over DuckDB and Parquet."""

from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.served.lake import ServedLake
from gexlake.application.asking.at_once import WouldWait, at_once
from gexlake.application.asking.query_gex import QueryGex
from gexlake.testing.builders import FEED, NOON, make_snapshot, make_snapshots
from support.lakes import LakesOnDisk, new_lake_on_disk
from support.serving import put


class TestServedLakeOnDisk(LakesOnDisk):
    """What is in memory goes with each opening, and is made again."""

    def around(self, lake: DuckDbLake) -> ServedLake:
        """Serve it."""
        return ServedLake(lake, 1 << 20)


def test_rows_from_parts_are_those_of_the_database(tmp_path: Path):
    """Value by value, odd ones too, in the same columns and types."""
    odd = make_snapshot(
        second=9,
        zero_gamma=-0.0,
        major_pos_oi=None,
        max_priors=[],
        extra={"lone": "\ud800", "nul": "\x00", "big": 10**30},
    )
    with closing(new_lake_on_disk(tmp_path)) as lake:
        put(lake, [*make_snapshots(3), odd], make_snapshots(2, second=5))
        served = ServedLake(lake, 1 << 20)
        for asked in ((FEED, None, None, 10), (FEED, NOON, NOON, 1)):
            assert served.snapshots.between(*asked).equals(lake.snapshots.between(*asked))
        assert served.snapshots.latest(FEED).equals(lake.snapshots.latest(FEED))
        assert str(served.snapshots.latest(FEED).to_pylist()) == str(lake.snapshots.latest(FEED).to_pylist())


#: The questions that a server is asked most.
ASKED: tuple[Callable[[QueryGex], Any], ...] = (
    lambda query: query.latest(FEED, ladders=True),
    lambda query: query.at(FEED, NOON + timedelta(seconds=1.5), ladders=True),
    lambda query: query.between(FEED, NOON, None, 2, ladders=True),
)


@pytest.mark.parametrize("ask", ASKED)
def test_what_was_read_is_answered_at_once(tmp_path: Path, ask: Callable[[QueryGex], Any]):
    """With the same columns as if it were read, from one part of a day or from several, and after each commit."""
    with closing(new_lake_on_disk(tmp_path)) as lake:
        put(lake, make_snapshots(3))
        served = ServedLake(lake, 1 << 24)
        for spot in (1.0, 2.0):
            read = ask(QueryGex(served))
            with at_once():
                found = ask(QueryGex(served))
            assert found.snapshots.equals(read.snapshots)
            assert found.ladders.equals(read.ladders)
            assert read.snapshots.equals(ask(QueryGex(lake)).snapshots)
            put(served, make_snapshots(2, second=10 * spot, spot=spot), [make_snapshot(second=1.25 / spot)])


def test_with_no_memory_everything_waits(tmp_path: Path):
    """Nothing is kept that nobody allowed."""
    with closing(new_lake_on_disk(tmp_path)) as lake:
        put(lake, make_snapshots(3))
        query = QueryGex(ServedLake(lake, 0))
        for ask in ASKED:
            ask(query)
            with pytest.raises(WouldWait), at_once():
                ask(query)
