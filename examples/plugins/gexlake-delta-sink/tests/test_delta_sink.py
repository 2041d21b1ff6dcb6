"""The Delta sink keeps the promises of its port, and so does a lake whose ladders lie there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from gexlake_delta_sink.plugin import gexlake_strike_sinks

from gexlake.plugins import StrikeSink, StrikeSource, StrikeStorage
from gexlake.testing import DuckDbLake, LakeSuite, StrikeSinkSuite


@pytest.fixture
def storage(tmp_path: Path) -> StrikeStorage:
    """Give what the hook gives, over an empty folder."""
    return gexlake_strike_sinks()["delta"](tmp_path)


class TestDeltaStrikeSink(StrikeSinkSuite):
    """The sink and its source over one folder."""

    @pytest.fixture
    def sink(self, storage: StrikeStorage) -> StrikeSink:
        """Give an empty sink."""
        return storage.sink

    @pytest.fixture
    def source(self, storage: StrikeStorage) -> StrikeSource:
        """Give its source."""
        return storage.source


class TestLakeOnDelta(LakeSuite):
    """gexlake's own DuckDB beside Delta tables."""

    @pytest.fixture
    def sink(self, storage: StrikeStorage) -> StrikeSink:
        """Give an empty sink."""
        return storage.sink

    @pytest.fixture
    def open_lake(self, tmp_path: Path, storage: StrikeStorage) -> Iterator[Callable[..., DuckDbLake]]:
        """Open the same folder again and again."""
        with ExitStack() as opened:

            def opener(other: StrikeSink | None = None) -> DuckDbLake:
                opened.close()
                lake = DuckDbLake(tmp_path, other or storage.sink, storage.source)
                return opened.enter_context(closing(lake))

            yield opener
