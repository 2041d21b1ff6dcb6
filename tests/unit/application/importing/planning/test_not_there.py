"""A ticker, package or category that a source does not have: said with what it has, for it may be misspelt."""

import re

import pytest

from gexlake.application.importing.planning.not_there import names_not_there
from gexlake.application.ports.source_reader import FeedFilter
from gexlake.domain.runs import ImportRun, RunStatus
from gexlake.testing import make_snapshot, make_snapshots
from support.desk import Desk

CURE = "check the spelling of --ticker, --package and --category"
HELD = ["NQ_NDX/classic/gex_zero", "SPX/classic/gex_full", "SPX/state/gex_zero"]


def asked(*tickers: str, packages: tuple[str, ...] = (), categories: tuple[str, ...] = ()) -> FeedFilter:
    """Ask for some feeds."""
    return FeedFilter(frozenset(tickers), frozenset(packages), frozenset(categories))


def desk() -> Desk:
    """Make a desk with files of two tickers."""
    return Desk(first=make_snapshots(2), second=[make_snapshot(ticker="SPX", second=n) for n in range(2)])


def warned(run: ImportRun, desk: Desk) -> str:
    """Give the one thing that a run said, at its end and at once."""
    (told,) = run.errors
    assert desk.heard.warnings == [told]
    return told


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        (asked(), ""),
        (asked("SPX", "NQ_NDX"), ""),
        (asked("SPX", categories=("gex_full",)), ""),
        (asked("SPX", "SPY", "QQQ"), "QQQ, SPY"),
        (asked("SPX", packages=("classic", "state"), categories=("gex_full", "gex_one")), "gex_one, state"),
        (asked("SPY"), "a feed that was asked for (SPY)"),
        (asked("NQ_NDX", categories=("gex_full",)), "a feed that was asked for (NQ_NDX; gex_full)"),
    ],
    ids=str,
)
def test_what_is_of_no_feed_that_was_found_is_named(wanted: FeedFilter, names: str) -> None:
    """A ticker that comes with another category only is not what was asked for."""
    assert names_not_there(wanted, HELD) == names
    assert names_not_there(wanted, []) == ("" if not wanted else names_not_there(wanted, ["RUT/other/gex_four"]))


def test_a_ticker_that_no_file_has_is_told_with_those_that_they_have() -> None:
    """It is no failure: a recorder may bring it tomorrow."""
    made = desk()
    run = made.run(feeds=asked("NQNDX"))
    assert (run.status, run.counts.skipped) == (RunStatus.SUCCESS, 4)
    assert warned(run, made) == (
        "no snapshot in /recorded is of a feed that was asked for (NQNDX); its files begin with "
        f"NQ_NDX/classic/gex_zero, SPX/classic/gex_zero: {CURE}"
    )


def test_one_of_several_tickers_is_told_too() -> None:
    """The others are in."""
    made = desk()
    run = made.run(feeds=asked("SPX", "NQNDX"))
    assert (run.status, run.counts.accepted) == (RunStatus.SUCCESS, 2)
    assert "no snapshot in /recorded is of NQNDX; its files" in warned(run, made)


def test_files_that_are_known_count_as_well() -> None:
    """Nothing of them is read again: what is known of them says whether the ticker is there."""
    made = desk()
    made.run()
    for _ in range(2):
        assert made.run(feeds=asked("SPX")).errors == ()
        again = made.run(feeds=asked("NQNDX"))
        assert again.files.unchanged == 2
        assert "(NQNDX); its files" in warned(again, made)
    made.reader.write("/recorded/moved_gex_zero.json", *make_snapshots(2))
    del made.reader.files[next(path for path in made.reader.files if "first" in path.name)]
    moved = made.run(feeds=asked("NQ_NDX"))
    assert (moved.files.unchanged, moved.errors) == (2, ())


def test_a_category_that_no_file_is_named_after_is_told_too() -> None:
    """There is nothing to import then, which is a failure."""
    run = desk().run(feeds=asked(categories=("gex_one",)))
    assert run.status is RunStatus.FAILED
    assert re.search(r"asked for \(gex_one\); its files begin with NQ_NDX/classic/gex_zero", run.errors[0])
    assert "none of the 2 files in /recorded passes the filters" in run.errors[1]


def test_nothing_is_said_where_a_file_cannot_be_read() -> None:
    """It may hold what was asked for; and where there are no files there is nothing to be misspelt."""
    broken = Desk(first=make_snapshots(2), second=[OSError(5, "Input/output error")])
    assert all(CURE not in error for error in broken.run(feeds=asked("NQNDX")).errors)
    made = desk()
    made.reader.files = {path: [OSError(5, "Input/output error")] for path in made.reader.files}
    assert all(CURE not in error for error in made.run(feeds=asked("NQNDX")).errors)


def test_of_files_whose_names_differ_in_digits_only_the_last_is_looked_at() -> None:
    """A year of days need not be read to say what they hold."""
    days = {f"2025-10-{day:02d}": [make_snapshot(ticker=f"T{day}")] for day in range(1, 30)}
    made = Desk(**days, other=make_snapshots(1))
    told = warned(made.run(feeds=asked("NQNDX")), made)
    assert "its files begin with NQ_NDX/classic/gex_zero, T29/classic/gex_zero:" in told
