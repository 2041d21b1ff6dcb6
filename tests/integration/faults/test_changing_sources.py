"""Source files that change while they are read: cut, written over, grown, replaced, deleted."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gexlake.adapters.duckdb.lake import DuckDbLake
from gexlake.adapters.legacy.reader import LegacyReader
from gexlake.application.columns.batch import SnapshotBatch
from gexlake.application.ports.source_reader import ReadOptions, SourceFile
from gexlake.application.proving.verify_lake import VerifyLake
from gexlake.domain.runs import ImportRun
from support.crash_sources import made
from support.records import lines

FILE = "2025-10-06_NQ_NDX_classic_gex_zero.jsonl"
MANY = 200
Import = Callable[..., ImportRun]


class Meddled(LegacyReader):
    """Reads a file in small blocks; somebody lays hands on it after the first one."""

    def __init__(self, meddle: Callable[[Path], None]) -> None:
        super().__init__(block=4096, piece=4096)
        self._meddle = meddle

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        """Give the first batch, let it happen, give the others."""
        batches = super().read(file, options)
        yield next(batches)
        self._meddle(file.path)
        yield from batches


def cut(path: Path) -> None:
    """Cut it in half, at the end of a line."""
    half = path.stat().st_size // 2
    os.truncate(path, path.read_bytes().index(b"\n", half) + 1)


def written_over(path: Path) -> None:
    """Write other records over it, as many bytes."""
    other = lines(made(range(1000, 1000 + MANY)))
    with path.open("r+b") as file:
        file.write(other[: path.stat().st_size].ljust(path.stat().st_size))
    later(path)


def grown(path: Path) -> None:
    """Add lines, as a recorder does."""
    with path.open("ab") as file:
        file.write(lines(made(range(MANY, MANY + 50))))


def replaced(path: Path) -> None:
    """Put another file in its place, as an atomic writer does."""
    other = path.with_suffix(".new")
    other.write_bytes(lines(made(range(2000, 2000 + MANY))))
    later(other)
    other.replace(path)


def deleted(path: Path) -> None:
    """Delete it."""
    path.unlink()


def later(path: Path) -> None:
    """Let a file have been written a second later, whatever the resolution of the clock."""
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**9))


@pytest.mark.parametrize("meddle", [cut, written_over])
def test_file_that_is_changed_under_the_reader_is_partial_and_read_again(
    meddle: Callable[[Path], None], imported: Import, lake: DuckDbLake, tmp_path: Path
) -> None:
    """It is said, with the cure; what was read whole is in; the next import takes in what stands there then."""
    path = tmp_path / "history" / FILE
    path.parent.mkdir()
    path.write_bytes(lines(made(range(MANY))))

    first = imported(path.parent, lambda: Meddled(meddle))
    assert (first.status.value, first.files.partial) == ("partial", 1)
    assert "changed while it was read, so import it again" in first.errors[0]
    assert VerifyLake(lake).run().holds

    imported(path.parent)
    assert VerifyLake(lake).run().holds
    assert all_of(path) <= stored(lake)


@pytest.mark.parametrize("meddle", [grown, replaced, deleted])
def test_file_that_is_read_to_its_end_all_the_same_is_whole(
    meddle: Callable[[Path], None], imported: Import, lake: DuckDbLake, tmp_path: Path
) -> None:
    """What the reader has open it reads; what is there afterwards is read by the next import."""
    path = tmp_path / "history" / FILE
    path.parent.mkdir()
    path.write_bytes(lines(made(range(MANY))))
    before = all_of(path)

    first = imported(path.parent, lambda: Meddled(meddle))
    assert (first.status.value, first.files.imported) == ("success", 1)
    assert before <= stored(lake)

    second = imported(path.parent)
    assert VerifyLake(lake).run().holds
    assert stored(lake) == (before if meddle is deleted else before | all_of(path))
    assert second.files.found == (0 if meddle is deleted else 1)


def all_of(path: Path) -> set[int]:
    """Give the moments of a file's records, in seconds."""
    found = (line.partition(b'"timestamp":')[2].partition(b",")[0] for line in path.read_bytes().splitlines())
    return {int(moment) for moment in found if moment}


def stored(lake: DuckDbLake) -> set[int]:
    """Give the moments of the snapshots in a lake, in seconds."""
    (feed,) = lake.snapshots.feeds()
    moments = lake.snapshots.between(feed, None, None, 10_000).column("timestamp").to_pylist()
    return {int(moment.timestamp()) for moment in moments}
