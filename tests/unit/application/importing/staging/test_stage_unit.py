"""Staging a unit: what becomes of its files, whatever their reader does."""

import dataclasses
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from gexlake.adapters.memory.strike_sink import InMemoryStrikeSink, InMemoryStrikeSource
from gexlake.adapters.parquet.sink import ParquetStrikeSink
from gexlake.adapters.parquet.source import ParquetStrikeSource
from gexlake.application.columns.batch import SnapshotBatch
from gexlake.application.importing.staging.jobs import StagedFile, StagedUnit, StageJob
from gexlake.application.importing.staging.stage_unit import stage_unit
from gexlake.application.ports.source_reader import ReadOptions, SourceFile
from gexlake.domain.errors import CategoryUnknown, SourceUnreadable, UnsupportedFeed
from gexlake.domain.runs import Counts, FileStatus, OnConflict
from gexlake.testing import Dial, FailingStrikeSink, FakeReader, StepFailed
from gexlake.testing.builders import NOON, make_batch, make_reject, make_snapshot, make_snapshots
from support.parts import read_back

Batches = Sequence[SnapshotBatch | Exception]


class Staged:
    """A staged unit with its sink."""

    def __init__(
        self,
        policy: OnConflict = OnConflict.KEEP,
        batch_size: int = 5,
        *,
        spare_core: bool = False,
        **files: Batches,
    ) -> None:
        self.sink = InMemoryStrikeSink()
        reader = FakeReader(files, digests=dict.fromkeys(files, "digest"))
        sources = tuple(enumerate((SourceFile(Path(name), 100, 5) for name in files), 1))
        options = ReadOptions(NOON, batch_size=batch_size)
        ladders = InMemoryStrikeSource(self.sink)
        job = StageJob("unit", sources, reader, self.sink, ladders, options, policy, spare_core)
        self.unit: StagedUnit = stage_unit(job)

    @property
    def files(self) -> list[StagedFile]:
        """The files, in order."""
        return self.unit.files

    @property
    def reasons(self) -> list[str]:
        """The reasons of the rejects."""
        batches = self.sink.staged_rejects("unit")
        return [reason for batch in batches for reason in batch.column("reason").to_pylist()]


def test_snapshots_become_one_part_of_their_feed_and_day():
    """In groups of the asked size, in order."""
    made = make_snapshots(12)

    staged = Staged(a=[make_batch(made[:2]), make_batch(made[2:])], batch_size=4)

    (part,) = staged.unit.parts
    assert (part.snapshots, part.strikes, part.key.feed) == (12, 36, made[0].feed)
    assert read_back(staged.sink, part) == made
    assert staged.files[0].counts == Counts(read=12, accepted=12)


def test_a_spare_core_changes_nothing_but_the_time():
    """Row groups come in the same order, more of them at a time than may wait, and files as they would without."""
    made = make_snapshots(60)
    halves = [SnapshotBatch.of(made[begin : begin + 30], range(begin, begin + 30)) for begin in (0, 30)]
    files = {"a": halves, "b": [make_batch(made[7:9])]}

    plain, ahead = (Staged(batch_size=1, spare_core=spare, **files) for spare in (False, True))

    for staged in (plain, ahead):
        assert [file.counts for file in staged.files] == [Counts(read=60, accepted=60), Counts(read=2, duplicates=2)]
        (part,) = staged.unit.parts
        assert read_back(staged.sink, part) == made
    assert ahead.unit.parts[0].model_dump() == plain.unit.parts[0].model_dump()


def test_without_a_thread_to_spare_it_is_done_by_one():
    """The system may have none left; nobody asked for another one."""
    made = make_snapshots(6)
    usual = threading.stack_size(1 << 46)  # no system has room for such a stack
    try:
        staged = Staged(batch_size=1, spare_core=True, a=[make_batch(made)])
    finally:
        threading.stack_size(usual)

    (part,) = staged.unit.parts
    assert read_back(staged.sink, part) == made


def test_groups_of_a_large_batch_are_about_as_large_as_each_other():
    """None is left over that is much smaller than asked for, or larger than twice that."""
    staged = Staged(a=[make_batch(make_snapshots(14))], batch_size=4)

    (part,) = staged.unit.parts
    groups = [snapshots.num_rows for snapshots, _ in InMemoryStrikeSource(staged.sink).batches(part)]
    assert groups == [4, 5, 5]


def test_each_feed_and_trading_day_has_its_part():
    """A file may hold several, in any order, across midnight in New York."""
    made = [
        make_snapshot(ticker=ticker, timestamp=NOON + timedelta(hours=hours))
        for hours in (0, 20, 1, 10)
        for ticker in ("NQ_NDX", "SPX")
    ]

    staged = Staged(a=[make_batch(made)])

    found = {(part.key.feed.ticker, part.key.date.day): read_back(staged.sink, part) for part in staged.unit.parts}
    assert {key: len(held) for key, held in found.items()} == {
        ("NQ_NDX", 6): 3,
        ("SPX", 6): 3,
        ("NQ_NDX", 7): 1,
        ("SPX", 7): 1,
    }
    assert all(one.trading_day.day == day for (_, day), held in found.items() for one in held)


