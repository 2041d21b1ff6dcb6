"""The shapes of ladder rows, and ladders of any of them as rows of eight numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....application.columns.arrays import Flags, Floats

#: A regular row [strike, gamma, oi_gamma, [five priors]], one without priors, which are absent or empty, and a pair of
#: max_priors, each without its numbers. None of them lies within another.
ROW = b"[,,,[,,,,]]"
BARE_ROW = b"[,,]"
EMPTY_ROW = b"[,,,[]]"
PAIR = b"[,]"
ROW_BYTES = 8 * 8
BARE_BYTES = 3 * 8
PAIR_BYTES = 2 * 8
#: Which of the eight numbers are there, in a full row and in a bare one.
_THERE = np.array([[True] * 8, [True] * 3 + [False] * 5])


def rows_of(numbers: Any) -> Floats:
    """Give the doubles of whole rows as such; shape (rows, 8)."""
    return np.frombuffer(numbers).reshape(-1, ROW_BYTES // 8)


def spread(numbers: Any, bare: Flags) -> memoryview:
    """Give every row eight doubles where ``bare`` ones come with three; the others are NaN, which no JSON number is."""
    there = _THERE[bare.astype(np.intp)]
    ladder = np.full(there.shape, np.nan)
    ladder[there] = np.frombuffer(numbers)
    return ladder.data.cast("B")
