"""The fakes with their dials, and that the suites catch what they are there to catch."""

from collections.abc import Iterator
from dataclasses import replace
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import gexlake.testing
from gexlake.application.columns.batch import SnapshotBatch
from gexlake.application.ports.progress import Progress
from gexlake.application.ports.source_reader import ReadOptions, SourceFile, SourceReader
from gexlake.application.ports.strike_sink import StrikeSink
from gexlake.domain.errors import DiskFull
from gexlake.domain.rejects import RejectReason
from gexlake.testing import (
    FEED,
    NOON,
    Dial,
    FailingStrikeSink,
    FakeReader,
    InMemoryQueryCache,
    InMemoryStrikeSink,
    ProgressListenerSuite,
    SilentProgress,
    SourceReaderSuite,
    StepFailed,
    Torn,
    make_batch,
    make_key,
    make_snapshots,
    read_file,
    with_dial,
)
from gexlake.testing.source_reader import DirtySource

OPTIONS = ReadOptions(NOON)
FOLDER = Path("/recorded")


class TestFakeReader(SourceReaderSuite):
    """It keeps the promises of a reader without a file on disk."""

    @pytest.fixture
    def reader(self) -> FakeReader:
        """Give a reader of two good files and a bad one."""
        bad = [*make_snapshots(1), {"spot": 1.0}]
        return FakeReader({"/recorded/a": make_snapshots(4), "/recorded/b/c": make_snapshots(2), "/dirty/d": bad})

    @pytest.fixture
    def source(self) -> Path:
        """Give the folder of the good ones."""
        return FOLDER

    @pytest.fixture
    def vanished(self) -> SourceFile:
        """Give a file that it has not."""
        return SourceFile(FOLDER / "gone", 100, 0)

    @pytest.fixture
    def dirty_source(self) -> DirtySource:
        """Give the folder of the bad one."""
        return Path("/dirty"), {RejectReason.FIELD_MISSING: 1}


def only_file(reader: FakeReader) -> SourceFile:
    """Give a reader's one file."""
    (file,) = reader.discover(FOLDER)
    return file


def test_a_fake_reader_fails_where_it_is_told_to():
    """At an error in its file, after what comes before it; or at a batch, whichever file it is of."""
    for reader in (
        FakeReader({"/recorded/a": [*make_snapshots(2), ValueError("bad day")]}),
        FakeReader({"/recorded/a": make_snapshots(5)}, dial=Dial("batch", 3, error=ValueError("bad day"))),
    ):
        batches = reader.read(only_file(reader), replace(OPTIONS, batch_size=1))
        assert [len(next(batches).snapshots) for _ in range(2)] == [1, 1]
        with pytest.raises(ValueError, match="bad day"):
            next(batches)


def test_a_fake_file_breaks_off():
    """With what came before, and before its end."""
    reader = FakeReader({"/recorded/a": [*make_snapshots(2), Torn("breaks off here"), *make_snapshots(1, second=9)]})
    file = only_file(reader)

    reading = read_file(reader, file, OPTIONS)

    assert (len(reading.snapshots), reading.torn) == (2, "breaks off here")
    assert reading.batches[-1].bytes_done < file.size


def test_a_fake_file_that_is_written_anew_is_another():
    """Its time, its size and its digest say so."""
    reader = FakeReader({"/recorded/a": make_snapshots(2)})
    before = only_file(reader)
    digest = reader.fingerprint(before)

    reader.write("/recorded/a", *make_snapshots(3))

    after = only_file(reader)
    assert after.mtime_ns > before.mtime_ns
    assert after.size > before.size
    assert reader.fingerprint(after) != digest


def test_whole_batches_are_given_as_they_are():
    """For what no other content can say."""
    batch = make_batch(warnings=("mind the gap",), form="odd")
    reader = FakeReader({"/recorded/a": [batch]})

    assert list(reader.read(only_file(reader), OPTIONS)) == [batch]


def test_a_dial_fails_once():
    """At its step and time, before or after it is done."""
    for after, remembered in ((False, None), (True, b"b")):
        cache = InMemoryQueryCache()
        dial = Dial("put", 2, after=after, error=DiskFull("cache"))
        dialled = with_dial(cache, dial)
        dialled.put(FEED, "a", b"a")
        assert not dial.failed
        with pytest.raises(DiskFull):
            dialled.put(FEED, "b", b"b")
        assert dial.failed
        assert (dialled.get(FEED, "a"), dialled.get(FEED, "b")) == (b"a", remembered)
        dialled.put(FEED, "c", b"c")
        assert cache.get(FEED, "c") == b"c"


