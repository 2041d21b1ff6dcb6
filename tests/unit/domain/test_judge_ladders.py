"""The rules for the ladder, each with its reason and its sentence."""

import json
from typing import Any

import pytest

from gexlake.domain.judge import judge
from gexlake.domain.rejects import RejectReason, RuleBroken
from gexlake.domain.snapshot import GexSnapshot
from support.records import NOW, record, row

R = RejectReason


def judged(*strikes: Any) -> GexSnapshot:
    """Judge a record with this ladder."""
    return judge(record(strikes=list(strikes)), package="classic", category="gex_zero", now=NOW)


def broken(*strikes: Any) -> tuple[RejectReason, str]:
    """Give the rule that a ladder breaks, and the sentence."""
    with pytest.raises(RuleBroken) as caught:
        judged(*strikes)
    return caught.value.reason, caught.value.detail


def test_ladder_without_rows():
    """A snapshot has at least one strike."""
    assert broken() == (R.STRIKES_EMPTY, "strikes is empty")


@pytest.mark.parametrize("strikes", [None, 5, "[]", {}, True])
def test_ladder_that_is_no_list(strikes: Any):
    """A ladder is a list of rows."""
    with pytest.raises(RuleBroken) as caught:
        judge(record(strikes=strikes) | {"strikes": strikes}, package="classic", category="gex_zero", now=NOW)

    assert caught.value.reason is R.ROW_MALFORMED
    assert caught.value.detail == f"strikes is {json.dumps(strikes)}, not a list"


@pytest.mark.parametrize(
    ("strike", "reason", "detail"),
    [
        (0, R.NOT_POSITIVE, "strikes row 1, strike is 0, which is not above 0"),
        (-5.5, R.NOT_POSITIVE, "strikes row 1, strike is -5.5, which is not above 0"),
        ("100", R.NOT_A_NUMBER, 'strikes row 1, strike is "100", not a finite number'),
        (None, R.NOT_A_NUMBER, "strikes row 1, strike is null, not a finite number"),
        (True, R.NOT_A_NUMBER, "strikes row 1, strike is true, not a finite number"),
        (float("inf"), R.NOT_FINITE, "strikes row 1, strike is Infinity, not a finite number"),
    ],
)
def test_strike_that_is_no_price(strike: Any, reason: RejectReason, detail: str):
    """A strike is a finite price above 0; the sentence says in which row it is not."""
    assert broken(row(), row(strike)) == (reason, detail)


@pytest.mark.parametrize("place", ["gamma", "oi_gamma"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [("1", R.NOT_A_NUMBER), (None, R.NOT_A_NUMBER), (False, R.NOT_A_NUMBER), (float("-inf"), R.NOT_FINITE)],
)
def test_gamma_that_is_no_number(place: str, value: Any, reason: RejectReason):
    """Both gammas are finite numbers."""
    made = row(5, value) if place == "gamma" else row(5, 1, value)

    found = broken(made)

    assert found[0] is reason
    assert found[1].startswith(f"strikes row 0, {place} is ")


@pytest.mark.parametrize("made", [row(priors=None), row(priors=[]), row(priors=[1, 2.5, -3, 0, 1e300])])
def test_priors_may_be_absent_empty_or_five(made: list[Any]):
    """These are the three forms of priors."""
    assert len(judged(made).strikes[0].priors) == len(made[3] if len(made) > 3 else [])


@pytest.mark.parametrize("priors", [None, 5, "text", {"a": 1}])
def test_priors_that_are_no_list(priors: Any):
    """Null is no way to leave them out."""
    found = json.dumps(priors)

    assert broken([*row(priors=None), priors]) == (R.ROW_MALFORMED, f"strikes row 0, priors is {found}, not a list")


@pytest.mark.parametrize("number", [1, 3, 4, 6])
def test_priors_of_another_number(number: int):
    """Priors come in fives or not at all."""
    assert broken(row(priors=[1] * number)) == (
        R.PRIORS_NOT_FIVE,
        f"strikes row 0, priors has {number} priors instead of 5 or none",
    )


@pytest.mark.parametrize(("odd", "found"), [("1", '"1"'), (None, "null"), (True, "true")])
def test_prior_that_is_no_number(odd: Any, found: str):
    """Each of the five is a number; the sentence says which is not."""
    assert broken(row(priors=[1, 2, 3, odd, 5])) == (
        R.NOT_A_NUMBER,
        f"strikes row 0, priors, 3 is {found}, not a finite number",
    )


@pytest.mark.parametrize(
    ("made", "reason", "detail"),
    [
        ([25187.21, 1], R.ROW_MALFORMED, "strikes row 0 has 2 elements instead of 3 or 4"),
        ([], R.ROW_MALFORMED, "strikes row 0 has 0 elements instead of 3 or 4"),
        ([1, 2, 3, [], 5], R.ROW_MALFORMED, "strikes row 0 has 5 elements instead of 3 or 4"),
        ([1, 2, 3, 4, 5, 6, 7, 8], R.ROW_MALFORMED, "strikes row 0 has 8 elements instead of 3 or 4"),
        ([row()], R.ROW_MALFORMED, "strikes row 0 has 1 elements instead of 3 or 4"),
    ],
)
def test_row_of_another_length(made: list[Any], reason: RejectReason, detail: str):
    """A row is [strike, gamma, oi_gamma] and perhaps the priors."""
    assert broken(made) == (reason, detail)


@pytest.mark.parametrize("made", [5, "row", None, {"strike": 5, "gamma": 1, "oi_gamma": 2}, {"strike": 5}, {}])
def test_row_that_is_no_list(made: Any):
    """A row is a list; an object is none, also if it gives its values the right names."""
    assert broken(made) == (R.ROW_MALFORMED, f"strikes row 0 is {json.dumps(made)}, not a list")


@pytest.mark.parametrize("again", [25187.21, 25187])
def test_same_strike_twice(again: float):
    """Two rows of one strike are rejected, also where 100 and 100.0 mean the same."""
    first = 25187.0 if isinstance(again, int) else 25187.21

    reason, detail = broken(row(first), row(3), row(again))

    assert (reason, detail) == (R.STRIKE_TWICE, f"strikes holds the strike {first} twice")


def test_ladder_may_come_in_any_order():
    """Order is not a rule; the snapshot keeps the source's."""
    assert [level.strike for level in judged(row(3), row(1), row(2)).strikes] == [3, 1, 2]


def test_ladder_too_large_to_add_up_where_net_gex_must_be_computed():
    """With neither net_gex nor sum_gex_vol the ladder is added up; a sum beyond all doubles is no number."""
    made = record(strikes=[row(1, 1e308), row(2, 1e308)])
    del made["sum_gex_vol"]

    with pytest.raises(RuleBroken) as caught:
        judge(made, package="classic", category="gex_zero", now=NOW)

    assert caught.value.reason is R.NOT_FINITE
