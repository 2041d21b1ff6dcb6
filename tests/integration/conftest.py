"""A lake on disk, with the adapters that a user has, and imports into it."""

import shutil
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
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.domain.runs import ImportRun
from support.commands import Commands
from support.redis_server import RedisServer


def open_lake(folder: Path) -> DuckDbLake:
    """Open a lake on disk, or make one."""
    return DuckDbLake(folder, ParquetStrikeSink(folder), ParquetStrikeSource(folder))


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new lake that is only copied: to make one takes longer than many a test."""
    folder = tmp_path_factory.mktemp("empty") / "lake"
    open_lake(folder).shut()
    return folder


@pytest.fixture
def lake(empty: Path, tmp_path: Path) -> Iterator[DuckDbLake]:
    """A new lake on disk."""
    opened = open_lake(shutil.copytree(empty, tmp_path / "lake"))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def commands() -> Iterator[Commands]:
    """The process that commands are forked from."""
    with Commands() as made:
        yield made


@pytest.fixture(scope="session")
def analyst(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Path:
    """Where an analyst begins: the folder that holds ``lake``, made of ``tests/fixtures/history`` and only read."""
    place = tmp_path_factory.mktemp("analyst")
    history = Path(__file__).parents[1] / "fixtures" / "history"
    assert commands("import", history, "--lake", place / "lake").status == 0
    return place


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
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """The server of all tests that leave it in one piece."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture
def redis(shared_redis: RedisServer) -> RedisServer:
    """An empty server, to be left in one piece."""
    shared_redis.flush()
    return shared_redis


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that the test may kill."""
    server = RedisServer(tmp_path / "redis")
    yield server
    server.kill()
