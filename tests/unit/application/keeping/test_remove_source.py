"""Removing a source: what goes, what stays, and what is told of it."""

from collections.abc import Sequence
from typing import Any

import pytest

from gexlake.application.importing.stored.words import canonical
from gexlake.application.keeping.remove_source import NothingFromSource, Removed, RemoveSource
from gexlake.application.keeping.replay_rejects import ReplayRejects
from gexlake.application.ports.source_reader import FeedFilter
from gexlake.domain.errors import LakeDamaged
from gexlake.domain.runs import Counts, OnConflict, RunStatus
from gexlake.testing import (
    FEED,
    NOON,
    FailingStrikeSink,
    InMemoryLake,
    InMemoryStrikeSource,
    StepFailed,
    make_reject,
    make_snapshot,
    make_snapshots,
)
from support.accounts import account, off
from support.desk import FIRST, SECOND, SOURCE, Desk

FULL = FeedFilter(categories=frozenset({"gex_full"}))


class Removing(Desk):
    """A desk at which sources are removed, too."""

    def remove(self, *names: str, sink: Any = None, feeds: FeedFilter | None = None, dry_run: bool = False) -> Removed:
        """Remove a source; through another sink, if one is given."""
        lake = self.lake
        if sink:
            ladders = InMemoryStrikeSource(self.sink)
            lake = InMemoryLake(sink, ladders, book=self.lake.book, journal=self.lake.journal)
        removing = RemoveSource(lake, {self.reader.name: lambda: self.reader}, self.clock)
        removed = removing.run(names, feeds, dry_run=dry_run)
        assert off(account(self.lake)) == []
        assert self.nothing_half_done
        return removed

    def replay(self) -> str:
        """Replay what is pending, and name the reading that did."""
        run = ReplayRejects(self.lake, self.clock).run(None, on_conflict=OnConflict.REPLACE)
        (file,) = self.lake.lineage.files(import_id=run.import_id)
        return file.source_file

    @property
    def waiting(self) -> list[tuple[str, int]]:
        """File and record of each reject that waits."""
        return [(one.source_file, one.reject.record) for one in self.lake.lineage.rejects(pending=True)]


def kept(*seconds: int) -> list[Any]:
    """Make records that are rejected, though their words are good: as if the clock had been wrong."""
    return [make_reject(n, raw=canonical(make_snapshot(second=second))) for n, second in enumerate(seconds)]


def test_a_file_that_is_gone_is_taken_out_for_good() -> None:
    """Its snapshots, rejects and lineage; what others gave stays, though it lies in the same part."""
    desk = Removing(first=[make_reject(0), *make_snapshots(3)], second=make_snapshots(2, second=10))
    desk.run()
    del desk.reader.files[SOURCE / "first_gex_zero.json"]

    removed = desk.remove(FIRST)

    assert (removed.source, removed.snapshots, removed.rejects, removed.files, removed.forgotten) == (FIRST, 3, 1, 1, 1)
    (day,) = removed.days
    assert (day.feed, day.date, day.snapshots, day.strikes, day.files) == (FEED, NOON.date(), 3, 9, 1)
    assert (removed.repeating, removed.imports, removed.staying) == ((), (), ())
    assert (desk.shown, desk.waiting) == ([10, 11], [])
    assert desk.lake.lineage.latest_files().keys() == {SECOND}
    assert desk.run().files.unchanged == 1


def test_a_run_says_what_went() -> None:
    """Whoever asks later where the snapshots are finds it among the runs, newest first, of the feeds it was about."""
    desk = Removing(first=make_snapshots(3))
    imported = desk.run()
    desk.clock.advance(60)

    removed = desk.remove(str(SOURCE), feeds=FeedFilter(tickers=frozenset({"NQ_NDX"})))

    run, before = desk.lake.lineage.runs()
    assert (run.import_id, run.source, run.status) == (removed.import_id, str(SOURCE), RunStatus.SUCCESS)
    assert run.options == {
        "remove": True,
        "feeds": "NQ_NDX; ; ",
        "taken_out": {"snapshots": 3, "rejects": 0, "files": 1},
    }
    assert (run.counts, run.finished_at, before) == (Counts(), desk.clock.now(), imported)
    assert desk.lake.snapshots.parts() == []


