"""The kinds of values that options and arguments take."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import pytest

from gexlake.adapters.synthetic.generate import FORM_NAMES
from gexlake.application.ports.limits import ALL
from gexlake.domain.rejects import RejectReason
from gexlake.domain.runs import FileStatus, OnConflict, RunStatus
from gexlake.entrypoints.cli.asked import values
from gexlake.entrypoints.cli.asked.reject_filters import REASONS
from gexlake.entrypoints.cli.commands import lineage, query, synth
from gexlake.entrypoints.http.parameters.moments import read_day


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2025-10-06T14:30:00Z", datetime(2025, 10, 6, 14, 30, tzinfo=UTC)),
        ("2025-10-06 14:30", datetime(2025, 10, 6, 14, 30, tzinfo=UTC)),
        ("2025-10-06T10:30:00-04:00", datetime(2025, 10, 6, 14, 30, tzinfo=UTC)),
        ("2025-10-06", datetime(2025, 10, 6, tzinfo=UTC)),
        ("20251006", datetime(2025, 10, 6, tzinfo=UTC)),
        ("1759761000", datetime(2025, 10, 6, 14, 30, tzinfo=UTC)),
        ("1759761000.5", datetime(2025, 10, 6, 14, 30, 0, 500_000, UTC)),
        ("1759761000000", datetime(2025, 10, 6, 14, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_iso_text_or_unix_time(text: str, moment: datetime) -> None:
    """Every form that the sources write is understood."""
    assert values.Moment().convert(text, None, None) == moment


@pytest.mark.parametrize("text", ["2025-10-06", "20251006"])
def test_the_end_of_a_date_is_its_last_instant(text: str) -> None:
    """--end 2025-10-06 includes that day."""
    assert values.Moment(last=True).convert(text, None, None) == datetime(2025, 10, 6, 23, 59, 59, 999_999, UTC)


def test_a_moment_with_a_time_is_itself_at_the_end_too() -> None:
    """Midnight written out is midnight, and Unix seconds have as many characters as a date."""
    for text in ("2025-10-06T00:00:00Z", "1759708800"):
        assert values.Moment(last=True).convert(text, None, None) == datetime(2025, 10, 6, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "", "2025-13-01", "nan", "1e30", "12:30", "2025", "202510", "9" * 16])
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    """The message shows how to write it."""
    with pytest.raises(click.BadParameter, match="2025-10-06T14:30:00Z"):
        values.Moment().convert(text, None, None)


@pytest.mark.parametrize("text", ["2025-10-06", "20251006", " 2025-10-06"])
def test_a_date_is_read_as_over_http(text: str) -> None:
    """With hyphens or without."""
    assert values.Day().convert(text, None, None) == read_day(text) == date(2025, 10, 6)


@pytest.mark.parametrize("text", ["", "2025-1-6", "2025-02-30", "2025-10-06T00:00Z", "٢٠٢٥-10-06", "1759761000"])
def test_what_is_no_date_is_refused_as_over_http(text: str) -> None:
    """Nobody else takes a month of one digit, or digits of other scripts."""
    with pytest.raises(ValueError, match="is"):
        read_day(text)
    with pytest.raises(click.BadParameter, match="is no date; write 2025-10-06"):
        values.Day().convert(text, None, None)


@pytest.mark.parametrize("text", ["zero", "gex_zero"])
def test_categories_are_known_by_their_older_names(text: str) -> None:
    """Zero is gex_zero."""
    assert values.Category().convert(text, None, None) == "gex_zero"


def test_an_unknown_category_is_refused() -> None:
    """The message lists the known ones."""
    with pytest.raises(click.BadParameter, match="gex_full"):
        values.Category().convert("gex_two", None, None)


@pytest.mark.parametrize(
    ("literal", "truth"),
    [
        (lineage.RUN_STATUSES, RunStatus),
        (lineage.FILE_STATUSES, FileStatus),
        (values.CONFLICT_POLICIES, OnConflict),
        (synth.FORMS, FORM_NAMES),
    ],
)
def test_the_choices_of_options_are_those_of_the_domain(literal: tuple[str, ...], truth: Any) -> None:
    """They are written twice, so that a help text need not load the domain."""
    assert literal == tuple(str(value) for value in truth)


@pytest.mark.parametrize("kind", [values.Place(), values.Place(file_okay=False), values.Source()])
def test_an_empty_path_is_refused(kind: click.ParamType) -> None:
    """It would mean the present folder: what a variable of the shell is that nobody has set."""
    with pytest.raises(click.BadParameter, match="the path is empty"):
        kind.convert("", None, None)
    assert kind.convert("a", None, None) == Path("a")


@pytest.mark.parametrize("text", ["nan", "NaN", "inf", "-0.1", "1.5", "x"])
def test_a_share_is_a_number_from_0_to_1(text: str) -> None:
    """One that is no number would be the end of a limit, for nothing is above it."""
    with pytest.raises(click.BadParameter):
        values.Share().convert(text, None, None)
    assert values.Share().convert("0.5", None, None) == 0.5


def test_reasons_are_those_of_the_domain() -> None:
    """The command line repeats them, for the domain takes time to load."""
    assert tuple(reason.value for reason in RejectReason) == REASONS


@pytest.mark.parametrize("more", [0, 1, 10**30])
def test_a_limit_beyond_what_any_lake_holds_is_no_limit(more: int) -> None:
    """It is not the database that fails."""
    for command in (lineage.lineage, query.query):
        (limit,) = [one for one in command.params if one.name == "limit"]
        assert limit.type.convert(str(ALL + more), None, None) == ALL
        with pytest.raises(click.BadParameter, match=r"write a whole number from 1 on\.$"):
            limit.type.convert("0", None, None)


@pytest.mark.parametrize("text", ["0", "-1", "4", "1.5", "x", "", "9" * 5000])
def test_what_is_no_number_that_can_be_is_refused_with_those_that_can(text: str) -> None:
    """In words, and however long it is."""
    with pytest.raises(click.BadParameter, match=r"^'.{0,39} will not do; write a whole number from 1 to 3\.$"):
        values.Whole(1, 3).convert(text, None, None)
    assert [values.Whole(1, 3).convert(text, None, None) for text in ("1", "3")] == [1, 3]
    assert values.Whole(1).convert("100000", None, None) == 100_000
