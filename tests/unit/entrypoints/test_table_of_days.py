"""The table of feeds and days that reports of imports and removals begin with."""

from datetime import date, timedelta

import pytest

from gexlake.domain.runs import DayTotal
from gexlake.entrypoints.cli.terminal.tables import show_days
from gexlake.testing.builders import FEED


def days(count: int, category: str) -> list[DayTotal]:
    """Make so many days of a feed, with ten snapshots and two flagged ladders each."""
    feed, first = FEED._replace(category=category), date(2025, 1, 1)
    return [DayTotal(feed=feed, date=first + timedelta(n), snapshots=10, strikes=990, flagged=2) for n in range(count)]


def cells(capsys: pytest.CaptureFixture[str]) -> list[list[str]]:
    """Give the words of each line that was drawn, but for the rules."""
    return [words for line in capsys.readouterr().out.splitlines() if (words := line.split()) and "─" not in line]


def test_a_hundred_days_have_a_row_each(capsys: pytest.CaptureFixture[str]):
    """And their sum below."""
    show_days(days(100, "gex_zero"), "snapshots", "flagged")

    drawn = cells(capsys)

    assert (len(drawn), drawn[1][1:], drawn[-1]) == (102, ["2025-01-01", "10", "2"], ["total", "1,000", "200"])


def test_more_days_have_a_row_a_feed(capsys: pytest.CaptureFixture[str]):
    """What cannot be added up has no number."""
    show_days([*days(100, "gex_full"), *days(1, "gex_zero")], "snapshots", "strikes", unsummed="strikes")

    assert cells(capsys)[1:] == [
        ["NQ_NDX/classic/gex_full", "100", "days", "1,000"],
        ["NQ_NDX/classic/gex_zero", "1", "day", "10"],
        ["total", "1,010"],
    ]
