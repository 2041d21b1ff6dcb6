"""What was known at many moments."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gexlake.application.asking.join_as_of import KNOWN, JoinAsOf
from gexlake.application.asking.query_gex import QueryGex
from gexlake.domain.errors import SnapshotNotFound
from gexlake.domain.timestamps import to_micros
from gexlake.testing.builders import FEED, NOON, make_snapshot
from support.serving import lake_of

#: Seconds that are near one another and far apart.
SECONDS = st.integers(0, 40) | st.integers(0, 400).map(lambda n: 97 * n)


def micros(seconds: list[float]) -> np.ndarray:
    """Give seconds after noon as microseconds since 1970."""
    return np.array([to_micros(NOON + timedelta(seconds=second)) for second in seconds], np.int64)


def query_of(seconds: dict[int, bool], package: str = "classic") -> QueryGex:
    """Make a lake with a snapshot at each second after noon, with levels or without."""
    none = {"zero_gamma": 0, "major_pos_vol": 0, "major_pos_oi": 0, "major_neg_vol": None, "major_neg_oi": None}
    snapshots = [
        make_snapshot(second=n, spot=25_000 + n, package=package, **({} if levels else none))
        for n, levels in sorted(seconds.items())
    ]
    return QueryGex(lake_of(snapshots))


def told_singly(query: QueryGex, moment: datetime) -> datetime | None:
    """Give the timestamp of the snapshot that a single question gives."""
    try:
        found: datetime = query.at(FEED, moment).snapshots.column("timestamp")[0].as_py()
    except SnapshotNotFound:
        return None
    return found


@given(
    seconds=st.dictionaries(SECONDS, st.booleans(), min_size=1, max_size=40),
    asked=st.lists(SECONDS.map(lambda n: n + 0.5) | SECONDS.map(float) | st.floats(-9, 0), max_size=20),
)
def test_each_moment_is_told_what_it_would_be_told_alone(seconds: dict[int, bool], asked: list[float]) -> None:
    """In the order of the moments, however often one comes."""
    query = query_of(seconds)
    known = JoinAsOf(query).join(FEED, micros(asked))
    alone = [told_singly(query, NOON + timedelta(seconds=second)) for second in asked]
    assert known.column("timestamp").to_pylist() == alone
    spots = [None if moment is None else 25_000 + (moment - NOON).total_seconds() for moment in alone]
    assert known.column("spot").to_pylist() == spots


def test_what_is_too_old_is_not_known() -> None:
    """As old as that is not too old."""
    query = query_of({0: True, 100: True})
    known = JoinAsOf(query).join(FEED, micros([5, 5.000001, 99, 100, 200]), max_age=timedelta(seconds=5))
    assert known.column("spot").to_pylist() == [25_000, None, None, 25_100, None]


@pytest.mark.parametrize("asked", [[], [-5.0], [-50_000.0, -5.0]])
def test_where_nothing_is_known_all_is_missing(asked: list[float]) -> None:
    """In the same columns."""
    known = JoinAsOf(query_of({0: True})).join(FEED, micros(asked))
    assert known.column_names == KNOWN.names
    assert [row for row in known.to_pylist() if any(value is not None for value in row.values())] == []
    assert known.num_rows == len(asked)
    assert known.schema.field("timestamp").type == pa.timestamp("us", tz="UTC")


def test_in_other_packages_no_levels_are_an_answer() -> None:
    """There 0 means not applicable."""
    query = query_of({0: True, 5: False}, "state")
    known = JoinAsOf(query).join(FEED._replace(package="state"), micros([7]))
    assert known.column("timestamp").to_pylist() == [datetime(2025, 10, 6, 14, 30, 5, tzinfo=UTC)]
