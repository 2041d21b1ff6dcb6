"""Ladders side by side."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gexlake.application.asking.draw_heatmap import DrawHeatmap, HeatmapTooLarge
from gexlake.application.asking.query_gex import QueryGex
from gexlake.application.columns.rows import micros_of
from gexlake.domain.snapshot import StrikeLevel
from gexlake.testing.builders import FEED, NOON, make_ladder, make_snapshot
from support.serving import lake_of

MINUTE = timedelta(minutes=1)


@given(
    ladders=st.dictionaries(
        st.integers(0, 900), st.sets(st.integers(1, 9), min_size=1, max_size=5), min_size=1, max_size=12
    ),
    every=st.integers(1, 400),
    stretch=st.integers(2, 8),
)
def test_each_cell_is_what_the_ladder_of_its_moment_has(ladders: dict[int, set[int]], every: int, stretch: int) -> None:
    """Not-a-number where it has no such strike; whatever is read at a time."""
    snapshots = [
        make_snapshot(second=n, strikes=make_ladder(sorted(map(float, strikes)), gamma=float(n)))
        for n, strikes in sorted(ladders.items())
    ]
    drawn = DrawHeatmap(QueryGex(lake_of(snapshots)), stretch).draw(FEED, None, None, timedelta(seconds=every))
    begin = int(NOON.timestamp())
    assert micros_of(drawn.snapshots).tolist() == [
        (begin + n) * 1_000_000 for n in {(begin + n) // every: n for n in sorted(ladders)}.values()
    ]
    by_moment = {snapshot.timestamp: snapshot for snapshot in snapshots}
    for column, moment in enumerate(drawn.snapshots.column("timestamp").to_pylist()):
        held = {level.strike: level.gamma for level in by_moment[moment].strikes}
        wanted = [held.get(strike, np.nan) for strike in drawn.strikes.tolist()]
        np.testing.assert_array_equal(drawn.values[:, column], wanted)


def test_a_strike_that_is_0_is_not_an_absent_one() -> None:
    """And what meets in a bucket is added, also to nothing."""
    snapshot = make_snapshot(strikes=make_ladder((100.0, 101.0, 140.0), gamma=-1.0))
    query = QueryGex(lake_of([snapshot]))
    drawn = DrawHeatmap(query).draw(FEED, None, None, MINUTE)
    assert drawn.values.tolist() == [[-1.0], [0.0], [1.0]]
    drawn = DrawHeatmap(query).draw(FEED, None, None, MINUTE, bucket=25)
    assert (drawn.strikes.tolist(), drawn.values.tolist()) == ([100.0, 150.0], [[-1.0], [1.0]])


@pytest.mark.parametrize(
    ("gammas", "sums"),
    [
        ((0.1, 0.2, 12.34), [0.3, 12.34]),
        ((12.11, 0.23, -3.0), [12.34, -3.0]),
        ((1e9 + 0.07, 0.01, 0.0), [1e9 + 0.08, 0.0]),
        ((0.12345, 0.2, 0.0), [0.32345, 0.0]),
        ((0.1, 0.2, 1 / 3), [0.1 + 0.2, 1 / 3]),
        ((1e308, 0.25, -1e308), [1e308, -1e308]),
        ((1.7e307, 1.7e307, 0.5), [3.4e307, 0.5]),
    ],
)
def test_a_sum_has_the_decimals_of_what_is_added(gammas: tuple[float, ...], sums: list[float]) -> None:
    """As the vendor's numbers add up, not their doubles; what is written in full stays as it adds up."""
    ladder = [StrikeLevel(strike=100.0 + n, gamma=gamma, oi_gamma=0) for n, gamma in enumerate(gammas[:2])]
    ladder.append(StrikeLevel(strike=150.0, gamma=gammas[2], oi_gamma=0))
    query = QueryGex(lake_of([make_snapshot(strikes=tuple(ladder))]))
    drawn = DrawHeatmap(query).draw(FEED, None, None, MINUTE, bucket=25)
    assert drawn.values[:, 0].tolist() == sums


def test_strikes_between_two_multiples_go_to_the_higher_one() -> None:
    """So rows of strikes at half a bucket have two each, not three and one in turns."""
    snapshot = make_snapshot(strikes=make_ladder([100.0 + 5 * n for n in range(8)], gamma=1.0))
    counted = DrawHeatmap(QueryGex(lake_of([snapshot]))).draw(FEED, None, None, MINUTE, bucket=10)
    gammas = [level.gamma for level in snapshot.strikes]
    assert counted.strikes.tolist() == [100.0, 110.0, 120.0, 130.0, 140.0]
    assert counted.values[:, 0].tolist() == [gammas[0], *(sum(gammas[n : n + 2]) for n in (1, 3, 5)), gammas[7]]


def test_multiples_are_counted_from_an_origin() -> None:
    """So that rows can lie at the strikes of one ladder, and those of others near to them join them."""
    ladders = [make_ladder([base, base + 10]) for base in (25_184.9, 25_185.1)]
    query = QueryGex(lake_of([make_snapshot(second=n, strikes=ladder) for n, ladder in enumerate(ladders)]))
    drawn = DrawHeatmap(query).draw(FEED, None, None, timedelta(seconds=1), bucket=10, origin=25_184.9)
    assert drawn.strikes.tolist() == [25_184.9, 25_194.9]
    assert not np.isnan(drawn.values).any()


def test_more_cells_than_an_answer_has_room_for_are_refused() -> None:
    """A basis that never stands still gives each moment strikes of its own."""
    moving = [
        make_snapshot(second=n, strikes=make_ladder([1 + n + strike * 10_000.0 for strike in range(2)]))
        for n in range(1_001)
    ]
    query = QueryGex(lake_of(moving))
    with pytest.raises(HeatmapTooLarge, match="1,001 moments and 2,002 strikes"):
        DrawHeatmap(query).draw(FEED, None, None, timedelta(seconds=1))
    assert DrawHeatmap(query).draw(FEED, None, None, timedelta(seconds=1), bucket=10_000).values.shape == (2, 1_001)
