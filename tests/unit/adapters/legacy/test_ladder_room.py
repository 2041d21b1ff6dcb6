"""Ladders that are taken apart one after the other lie together in memory, and are copied only where they do not."""

import numpy as np
import numpy.typing as npt
import pytest

from gexlake.adapters.legacy.decoding.ladder_room import LadderRoom, together

Floats = npt.NDArray[np.float64]


def kept(room: LadderRoom, rows: int, first: float) -> Floats:
    """Write rows of numbers from ``first`` on, and keep them."""
    numbers = np.arange(rows * 8, dtype=np.float64).reshape(-1, 8) + first
    room.make(rows)
    room.columns[:, room.used : room.used + rows] = numbers.T
    found = room.keep(rows)
    assert (found == numbers).all()
    return found


def test_what_follows_in_a_room_is_not_copied() -> None:
    """Wherever in the room it begins."""
    room = LadderRoom()
    parts = [kept(room, rows, first) for rows, first in ((3, 0), (1, 100), (8, 200))]
    for some in (parts, parts[1:], parts[2:]):
        found = together(some)
        assert np.shares_memory(found, parts[-1])
        assert (found == np.concatenate(some)).all()


@pytest.mark.parametrize("case", ["a gap", "another order", "two rooms", "row by row", "eight rows of a row each"])
def test_what_does_not_follow_is_copied(case: str) -> None:
    """And lies column by column, too."""
    room = LadderRoom()
    first, second, third = (kept(room, 8, n) for n in (0, 100, 200))
    parts = {
        "a gap": [first, third],
        "another order": [second, first],
        "two rooms": [third, kept(LadderRoom(), 8, 300)],
        "row by row": [np.ascontiguousarray(first), np.ascontiguousarray(second)],
        "eight rows of a row each": [np.ones((8, 8))[:], np.zeros((8, 8))[:]],
    }[case]
    found = together(parts)
    assert not any(np.shares_memory(found, part) for part in parts)
    assert found.flags.f_contiguous
    assert (found == np.concatenate(parts)).all()


def test_room_that_is_full_leaves_what_it_holds() -> None:
    """More is written elsewhere; what somebody has stays as it is."""
    room = LadderRoom()
    before = kept(room, 5, 0)
    copy, columns = before.copy(), room.columns
    after = kept(room, columns.shape[1] - 4, 1000)
    assert room.columns is not columns
    assert (before == copy).all()
    assert not np.shares_memory(before, after)
