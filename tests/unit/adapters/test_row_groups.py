"""Row groups that were read lately."""

import pickle

import numpy as np
import pyarrow as pa
import pytest

from gexlake.adapters.parquet.row_groups import RowGroups

Micros = np.ndarray[tuple[int], np.dtype[np.int64]]
#: Three row groups of two moments each, a row a moment.
MOMENTS = {0: [0, 10], 1: [20, 30], 2: [40, 50]}


def remembering(max_bytes: int, *numbers: int) -> RowGroups:
    """Give a memory that was handed some of the row groups."""
    groups = RowGroups()
    groups.resize(max_bytes)
    for number in numbers:
        micros = np.array(MOMENTS[number], np.int64)
        groups.put("p", number, pa.table({"micros": micros}), micros)
    return groups


@pytest.mark.parametrize(
    ("numbers", "first", "last", "found"),
    [
        ([1], 20, 20, [20]),
        ([0, 1], 5, 25, [10, 20]),
        ([0, 1, 2], 0, 50, [0, 10, 20, 30, 40, 50]),
        ([1], 11, 19, []),
    ],
)
def test_rows_come_from_all_groups_between_two_moments(numbers: list[int], first: int, last: int, found: list[int]):
    """Both moments included."""
    rows = remembering(1 << 20, 0, 1, 2).rows("p", numbers, first, last)
    assert rows is not None
    assert rows["micros"].to_pylist() == found


def test_what_is_not_there_whole_is_not_given():
    """One group that is missing, another part, or no group at all."""
    groups = remembering(1 << 20, 0, 2)
    assert groups.rows("p", [0, 1], 0, 30) is None
    assert groups.rows("q", [0], 0, 10) is None
    assert groups.rows("p", [], 0, 10) is None


def test_nothing_is_kept_unless_there_is_room():
    """Nor does another process get what is."""
    assert not RowGroups().keeps
    assert remembering(0, 1).rows("p", [1], 20, 30) is None
    sent = pickle.loads(pickle.dumps(remembering(1 << 20, 1)))  # noqa: S301  # its own
    assert (sent.keeps, sent.rows("p", [1], 20, 30)) == (False, None)
