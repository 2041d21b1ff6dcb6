"""Planning: which files are new, and which of them go together."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gexlake.application.importing.planning.plan import Plan, make_plan
from gexlake.application.importing.planning.selection import selection_of
from gexlake.application.ports.source_reader import FeedFilter, ReadOptions, SourceFile
from gexlake.domain.feed import FeedName
from gexlake.domain.runs import UNKNOWN, Counts, FileStatus, Fingerprint, SourceFileRecord
from gexlake.testing import FakeReader
from gexlake.testing.builders import NOON, make_file

HINT = FeedName("classic", "gex_zero")
DAY = date(2025, 10, 6)
BROKEN = Counts(read=2, accepted=1, rejected=1)
ALL = ReadOptions(NOON)
ONLY_NQ, ONLY_SPX, NQ_AND_SPX = (
    ReadOptions(NOON, feeds=FeedFilter(tickers=frozenset(tickers)))
    for tickers in (["NQ_NDX"], ["SPX"], ["NQ_NDX", "SPX"])
)


def source(path: str = "a", size: int = 100, mtime_ns: int = 5, **facts: Any) -> SourceFile:
    """Make a file as a reader finds it."""
    return SourceFile(Path(path), size, mtime_ns, **{"hint": HINT, "day": DAY, **facts})


def known(path: str = "a", size: int = 100, mtime_ns: int = 5, digest: str = "old", **facts: Any) -> SourceFileRecord:
    """Make the record of an earlier reading."""
    print_ = Fingerprint(size=size, mtime_ns=mtime_ns, digest=digest)
    return make_file(source_file=path, fingerprint=print_, **facts)


def plan(
    files: list[SourceFile],
    records: Iterable[SourceFileRecord] = (),
    reader: FakeReader | None = None,
    options: ReadOptions = ALL,
    *,
    force: bool = False,
) -> Plan:
    """Plan an import; ``records`` are the readings of earlier ones, the newest first."""
    readings: dict[str, list[SourceFileRecord]] = {}
    for record in records:
        readings.setdefault(record.source_file, []).append(record)
    return make_plan(files, readings, reader or FakeReader(), options, force=force)


def test_first_import_takes_all():
    """Nothing is known yet, and nothing is digested."""
    reader = FakeReader()

    made = plan([source("a"), source("b")], reader=reader)

    assert (made.found, len(made.units), reader.asked) == (2, 1, [])


def test_same_size_and_time_is_unchanged_without_a_look():
    """Thousands of known files cost nothing."""
    reader = FakeReader()

    made = plan([source()], [known()], reader)

    assert (made.units, [file.path.name for file in made.unchanged], reader.asked) == ([], ["a"], [])


@pytest.mark.parametrize(("digest", "unchanged"), [("old", True), ("new", False)])
def test_touched_file_is_compared_by_its_content(digest: str, *, unchanged: bool):
    """Another time alone is no change."""
    made = plan([source(mtime_ns=6)], [known()], FakeReader(digests={"a": digest}))

    assert bool(made.unchanged) is unchanged
    assert bool(made.units) is not unchanged


@pytest.mark.parametrize("size", [99, 101])
def test_grown_or_shrunk_file_is_read_again_without_a_look(size: int):
    """Another size is a change."""
    reader = FakeReader()

    assert plan([source(size=size)], [known()], reader).units == [[source(size=size)]]
    assert reader.asked == []


@pytest.mark.parametrize(
    ("status", "unchanged"),
    [
        (FileStatus.IMPORTED, True),
        (FileStatus.PARTIAL, True),
        (FileStatus.UNCHANGED, True),
        (FileStatus.FAILED, False),
    ],
)
def test_what_failed_is_always_tried_again(status: FileStatus, *, unchanged: bool):
    """A partial file only when it changes."""
    assert bool(plan([source()], [known(status=status)]).unchanged) is unchanged


def test_known_file_of_another_feed_stays_unsupported():
    """It is counted as that, and not read again."""
    made = plan([source()], [known(status=FileStatus.UNSUPPORTED, feeds=())])

    assert (made.units, made.unchanged, len(made.unsupported)) == ([], [], 1)


def test_file_that_cannot_be_digested_is_read():
    """Reading it will say what is wrong."""
    assert plan([source(mtime_ns=6)], [known()]).units


@pytest.mark.parametrize("digest", ["", "old"])
def test_force_reads_all(digest: str):
    """Whatever is known."""
    made = plan([source(), source("moved")], [known(digest=digest)], FakeReader(digests={"moved": "old"}), force=True)

    assert sum(map(len, made.units)) == 2


def test_moved_file_is_known_by_its_content():
    """Its size finds the candidates, its digest decides."""
    made = plan([source("b")], [known()], FakeReader(digests={"b": "old"}))

    assert [file.path.name for file, _ in made.moved] == ["b"]
    assert made.found == 1
    for broken in (known("a_gex_zero.json", counts=BROKEN), known(selection=" | assumed gex_zero", counts=BROKEN)):
        assert plan([source("b")], [broken], FakeReader(digests={"b": "old"})).units == []


def test_moved_file_is_known_by_any_reading_of_what_it_holds():
    """Not by what its first path held earlier."""
    part, changed = known(selection=str(ONLY_SPX.feeds)), known(digest="new", selection=str(ONLY_SPX.feeds))
    reader = FakeReader(digests={"b": "old"})

    assert [same for _, same in plan([source("b")], [part, known()], reader).moved] == [known()]
    assert plan([source("b")], [changed, known()], reader).units == [[source("b")]]


def test_moved_file_is_known_by_other_readings_under_its_first_path():
    """Also if one under its new path is known, of another part of the same content; not if that failed, or changed."""
    nq, spx = (known(selection=selection_of(options, source())) for options in (ONLY_NQ, ONLY_SPX))
    moved = known("b", selection=nq.selection, status=FileStatus.UNCHANGED)
    reader = FakeReader(digests={"b": "old"})

    assert [same for _, same in plan([source("b")], [moved, spx, nq], reader, ONLY_SPX).moved] == [spx]
    for change in ({"status": FileStatus.FAILED}, {"digest": "new"}, {"size": 99}):
        last = known("b", **{"selection": nq.selection, **change})
        assert plan([source("b")], [last, spx, nq], reader, ONLY_SPX).units == [[source("b")]]


@pytest.mark.parametrize(
    ("file", "record", "digest"),
    [
        (source("b"), known(), "other"),
        (source("b", size=5), known(), "old"),
        (source("b", hint=FeedName("state", "gex_zero")), known(), "old"),
        (source("b", hint=FeedName("classic", "gex_one")), known(), "old"),
        (source("b"), known(status=FileStatus.FAILED), "old"),
        (source("b"), known(feeds=()), "old"),
        (source("b"), known(selection="SPX;;"), "old"),
        (source("b"), known(counts=BROKEN), "old"),
    ],
)
def test_file_that_is_not_a_moved_one(file: SourceFile, record: SourceFileRecord, digest: str):
    """Other content, another feed by its name, a reading that took less, or refused what had no name: it is read."""
    assert plan([file], [record], FakeReader(digests={"b": digest})).units == [[file]]


def test_filtered_file_is_left_out_by_its_name():
    """What a file's name rules out need not be opened; what it leaves open must be."""
    options = ReadOptions(NOON, feeds=FeedFilter(categories=frozenset({"gex_one"})))

    made = plan(
        [source("a"), source("b", hint=FeedName()), source("c", hint=FeedName(None, "gex_one"))], options=options
    )

    assert (made.filtered, made.found) == (1, 2)


