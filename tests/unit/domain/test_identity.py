"""Two snapshots of one identity: the same, rounding twins, or in conflict."""

from typing import Any

import pytest

from gexlake.domain.identity import Likeness, compare, decimals, differences
from gexlake.domain.judge import judge
from gexlake.domain.snapshot import GexSnapshot
from support.records import NOW, record, row, without

SAME, TWIN, CONFLICT = Likeness


def judged(made: dict[str, Any], **how: Any) -> GexSnapshot:
    """Judge a record of NQ_NDX gex_zero."""
    return judge(made, **{"package": "classic", "category": "gex_zero", "now": NOW, **how})


def likeness(first: dict[str, Any], second: dict[str, Any]) -> Likeness:
    """Compare two records, in both directions."""
    found = compare(judged(first), judged(second))
    assert compare(judged(second), judged(first)) is found
    return found


@pytest.mark.parametrize("zero", [0, 0.0, -0.0])
def test_zero_is_zero_however_it_is_written(zero: float):
    """0, 0.0 and -0.0 are one number, in scalars, ladder, priors and largest changes."""
    made = record(zero_gamma=0, strikes=[row(1, 0, 0, priors=[0] * 5)], max_priors=[[0, 0]], delta_risk_reversal=0)
    other = record(
        zero_gamma=zero,
        strikes=[row(1, zero, zero, priors=[zero] * 5)],
        max_priors=[[zero, zero]],
        delta_risk_reversal=zero,
    )

    assert likeness(made, other) is SAME


def test_order_of_rows_and_envelopes_do_not_count():
    """What a recorder writes around a snapshot says nothing about it."""
    first = judged(record(strikes=[row(1), row(2)]), envelope={"recorded_ms": 1})
    second = judged(record(strikes=[row(2), row(1)]), envelope={"recorded_ms": 2})

    assert compare(first, second) is SAME


@pytest.mark.parametrize(
    ("name", "fine", "coarse", "off"),
    [
        ("spot", 25190.504, 25190.5, None),
        ("spot", 25190.505, 25190.51, 25190.52),
        ("zero_gamma", 25150.2549, 25150.25, 25150.24),
        ("sum_gex_vol", 40.50149, 40.501, 40.502),
        ("sum_gex_oi", -21.7505, -21.75, -21.752),
        ("delta_risk_reversal", -0.1254, -0.125, -0.127),
    ],
)
def test_half_a_unit_of_the_coarser_copys_last_decimal(name: str, fine: float, coarse: float, off: float | None):
    """A twin differs by rounding and nothing else."""
    first = record(**{name: fine})

    assert likeness(first, record(**{name: coarse})) is TWIN
    if off is not None:
        assert likeness(first, record(**{name: off})) is CONFLICT


def test_ladder_rows_and_priors_of_a_twin():
    """Rows to two decimals against rows to four, of the same ladder."""
    fine = record(strikes=[row(25187.21, 12.5049, -6.2551, priors=[1.0049, 2, 3, 4, 5])])
    coarse = record(strikes=[row(25187.21, 12.5, -6.26, priors=[1.0, 2, 3, 4, 5])])
    off = record(strikes=[row(25187.21, 12.51, -6.26, priors=[1.0, 2, 3, 4, 5])])

    assert likeness(fine, coarse) is TWIN
    assert likeness(fine, off) is CONFLICT


def test_twins_without_sums_are_twins_however_many_rows_they_have():
    """Net GEX is gexlake's own sum then, and the rounding of all rows is in it."""
    fine = [row(25187.21 + 10 * n, 1.23 + n * 0.37 + 0.0041, 2.5041 - n) for n in range(40)]
    coarse = [[strike, round(gamma, 2), round(interest, 2), priors] for strike, gamma, interest, priors in fine]
    first, second = (without(record(strikes=ladder), "sum_gex_vol") for ladder in (fine, coarse))

    assert likeness(first | {"sum_gex_oi": 2.12345}, second | {"sum_gex_oi": 2.123}) is TWIN
    assert likeness(without(first, "sum_gex_oi"), without(second, "sum_gex_oi")) is TWIN


@pytest.mark.parametrize(
    ("first", "second"),
    [({"net_gex": 40.5}, {"net_gex": 41}), ({"net_gex": 39}, {}), ({"net_gex": 39}, {"net_gex": 41})],
)
def test_net_gex_of_the_source_counts(first: dict[str, Any], second: dict[str, Any]):
    """Even where one of the two is what the ladder adds up to."""
    bare = without(record(), "sum_gex_vol")

    assert likeness(bare | first, bare | second) is CONFLICT
    assert differences(judged(bare | first), judged(bare | second)) == ["net_gex"]


def test_net_gex_of_a_ladder_beyond_all_doubles_counts():
    """It can only be the source's own."""
    made = without(record(strikes=[row(1, 1.7e308), row(2, 1.7e308)], net_gex=1), "sum_gex_vol")

    assert likeness(made, made | {"net_gex": 3}) is CONFLICT


@pytest.mark.parametrize(
    "other",
    [
        record(spot=25190.75),
        record(min_dte=1),
        record(strikes=[row(25187.21), row(25197.21)]),
        record(strikes=[row(25187.21, priors=[]), row(25197.21), row(25207.21)]),
        record(regime="long"),
        without(record(), "sum_gex_oi"),
        without(record(), "max_priors"),
        record(max_priors=[]),
        record(max_priors=[[25187.21, 1.5]]),
    ],
)
def test_other_content_is_a_conflict(other: dict[str, Any]):
    """What is not rounding is another snapshot."""
    assert likeness(record(), other) is CONFLICT


@pytest.mark.parametrize(
    ("first", "second"),
    [("a", "b"), ([1], [2]), ({"a": 1}, {"a": 1, "b": 2}), (1.001, 1.0), (True, 1), (False, 0), (None, 0), ([], {})],
)
def test_unknown_fields_count(first: Any, second: Any):
    """Unknown fields are content; nobody knows how they are rounded."""
    assert likeness(record(x=first), record(x=second)) is CONFLICT


@pytest.mark.parametrize(
    ("first", "second"), [(1, 1.0), ([0, {"y": -0.0}], [0.0, {"y": 0}]), ({"c": 2, "d": [3]}, {"d": [3.0], "c": 2})]
)
def test_unknown_fields_are_compared_by_value(first: Any, second: Any):
    """JSON objects have no order, and 1.0 is 1."""
    assert likeness(record(x=first), record(x=second)) is SAME


def test_fields_that_differ_are_named():
    """A conflict is explained by its fields."""
    assert differences(judged(record()), judged(record(spot=1, regime="x"))) == ["spot", "extra"]


@pytest.mark.parametrize(
    ("number", "count"),
    [(3.0, 0), (25187.21, 2), (0.1, 1), (1e300, 0), (1.5e-7, 8), (-0.0, 0), (100, 0), (float("inf"), 0)],
)
def test_decimals_of_a_number(number: float, count: int):
    """The decimals of the shortest way to write it."""
    assert decimals(number) == count