@pytest.mark.parametrize(("feeds", "parts"), [(100, 100), (101, 303)])
def test_a_stream_of_many_feeds_in_turns_has_a_part_of_each(feeds: int, parts: int):
    """As many as there is room for: beyond that each turn begins all of them anew, and nothing is lost."""
    made = [make_snapshot(ticker=f"T{feed}", second=turn) for turn in range(3) for feed in range(feeds)]

    staged = Staged(a=[make_batch(made[turn * feeds :][:feeds]) for turn in range(3)])

    assert len(staged.unit.parts) == parts
    assert sum(part.snapshots for part in staged.unit.parts) == len(made)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_unsorted_and_repeated_snapshots_of_two_recorders_come_out_sorted_and_once(batch_size: int):
    """Two files that hold the same seconds in no order."""
    made = make_snapshots(9)
    first, second = [made[n] for n in (3, 0, 8, 1, 5)], [made[n] for n in (7, 5, 2, 3, 4, 6, 0)]

    staged = Staged(a=[make_batch(first)], b=[make_batch(second)], batch_size=batch_size)

    (part,) = staged.unit.parts
    assert read_back(staged.sink, part) == made
    assert [file.counts for file in staged.files] == [
        Counts(read=5, accepted=5),
        Counts(read=7, accepted=4, duplicates=3),
    ]


@pytest.mark.parametrize(("policy", "stays"), [(OnConflict.KEEP, 0), (OnConflict.FAIL, 0), (OnConflict.REPLACE, 1)])
def test_conflict_within_a_unit(policy: OnConflict, stays: int):
    """One stays by the policy, the other is a reject of its file."""
    rivals = [make_snapshot(spot=1.0), make_snapshot(spot=2.0)]

    staged = Staged(a=[make_batch(rivals[:1])], b=[make_batch(rivals[1:])], policy=policy)

    assert read_back(staged.sink, staged.unit.parts[0]) == [rivals[stays]]
    assert staged.reasons == ["conflict"]
    assert [file.counts.conflicts for file in staged.files] == [stays, 1 - stays]
    assert all(file.counts.balanced for file in staged.files)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (UnsupportedFeed("orderflow"), FileStatus.UNSUPPORTED, "holds the feed orderflow"),
        (CategoryUnknown(), FileStatus.FAILED, "--assume-category"),
        (SourceUnreadable("is empty"), FileStatus.FAILED, "is empty"),
        (OSError(5, "Input/output error"), FileStatus.FAILED, "cannot be read: Input/output error"),
    ],
)
def test_file_that_cannot_be_read(error: Exception, status: FileStatus, words: str):
    """It has its status and its sentence, and the other files of the unit go in."""
    staged = Staged(a=[error], b=[make_batch()])

    assert [file.status for file in staged.files] == [status, FileStatus.IMPORTED]
    assert words in staged.files[0].errors[0]
    assert staged.files[1].counts.accepted == 3


def test_disk_that_fails_in_the_middle_of_a_file():
    """What was read before stays."""
    staged = Staged(a=[make_batch(), OSError(5, "Input/output error")])

    assert (staged.files[0].status, staged.files[0].counts.accepted) == (FileStatus.PARTIAL, 3)


def test_source_that_turns_out_to_be_damaged():
    """What was read before stays, too."""
    staged = Staged(a=[make_batch(), SourceUnreadable("is damaged")])

    assert (staged.files[0].status, staged.files[0].counts.accepted) == (FileStatus.PARTIAL, 3)


@pytest.mark.parametrize(("step", "status"), [("batch", FileStatus.FAILED), ("fingerprint", FileStatus.PARTIAL)])
def test_file_that_the_system_refuses(step: str, status: FileStatus):
    """It is failed with the system's words; what was read before it could not be summed up is in, and comes again."""
    sink = InMemoryStrikeSink()
    file = SourceFile(Path("a"), 100, 5)
    options = ReadOptions(NOON)
    reader = FakeReader({"a": [make_batch()]}, dial=Dial(step, error=PermissionError(13, "Permission denied")))
    job = StageJob("unit", ((1, file),), reader, sink, InMemoryStrikeSource(sink), options, OnConflict.KEEP)

    (staged,) = stage_unit(job).files

    assert (staged.status, staged.cut_short) == (status, True)
    assert "Permission denied" in staged.errors[0]