def test_a_rehearsal_changes_nothing() -> None:
    """It says what would go."""
    desk = Removing(first=[make_reject(0), *make_snapshots(3)], second=make_snapshots(3))
    desk.run()
    book = desk.lake.book.copy()

    would = desk.remove(FIRST, dry_run=True)

    assert (would.import_id, desk.lake.book) == (None, book)
    done = desk.remove(FIRST)
    assert done.import_id
    assert would.imports == done.imports
    assert (would.days, would.rejects, would.repeating) == (done.days, done.rejects, (SECOND,))


def test_only_the_feeds_that_are_asked_for_go() -> None:
    """Of a file of two, one stays and is still known of; its rejects stay, for nothing says whose they are."""
    full = [make_snapshot(category="gex_full", second=n) for n in range(2)]
    desk = Removing(first=[*make_snapshots(3), *full, make_reject(5)])
    desk.run()

    removed = desk.remove(FIRST, feeds=FULL)

    assert (removed.snapshots, removed.rejects, removed.forgotten) == (2, 0, 0)
    assert [(day.feed.category, day.snapshots) for day in removed.days] == [("gex_full", 2)]
    (file,) = desk.lake.lineage.files()
    assert (file.feeds, file.counts) == ((str(FEED),), Counts(read=4, accepted=3, rejected=1, strikes=9))
    assert (desk.shown, desk.waiting) == ([0, 1, 2], [(FIRST, 5)])


def test_what_another_file_repeats_comes_back_with_its_import() -> None:
    """The command that imports it does not read what is removed."""
    desk = Removing(first=make_snapshots(3), second=make_snapshots(4))
    desk.run()

    removed = desk.remove(FIRST)

    assert (removed.repeating, removed.imports) == ((SECOND,), (f"import {SECOND}",))
    assert desk.shown == [3]
    del desk.reader.files[SOURCE / "first_gex_zero.json"]
    assert desk.run().counts.accepted == 3
    assert desk.shown == [0, 1, 2, 3]


def test_a_folder_of_repeats_is_one_command() -> None:
    """The source of the run that read them, since nothing in it is removed."""
    desk = Removing()
    desk.reader.write("/wrong/day_gex_zero.json", *make_snapshots(3))
    for n in range(5):
        desk.reader.write(f"{SOURCE}/part_{n}_gex_zero.json", make_snapshot(second=n))
    desk.run(source="/wrong")
    desk.run()

    removed = desk.remove("/wrong")

    assert (len(removed.repeating), removed.imports) == (3, (f"import {SOURCE}",))
    assert desk.run().counts.accepted == 3


def test_what_was_read_before_repeats_nothing_of_it() -> None:
    """Unless it gave way to what is removed."""
    desk = Removing(first=[*make_snapshots(2), make_snapshot()])
    desk.run()
    desk.reader.write("/later/again_gex_zero.json", *make_snapshots(3))
    desk.run(source="/later")
    assert desk.remove("/later").repeating == ()

    desk.reader.files.clear()
    desk.reader.write("/later/other_gex_zero.json", make_snapshot(spot=9.0))
    desk.reader.write(FIRST, *make_snapshots(2))
    desk.run(source="/later", on_conflict=OnConflict.REPLACE)
    assert desk.remove("/later").repeating == (FIRST,)
    assert desk.shown == [1]
    desk.run()
    assert (desk.shown, desk.waiting) == ([0, 1], [])


@pytest.mark.parametrize("names", [("/elsewhere",), ("/recorded/fir", "first_gex_zero.json")])
def test_where_nothing_came_from_a_source_nothing_is_done(names: Sequence[str]) -> None:
    """The sentence says where the names stand; the beginning of a name is none."""
    desk = Removing(first=make_snapshots(1))
    desk.run()
    with pytest.raises(NothingFromSource, match=f"came from {names[0]}, .* as 'gexlake lineage' lists it"):
        desk.remove(*names)
    assert len(desk.lake.lineage.runs()) == 1


