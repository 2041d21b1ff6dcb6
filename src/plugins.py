"""All that a plugin is written with, in one place; what stands here changes only with a new minor version.

Names are loaded when they are used: a plugin that imports ``hookimpl`` at its top does not make every command wait for
Arrow. ``docs/plugins.md`` shows how they go together, ``gexlake.testing`` holds an adapter to its port.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

_HOME = {
    "adapters.plugins.hookspecs": (
        "CacheFactory LineageStoreFactory PluginCommand ReaderFactory SnapshotStoreFactory StrikeSinkFactory "
        "WorkPoolFactory hookimpl"
    ),
    "application.batch": "SnapshotBatch",
    "application.ports.lineage_store": "LineageStore RejectTally StoredReject",
    "application.ports.query_cache": "QueryCache",
    "application.ports.simple_reader": "AnyRecord SimpleReader SourceRecord",
    "application.ports.snapshot_store": "DayCount SnapshotStore Tally",
    "application.ports.source_reader": "FeedFilter ReadOptions SourceFile SourceReader",
    "application.ports.strike_sink": (
        "PartFacts PartWriter PieceFacts RejectWriter StrikeSink StrikeSource StrikeStorage"
    ),
    "application.ports.unit_of_work": "ImportUnitOfWork Lake",
    "application.ports.work_pool": "WorkPool",
    "application.schemas": "LADDER_SCHEMA REJECT_SCHEMA SNAPSHOT_SCHEMA SOURCE_SCHEMA STRIKE_SCHEMA",
    "domain.errors": (
        "CategoryUnknown DiskFull GexlakeError LakeBusy LakeDamaged LakeNotFound SourceUnreadable UnsupportedFeed"
    ),
    "domain.feed": "Feed FeedName",
    "domain.parts": "Part PartKey",
    "domain.rejects": "Reject RejectReason",
    "domain.snapshot": "GexSnapshot StrikeLevel",
    "domain.timestamps": "from_micros parse_timestamp to_micros",
}
_MODULES = {name: module for module, names in _HOME.items() for name in names.split()}

__all__ = [  # noqa: PLE0604  # the names are those of the table
    *_MODULES
]


def __getattr__(name: str) -> Any:
    """Load a name from where it lives."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __package__), name)
