"""A desk: a lake in memory, and imports into it from a reader of what a test gives it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.ports.work_pool import WorkPool
from gexlake.domain.runs import FileStatus, ImportRun
from gexlake.testing import (
    FEED,
    NOON,
    FakeReader,
    FixedClock,
    InlineWorkPool,
    InMemoryLake,
    InMemoryStrikeSink,
    InMemoryStrikeSource,
    RecordingProgress,
)

SOURCE = Path("/recorded")
FIRST, SECOND = str(SOURCE / "first_gex_zero.json"), str(SOURCE / "second_gex_zero.json")


class Desk:
    """A lake in memory, a reader, and the imports of the one through the other."""

    def __init__(self, **files: Sequence[Any]) -> None:
        self.reader = FakeReader({str(SOURCE / f"{name}_gex_zero.json"): contents for name, contents in files.items()})
        self.sink = InMemoryStrikeSink()
        self.lake = InMemoryLake(self.sink)
        self.clock = FixedClock(NOON + timedelta(days=1))
        self.heard = RecordingProgress()

    def run(
        self, sink: Any = None, lake: Any = None, base: Any = None, pool: WorkPool | None = None, **options: Any
    ) -> ImportRun:
        """Import the source, or another one; through another sink or pool, or into another lake, if one is given."""
        self.heard = RecordingProgress()
        if sink is not None:
            lake = InMemoryLake(sink, InMemoryStrikeSource(self.sink), book=self.lake.book)
        readers = {self.reader.name: lambda: self.reader}
        use_case = ImportHistory(lake or self.lake, readers, pool or InlineWorkPool(), self.clock, base)
        source = Path(options.pop("source", SOURCE))
        return use_case.run(ImportRequest(source, **options), self.heard)

    @property
    def shown(self) -> list[int]:
        """The seconds after ``NOON`` of what the lake holds, each with its whole ladder."""
        table = self.lake.snapshots.between(FEED, None, None, 1000)
        parts = self.lake.snapshots.parts(set(table.column("part").to_pylist()))
        ladders = self.lake.ladders.ladders(parts, NOON - timedelta(days=9), NOON + timedelta(days=1))
        assert ladders.num_rows == sum(table.column("strike_count").to_pylist())
        return [int((moment - NOON).total_seconds()) for moment in table.column("timestamp").to_pylist()]

    @property
    def statuses(self) -> dict[str, FileStatus]:
        """What became of each file, by its name."""
        return {Path(path).name: file.status for path, file in self.lake.lineage.latest_files().items()}

    @property
    def nothing_half_done(self) -> bool:
        """Whether every part that is published is known, and nothing waits in staging."""
        known = {part.key.name for part in self.lake.snapshots.parts()}
        return self.sink.published.keys() == known and self.sink.staged_units() == []
