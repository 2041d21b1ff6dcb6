"""Reading a file with a source reader, whole: for tests."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..application.columns.batch import SnapshotBatch, snapshots_of
from ..application.ports.source_reader import ReadOptions, SourceFile, SourceReader
from ..domain.rejects import Reject
from ..domain.snapshot import GexSnapshot


@dataclass(slots=True)
class Reading:
    """All that a reader gave of one file: its batches, snapshots by record number, rejects, and how it ended."""

    batches: list[SnapshotBatch] = field(default_factory=list)
    snapshots: dict[int, GexSnapshot] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    skipped: int = 0
    form: str = ""
    torn: str = ""

    @property
    def content(self) -> tuple[object, ...]:
        """What must be the same in each reading, in the order it came in."""
        return list(self.snapshots.items()), self.rejects, self.skipped, self.torn


def read_file(reader: SourceReader, file: SourceFile, options: ReadOptions) -> Reading:
    """Read one file to its end."""
    reading = Reading()
    for batch in reader.read(file, options):
        numbers = batch.snapshots.column("record").to_pylist()
        reading.batches.append(batch)
        reading.snapshots |= zip(numbers, snapshots_of(batch.snapshots, batch.ladders), strict=True)
        reading.rejects += batch.rejects
        reading.numbers += [*numbers, *(reject.record for reject in batch.rejects)]
        reading.skipped += batch.skipped
        reading.form = batch.form or reading.form
        reading.torn = batch.torn or reading.torn
    return reading