def test_a_dial_can_be_slow_and_never_fail():
    """Each time that the step is done, and only then."""
    waited: list[float] = []
    cache = with_dial(InMemoryQueryCache(), Dial("get", 0, seconds=0.25, sleep=waited.append))

    cache.put(FEED, "a", b"a")

    assert [cache.get(FEED, "a") for _ in range(3)] == [b"a"] * 3
    assert waited == [0.25] * 3


def test_the_writers_of_a_failing_sink_fail_too():
    """Their steps are told from those of the sink by their names."""
    sink = FailingStrikeSink(InMemoryStrikeSink(), "close_rejects")
    sink.stage(make_key("u")).abort()
    writer = sink.stage_rejects("u")

    with pytest.raises(StepFailed):
        writer.close()
    assert sink.failed


@pytest.mark.parametrize("step", [name for name in vars(StrikeSink) if not name.startswith("_")])
def test_a_failing_sink_passes_everything_on(step: str):
    """Also what a sink need not do itself; each method of the port may be the step that fails."""
    sink = FailingStrikeSink(InMemoryStrikeSink(), step)
    names = list(signature(getattr(StrikeSink, step)).parameters)[1:]

    with pytest.raises(StepFailed):
        getattr(sink, step)(**{name: [None] for name in names})


def test_every_name_is_there():
    """And can be imported with a star."""
    assert sorted(gexlake.testing.__all__, key=str.lower) == sorted(set(gexlake.testing.__all__), key=str.lower)
    assert all(hasattr(gexlake.testing, name) for name in gexlake.testing.__all__)


class Careless(FakeReader):
    """A reader with a fault; ``fault`` changes its batches."""

    def __init__(self, fault: Any) -> None:
        super().__init__({"/recorded/a": make_snapshots(3)})
        self._fault = fault

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        return map(self._fault, super().read(file, options))


def backwards(batch: SnapshotBatch) -> SnapshotBatch:
    """Turn the ladders over."""
    return replace(batch, ladders=batch.ladders.take(list(range(len(batch.ladders)))[::-1]))


def unnumbered(batch: SnapshotBatch) -> SnapshotBatch:
    """Give every record the number 0."""
    records = batch.snapshots.schema.get_field_index("record")
    column = batch.snapshots.column("record").take([0] * len(batch.snapshots))
    return replace(batch, snapshots=batch.snapshots.set_column(records, batch.snapshots.schema.field(records), column))


@pytest.mark.parametrize(
    ("fault", "test"),
    [
        (backwards, "test_its_ladders_rise"),
        (unnumbered, "test_it_counts_its_records"),
        (lambda batch: replace(batch, ladders=batch.ladders.slice(1)), "test_its_batches_have_the_schemas"),
        (
            lambda batch: replace(batch, snapshots=batch.snapshots.drop_columns("extra")),
            "test_its_batches_have_the_schemas",
        ),
        (lambda batch: replace(batch, torn="breaks off"), "test_it_gives_snapshots"),
    ],
)
def test_the_suite_of_readers_catches_a_fault(fault: Any, test: str):
    """Each where it is looked for."""
    suite, reader = SourceReaderSuite(), Careless(fault)

    def read(**changes: Any) -> list[Any]:
        return [read_file(reader, file, replace(OPTIONS, **changes)) for file in reader.discover(FOLDER)]

    with pytest.raises((AssertionError, ValueError, KeyError)):
        getattr(suite, test)(read)


def test_the_suite_of_readers_catches_bytes_that_go_back():
    """Or do not come to the end."""
    reader: SourceReader = Careless(lambda batch: replace(batch, bytes_done=7))
    with pytest.raises(AssertionError):
        SourceReaderSuite().test_it_says_how_far_it_is(reader, FOLDER, OPTIONS)


class Loud(SilentProgress):
    """A listener that writes where the answers go."""

    def started(self, progress: Progress) -> None:
        print("here we go")


def test_the_suite_of_listeners_catches_words_on_stdout():
    """They would end up in somebody's JSON."""
    with pytest.raises(AssertionError):
        ProgressListenerSuite().test_it_hears_a_run(Loud())
