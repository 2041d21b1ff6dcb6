"""What becomes of an import whose reader, sink or lake fails: nothing here touches a disk or another process."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gexlake.application.importing.import_history import ImportHistory
from gexlake.application.importing.import_request import ImportRequest
from gexlake.domain.errors import ReaderFailed, SourceUnreadable
from gexlake.domain.runs import FileStatus, OnConflict, RunStatus
from gexlake.testing import (
    FEED,
    NOON,
    Dial,
    FailingStrikeSink,
    FakeReader,
    FixedClock,
    InlineWorkPool,
    InMemoryLake,
    RecordingProgress,
    StepFailed,
    Torn,
    make_snapshot,
    make_snapshots,
    with_dial,
)
from support.desk import FIRST, SECOND, SOURCE, Desk


def test_a_reader_that_breaks_down_in_the_middle_leaves_a_partial_file():
    """What it gave before is in, its name is in the error, and the next import tries again."""
    desk = Desk(first=make_snapshots(2), second=make_snapshots(4, second=10))
    desk.reader = FakeReader(
        {str(path): contents for path, contents in desk.reader.files.items()},
        name="broken",
        dial=Dial("batch", 5, error=ValueError("it was never tried on a Tuesday")),
    )

    run = desk.run(batch_size=1)

    assert (run.status, desk.statuses["second_gex_zero.json"]) == (RunStatus.PARTIAL, FileStatus.PARTIAL)
    assert "the reader broken failed: ValueError: it was never tried on a Tuesday" in run.errors[0]
    assert desk.heard.warnings == list(run.errors)
    assert desk.shown == [0, 1, 10]

    again = desk.run()

    assert (again.status, again.files.unchanged, again.counts.accepted) == (RunStatus.SUCCESS, 1, 3)
    assert desk.shown == [0, 1, 10, 11, 12, 13]


def test_a_reader_that_leaves_as_scripts_do_takes_nobody_along():
    """It is a reader that has failed: its name is said, what it gave is in, and the other file too."""
    desk = Desk(first=make_snapshots(2), second=make_snapshots(2, second=10))
    files = {str(path): contents for path, contents in desk.reader.files.items()}
    desk.reader = FakeReader(files, dial=Dial("batch", 2, error=SystemExit(5)))

    run = desk.run(batch_size=1)

    assert (run.status, desk.shown) == (RunStatus.PARTIAL, [0, 10, 11])
    assert "the reader fake failed: SystemExit: 5" in run.errors[0]


@pytest.mark.parametrize("error", [ValueError("sold out"), SourceUnreadable("is gone"), SystemExit(5)])
@pytest.mark.parametrize("stored", [False, True])
def test_a_reader_that_fails_when_it_is_asked_again_for_words(error: BaseException, *, stored: bool):
    """A conflict is a conflict: its loser is kept in the words that the lake has for it."""
    first = make_snapshot(spot=5.0)
    desk = Desk(first=[first] if stored else [first, make_snapshot(spot=7.0)])
    if stored:
        desk.run()
    files = {FIRST: [first], SECOND: [make_snapshot(spot=7.0)]} if stored else {FIRST: desk.reader.files[Path(FIRST)]}
    desk.reader = FakeReader(files, dial=Dial("raw_records", error=error))

    run = desk.run()

    assert (run.counts.conflicts, desk.shown) == (1, [0])
    (stored_reject,) = desk.lake.lineage.rejects()
    assert json.loads(stored_reject.reject.raw)["spot"] == 7.0


@pytest.mark.parametrize("digest", [None, 5])
def test_a_fingerprint_that_is_no_text_is_its_readers_fault(digest: Any):
    """What the file gave is in, and it is read again."""
    desk = Desk(first=make_snapshots(2))
    desk.reader = FakeReader({FIRST: make_snapshots(2)}, digests={FIRST: digest})

    run = desk.run()

    assert (run.status, desk.shown, desk.statuses["first_gex_zero.json"]) == (
        RunStatus.PARTIAL,
        [0, 1],
        FileStatus.PARTIAL,
    )
    assert f"the reader fake failed: TypeError: its fingerprint is {digest}, no text" in run.errors[0]


def test_a_reader_that_cannot_tell_what_a_file_holds_reads_it():
    """Whether it is known already: it fails at the fingerprint of a file that has another date, and not the import."""
    desk = Desk(first=make_snapshots(2))
    desk.run()
    desk.reader = FakeReader(dial=Dial("fingerprint", error=ValueError("no ink")))
    desk.reader.write(FIRST, *make_snapshots(2))

    run = desk.run()

    assert (run.status, run.counts.duplicates, desk.shown) == (RunStatus.SUCCESS, 2, [0, 1])


def test_a_reader_that_breaks_down_over_its_folder_fails():
    """With its name; the run is written down as failed."""
    desk = Desk(first=make_snapshots(1))
    desk.reader = FakeReader({FIRST: make_snapshots(1)}, dial=Dial("discover", error=ValueError("no such drive")))

    run = desk.run()

    assert run.status is RunStatus.FAILED
    assert "The reader fake failed on /recorded: ValueError: no such drive" in run.errors[0]
    assert desk.shown == []


def test_a_reader_that_cannot_be_made_is_named():
    """Before anything begins."""
    lake = InMemoryLake()

    def broken() -> FakeReader:
        raise ImportError("no module named vendor")

    use_case = ImportHistory(lake, {"mine": broken}, InlineWorkPool(), FixedClock(NOON))
    with pytest.raises(ReaderFailed, match=r"mine failed on /recorded: ImportError: no module named vendor"):
        use_case.run(ImportRequest(SOURCE), RecordingProgress())
    assert lake.lineage.runs() == []


def test_a_torn_file_is_partial_until_it_changes():
    """Its complete records are in."""
    desk = Desk(first=[*make_snapshots(2), Torn("breaks off in record 2"), make_snapshot(second=2)])

    run = desk.run()

    assert (run.status, desk.shown) == (RunStatus.PARTIAL, [0, 1])
    assert "breaks off in record 2" in run.errors[0]
    assert desk.run().files.unchanged == 1

    desk.reader.write(FIRST, *make_snapshots(3))
    whole = desk.run()

    assert (whole.status, whole.counts.accepted, desk.shown) == (RunStatus.SUCCESS, 1, [0, 1, 2])


def test_a_file_that_the_system_refuses_does_not_stop_the_others():
    """It is failed, and tried again."""
    desk = Desk(first=[OSError(5, "Input/output error")], second=make_snapshots(1))

    run = desk.run()

    assert (run.status, run.files.failed, desk.shown) == (RunStatus.PARTIAL, 1, [0])
    desk.reader.write(FIRST, *make_snapshots(1, second=5))
    assert desk.run().files.imported == 1
    assert desk.shown == [0, 5]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("step", "nth"), [("stage", 1), ("stage", 2), ("write", 1), ("close", 1), ("publish", 1), ("publish", 2)]
)
def test_whichever_step_of_the_sink_fails_nothing_half_done_is_shown(step: str, nth: int, *, after: bool):
    """And the next import completes it."""
    days = [*make_snapshots(2), *make_snapshots(2, timestamp=NOON - timedelta(days=3))]
    desk = Desk(first=days, second=make_snapshots(2, second=50))
    failing = FailingStrikeSink(desk.sink, step, nth, after=after)

    with pytest.raises(StepFailed):
        desk.run(failing)

    assert failing.failed
    assert len(desk.shown) == (6 if step == "publish" else 0)  # publishing comes after the commit
    run = desk.run()

    assert run.status is RunStatus.SUCCESS
    assert len(desk.shown) == 6
    assert desk.nothing_half_done
    assert desk.lake.lineage.runs(status=RunStatus.RUNNING) == []


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    ("step", "nth"), [("stage", 1), ("close", 1), ("stage_rejects", 2), ("publish", 1), ("retire", 1)]
)
def test_whichever_step_fails_while_a_snapshot_is_replaced(step: str, nth: int, *, after: bool):
    """The lake shows the old one or the new one, never both or none; the words of the old one wait in staging."""
    desk = Desk(first=make_snapshots(3))
    desk.run()
    desk.reader.write(FIRST, *make_snapshots(3, spot=9.0))

    with pytest.raises(StepFailed):
        desk.run(FailingStrikeSink(desk.sink, step, nth, after=after), on_conflict=OnConflict.REPLACE)

    assert desk.shown == [0, 1, 2]
    run = desk.run(on_conflict=OnConflict.REPLACE)

    spots = desk.lake.snapshots.between(FEED, None, None, 10).column("spot").to_pylist()
    assert (desk.shown, spots, run.finished_at is None) == ([0, 1, 2], [9.0] * 3, False)
    assert desk.nothing_half_done


def test_a_lake_that_cannot_begin_a_unit_fails_the_import():
    """With the lake's own error, and the one after it goes through."""
    desk = Desk(first=make_snapshots(2))

    with pytest.raises(StepFailed):
        desk.run(lake=with_dial(desk.lake, Dial("unit", 2)))

    assert desk.shown == []
    assert desk.run().status is RunStatus.SUCCESS
    assert {run.status for run in desk.lake.lineage.runs()} == {RunStatus.SUCCESS, RunStatus.INTERRUPTED}


def test_a_run_that_fails_is_finished_too():
    """Whoever heard it start hears it end."""
    desk = Desk(first=make_snapshots(1))

    with pytest.raises(StepFailed):
        desk.run(FailingStrikeSink(desk.sink, "write"))

    assert [kind for kind, _ in desk.heard.events] == ["started", "finished"]
