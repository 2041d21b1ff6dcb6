"""All that a plugin is written with, in one place; what stands here changes only with a new minor version.

Names are loaded when they are used: a plugin that imports ``hookimpl`` at its top does not make every command wait for
Arrow. ``docs/plugins.md`` shows how they go together, ``gexlake.testing`` holds an adapter to its port.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapters.disk.files import digest
    from .adapters.plugins.hookspecs import (
        CacheFactory,
        LineageStoreFactory,
        PluginCommand,
        ReaderFactory,
        SnapshotStoreFactory,
        StrikeSinkFactory,
        WorkPoolFactory,
        hookimpl,
    )
    from .adapters.simple_reader import RecordJudge, record_words
    from .application.asking.at_once import waiting
    from .application.columns.batch import SnapshotBatch
    from .application.columns.schemas import (
        LADDER_SCHEMA,
        REJECT_SCHEMA,
        SNAPSHOT_SCHEMA,
        SOURCE_SCHEMA,
        STORED_SCHEMA,
        STRIKE_SCHEMA,
    )
    from .application.ports.journal import Journal
    from .application.ports.lake_index import LakeIndex
    from .application.ports.lineage_store import LineageStore, RejectTally, StoredReject
    from .application.ports.query_cache import QueryCache
    from .application.ports.simple_reader import AnyRecord, SimpleReader, SourceRecord
    from .application.ports.snapshot_store import DayCount, SnapshotStore, Tally
    from .application.ports.source_reader import FeedFilter, ReadOptions, SourceFile, SourceReader
    from .application.ports.strike_sink import PartWriter, RejectWriter, StrikeSink, StrikeStorage
    from .application.ports.strike_source import PartFacts, PieceFacts, StrikeSource
    from .application.ports.unit_of_work import ImportUnitOfWork, Lake
    from .application.ports.work_pool import WorkPool
    from .domain.errors import (
        CannotCopy,
        CategoryUnknown,
        DiskFailing,
        DiskFull,
        GexlakeError,
        LakeBusy,
        LakeDamaged,
        LakeForbidden,
        LakeNotFound,
        SourceUnreadable,
        TooLittleLeft,
        UnsupportedFeed,
    )
    from .domain.feed import Feed, FeedName, parse_feed_name
    from .domain.parts import Part, PartKey
    from .domain.rejects import Reject, RejectReason
    from .domain.runs import Counts, FileStatus, ImportRun, RunStatus, SourceFileRecord
    from .domain.snapshot import GexSnapshot, StrikeLevel
    from .domain.timestamps import from_micros, parse_timestamp, to_micros

__all__ = [
    "LADDER_SCHEMA",
    "REJECT_SCHEMA",
    "SNAPSHOT_SCHEMA",
    "SOURCE_SCHEMA",
    "STORED_SCHEMA",
    "STRIKE_SCHEMA",
    "AnyRecord",
    "CacheFactory",
    "CannotCopy",
    "CategoryUnknown",
    "Counts",
    "DayCount",
    "DiskFailing",
    "DiskFull",
    "Feed",
    "FeedFilter",
    "FeedName",
    "FileStatus",
    "GexSnapshot",
    "GexlakeError",
    "ImportRun",
    "ImportUnitOfWork",
    "Journal",
    "Lake",
    "LakeBusy",
    "LakeDamaged",
    "LakeForbidden",
    "LakeIndex",
    "LakeNotFound",
    "LineageStore",
    "LineageStoreFactory",
    "Part",
    "PartFacts",
    "PartKey",
    "PartWriter",
    "PieceFacts",
    "PluginCommand",
    "QueryCache",
    "ReadOptions",
    "ReaderFactory",
    "RecordJudge",
    "Reject",
    "RejectReason",
    "RejectTally",
    "RejectWriter",
    "RunStatus",
    "SimpleReader",
    "SnapshotBatch",
    "SnapshotStore",
    "SnapshotStoreFactory",
    "SourceFile",
    "SourceFileRecord",
    "SourceReader",
    "SourceRecord",
    "SourceUnreadable",
    "StoredReject",
    "StrikeLevel",
    "StrikeSink",
    "StrikeSinkFactory",
    "StrikeSource",
    "StrikeStorage",
    "Tally",
    "TooLittleLeft",
    "UnsupportedFeed",
    "WorkPool",
    "WorkPoolFactory",
    "digest",
    "from_micros",
    "hookimpl",
    "parse_feed_name",
    "parse_timestamp",
    "record_words",
    "to_micros",
    "waiting",
]

#: Where the names live, the quick ones to load first.
_HOMES = (
    "adapters.plugins.hookspecs",
    "domain.errors",
    "domain.feed",
    "domain.parts",
    "domain.rejects",
    "domain.runs",
    "domain.snapshot",
    "domain.timestamps",
    "adapters.disk.files",
    "application.columns.schemas",
    "application.asking.at_once",
    "application.columns.batch",
    "application.ports.journal",
    "application.ports.lake_index",
    "application.ports.lineage_store",
    "application.ports.query_cache",
    "application.ports.simple_reader",
    "application.ports.snapshot_store",
    "application.ports.source_reader",
    "application.ports.strike_sink",
    "application.ports.strike_source",
    "application.ports.unit_of_work",
    "application.ports.work_pool",
    "adapters.simple_reader",
)


def __getattr__(name: str) -> Any:
    """Load a name from where it lives."""
    if name in __all__:
        for home in _HOMES:
            if hasattr(module := import_module(f".{home}", __package__), name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
