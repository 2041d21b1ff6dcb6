"""Comparing in columns: whatever is told is what the model says, and the usual is told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gexlake.application.columns.likeness import Told, likenesses
from gexlake.domain.identity import Likeness, compare, differences
from gexlake.domain.snapshot import GexSnapshot, StrikeLevel
from gexlake.testing.builders import make_ladder, make_snapshot
from support.parts import rows_of

SAME, TWIN, CONFLICT = Likeness
#: As sources write them, and where rounding is at its limit; huge, tiny, and with many decimals.
NUMBERS = st.sampled_from(
    [
        *(
            0.0,
            -0.0,
            1.0,
            1.5,
            1.45,
            1.455,
            1.4550001,
            1.46,
            25187.21,
            25187.214,
            25187.215,
            25187.2150001,
            -1131.57334,
        ),
        *(-1131.573, 2.0**51 + 0.5, 1e15, 1e300, -1e300, 1e-7, 1e-300, 1 / 3, 0.1 + 0.2, 12345678.12345),
    ]
)
PRIORS = st.sampled_from([(), (0.0,) * 5, (1.5, -0.0, 0.0, 2.25, 1 / 3)])


@st.composite
def snapshots(draw: st.DrawFn) -> GexSnapshot:
    """Make a snapshot of few different values, so that two are often alike."""
    strikes = draw(st.sampled_from([(1.25, 2.25), (1.254, 2.25), (1.25, 2.25, 3.25)]))
    maybe = st.none() | NUMBERS
    ladder = [StrikeLevel(strike=s, gamma=draw(NUMBERS), oi_gamma=0.5, priors=draw(PRIORS)) for s in strikes]
    return make_snapshot(
        strikes=ladder,
        spot=draw(st.sampled_from([25190.5, 25190.504, 25191.0])),
        zero_gamma=draw(NUMBERS),
        major_pos_oi=draw(maybe),
        sum_gex_vol=draw(maybe),
        sum_gex_oi=0.5,
        delta_risk_reversal=draw(maybe),
        max_priors=draw(st.sampled_from([None, (), ((1.25, 0.5),), ((1.25, 0.504),), ((1.25, 0.5), (2.25, -0.0))])),
        sec_min_dte=draw(st.sampled_from([None, 1, 2])),
        extra=draw(st.sampled_from([{}, {"a": 1}, {"a": 1.0}])),
    )


def told(first: GexSnapshot, second: GexSnapshot) -> Told | None:
    """Compare one pair."""
    (found,) = likenesses(rows_of([first]), rows_of([second]))
    return found


@given(st.lists(st.tuples(snapshots(), snapshots()), min_size=1, max_size=8))
def test_what_is_told_is_what_the_model_says(pairs: list[tuple[GexSnapshot, GexSnapshot]]):
    """Of many pairs at once, whatever stands beside them."""
    first, second = zip(*pairs, strict=True)
    for (one, other), found in zip(pairs, likenesses(rows_of(first), rows_of(second)), strict=True):
        if found is not None:
            expected = compare(one, other)
            names = tuple(differences(one, other)) if expected is CONFLICT else ()
            assert found == Told(expected, names)


@given(snapshots(), st.data())
def test_copies_of_which_little_differs_are_what_the_model_says(first: GexSnapshot, data: st.DataObject):
    """A copy rounded to some decimals, or with one other number, is near the limit more often."""
    digits, number = data.draw(st.integers(0, 6)), data.draw(NUMBERS)
    rounded = {name: round(getattr(first, name), digits) for name in ("spot", "zero_gamma")}
    for second in (first.model_copy(update=rounded), first.model_copy(update={"zero_gamma": number})):
        if (found := told(first, second)) is not None:
            assert found.likeness is compare(first, second)


USUAL: dict[str, tuple[dict[str, Any], dict[str, Any], Told]] = {
    "zero and minus zero": ({"delta_risk_reversal": 0.0}, {"delta_risk_reversal": -0.0}, Told(SAME)),
    "sums of three decimals": ({"sum_gex_vol": -1131.57334}, {"sum_gex_vol": -1131.573}, Told(TWIN)),
    "prices": ({"spot": 25190.504, "zero_gamma": 25150.251}, {}, Told(TWIN)),
    "no largest changes": ({"max_priors": None}, {"max_priors": None, "spot": 25190.504}, Told(TWIN)),
    "another spot": ({"spot": 1.0}, {}, Told(CONFLICT, ("spot",))),
    "another net GEX": ({"net_gex": 1.0}, {"net_gex": 3.0}, Told(CONFLICT, ("net_gex",))),
    "a number less": ({"major_pos_oi": 1.0, "spot": 25190.504}, {}, Told(CONFLICT, ("spot", "major_pos_oi"))),
    "another ladder": (
        {"strikes": make_ladder(gamma=3.0)},
        {},
        Told(CONFLICT, ("strikes", "sum_gex_vol", "sum_gex_oi")),
    ),
    "another change": ({"max_priors": [[25187.21, 1.5], [25197.21, 7.0]]}, {}, Told(CONFLICT, ("max_priors",))),
}


@pytest.mark.parametrize(("first", "second", "expected"), USUAL.values(), ids=USUAL)
def test_the_usual_is_told(first: dict[str, Any], second: dict[str, Any], expected: Told):
    """In both directions: nobody has to look."""
    one, other = make_snapshot(**first), make_snapshot(**second)
    assert (told(one, other), told(other, one)) == (expected, expected)


def test_pairs_without_largest_changes_leave_those_of_others_in_their_place():
    """Whatever stands before them: each pair is compared by its own."""
    none, some, others = (
        {"max_priors": found} for found in (None, [[1.25, 1.5], [2.25, 7.0]], [[1.25, 1.5], [2.25, 9.0]])
    )
    first = [make_snapshot(**fields) for fields in (none, some, none, some)]
    second = [make_snapshot(**fields) for fields in (none, others, none, some)]
    conflict = Told(CONFLICT, ("max_priors",))
    assert likenesses(rows_of(first), rows_of(second)) == [Told(SAME), conflict, Told(SAME), Told(SAME)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param({"sum_gex_vol": None}, {"sum_gex_vol": None, "spot": 1.0}, id="net GEX added up"),
        pytest.param({"extra": {"a": 1}}, {"extra": {"a": 1.0}}, id="other words"),
        pytest.param({"strikes": make_ladder((1.25, 2.25))}, {}, id="fewer rows"),
        pytest.param({"spot": 1.00000001}, {"spot": 1.0}, id="many decimals"),
    ],
)
def test_what_takes_a_look_is_not_told(first: dict[str, Any], second: dict[str, Any]):
    """The model alone knows."""
    assert told(make_snapshot(**first), make_snapshot(**second)) is None


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([0.004, 0.00049, 0.5, 0.0]))
def test_numbers_of_any_decimals_are_compared_as_the_model_does(number: float, more: float):
    """Or left to it."""
    pair = make_snapshot(zero_gamma=number), make_snapshot(zero_gamma=number + more)
    found = told(*pair)
    assert found is None or found.likeness is compare(*pair)
