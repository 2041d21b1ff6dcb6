"""A canvas of braille characters: two dots across and four down in each."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ....application.columns.arrays import Floats

_BLANK = 0x2800
#: The bit of each dot, by row (from the top) and column.
_BITS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
#: Dots down and across a character.
_DOWN, DOTS = _BITS.shape


class Canvas:
    """Draws lines; a canvas of ``width`` and ``height`` characters."""

    def __init__(self, width: int, height: int) -> None:
        self._dots = np.zeros((height * _DOWN, width * DOTS), dtype=bool)

    def plot(self, across: Floats, up: Floats) -> None:
        """Draw a curve through points, both coordinates from 0 to 1; not-a-number leaves a gap.

        Each column of dots spans all that falls into it, and reaches to where the column before ended: no
        swing is lost, however many points there are.
        """
        rows, columns = self._dots.shape
        place = np.minimum((across * columns).astype(int), columns - 1)
        before: float | None = None
        for column in np.unique(place):
            here = up[place == column]
            here = here[~np.isnan(here)]
            if not len(here):
                before = None
                continue
            low, high = float(here.min()), float(here.max())
            if before is not None:
                low, high = min(low, before), max(high, before)
            top, bottom = (rows - 1 - min(int(level * rows), rows - 1) for level in (high, low))
            self._dots[max(top, 0) : bottom + 1, column] = True
            before = float(here[-1])

    def cells(self) -> Iterator[tuple[int, int, str]]:
        """Give row, column and character of every cell that has a dot."""
        rows, columns = self._dots.shape
        blocks = self._dots.reshape(rows // _DOWN, _DOWN, columns // DOTS, DOTS)
        codes = (blocks * _BITS[None, :, None, :]).sum(axis=(1, 3))
        for row, column in zip(*np.nonzero(codes), strict=True):
            yield int(row), int(column), chr(_BLANK + int(codes[row, column]))
