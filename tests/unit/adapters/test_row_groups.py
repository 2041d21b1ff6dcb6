"""Row groups that were read lately."""

from typing import Any

import pyarrow as pa
import pytest

from gexlake.adapters.lru import Lru
from gexlake.adapters.parquet.row_groups import RowGroup, RowGroups, rows_between
from gexlake.application.columns.schemas import UTC_MICROS


def group(*moments: int) -> RowGroup:
    """Make a row group of rows at some moments, each with its place."""
    return RowGroup.of(pa.table({"timestamp": pa.array(moments, UTC_MICROS), "place": list(range(len(moments)))}))


def moments_of(rows: pa.Table) -> list[int]:
    """Give the moments of rows."""
    return rows["timestamp"].cast(pa.int64()).to_pylist()


@pytest.mark.parametrize(
    ("groups", "first", "last", "found"),
    [
        ([group(20, 30)], 20, 20, [20]),
        ([group(0, 10), group(20, 30)], 5, 25, [10, 20]),
        ([group(20, 30), group(0, 10)], 5, 25, [10, 20]),
        ([group(30, 20, 10)], 10, 20, [10, 20]),
        ([group(20, 30)], 21, 29, []),
    ],
)
def test_rows_between_two_moments_come_by_time(groups: list[RowGroup], first: int, last: int, found: list[int]):
    """Both moments included, in whatever order they were written."""
    assert moments_of(rows_between(groups, first, last)) == found


def test_rows_of_one_moment_stay_in_their_order():
    """They are a ladder by ascending strike."""
    assert group(20, 20, 10, 10).rows["place"].to_pylist() == [2, 3, 0, 1]


def test_groups_are_given_only_if_all_are_remembered():
    """Of the same part."""
    kept: Lru[Any, Any] = Lru(1 << 20)
    groups = RowGroups(kept)
    for number in (0, 2):
        kept.put(("p", number), group(number), 100)
    found = groups.all_of("p", [0, 2])
    assert found is not None
    assert [one.micros.tolist() for one in found] == [[0], [2]]
    for part, numbers in (("p", [0, 1]), ("q", [0])):
        assert groups.all_of(part, numbers) is None
