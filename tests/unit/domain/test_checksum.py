"""The ladder's checksum: whether it adds up to the sums that came with it."""

from typing import Any

import pytest

from gexlake.domain.judge import judge
from gexlake.domain.snapshot import GexSnapshot
from support.records import NOW, record, row, without


def judged(made: dict[str, Any], package: str = "classic") -> GexSnapshot:
    """Judge a record of NQ_NDX gex_zero."""
    return judge(made, package=package, category="gex_zero", now=NOW)


def ladder(count: int, gamma: float = 1.0, interest: float = -2.0) -> list[list[Any]]:
    """Make a ladder of equal rows."""
    return [row(100 + n, gamma, interest) for n in range(count)]


@pytest.mark.parametrize("count", [1, 3, 100])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", ["sum_gex_vol", "sum_gex_oi"])
def test_edges_of_the_tolerance(count: int, sign: int, name: str):
    """Half a unit of a row's last decimal times the rows is rounding; more is not."""
    sums = {"sum_gex_vol": 1.0 * count, "sum_gex_oi": -2.0 * count}
    edge = 0.005 * count

    within = sums | {name: sums[name] + sign * (edge + 0.0004)}
    beyond = sums | {name: sums[name] + sign * (edge + 0.0006)}

    assert judged(record(strikes=ladder(count), **within)).ladder_adds_up
    assert not judged(record(strikes=ladder(count), **beyond)).ladder_adds_up


@pytest.mark.parametrize("gone", [["sum_gex_vol"], ["sum_gex_oi"], ["sum_gex_vol", "sum_gex_oi"]])
def test_sum_that_is_absent_is_not_checked(gone: list[str]):
    """What was not claimed cannot be wrong."""
    made = record(strikes=ladder(2), **dict.fromkeys(gone, 99.0)) | {"sum_gex_vol": 2, "sum_gex_oi": -4}

    assert judged(without(made, *gone)).ladder_adds_up


def test_one_sum_is_enough_to_miss():
    """Each sum is checked against its own column."""
    assert not judged(record(strikes=ladder(2), sum_gex_vol=2, sum_gex_oi=4)).ladder_adds_up
    assert not judged(record(strikes=ladder(2), sum_gex_vol=-2, sum_gex_oi=-4)).ladder_adds_up


def test_state_has_no_checksum():
    """In the package state every oi field is 0, which means not applicable."""
    made = record(strikes=ladder(2), sum_gex_vol=99, sum_gex_oi=0)

    assert judged(made, "state").ladder_adds_up
    assert not judged(made).ladder_adds_up


def test_net_gex_is_no_checksum():
    """The source's own net_gex may be anything."""
    assert judged(record(strikes=ladder(2), sum_gex_vol=2, sum_gex_oi=-4, net_gex=77)).ladder_adds_up


def test_ladder_beyond_all_doubles_does_not_add_up():
    """A sum that overflows is far from any claim, and breaks nothing."""
    assert not judged(record(strikes=ladder(2, 1e308), sum_gex_vol=5, sum_gex_oi=-4)).ladder_adds_up
