"""What becomes of a good record's fields: nothing is dropped, nothing is changed."""

from typing import Any

import pytest

from gexlake.domain.judge import judge
from gexlake.domain.rejects import RejectReason, RuleBroken
from gexlake.domain.snapshot import GexSnapshot
from support.records import NOW, record, row, without


def judged(made: dict[str, Any], **how: Any) -> GexSnapshot:
    """Judge a record of NQ_NDX gex_zero."""
    return judge(made, **{"package": "classic", "category": "gex_zero", "now": NOW, **how})


def test_every_known_field_has_its_place():
    """A vendor's record leaves nothing over."""
    made = record()

    snapshot = judged(made)

    for name in without(made, "timestamp", "strikes", "max_priors"):
        assert getattr(snapshot, name) == made[name]
    assert snapshot.max_priors == ((25187.21, 1.5), (25197.21, -2))
    assert [list(level.priors) for level in snapshot.strikes] == [ladder_row[3] for ladder_row in made["strikes"]]
    assert snapshot.extra == {}


def test_unknown_fields_are_kept_as_they_are():
    """Whatever JSON can hold is kept in extra, in its order."""
    extra = {"regime": "long", "vendor": {"build": 7, "tags": ["a", "},{"], "none": None}, "big": 10**30, "tiny": -0.0}

    assert judged(record(**extra)).extra == extra
    assert list(judged(record(**extra)).extra) == list(extra)


@pytest.mark.parametrize("name", ["major_pos_vol", "sum_gex_oi", "delta_risk_reversal", "net_gex", "min_dte"])
@pytest.mark.parametrize("value", ["1", None, True, [1], {}])
def test_optional_field_of_another_type_is_kept_in_extra(name: str, value: Any):
    """An optional field that is no number is no reason to reject, and is not lost."""
    snapshot = judged(record(**{name: value}))

    assert snapshot.extra == {name: value}
    assert name == "net_gex" or getattr(snapshot, name) is None


@pytest.mark.parametrize(("value", "kept"), [(0, 0), (3.0, 3), (-1, -1), (2**31 - 1, 2**31 - 1)])
def test_days_are_whole_numbers(value: float, kept: int):
    """3.0 days are 3 days."""
    assert judged(record(min_dte=value)).min_dte == kept


@pytest.mark.parametrize("value", [0.5, 2**31, -(2**31), 1e300])
def test_days_that_are_none_are_kept_in_extra(value: float):
    """What fits no column is kept as it is."""
    assert judged(record(sec_min_dte=value)).extra == {"sec_min_dte": value}


@pytest.mark.parametrize("value", [None, "x", [1, 2], [[1]], [[1, 2, 3]], [[1, "2"]], [[1, None]], {}])
def test_max_priors_of_another_shape_are_kept_in_extra(value: Any):
    """Only a list of pairs of numbers is max_priors."""
    snapshot = judged(record(max_priors=value))

    assert snapshot.max_priors is None
    assert snapshot.extra == {"max_priors": value}


@pytest.mark.parametrize("value", [[], [[25187.21, 1]], [[1, 2]] * 9])
def test_max_priors_of_any_number_of_pairs(value: list[list[float]]):
    """Six pairs normally, sometimes fewer."""
    assert [list(pair) for pair in judged(record(max_priors=value)).max_priors or ()] == value


def test_spot_price_is_the_older_name_of_spot():
    """Older files say spot_price; with both, spot is the price and the other is kept."""
    old = without(record(spot_price=5.5), "spot")

    assert judged(old).spot == 5.5
    assert judged(old).extra == {}
    assert judged(record(spot_price=5.5)).spot == 25190.5
    assert judged(record(spot_price=5.5)).extra == {"spot_price": 5.5}


def test_net_gex_is_the_sources_own_else_the_sum_else_added_up():
    """The three sources of net GEX by volume, in this order."""
    made = record(strikes=[row(1, 0.1), row(2, 0.2), row(3, 0.7)], sum_gex_vol=7, net_gex=8)

    assert judged(made).net_gex == 8
    assert judged(without(made, "net_gex")).net_gex == 7
    assert judged(without(made, "net_gex", "sum_gex_vol")).net_gex == 1.0


def test_integers_and_floats_are_the_same_numbers():
    """A JSON integer is the double of its value, the largest that a double holds exactly included."""
    assert judged(record(spot=2**53, zero_gamma=0)).spot == float(2**53)


@pytest.mark.parametrize("kept", [{"x": [float("inf")]}, {"x": {"y": float("nan")}}])
def test_kept_number_beyond_all_doubles_is_rejected(kept: dict[str, Any]):
    """1e400 in an unknown field could not be given back."""
    for made, envelope in ((record(**kept), {}), (record(), kept)):
        with pytest.raises(RuleBroken) as caught:
            judged(made, envelope=envelope)
        assert (caught.value.reason, caught.value.detail) == (
            RejectReason.NOT_FINITE,
            "x holds a number beyond all doubles",
        )


@pytest.mark.parametrize(("depth", "good"), [(100, True), (101, False)])
def test_kept_field_may_be_nested_a_hundred_deep(depth: int, good: bool):  # noqa: FBT001  # a column of the table
    """Deeper nests would break who reads them back."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    if good:
        assert judged(record(x=value)).extra == {"x": value}
        return
    with pytest.raises(RuleBroken, match="x is nested too deeply"):
        judged(record(x=value))


def test_envelope_package_and_category_are_the_callers():
    """What stands around the record is kept beside it; a record's own field of that name is an unknown field."""
    snapshot = judged(record(package="x", category=1), package="state", category="gex_one", envelope={"endpoint": "e"})

    assert (snapshot.feed.package, snapshot.feed.category) == ("state", "gex_one")
    assert snapshot.extra == {"package": "x", "category": 1}
    assert snapshot.envelope == {"endpoint": "e"}
