"""Room for ladders that are taken apart one after the other, so that they lie together, column by column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ....application.columns.arrays import Floats
from ....application.columns.schemas import LADDER_NUMBERS

_WIDTH = len(LADDER_NUMBERS)
#: How many rows have room: more than a batch has as a rule. Memory that is not written to costs nothing.
_ROWS = 128 * 1024


class LadderRoom:
    """Columns that are filled from ``used`` on; what was kept stays as long as somebody has it."""

    def __init__(self) -> None:
        self.columns, self.used = np.empty((_WIDTH, 0)), 0

    def make(self, rows: int) -> None:
        """Make room for so many rows, elsewhere if it must be."""
        if self.columns.shape[1] - self.used < rows:
            self.columns, self.used = np.empty((_WIDTH, max(rows, _ROWS))), 0

    def keep(self, rows: int) -> Floats:
        """Keep so many rows that were written; shape (rows, 8)."""
        begin, self.used = self.used, self.used + rows
        return self.columns[:, begin : self.used].T


def together(parts: Sequence[Floats]) -> Floats:
    """Put ladders together, in memory column by column; they are not copied where they lie so in a room."""
    number = sum(map(len, parts))
    if (room := _room_of(parts[0])) is not None and all(map(_follows, parts, parts[1:])):
        begin = (_address(parts[0]) - _address(room)) // room.itemsize
        return room[:, begin : begin + number].T
    matrix = np.empty((number, _WIDTH), np.float64, "F")
    start = 0
    for part in parts:
        matrix[start : start + len(part)] = part
        start += len(part)
    return matrix


def _room_of(rows: Floats) -> Floats | None:
    """Give the columns that rows lie in; None if they lie row by row, or by themselves."""
    room = rows.base
    by_column = room is not None and room.ndim == rows.ndim and room.strides[::-1] == rows.strides
    return room if by_column else None


def _follows(before: Floats, after: Floats) -> bool:
    """Whether rows of the same room begin where others end."""
    return after.base is before.base and _address(after) == _address(before) + before.nbytes // _WIDTH


def _address(numbers: Floats) -> int:
    return int(numbers.__array_interface__["data"][0])
