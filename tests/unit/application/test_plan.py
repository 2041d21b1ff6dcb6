"""Planning: which files are new, and which of them go together."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gexlake.application.plan import Plan, make_plan
from gexlake.application.ports.source_reader import FeedFilter, ReadOptions, SourceFile
from gexlake.application.selection import selection_of
from gexlake.domain import Counts, FeedName, FileStatus, Fingerprint, SourceFileRecord
from gexlake.testing import FakeReader
from gexlake.testing.builders import NOON, make_file

HINT = FeedName("classic", "gex_zero")
DAY = date(2025, 10, 6)
ALL = ReadOptions(NOON)
ONLY_NQ = ReadOptions(NOON, feeds=FeedFilter(tickers=frozenset({"NQ_NDX"})))


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
    """Plan an import."""
    return make_plan(files, {r.source_file: r for r in records}, reader or FakeReader(), options, force=force)


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
    ],
)
def test_file_that_is_not_a_moved_one(file: SourceFile, record: SourceFileRecord, digest: str):
    """Other content, another feed by its name, or a reading that took less: it is read."""
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