def test_reading_of_a_part_is_no_reading_of_the_whole():
    """What was imported with a filter is read again without it, not the other way round."""
    part = known(selection=selection_of(ONLY_NQ, source()))

    assert plan([source()], [part]).units
    assert plan([source()], [part], options=ONLY_NQ).unchanged
    assert plan([source()], [known(selection="")], options=ONLY_NQ).unchanged
    assert selection_of(ALL, source()) == ""


def test_reading_of_more_is_one_of_each_part():
    """Sets are compared, not their words; what a filter leaves open lets all through."""
    both = known(selection=selection_of(NQ_AND_SPX, source()))
    zero = FeedFilter(categories=frozenset({"gex_zero"}))

    assert plan([source()], [both], options=ONLY_NQ).unchanged
    assert plan(
        [source()], [both], options=replace(NQ_AND_SPX, feeds=replace(NQ_AND_SPX.feeds, categories=zero.categories))
    ).unchanged
    assert plan([source()], [known(selection=str(ONLY_NQ.feeds))], options=NQ_AND_SPX).units
    assert plan([source()], [both], options=ReadOptions(NOON, feeds=zero)).units


def test_any_reading_of_what_the_file_holds_will_do():
    """Imports with one filter after the other read it once for each."""
    readings = [known(selection=str(options.feeds)) for options in (ONLY_SPX, ONLY_NQ)]

    for options in (ONLY_NQ, ONLY_SPX):
        assert plan([source()], readings, options=options).unchanged
    assert plan([source()], readings).units
    assert plan([source()], [readings[0], known()]).unchanged
    assert plan([source(), source("b")], [known(), known("b", selection=str(ONLY_NQ.feeds)), known("b")]).units == []


@pytest.mark.parametrize(
    "newer",
    [
        known(size=99, selection="SPX; ; "),
        known(mtime_ns=6, digest="new", selection="SPX; ; "),
        known(digest="", selection="SPX; ; ").model_copy(update={"fingerprint": UNKNOWN}),
        known(status=FileStatus.FAILED, selection="SPX; ; "),
    ],
    ids=["other size", "other content", "to be read again", "failed"],
)
def test_reading_before_one_that_is_out_of_date_does_not_count(newer: SourceFileRecord):
    """The file may be as it was then, but not what the lake has of it."""
    assert plan([source()], [newer, known()], FakeReader(digests={"a": "old"})).units == [[source()]]


def test_touched_file_is_looked_at_once_for_all_its_readings():
    """And not at all where none of them took what is wanted."""
    reader = FakeReader(digests={"a": "old"})
    readings = [known(selection=str(ONLY_SPX.feeds)), known(selection=str(ONLY_NQ.feeds)), known(mtime_ns=4)]

    assert plan([source(mtime_ns=6)], readings, reader).unchanged
    assert reader.asked == ["a"]
    assert plan([source(mtime_ns=6)], readings[:2], reader).units
    assert plan([source()], readings, reader).unchanged
    assert reader.asked == ["a"]


@pytest.mark.parametrize(
    ("rejected", "selection", "hint", "unchanged"),
    [
        (0, "", FeedName(), True),
        (1, "", FeedName(), False),
        (1, "", HINT, True),
        (1, " | assumed gex_zero", FeedName(), True),
        (0, " | assumed gex_one", FeedName(), False),
    ],
)
def test_assumed_category_is_for_what_named_none(rejected: int, selection: str, hint: FeedName, *, unchanged: bool):
    """A reading without it has rejected that; one with another one has taken it for something else."""
    counts = Counts(read=3, accepted=3 - rejected, rejected=rejected)

    made = plan([source(hint=hint)], [known(selection=selection, counts=counts)], options=ReadOptions(NOON, "gex_zero"))

    assert bool(made.unchanged) is unchanged
