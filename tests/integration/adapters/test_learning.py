"""What a server learns before anybody asks."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.served.lake import ServedLake
from gexlake.adapters.served.learning import Learning
from gexlake.application.at_once import WouldWait, at_once
from gexlake.application.query_gex import QueryGex
from gexlake.testing.builders import FEED, NOON, make_snapshots
from support.serving import put

pytestmark = pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="Linux alone tells what it holds in memory")
DAY = timedelta(days=1)


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[DuckDbLake]:
    """Give a lake of three days."""
    with ExitStack() as stack:
        lake = DuckDbLake(tmp_path, ParquetStrikeSink(tmp_path), ParquetStrikeSource(tmp_path))
        stack.callback(lake.close)
        put(lake, *(make_snapshots(3, timestamp=NOON + number * DAY) for number in range(3)))
        yield lake


def known(served: ServedLake, days: int = 3) -> list[int]:
    """Number the days about which questions are answered at once."""
    found = []
    for number in range(days):
        try:
            with at_once():
                QueryGex(served).at(FEED, NOON + number * DAY, ladders=True)
        except WouldWait:
            continue
        found.append(number)
    return found


def test_what_is_learnt_is_answered_at_once(lake: DuckDbLake):
    """Days about which nobody has asked, and those of a commit."""
    served = ServedLake(lake, 1 << 24)
    assert known(served) == []
    learning = Learning(served.snapshots)
    learning.learn()
    assert known(served) == [0, 1, 2]
    put(served, make_snapshots(3, timestamp=NOON + 3 * DAY), make_snapshots(2, timestamp=NOON, second=10))
    assert known(served, 4) == [1, 2]
    learning.learn()
    assert known(served, 4) == [0, 1, 2, 3]


def test_the_newest_are_learnt_first_while_there_is_room(lake: DuckDbLake):
    """Half of the memory is left to what is asked for."""
    served = ServedLake(lake, 120_000)
    Learning(served.snapshots).learn()
    assert known(served) == [1, 2]


def test_without_memory_nothing_is_learnt(lake: DuckDbLake):
    """Nobody allowed it."""
    served = ServedLake(lake, 0)
    Learning(served.snapshots).learn()
    assert known(served) == []


def test_a_part_that_is_missing_keeps_no_other_from_being_learnt(lake: DuckDbLake):
    """Whoever asks for it is told."""
    lake.sink.retire(lake.snapshots.parts()[1])
    served = ServedLake(lake, 1 << 24)
    Learning(served.snapshots).learn()
    assert known(served) == [0, 2]


def test_a_server_learns_beside_its_questions(lake: DuckDbLake):
    """From its start on, and what is committed meanwhile."""
    served = ServedLake(lake, 1 << 24)
    with served.learning():
        put(served, make_snapshots(3, timestamp=NOON + 3 * DAY))
        until = time.monotonic() + 30
        while known(served, 4) != [0, 1, 2, 3] and time.monotonic() < until:
            time.sleep(0.01)
        assert known(served, 4) == [0, 1, 2, 3]
