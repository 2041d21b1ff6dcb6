"""The adapters that come with gexlake, through the same hooks as everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.errors import LakeNotFound
from .hookspecs import (
    CacheFactory,
    LineageStoreFactory,
    ReaderFactory,
    SnapshotStoreFactory,
    StrikeSinkFactory,
    WorkPoolFactory,
    hookimpl,
)

if TYPE_CHECKING:  # see hookspecs
    from ...application.ports.lake_index import LakeIndex
    from ...application.ports.query_cache import QueryCache
    from ...application.ports.snapshot_store import SnapshotStore
    from ...application.ports.source_reader import SourceReader
    from ...application.ports.strike_sink import StrikeStorage
    from ...application.ports.unit_of_work import Lake
    from ...application.ports.work_pool import WorkPool


@hookimpl
def gexlake_source_readers() -> Mapping[str, ReaderFactory]:
    """Bring the reader of the bridge's history folder."""
    return {"legacy": _legacy_reader}


@hookimpl
def gexlake_snapshot_stores() -> Mapping[str, SnapshotStoreFactory]:
    """Bring the lake's own store, and one in memory beside it."""
    return {"own": _own_snapshots, "memory": _memory_snapshots}


@hookimpl
def gexlake_strike_sinks() -> Mapping[str, StrikeSinkFactory]:
    """Bring Parquet files in the lake's folder, and a sink in memory."""
    return {"parquet": _parquet, "memory": _MemorySinks()}


@hookimpl
def gexlake_lineage_stores() -> Mapping[str, LineageStoreFactory]:
    """Bring the lake in DuckDB, and one in memory."""
    return {"duckdb": _DuckDbLakes(), "memory": _MemoryLakes()}


@hookimpl
def gexlake_caches() -> Mapping[str, CacheFactory]:
    """Bring a cache in the server's memory, one in Redis, and one that remembers nothing."""
    return {"memory": _memory_cache, "redis": _redis_cache, "none": _no_cache}


@hookimpl
def gexlake_work_pools() -> Mapping[str, WorkPoolFactory]:
    """Bring processes of this machine, such that give way to whatever else runs on it, and no processes at all."""
    return {"processes": _process_pool, "background": _background_pool, "inline": _inline_pool}


def _legacy_reader() -> SourceReader:
    from ..legacy.reader import LegacyReader

    return LegacyReader()


def _own_snapshots(folder: Path, lake: Lake) -> SnapshotStore:
    return lake.snapshots


def _memory_snapshots(folder: Path, lake: Lake) -> SnapshotStore:
    from ..memory.book import Book
    from ..memory.snapshots import InMemorySnapshotStore

    return InMemorySnapshotStore(Book())


def _parquet(folder: Path) -> StrikeStorage:
    from ...application.ports.strike_sink import StrikeStorage
    from ..parquet.sink import ParquetStrikeSink
    from ..parquet.source import ParquetStrikeSource

    return StrikeStorage(ParquetStrikeSink(folder), ParquetStrikeSource(folder))


class _MemorySinks:
    """Keeps the sinks in memory that were made, by their folders."""

    def __init__(self) -> None:
        self._made: dict[Path, StrikeStorage] = {}

    def __call__(self, folder: Path) -> StrikeStorage:
        from ...application.ports.strike_sink import StrikeStorage
        from ..memory.strike_sink import InMemoryStrikeSink, InMemoryStrikeSource

        if folder not in self._made:
            sink = InMemoryStrikeSink()
            self._made[folder] = StrikeStorage(sink, InMemoryStrikeSource(sink))
        return self._made[folder]


class _DuckDbLakes:
    """Opens lakes over DuckDB, whose index can be made anew."""

    def __call__(self, folder: Path, strikes: StrikeStorage, *, read_only: bool) -> Lake:
        from ..duckdb.lake import DuckDbLake

        return DuckDbLake(folder, *strikes, read_only=read_only)

    def index(self, folder: Path, strikes: StrikeStorage) -> LakeIndex:
        """Give the index of a lake as a thing."""
        from ..duckdb.index import DuckDbIndex

        return DuckDbIndex(folder, strikes)


class _MemoryLakes:
    """Keeps the lakes in memory that were opened, by their folders: a second opening finds what the first has left."""

    def __init__(self) -> None:
        self._lakes: dict[Path, Lake] = {}

    def __call__(self, folder: Path, strikes: StrikeStorage, *, read_only: bool) -> Lake:
        from ..memory.lake import InMemoryLake

        if read_only and folder not in self._lakes:
            raise LakeNotFound(str(folder))
        return self._lakes.setdefault(folder, InMemoryLake(*strikes))


def _memory_cache(url: str | None) -> QueryCache:
    from ..memory.query_cache import InMemoryQueryCache

    return InMemoryQueryCache()


def _redis_cache(url: str | None) -> QueryCache:
    from ..redis.errors import RedisUrlMissing
    from ..redis.query_cache import RedisQueryCache

    if not url:
        raise RedisUrlMissing
    return RedisQueryCache(url)


def _no_cache(url: str | None) -> QueryCache:
    from ..memory.query_cache import NoQueryCache

    return NoQueryCache()


def _process_pool() -> WorkPool:
    from ..processes.process_pool import ProcessWorkPool

    return ProcessWorkPool()


def _background_pool() -> WorkPool:
    from ..processes.process_pool import ProcessWorkPool

    return ProcessWorkPool(gives_way=True)


def _inline_pool() -> WorkPool:
    from ..memory.work_pool import InlineWorkPool

    return InlineWorkPool()
