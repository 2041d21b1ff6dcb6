"""For those who test gexlake or write an adapter: a behaviour suite for each port, adapters in memory, and fakes.

A suite is a class of tests. Subclass it under a name that begins with ``Test``, give it the fixtures it names, and
pytest holds the adapter to everything that its port promises::

    class TestMyReader(SourceReaderSuite):
        @pytest.fixture
        def reader(self):
            return MyReader()

        @pytest.fixture
        def source(self):
            return Path(__file__).parent / "history"

The adapters in memory take the place of any other, ``FakeReader`` reads what a test gives it, and a ``Dial`` has a
fake or an adapter fail at one step or be slow. The ``make_…`` functions build snapshots, parts and records.
"""

from __future__ import annotations

import pytest

for _suite in (
    "clock",
    "journal",
    "kept_rejects",
    "lineage_store",
    "progress",
    "query_cache",
    "snapshot_store",
    "source_reader",
    "strike_sink",
    "trading_calendar",
    "unit_of_work",
    "work_pool",
):
    pytest.register_assert_rewrite(f"{__name__}.{_suite}")

# ruff: noqa: E402  # the suites' asserts are to be rewritten
from ..adapters.duckdb.lake import DuckDbLake
from ..adapters.memory.clock import FixedClock
from ..adapters.memory.journal import InMemoryJournal
from ..adapters.memory.lake import InMemoryLake
from ..adapters.memory.lineage import InMemoryLineageStore
from ..adapters.memory.progress import RecordingProgress, SilentProgress
from ..adapters.memory.query_cache import InMemoryQueryCache, NoQueryCache
from ..adapters.memory.snapshots import InMemorySnapshotStore
from ..adapters.memory.strike_sink import InMemoryStrikeSink, InMemoryStrikeSource
from ..adapters.memory.work_pool import InlineWorkPool
from .builders import (
    FEED,
    NOON,
    make_batch,
    make_file,
    make_key,
    make_ladder,
    make_part,
    make_reject,
    make_rejects,
    make_run,
    make_snapshot,
    make_snapshots,
    make_tables,
    stage_part,
)
from .clock import ClockSuite
from .dial import Dial, StepFailed, with_dial
from .failing import FailingStrikeSink
from .fake_reader import FakeReader, Torn
from .journal import JournalSuite
from .lineage_store import LineageStoreSuite
from .progress import ProgressListenerSuite
from .query_cache import QueryCacheSuite
from .reading import Reading, read_file
from .snapshot_store import SnapshotStoreSuite
from .source_reader import SourceReaderSuite
from .strike_sink import StrikeSinkSuite
from .trading_calendar import TradingCalendarSuite
from .unit_of_work import LakeSuite
from .work_pool import WorkPoolSuite

__all__ = [
    "FEED",
    "NOON",
    "ClockSuite",
    "Dial",
    "DuckDbLake",
    "FailingStrikeSink",
    "FakeReader",
    "FixedClock",
    "InMemoryJournal",
    "InMemoryLake",
    "InMemoryLineageStore",
    "InMemoryQueryCache",
    "InMemorySnapshotStore",
    "InMemoryStrikeSink",
    "InMemoryStrikeSource",
    "InlineWorkPool",
    "JournalSuite",
    "LakeSuite",
    "LineageStoreSuite",
    "NoQueryCache",
    "ProgressListenerSuite",
    "QueryCacheSuite",
    "Reading",
    "RecordingProgress",
    "SilentProgress",
    "SnapshotStoreSuite",
    "SourceReaderSuite",
    "StepFailed",
    "StrikeSinkSuite",
    "Torn",
    "TradingCalendarSuite",
    "WorkPoolSuite",
    "make_batch",
    "make_file",
    "make_key",
    "make_ladder",
    "make_part",
    "make_reject",
    "make_rejects",
    "make_run",
    "make_snapshot",
    "make_snapshots",
    "make_tables",
    "read_file",
    "stage_part",
    "with_dial",
]
