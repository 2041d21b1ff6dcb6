"""A simple reader fills a lake as the legacy reader does."""

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.adapters.simple_reader import source_readers
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.ports.simple_reader import AnyRecord
from gexlake.domain.runs import Counts, FileStatus
from gexlake.testing import (
    NOON,
    FixedClock,
    InlineWorkPool,
    InMemoryLake,
    SilentProgress,
)
from support.records import NOW, put, record, records, row, without


class Lines:
    """Gives the parsed lines of a file: what somebody writes in ten minutes."""

    name = "lines"

    def knows(self, file: Path) -> bool:
        return file.suffix == ".jsonl"

    def records(self, file: Path) -> Iterable[AnyRecord]:
        return (json.loads(line) for line in file.read_bytes().splitlines())


def held_after_import(source: Path, reader: Callable[[], Any]) -> dict[str, Any]:
    """Import a source into a lake in memory, and give all that it holds."""
    lake = InMemoryLake()
    readers = source_readers({"only": reader})
    ImportHistory(lake, readers, InlineWorkPool(), FixedClock(NOW)).run(ImportRequest(source), SilentProgress())
    (file,) = lake.lineage.files()
    feeds = lake.snapshots.feeds()
    parts = sorted(lake.snapshots.parts(), key=lambda part: part.key.feed)
    first, last = NOON - timedelta(days=99), NOON + timedelta(days=99)
    columns = ["timestamp", "spot", "net_gex", "max_priors", "extra", "flagged", "content_hash", "record"]
    return {
        "file": (file.status, file.counts, file.feeds, file.bytes_read, file.fingerprint),
        "feeds": feeds,
        "snapshots": [lake.snapshots.between(feed, None, None, 1000).select(columns).to_pydict() for feed in feeds],
        "ladders": [lake.ladders.ladders([part], first, last).to_pydict() for part in parts],
        "rejects": [
            (
                stored.reject.record,
                stored.reject.reason,
                stored.reject.detail,
                stored.reject.raw,
                stored.reject.timestamp,
            )
            for stored in lake.lineage.rejects()
        ],
    }


def test_a_simple_reader_fills_a_lake_as_the_legacy_reader_does(tmp_path: Path):
    """The same records through either: counts, rejects, snapshots and ladders are the same."""
    made = [
        *records(5),
        record(2),  # the same again
        record(3, spot=1.0),  # a conflict
        record(7, spot=-1),
        without(record(8), "strikes"),
        record(9, timestamp="noon"),
        record(10, strikes=[row(10.0), row(10.0)]),
        record(11, strikes=[row(20.0, priors=None), row(10.0, priors=[])]),
        record(12, strikes=[row(priors=[1, 2, 3])]),
        record(13, sum_gex_vol=99.0),  # does not add up
        record(14, note={"of": ["a", 1, None, -0.0]}, mood="bad", min_dte=None),
        record(15, ticker="SPX"),
        record(16, ticker=""),
        record(17, zero_gamma=None),
        record(timestamp=(NOW + timedelta(days=3)).timestamp()),
    ]
    source = put(tmp_path / "2025-10-06_NQ_NDX_classic_gex_zero.jsonl", *made)

    legacy, simple = (held_after_import(source, reader) for reader in (LegacyReader, Lines))

    assert simple == legacy
    assert legacy["file"][0] is FileStatus.IMPORTED
    counts = Counts(read=19, accepted=9, duplicates=1, conflicts=1, rejected=8, flagged=2, strikes=26)
    assert legacy["file"][1] == counts