def test_a_reader_that_sums_a_file_up_is_not_asked_for_that():
    """What it gave on the way is the fingerprint."""
    sink = InMemoryStrikeSink()
    options = ReadOptions(NOON)
    files = {"a": [dataclasses.replace(make_batch(), digest="on the way")], "b": [make_batch()]}
    reader = FakeReader(files, digests=dict.fromkeys(files, "asked for"))
    sources = tuple(enumerate((SourceFile(Path(name), 100, 5) for name in files), 1))
    job = StageJob("unit", sources, reader, sink, InMemoryStrikeSource(sink), options, OnConflict.KEEP)

    staged = stage_unit(job).files

    assert [file.digest for file in staged] == ["on the way", "asked for"]
    assert reader.asked == ["b"]


@pytest.mark.parametrize(("later", "digest"), [(0, "asked for"), (1, "")])
def test_a_fingerprint_that_may_be_of_something_else_is_none(later: int, digest: str, tmp_path: Path):
    """What has changed since it was found may have changed between its reading and its summing up."""
    path = tmp_path / "a"
    path.write_bytes(b"as it is now")
    facts = path.stat()
    file = SourceFile(path, facts.st_size, facts.st_mtime_ns - later)
    sink = InMemoryStrikeSink()
    reader = FakeReader({str(path): [make_batch()]}, digests={str(path): "asked for"})
    job = StageJob("unit", ((1, file),), reader, sink, InMemoryStrikeSource(sink), ReadOptions(NOON), OnConflict.KEEP)

    (staged,) = stage_unit(job).files

    assert (staged.status, staged.digest) == (FileStatus.IMPORTED, digest)


def test_torn_file_rejects_warnings_and_skipped_records_are_noted():
    """All that a batch can say finds its place."""
    batch = make_batch(rejects=(make_reject(3), make_reject(4)), skipped=7)
    end = dataclasses.replace(make_batch([]), torn="it breaks off", warnings=("a word",), form="lines", bytes_done=90)

    staged = Staged(a=[batch, end])

    (file,) = staged.files
    assert file.counts == Counts(read=5, accepted=3, rejected=2, skipped=7)
    assert (file.status, file.form, file.bytes_read, file.digest) == (FileStatus.PARTIAL, "lines", 90, "digest")
    assert file.errors[0] == "a word"
    assert file.errors[1].startswith("it breaks off")
    assert staged.reasons == ["not-positive"] * 2


def test_reader_that_breaks_down_is_the_trouble_of_its_file():
    """What it gave before stays, and so do the other files; nothing about the file counts as known."""
    staged = Staged(
        a=[make_batch(), ZeroDivisionError("division by\nzero")], b=[make_batch(make_snapshots(2, second=9))]
    )

    broken, whole = staged.files
    assert (broken.status, broken.counts.accepted, broken.cut_short) == (FileStatus.PARTIAL, 3, True)
    assert broken.errors[0].startswith("the reader fake failed: ZeroDivisionError: division by zero;")
    assert (whole.status, whole.counts.accepted, whole.cut_short) == (FileStatus.IMPORTED, 2, False)


def test_reader_that_breaks_down_at_once_has_failed():
    """Before it gave anything."""
    staged = Staged(a=[ZeroDivisionError()])

    assert (staged.files[0].status, staged.files[0].cut_short) == (FileStatus.FAILED, True)
    assert staged.unit.parts == []


@pytest.mark.parametrize("spare_core", [False, True])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", ["stage", "write", "close", "write_rejects", "close_rejects"])
def test_error_of_the_sink_throws_the_unit_away(step: str, *, after: bool, spare_core: bool):
    """Nothing half done stays in staging, whichever thread met it."""
    sink = InMemoryStrikeSink()
    failing = FailingStrikeSink(sink, step, after=after)
    reader = FakeReader({"a": [make_batch(rejects=(make_reject(3),))]})
    file, options = SourceFile(Path("a"), 100, 5), ReadOptions(NOON, batch_size=1)
    ladders = InMemoryStrikeSource(sink)
    job = StageJob("unit", ((1, file),), reader, failing, ladders, options, OnConflict.KEEP, spare_core=spare_core)

    with pytest.raises(StepFailed):
        stage_unit(job)

    assert failing.failed
    assert sink.staged_units() == []


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux lists the files that a process has open")
def test_a_part_that_cannot_be_finished_is_let_go_of(tmp_path: Path):
    """Its files would take their place on a full disk for as long as the error is told."""
    failing = FailingStrikeSink(ParquetStrikeSink(tmp_path), "close")
    reader = FakeReader({"a": [make_batch(make_snapshots(2))]})
    options, ladders = ReadOptions(NOON), ParquetStrikeSource(tmp_path)
    job = StageJob("unit", ((1, SourceFile(Path("a"), 100, 5)),), reader, failing, ladders, options, OnConflict.KEEP)

    with pytest.raises(StepFailed) as failed:
        stage_unit(job)

    held = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    assert [path for path in held if path.is_relative_to(tmp_path)] == []
    del failed
