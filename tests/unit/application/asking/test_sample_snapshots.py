"""The last snapshot of each step."""

from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gexlake.application.asking.answer import Answer
from gexlake.application.asking.draw_heatmap import DrawHeatmap
from gexlake.application.asking.query_gex import QueryGex
from gexlake.application.asking.sample_snapshots import (
    SampleSnapshots,
    find_snapshots,
    pages_with_ladders,
)
from gexlake.application.columns.rows import micros_of
from gexlake.domain.feed import Feed
from gexlake.testing import InMemoryLake
from gexlake.testing.builders import FEED, NOON, make_ladder, make_snapshot, make_snapshots, stage_part
from support.serving import lake_of

BEGIN = int(NOON.timestamp())


@given(
    seconds=st.sets(st.integers(0, 200), min_size=1, max_size=30),
    every=st.integers(1, 150),
    stretch=st.integers(2, 12),
    limit=st.integers(1, 12),
    bounds=st.tuples(st.integers(-5, 205), st.integers(-5, 205)).map(sorted),
    newest=st.booleans(),
)
def test_each_step_gives_its_last_snapshot(
    seconds: set[int], every: int, stretch: int, limit: int, bounds: list[int], *, newest: bool
) -> None:
    """The first so many or the last, however many are read at a time, and wherever the range begins and ends."""
    query = QueryGex(lake_of([make_snapshot(second=n) for n in sorted(seconds)]))
    start, end = (NOON + timedelta(seconds=n) for n in bounds)
    sampling = SampleSnapshots(query, stretch)
    found = (sampling.newest if newest else sampling.sample)(FEED, start, end, timedelta(seconds=every), limit)
    last = sorted({(BEGIN + n) // every: n for n in sorted(seconds) if bounds[0] <= n <= bounds[1]}.values())
    assert [n // 1_000_000 - BEGIN for n in micros_of(found).tolist()] == (last[-limit:] if newest else last[:limit])


def test_nothing_gives_nothing() -> None:
    """In the same columns."""
    query = QueryGex(lake_of([make_snapshot()]))
    for newest in (False, True):
        found = find_snapshots(
            query, FEED, NOON + timedelta(days=1), None, 10, every=timedelta(minutes=1), newest=newest
        )
        assert found.num_rows == 0
        assert found.column_names == query.latest(FEED).snapshots.column_names


def test_of_long_steps_only_the_ends_are_read() -> None:
    """Steps with more snapshots than a probe has, and after them short ones."""
    seconds = [*range(0, 5_000, 2), *range(7_200, 9_000, 600)]
    query = QueryGex(lake_of([make_snapshot(second=n) for n in seconds]))
    found = SampleSnapshots(query).sample(FEED, None, None, timedelta(hours=1.5), 10)
    begin = BEGIN % 5_400
    last = {(begin + n) // 5_400: n for n in seconds}
    assert [n // 1_000_000 - BEGIN for n in micros_of(found).tolist()] == sorted(last.values())
    assert SampleSnapshots(query).newest(FEED, None, None, timedelta(hours=1.5), 10) == found


def test_a_step_has_its_last_snapshot_even_without_levels() -> None:
    """It is sampled as it is stored; only as-of questions pass it over."""
    empty = make_snapshot(second=3_000, zero_gamma=0, major_pos_vol=0, major_neg_vol=0)
    query = QueryGex(lake_of([*(make_snapshot(second=n) for n in range(2_500)), empty, make_snapshot(second=6_000)]))
    found = SampleSnapshots(query, columns=("spot",)).sample(FEED, None, None, timedelta(hours=4), 10)
    assert found.column_names == ["timestamp", "spot", "part"]
    assert [n // 1_000_000 - BEGIN for n in micros_of(found).tolist()] == [3_000, 6_000]


class ClearedMeanwhile(QueryGex):
    """Asks a lake whose parts are taken out before the end of a step is looked for."""

    def __init__(self, lake: InMemoryLake) -> None:
        super().__init__(lake)
        self._snapshots = lake.snapshots

    def between(self, feed: Feed, start: datetime | None, end: datetime | None, limit: int, **more: Any) -> Answer:
        """Take them out, and ask."""
        if more.get("newest"):
            for part in self._snapshots.parts():
                self._snapshots.remove_part(part)
        return super().between(feed, start, end, limit, **more)


def test_a_step_that_is_taken_out_meanwhile_gives_nothing() -> None:
    """An import that clears what its source gave has been committed."""
    snapshots = [make_snapshot(second=n) for n in range(2_001)]
    found = SampleSnapshots(ClearedMeanwhile(lake_of(snapshots))).sample(FEED, None, None, timedelta(days=1), 10)
    assert found.num_rows == 0
    drawn = DrawHeatmap(ClearedMeanwhile(lake_of(snapshots))).draw(FEED, None, None, timedelta(days=1))
    assert (drawn.snapshots.num_rows, drawn.values.shape) == (0, (0, 0))


class ReplacedMeanwhile(QueryGex):
    """Asks a lake of whose snapshots an import replaces all but the last before their ladders are read."""

    def __init__(self, lake: InMemoryLake) -> None:
        super().__init__(lake)
        self._of = lake

    def with_ladders(self, feed: Feed, snapshots: pa.Table, *more: Any) -> tuple[pa.Table, pa.Table]:
        """Replace them, and ask."""
        (part,) = self._of.snapshots.parts()
        ladder = make_ladder((25_187.21,))
        others = [make_snapshot(second=n, spot=25_100, strikes=ladder) for n in range(part.snapshots - 1)]
        with self._of.unit() as unit:
            unit.drop_part(part)
            unit.add_part(*stage_part(self._of.sink, others))
            unit.commit()
        return super().with_ladders(feed, snapshots, *more)


@pytest.mark.parametrize("every", [1, 2])
def test_what_is_replaced_meanwhile_comes_with_its_own_ladder(every: int) -> None:
    """Spot of one snapshot and strikes of another would be neither; what was taken out is left out."""
    kept = [n for n in range(3) if (BEGIN + n + 1) % every == 0]
    query, step = ReplacedMeanwhile(lake_of(make_snapshots(4))), timedelta(seconds=every)
    found = find_snapshots(query, FEED, None, None, 10, every=step)
    (page,) = pages_with_ladders(query, Answer(FEED, found), sampled=True)
    assert page.ladders is not None
    for table in (page.snapshots, page.ladders):
        assert [n // 1_000_000 - BEGIN for n in micros_of(table).tolist()] == kept
    assert page.snapshots.select(["spot", "strike_count"]).to_pylist() == [{"spot": 25_100, "strike_count": 1}] * len(
        kept
    )
    drawn = DrawHeatmap(ReplacedMeanwhile(lake_of(make_snapshots(4)))).draw(FEED, None, None, step)
    assert [n // 1_000_000 - BEGIN for n in micros_of(drawn.snapshots).tolist()] == kept
    assert (set(drawn.snapshots["spot"].to_pylist()), drawn.values.shape) == ({25_100}, (1, len(kept)))
