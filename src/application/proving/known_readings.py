"""What a lake knows of the files it was made of: their readings, by path and by content, and the days these gave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from ...domain.feed import Feed
from ...domain.runs import SourceFileRecord
from ..ports.limits import ALL
from ..ports.unit_of_work import Lake


class KnownReadings:
    """The readings of a lake as they are when this is made."""

    def __init__(self, lake: Lake) -> None:
        self._of_path: dict[str, list[SourceFileRecord]] = defaultdict(list)
        self._paths: dict[str, set[str]] = defaultdict(set)
        for reading in sorted(lake.lineage.files(limit=ALL), key=lambda reading: -reading.file_id):
            self._of_path[reading.source_file].append(reading)
            self._paths[reading.fingerprint.digest].add(reading.source_file)
        self._days: dict[int, set[tuple[Feed, date]]] = defaultdict(set)
        for tally in lake.snapshots.tallies():
            self._days[tally.file_id].add((tally.feed, tally.date))

    def of(self, path: str) -> list[SourceFileRecord]:
        """Give the readings of a file, the newest first."""
        return self._of_path.get(path, [])

    def paths_of(self, readings: Collection[SourceFileRecord]) -> set[str]:
        """Name the files in which a reading found the same as one of these."""
        digests = {reading.fingerprint.digest for reading in readings} - {""}
        return {path for digest in digests for path in self._paths[digest]}

    def days_of(self, readings: Collection[SourceFileRecord]) -> list[tuple[Feed, date]]:
        """Give the days that hold snapshots of some readings, in order."""
        return sorted({day for reading in readings for day in self._days.get(reading.file_id, ())})