def test_where_nothing_is_of_the_feeds_these_are_named() -> None:
    """As they are written in options."""
    desk = Removing(first=make_snapshots(1))
    desk.run()
    with pytest.raises(NothingFromSource, match=r"other feeds \(NQ_NDX/classic/gex_zero\), .* leave --ticker"):
        desk.remove("/elsewhere", FIRST, feeds=FULL)
    assert desk.shown == [0]


def test_what_a_replay_took_in_stays_and_is_named() -> None:
    """It can be removed by that name, and what it had taken in waits again if its file is still known."""
    desk = Removing(first=[*kept(0, 1)], second=kept(5, 6))
    desk.run()
    replay = desk.replay()
    assert desk.shown == [0, 1, 5, 6]

    removed = desk.remove("/not/here", FIRST)
    assert (removed.snapshots, removed.rejects, removed.staying) == (0, 2, (replay,))
    assert (desk.shown, desk.waiting) == ([0, 1, 5, 6], [])

    gone = desk.remove(replay)
    assert (gone.snapshots, gone.waiting) == (4, 2)
    assert (desk.shown, desk.waiting) == ([], [(SECOND, 0), (SECOND, 1)])
    desk.replay()
    assert (desk.shown, desk.waiting) == ([5, 6], [])


def test_what_a_replay_repeated_waits_again() -> None:
    """It is in the lake no more, and only the reject has its words; what the replay brought itself is."""
    desk = Removing(first=kept(0, 1))
    desk.run()
    desk.reader.write("/other/day_gex_zero.json", make_snapshot(second=1))
    desk.run(source="/other")
    desk.replay()
    assert (desk.shown, desk.waiting) == ([0, 1], [])

    removed = desk.remove("/other")

    assert (removed.repeating, removed.imports, removed.waiting) == ((), (), 1)
    assert (desk.shown, desk.waiting) == ([0], [(FIRST, 1)])


def test_a_file_that_was_moved_is_known_by_what_it_was() -> None:
    """Its snapshots came from the path that it had."""
    desk = Removing(first=make_snapshots(3))
    desk.run()
    desk.reader.write(SECOND, *desk.reader.files.pop(SOURCE / "first_gex_zero.json"))
    assert desk.run().files.unchanged == 1

    removed = desk.remove(SECOND)

    assert (removed.snapshots, removed.files, removed.forgotten, removed.staying) == (0, 0, 1, (FIRST,))
    assert desk.remove(FIRST).snapshots == 3
    assert desk.shown == []


def test_what_goes_whole_need_not_be_read() -> None:
    """A part that is damaged goes like any other; one of which something is to be left cannot be written anew."""
    desk = Removing(first=make_snapshots(3), second=make_snapshots(1, second=10))
    desk.run()
    desk.sink.published.clear()
    with pytest.raises(LakeDamaged):
        desk.remove(FIRST)
    assert len(desk.lake.snapshots.parts()) == 1
    desk.remove(str(SOURCE))
    assert desk.shown == []


@pytest.mark.parametrize(("step", "left"), [("stage", [0, 1, 2, 10]), ("close", [0, 1, 2, 10]), ("publish", [10])])
def test_it_is_done_or_it_is_not(step: str, left: list[int]) -> None:
    """What fails on the way leaves all as it was; once it is committed it is done."""
    desk = Removing(first=make_snapshots(3), second=make_snapshots(1, second=10))
    desk.run()

    with pytest.raises(StepFailed):
        desk.remove(FIRST, sink=FailingStrikeSink(desk.sink, step))

    assert (desk.shown, desk.nothing_half_done) == (left, True)
    assert len(desk.lake.lineage.runs()) == (2 if step == "publish" else 1)
    assert off(account(desk.lake)) == []
