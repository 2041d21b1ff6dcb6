"""Small files: which are read together, and that what cannot be is read by itself."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from gexlake.application.importing.staging.small_files import gathered
from gexlake.application.ports.source_reader import Gathered, ReadOptions, SourceFile
from gexlake.testing import FakeReader
from gexlake.testing.builders import NOON, make_batch, make_snapshots

OPTIONS = ReadOptions(NOON, batch_size=40)


class GatheringFakeReader(FakeReader):
    """Reads files together unless an odd one is among them, over which it fails."""

    def __init__(self, odd: int) -> None:
        super().__init__({})
        self._odd = f"{odd}.json"

    def gather(self, files: Sequence[SourceFile], options: ReadOptions) -> Gathered | None:
        """Give a snapshot of each."""
        if self._odd in {file.path.name for file in files}:
            raise OSError(self._odd)
        return Gathered(make_batch(make_snapshots(len(files))), ("digest",) * len(files))


def found(sizes: Sequence[int]) -> list[tuple[int, SourceFile]]:
    """Make numbered files of some sizes."""
    return [(number, SourceFile(Path(f"{number}.json"), size, 0)) for number, size in enumerate(sizes)]


@pytest.mark.parametrize("odd", [-1, 0, 57, 99])
def test_only_a_few_files_beside_an_odd_one_are_read_by_themselves(odd: int):
    """All the others are read together, and all come in their order."""
    files = found([100] * 100)

    lots = list(gathered(GatheringFakeReader(odd), files, OPTIONS))

    assert [file for lot, _ in lots for file in lot] == files
    assert all(len(lot) <= OPTIONS.batch_size for lot, _ in lots)
    alone = [number for lot, got in lots if got is None for number, _ in lot]
    assert (odd in alone) == (odd >= 0)
    assert len(alone) <= 8


def test_larger_file_is_read_by_itself():
    """It is worth a look of its own, and many of them would take too much memory."""
    large = 100_000
    files = found([100, 100, large, 100, large, large])

    lots = list(gathered(GatheringFakeReader(-1), files, OPTIONS))

    assert [[number for number, _ in lot] for lot, got in lots if got] == [[0, 1]]
    assert [[number for number, _ in lot] for lot, got in lots if not got] == [[2], [3], [4], [5]]


def test_no_more_is_read_together_than_memory_is_for():
    """A megabyte at a time."""
    lots = list(gathered(GatheringFakeReader(-1), found([60_000] * 39), OPTIONS))

    assert [len(lot) for lot, _ in lots] == [17, 17, 5]


def test_reader_that_cannot_read_together_reads_one_by_one():
    """All readers of strangers do."""
    files = found([100] * 5)

    assert list(gathered(FakeReader({}), files, OPTIONS)) == [(files, None)]
