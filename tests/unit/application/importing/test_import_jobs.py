"""Imports in the background: one at a time, followed from any event on, stopped between two commits."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from gexlake.application.columns.batch import SnapshotBatch
from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_jobs import ImportBusy, ImportJobs, ImportsStopped
from gexlake.application.importing.import_request import ImportRequest
from gexlake.application.importing.job import Event, EventKind, Job
from gexlake.application.ports.progress import Progress, ProgressListener
from gexlake.application.ports.source_reader import ReadOptions, SourceFile
from gexlake.domain.errors import ImportInterrupted, SourceNotFound, TooLittleLeft
from gexlake.domain.runs import ImportRun, RunStatus
from gexlake.testing import (
    NOON,
    FakeReader,
    FixedClock,
    InlineWorkPool,
    InMemoryLake,
    make_batch,
    make_run,
    make_snapshots,
)

SECONDS = 20
#: Bytes of a stack that no system has room for, so that it starts no thread.
TOO_LARGE = 1 << 46
#: Four days of five snapshots, a file each.
DAYS: dict[str, Sequence[SnapshotBatch | Exception]] = {
    f"history/day-{day}": [make_batch(make_snapshots(5, timestamp=NOON + timedelta(days=day)))] for day in range(4)
}


class GatedReader(FakeReader):
    """Reads on once it is let: ``reached`` says that it has come to the file, ``gate`` opens it."""

    def __init__(self, at: str = "") -> None:
        super().__init__(DAYS, digests=dict.fromkeys(DAYS, "digest"))
        self._at, self.reached, self.gate = at, threading.Event(), threading.Event()

    def discover(self, source: Path) -> Iterable[SourceFile]:
        return [replace(file, day=NOON.date() + timedelta(days=n)) for n, file in enumerate(super().discover(source))]

    def read(self, file: SourceFile, options: ReadOptions) -> Iterator[SnapshotBatch]:
        if str(file.path) == self._at:
            self.reached.set()
            assert self.gate.wait(SECONDS)
        yield from super().read(file, options)


class Imports:
    """Jobs on a lake in memory."""

    def __init__(self, reader: FakeReader) -> None:
        self.lake, clock = InMemoryLake(), FixedClock(NOON + timedelta(days=9))
        self.jobs = ImportJobs(clock)
        self.history = ImportHistory(self.lake, {"fake": lambda: reader}, InlineWorkPool(), clock)

    def submit(self) -> Job:
        """Begin to import the four days."""
        return self.jobs.submit(ImportRequest(Path("history")), self.history.run)

    def stored(self) -> int:
        """Count the snapshots that are in the lake."""
        return sum(day.snapshots for day in self.lake.snapshots.days())


def ended(job: Job) -> Job:
    """Wait for the end of a job."""
    assert job.wait(SECONDS)
    return job


def run_of(job: Job) -> ImportRun:
    """Wait for the end of a job that comes to one, and give its run."""
    run = ended(job).ended
    assert isinstance(run, ImportRun)
    return run


def kinds(events: Sequence[Event]) -> list[EventKind]:
    """Name what events tell."""
    return [event.kind for event in events]


def test_a_job_bears_the_id_of_its_run() -> None:
    """Before the run has begun: that is what its caller is told."""
    imports = Imports(GatedReader())
    job = imports.submit()
    run = run_of(job)
    assert run.import_id == job.import_id
    assert imports.lake.lineage.runs()[0].import_id == job.import_id
    assert (run.status, run.counts.accepted) == (RunStatus.SUCCESS, 20)
    assert imports.jobs.get(job.import_id) is job


def test_events_can_be_read_from_the_first_or_from_any_other_on() -> None:
    """Whoever comes late, or comes again, misses nothing but overtaken progress."""
    job = ended(Imports(GatedReader()).submit())
    events = job.events()
    assert kinds(events) == [EventKind.STARTED, EventKind.ADVANCED, EventKind.FINISHED, EventKind.ENDED]
    assert [event.number for event in events] == sorted(event.number for event in events)
    assert job.events(events[1].number) == events[2:]
    assert events[2].progress == Progress(4, 4, 20, 400, 400, "day-3")
    assert job.progress == events[2].progress


def test_listeners_hear_while_it_runs() -> None:
    """Each of them, and none after it has left."""
    reader = GatedReader("history/day-3")
    imports = Imports(reader)
    job = imports.submit()
    assert reader.reached.wait(SECONDS)
    heard, left = threading.Event(), threading.Event()
    with job.listening(heard.set):
        with job.listening(left.set):
            pass
        reader.gate.set()
        assert heard.wait(SECONDS)
        ended(job)
    assert not left.is_set()


def test_a_second_import_is_refused_with_the_id_of_the_first() -> None:
    """It can be submitted as soon as the first has ended."""
    reader = GatedReader("history/day-0")
    imports = Imports(reader)
    first = imports.submit()
    assert reader.reached.wait(SECONDS)
    with pytest.raises(ImportBusy, match=first.import_id) as busy:
        imports.submit()
    assert busy.value.transient
    reader.gate.set()
    ended(first)
    assert run_of(imports.submit()).status is RunStatus.SUCCESS


def test_whoever_writes_between_imports_is_alone() -> None:
    """It waits for the import that runs, and the next one waits for it."""
    reader = GatedReader("history/day-0")
    imports = Imports(reader)
    first = imports.submit()
    assert reader.reached.wait(SECONDS)
    stored: list[int] = []

    def write() -> None:
        with imports.jobs.between_imports():
            stored.append(imports.stored())

    writer = threading.Thread(target=write)
    writer.start()
    reader.gate.set()
    writer.join(SECONDS)
    assert stored == [20]
    ended(first)
    assert not imports.jobs.writing
    with imports.jobs.between_imports():
        assert imports.jobs.writing
        second = imports.submit()
        assert imports.lake.lineage.runs() == [first.ended]
    assert run_of(second).files.unchanged == 4


def test_a_stop_takes_place_between_two_commits() -> None:
    """What was committed stays, nothing is half done, and the next import goes on from there."""
    reader = GatedReader("history/day-3")
    imports = Imports(reader)
    job = imports.submit()
    assert reader.reached.wait(SECONDS)
    job.ask_to_stop()
    reader.gate.set()
    ended(job)
    assert isinstance(job.ended, ImportInterrupted)
    assert [run.status for run in imports.lake.lineage.runs()] == [RunStatus.INTERRUPTED]
    assert imports.stored() in (5, 10, 15)
    assert imports.lake.sink.staged_units() == []

    assert (run_of(imports.submit()).status, imports.stored()) == (RunStatus.SUCCESS, 20)


def test_a_stop_of_all_lets_no_more_begin() -> None:
    """And waits for the one that runs."""
    reader = GatedReader("history/day-0")
    imports = Imports(reader)
    job = imports.submit()
    assert reader.reached.wait(SECONDS)
    imports.jobs.ask_to_stop()
    reader.gate.set()
    assert imports.jobs.stop(SECONDS)
    assert job.over
    with pytest.raises(ImportsStopped):
        imports.submit()


@pytest.mark.parametrize("error", [SourceNotFound("history"), ZeroDivisionError("no")])
def test_an_import_that_cannot_be_run_ends_its_job(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever waits hears of it, and the next one may begin; a fault is logged."""
    jobs = ImportJobs(FixedClock(NOON))

    def fail(_request: ImportRequest, _listener: object) -> ImportRun:
        raise error

    job = ended(jobs.submit(ImportRequest(Path("history")), fail))
    assert job.ended is error
    assert kinds(job.events()) == [EventKind.ENDED]
    assert jobs.running is None
    assert bool(caplog.records) == isinstance(error, ZeroDivisionError)


