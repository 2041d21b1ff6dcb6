"""The adapters that come with gexlake, through the same hooks as everybody's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ...domain.errors import LakeNotFound
from .hookspecs import CacheFactory, LakeFactory, ReaderFactory, WorkPoolFactory, hookimpl

if TYPE_CHECKING:  # see hookspecs
    from ...application.ports.query_cache import QueryCache
    from ...application.ports.source_reader import SourceReader
    from ...application.ports.unit_of_work import Lake
    from ...application.ports.work_pool import WorkPool


@hookimpl
def gexlake_source_readers() -> Mapping[str, ReaderFactory]:
    """Bring the reader of the bridge's history folder."""
    return {"legacy": _legacy_reader}


@hookimpl
def gexlake_lakes() -> Mapping[str, LakeFactory]:
    """Bring the lake of DuckDB and Parquet, and one in memory."""
    return {"duckdb": _duckdb_lake, "memory": _MemoryLakes()}


@hookimpl
def gexlake_caches() -> Mapping[str, CacheFactory]:
    """Bring a cache in the server's memory, and one that remembers nothing."""
    return {"memory": _memory_cache, "none": _no_cache}


@hookimpl
def gexlake_work_pools() -> Mapping[str, WorkPoolFactory]:
    """Bring processes of this machine, such that give way to whatever else runs on it, and no processes at all."""
    return {"processes": _process_pool, "background": _background_pool, "inline": _inline_pool}


def _legacy_reader() -> SourceReader:
    from ..legacy.reader import LegacyReader

    return LegacyReader()


def _duckdb_lake(folder: Path, *, read_only: bool) -> Lake:
    from ..duckdb.lake import DuckDbLake
    from ..parquet.sink import ParquetStrikeSink
    from ..parquet.source import ParquetStrikeSource

    return DuckDbLake(folder, ParquetStrikeSink(folder), ParquetStrikeSource(folder), read_only=read_only)


class _MemoryLakes:
    """Keeps the lakes in memory that were opened, by their folders: a second opening finds what the first has left."""

    def __init__(self) -> None:
        self._lakes: dict[Path, Lake] = {}

    def __call__(self, folder: Path, *, read_only: bool) -> Lake:
        from ..memory.lake import InMemoryLake

        if read_only and folder not in self._lakes:
            raise LakeNotFound(str(folder))
        return self._lakes.setdefault(folder, InMemoryLake())


def _memory_cache() -> QueryCache:
    from ..memory.query_cache import InMemoryQueryCache

    return InMemoryQueryCache()


def _no_cache() -> QueryCache:
    from ..memory.query_cache import NoQueryCache

    return NoQueryCache()


def _process_pool() -> WorkPool:
    from ..process_pool import ProcessWorkPool

    return ProcessWorkPool()


def _background_pool() -> WorkPool:
    from ..process_pool import ProcessWorkPool

    return ProcessWorkPool(niceness=19)


def _inline_pool() -> WorkPool:
    from ..memory.work_pool import InlineWorkPool

    return InlineWorkPool()
