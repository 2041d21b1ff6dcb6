"""Units of work: large files alone, small ones of a day and feed together."""

from datetime import date, timedelta
from pathlib import Path

from gexlake.application.importing.planning.plan import (
    ENOUGH_UNITS,
    SMALL_DAYS,
    SMALL_DAYS_BYTES,
    UNIT_BYTES,
    UNIT_FILES,
    make_plan,
)
from gexlake.application.ports.source_reader import ReadOptions, SourceFile
from gexlake.domain.feed import FeedName
from gexlake.testing import FakeReader
from gexlake.testing.builders import NOON

ZERO, ONE = FeedName("classic", "gex_zero"), FeedName("classic", "gex_one")
FIRST, SECOND = date(2025, 10, 6), date(2025, 10, 7)


def source(name: str, size: int = 6000, day: date | None = FIRST, hint: FeedName = ZERO) -> SourceFile:
    """Make a file as a reader finds it."""
    return SourceFile(Path(name), size, 5, hint=hint, day=day)


def units(files: list[SourceFile]) -> list[list[str]]:
    """Plan a first import; name the files of its units."""
    plan = make_plan(files, {}, FakeReader(), ReadOptions(NOON), force=False)
    assert plan.size == sum(file.size for file in files)
    return [[str(file.path) for file in unit] for unit in plan.units]


def test_thousands_of_small_files_of_a_day_are_one_unit():
    """5,000 files of one snapshot each become one part."""
    names = [f"NQ_NDX_gex_zero_20251006_{n:06d}.json" for n in range(5000)]

    assert units([source(name) for name in names]) == [names]


def test_a_unit_holds_so_many_files_and_no_more():
    """One more than that is a second unit."""
    found = units([source(f"{n:06d}") for n in range(UNIT_FILES + 1)])

    assert [len(unit) for unit in found] == [UNIT_FILES, 1]


def test_days_and_feeds_are_units_of_their_own():
    """Files without a day go together, too."""
    files = [
        source("a", day=FIRST),
        source("b", day=SECOND),
        source("c", day=FIRST),
        source("d", day=FIRST, hint=ONE),
        source("e", day=None, hint=FeedName()),
        source("f", day=None, hint=FeedName()),
    ]

    assert sorted(units(files)) == [["a", "c"], ["b"], ["d"], ["e", "f"]]


def test_large_files_are_units_of_their_own_and_go_first():
    """The longest job must not be the last to start."""
    files = [source("small"), source("large", UNIT_BYTES + 1), source("middle", UNIT_BYTES)]

    assert units(files) == [["large"], ["middle"], ["small"]]


def test_units_stay_within_their_size():
    """Files that together are larger are several units."""
    found = units([source(f"{n:02d}", UNIT_BYTES // 3) for n in range(10)])

    assert [len(unit) for unit in found] == [3, 3, 3, 1]


def days(count: int, size: int) -> list[SourceFile]:
    """Make a file for each of so many days."""
    return [source(f"{n:05d}", size, FIRST + timedelta(n)) for n in range(count)]


def test_of_many_small_days_some_go_together():
    """As long as there are units enough for workers, and so that a commit is not of too many."""
    few, many, most = (
        units(days(count, 6000)) for count in (ENOUGH_UNITS, 5 * ENOUGH_UNITS, 2 * SMALL_DAYS * ENOUGH_UNITS)
    )

    assert [len(unit) for unit in few] == [1] * ENOUGH_UNITS
    assert [len(unit) for unit in many] == [5] * ENOUGH_UNITS
    assert [len(unit) for unit in most] == [SMALL_DAYS] * 2 * ENOUGH_UNITS


def test_of_many_larger_days_fewer_go_together():
    """Up to so many bytes: then a day takes longer to read than to commit."""
    found = units(days(8 * ENOUGH_UNITS, SMALL_DAYS_BYTES // 3))

    assert {len(unit) for unit in found[:-1]} == {3}
    assert {len(unit) for unit in units(days(8 * ENOUGH_UNITS, SMALL_DAYS_BYTES + 1))} == {1}


def test_many_small_days_are_work_for_workers():
    """However few bytes they have: each of them is two files to be written."""
    few, many = (
        make_plan(days(count, 6000), {}, FakeReader(), ReadOptions(NOON), force=False) for count in (3, ENOUGH_UNITS)
    )

    assert (few.is_little(18_000), few.is_little(17_999)) == (True, False)
    assert not many.is_little(1 << 30)


def test_plan_does_not_depend_on_the_order_of_discovery():
    """The same files always make the same units in the same order."""
    files = [source(f"{n:03d}", 100 + n % 7, FIRST if n % 2 else SECOND, ONE if n % 3 else ZERO) for n in range(60)]

    assert units(files) == units(files[::-1]) == units(files[1::2] + files[::2])
