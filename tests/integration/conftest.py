"""A lake on disk, with the adapters that a user has, and imports into it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.memory.progress import RecordingProgress
from gexlake.adapters.memory.work_pool import InlineWorkPool
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.adapters.system_clock import SystemClock
from gexlake.application.import_history import ImportHistory, ImportRequest
from gexlake.domain import ImportRun
from support.redis_server import RedisServer


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[DuckDbLake]:
    """A new lake on disk."""
    folder = tmp_path / "lake"
    opened = DuckDbLake(folder, ParquetStrikeSink(folder), ParquetStrikeSource(folder))
    yield opened
    opened.close()


@pytest.fixture
def heard() -> RecordingProgress:
    """What the imports say while they run."""
    return RecordingProgress()


@pytest.fixture
def imported(lake: DuckDbLake, heard: RecordingProgress) -> Callable[..., ImportRun]:
    """Give a function that imports a source into the lake."""

    def run(source: Path, reader: Callable[[], Any] = LegacyReader, **options: Any) -> ImportRun:
        history = ImportHistory(lake, {"legacy": reader}, InlineWorkPool(), SystemClock())
        result = history.run(ImportRequest(source, **options), heard)
        assert result.counts.balanced
        return result

    return run


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RedisServer]:
    """The server of all tests that leave it in one piece."""
    server = RedisServer()
    yield server
    server.kill()


@pytest.fixture
def redis(shared_redis: RedisServer) -> RedisServer:
    """An empty server, to be left in one piece."""
    shared_redis.flush()
    return shared_redis


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A server that the test may kill."""
    server = RedisServer()
    yield server
    server.kill()
