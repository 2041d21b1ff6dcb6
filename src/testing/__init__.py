"""For those who test gexlake or write an adapter: a behaviour suite for each port, builders, and a sink that fails.

A suite is a class of tests. Subclass it under a name that begins with ``Test``, give it the fixtures it names, and
pytest holds the adapter to everything that its port promises::

    class TestMySnapshotStore(SnapshotStoreSuite):
        @pytest.fixture
        def store(self, tmp_path):
            return MySnapshotStore(tmp_path)
"""

from __future__ import annotations

import pytest

for _suite in ("lineage_store", "query_cache", "snapshot_store", "source_reader", "strike_sink", "unit_of_work"):
    pytest.register_assert_rewrite(f"{__name__}.{_suite}")

from .failing import FailingStrikeSink, StepFailed  # noqa: E402  # the suites' asserts are to be rewritten
from .lineage_store import LineageStoreSuite  # noqa: E402
from .query_cache import QueryCacheSuite  # noqa: E402
from .snapshot_store import SnapshotStoreSuite  # noqa: E402
from .source_reader import SourceReaderSuite  # noqa: E402
from .strike_sink import StrikeSinkSuite  # noqa: E402
from .unit_of_work import LakeSuite  # noqa: E402

__all__ = [
    "FailingStrikeSink",
    "LakeSuite",
    "LineageStoreSuite",
    "QueryCacheSuite",
    "SnapshotStoreSuite",
    "SourceReaderSuite",
    "StepFailed",
    "StrikeSinkSuite",
]
