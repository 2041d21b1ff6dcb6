"""A reader of files that are not there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gexlake.application.batch import SnapshotBatch
from gexlake.application.ports.source_reader import ReadOptions, SourceFile


class FakeReader:
    """Gives what it was told: digests, and batches (or the error to raise) by the name of a file.

    ``asked`` remembers whose digest was wanted. A file without a digest is one that the system refuses.
    """

    name = "fake"

    def __init__(
        self,
        digests: Mapping[str, str] | None = None,
        batches: Mapping[str, Sequence[SnapshotBatch | Exception]] | None = None,
    ) -> None:
        self._digests, self._batches = digests or {}, batches or {}
        self.asked: list[str] = []

    def knows(self, source: Path) -> bool:
        """Know every source."""
        return True

    def discover(self, source: Path) -> Iterable[SourceFile]:
        """Find the files that have batches."""
        return [SourceFile(Path(name), 100, 5) for name in self._batches]

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Give a file's batches, and raise its errors."""
        for batch in self._batches[str(file.path)]:
            if isinstance(batch, Exception):
                raise batch
            yield batch

    def raw_records(self, file: SourceFile, records: frozenset[int]) -> dict[int, bytes]:
        """Find nothing again."""
        return {}

    def fingerprint(self, file: SourceFile) -> str:
        """Give the digest, or fail as the system does."""
        self.asked.append(str(file.path))
        if str(file.path) not in self._digests:
            raise PermissionError(13, "Permission denied", str(file.path))
        return self._digests[str(file.path)]
