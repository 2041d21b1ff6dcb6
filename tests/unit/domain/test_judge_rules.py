"""The rules that a record must keep, each with its reason and its sentence."""

from typing import Any

import pytest

from gexlake.domain.errors import UnsupportedFeed
from gexlake.domain.judge import judge
from gexlake.domain.rejects import Reject, RejectReason, RuleBroken
from gexlake.domain.sentences import in_a_line
from gexlake.domain.snapshot import GexSnapshot
from support.records import NOW, record, row, without

R = RejectReason


def judged(made: Any) -> GexSnapshot:
    """Judge a record of NQ_NDX gex_zero."""
    return judge(made, package="classic", category="gex_zero", now=NOW)


def broken(made: Any) -> tuple[RejectReason, str]:
    """Give the rule that a record breaks, and the sentence."""
    with pytest.raises(RuleBroken) as caught:
        judged(made)
    assert str(caught.value) == caught.value.detail
    return caught.value.reason, caught.value.detail


@pytest.mark.parametrize("name", ["timestamp", "ticker", "spot", "zero_gamma", "strikes"])
def test_required_field_that_is_missing(name: str):
    """A record without a required field is rejected, and the sentence names the field."""
    assert broken(without(record(), name)) == (R.FIELD_MISSING, f"{name} is missing")


@pytest.mark.parametrize("name", ["spot", "zero_gamma"])
@pytest.mark.parametrize(("value", "found"), [("1.5", '"1.5"'), (True, "true"), (None, "null"), ([1], "[1]")])
def test_required_number_of_another_type(name: str, value: Any, found: str):
    """Text, booleans, nulls and lists are no numbers, and are never turned into one."""
    assert broken(record(**{name: value})) == (R.NOT_A_NUMBER, f"{name} is {found}, not a finite number")


@pytest.mark.parametrize("name", ["spot", "zero_gamma"])
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), pytest.param(10**309, id="many-digits")])
def test_required_number_that_is_not_finite(name: str, value: float):
    """1e400 is valid JSON, and no number that can be stored; no more is an integer of so many digits."""
    reason, detail = broken(record(**{name: value}))

    assert reason is R.NOT_FINITE
    assert detail.startswith(f"{name} is ")


@pytest.mark.parametrize(("spot", "found"), [(0, "0"), (-1.5, "-1.5"), (-0.0, "-0.0")])
def test_spot_that_is_not_above_zero(spot: float, found: str):
    """A price is above 0."""
    assert broken(record(spot=spot)) == (R.NOT_POSITIVE, f"spot is {found}, which is not above 0")


@pytest.mark.parametrize("zero_gamma", [0, -3.5, 25190.5])
def test_zero_gamma_may_be_any_finite_number(zero_gamma: float):
    """0 means not applicable, and it may equal spot."""
    assert judged(record(zero_gamma=zero_gamma)).zero_gamma == zero_gamma


@pytest.mark.parametrize(
    ("ticker", "detail"),
    [
        ("", "ticker is empty"),
        (" \t", "ticker is empty"),
        (5, "ticker is 5, not a name"),
        (None, "ticker is null, not a name"),
        ("X" * 65, "ticker is longer than 64 bytes"),
        ("\ud800", "ticker holds half a character (a lone surrogate)"),
    ],
)
def test_ticker_that_is_no_name(ticker: Any, detail: str):
    """A ticker is text with something in it that can name a column and a folder."""
    assert broken(record(ticker=ticker)) == (R.TICKER_INVALID, detail)


NOT_ISO = "which is not ISO-8601 like 2025-10-06T14:30:00.5Z"


@pytest.mark.parametrize(
    ("timestamp", "reason", "detail"),
    [
        (None, R.TIMESTAMP_UNPARSABLE, "timestamp is None, not Unix seconds, milliseconds or ISO-8601 text"),
        (True, R.TIMESTAMP_UNPARSABLE, "timestamp is True, not Unix seconds, milliseconds or ISO-8601 text"),
        ("yesterday", R.TIMESTAMP_UNPARSABLE, f"timestamp is 'yesterday', {NOT_ISO}"),
        ("2025-02-30", R.TIMESTAMP_UNPARSABLE, f"timestamp is '2025-02-30', {NOT_ISO}"),
        ("2025-11-14T15.5Z", R.TIMESTAMP_UNPARSABLE, f"timestamp is '2025-11-14T15.5Z', {NOT_ISO}"),
        (10**30, R.TIMESTAMP_UNPARSABLE, f"timestamp {10**30} is beyond all dates"),
        (1.7e308, R.TIMESTAMP_UNPARSABLE, "timestamp is 1.7e+308, which is beyond all dates"),
        (0, R.TIMESTAMP_BEFORE_2010, "timestamp 0 lies before 2010"),
        (1262303999, R.TIMESTAMP_BEFORE_2010, "timestamp 1262303999 lies before 2010"),
        (4102444800, R.TIMESTAMP_IN_FUTURE, "timestamp 4102444800 lies in the future"),
    ],
)
def test_timestamp_that_cannot_be(timestamp: Any, reason: RejectReason, detail: str):
    """A timestamp is a moment between 2010 and a day from now."""
    assert broken(record(timestamp=timestamp)) == (reason, detail)


def test_clock_skew_of_a_day_is_allowed():
    """A recorder's clock may run 24 hours ahead, and not a second more."""
    edge = int(NOW.timestamp()) + 24 * 3600

    assert judged(record(timestamp=edge)).timestamp.timestamp() == edge
    assert broken(record(timestamp=edge + 1))[0] is R.TIMESTAMP_IN_FUTURE


def test_first_moment_of_2010_is_allowed():
    """2010-01-01 00:00:00 UTC is the first good second."""
    assert judged(record(timestamp=1262304000)).timestamp.year == 2010


@pytest.mark.parametrize("made", [None, 5, "text", [1], True])
def test_record_that_is_no_object(made: Any):
    """Only objects are records."""
    reason, detail = broken(made)

    assert reason is R.NOT_JSON
    assert detail.endswith(", not an object")


@pytest.mark.parametrize("timestamp", [None, 0])
def test_first_broken_rule_is_named(timestamp: Any):
    """A record that breaks several rules is rejected for its timestamp first."""
    assert broken(record(timestamp=timestamp, spot=-1, strikes=[row(-1)]))[0].value.startswith("timestamp")


def test_half_characters_of_a_record_are_told_as_escapes():
    """Wherever its words are quoted: nothing is stored or printed that UTF-8 cannot carry."""
    reason, detail = broken(record(**{"\ud800": float("inf")}))

    reject = Reject(reason=reason, detail="\ud800", record=0, raw=b"", ticker="\udfff")

    assert detail == "\\ud800 holds a number beyond all doubles"
    assert (reject.detail, reject.ticker) == ("\\ud800", "\\udfff")
    assert "\\ud800" in str(UnsupportedFeed("\ud800"))
    assert in_a_line(ValueError("\ud800")) == "ValueError: \\ud800"


def test_an_error_that_cannot_say_what_it_is_has_its_name():
    """A stranger's, which fails once more when it is to be told."""

    class Speechless(Exception):
        def __str__(self) -> str:
            raise ValueError

    assert in_a_line(Speechless()) == "Speechless"