def test_memory_is_bounded_whatever_is_told() -> None:
    """The latest progress, the first thousand warnings, the last twenty jobs."""
    jobs = ImportJobs(FixedClock(NOON))

    def chatter(request: ImportRequest, listener: Job) -> ImportRun:
        for number in range(2_000):
            listener.advanced(Progress(files_done=number))
            listener.warned(f"warning {number}")
        return make_run(request.import_id or "")

    made = [ended(jobs.submit(ImportRequest(Path("history")), chatter)) for _ in range(21)]  # type: ignore[arg-type]
    assert len(made[-1].events()) == 1_002
    assert len(made[-1].warnings) == 1_000
    assert made[-1].progress.files_done == 1_999
    assert jobs.get(made[0].import_id) is None
    assert jobs.get(made[1].import_id) is made[1]


def test_an_import_that_cannot_begin_is_not_in_the_way_of_the_next() -> None:
    """The system has no thread for it; when it has one again, imports go on."""
    imports = Imports(GatedReader())
    usual = threading.stack_size(TOO_LARGE)
    try:
        for _ in range(2):
            with pytest.raises(TooLittleLeft, match="free some") as refused:
                imports.submit()
            assert refused.value.transient
    finally:
        threading.stack_size(usual)
    assert imports.jobs.running is None
    assert run_of(imports.submit()).status is RunStatus.SUCCESS


class SignalledClock(FixedClock):
    """A clock in whose first reading a signal comes that stops all imports."""

    def __init__(self) -> None:
        super().__init__(NOON)
        self.signal: Callable[[], None] | None = None

    def now(self) -> datetime:
        if self.signal is not None:
            self.signal()
        return super().now()


def test_a_stop_that_comes_while_an_import_begins_stops_it() -> None:
    """Requests that wait for it would hold the end of the server up."""
    clock = SignalledClock()
    jobs = ImportJobs(clock)
    clock.signal = jobs.ask_to_stop

    def run(request: ImportRequest, listener: ProgressListener) -> ImportRun:
        listener.advanced(Progress())
        return make_run(request.import_id or "")

    job = ended(jobs.submit(ImportRequest(Path("history")), run))
    assert isinstance(job.ended, ImportInterrupted)


def test_a_stop_waits_for_no_import_that_could_not_begin() -> None:
    """There is none."""
    imports = Imports(GatedReader())
    usual = threading.stack_size(TOO_LARGE)
    try:
        with pytest.raises(TooLittleLeft):
            imports.submit()
    finally:
        threading.stack_size(usual)
    assert imports.jobs.stop(SECONDS)
