"""The ports in memory: for tests, demonstrations and trying out; nothing outlives the process."""

from __future__ import annotations

from .clock import FixedClock
from .journal import InMemoryJournal
from .lake import InMemoryLake
from .lineage import InMemoryLineageStore
from .progress import RecordingProgress, SilentProgress
from .query_cache import InMemoryQueryCache, NoQueryCache
from .snapshots import InMemorySnapshotStore
from .strike_sink import InMemoryStrikeSink, InMemoryStrikeSource
from .unit_of_work import InMemoryUnitOfWork
from .work_pool import InlineWorkPool

__all__ = [
    "FixedClock",
    "InMemoryJournal",
    "InMemoryLake",
    "InMemoryLineageStore",
    "InMemoryQueryCache",
    "InMemorySnapshotStore",
    "InMemoryStrikeSink",
    "InMemoryStrikeSource",
    "InMemoryUnitOfWork",
    "InlineWorkPool",
    "NoQueryCache",
    "RecordingProgress",
    "SilentProgress",
]
