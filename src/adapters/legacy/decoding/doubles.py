"""The numbers of JSON lists as doubles, many lists at once, which Arrow parses as one column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from ....application.columns.arrays import Flags, Floats
from .ladders import PAIR_BYTES, ROW_BYTES, spread

SPACE = b" \t\r\n"
_BRACKETS_AND_SPACE = b"[]" + SPACE
_COMMA = ord(",")
_MINUS_ZERO = np.float64(-0.0).view(np.int64)


def doubles(lists: Sequence[bytes]) -> Floats:
    """Parse the numbers of JSON lists, and of the lists within them; none of these is empty, and nothing else in them.

    A number beyond all doubles becomes infinite.
    """
    text = b",".join(lists).translate(None, _BRACKETS_AND_SPACE)
    commas = np.flatnonzero(np.frombuffer(text, np.uint8) == _COMMA)
    # Where each number begins once the commas are gone.
    starts = np.zeros(len(commas) + 2, np.int64)
    np.subtract(commas, np.arange(len(commas)), out=starts[1:-1])
    starts[-1] = len(text) - len(commas)
    digits = pa.py_buffer(text.translate(None, b","))
    column = pa.LargeStringArray.from_buffers(len(starts) - 1, pa.py_buffer(starts), digits)
    numbers: Floats = column.cast(pa.float64()).to_numpy()
    zeros = numbers.view(np.int64) == _MINUS_ZERO
    if zeros.any():
        # "-0" is an integer in JSON, and so no other than 0.
        numbers = np.where(zeros & (np.diff(starts) == len("-0")), 0.0, numbers)
    return numbers


class Numbers(NamedTuple):
    """The doubles of each ladder, eight a row, and of each list of pairs; and whether all are finite."""

    ladders: list[memoryview]
    pairs: list[memoryview]
    finite: bool


def ladders_and_pairs(ladders: Sequence[bytes], rows: Sequence[int], bare: Flags, pairs: Sequence[bytes]) -> Numbers:
    """Parse ladders of regular rows and lists of pairs.

    ``rows`` says how many rows each ladder has, ``bare`` which of all rows come without priors.
    """
    any_bare = bool(bare.any())
    if any_bare:
        ladders = [ladder.translate(None, SPACE).replace(b",[]", b"") for ladder in ladders]
    pair_rows = [pair.count(b"[") - 1 for pair in pairs]
    numbers = doubles([*ladders, *(pair for pair, count in zip(pairs, pair_rows, strict=True) if count)])
    of_ladders, of_pairs = np.split(numbers, [len(numbers) - 2 * sum(pair_rows)])
    whole = spread(of_ladders, bare) if any_bare else of_ladders.view(np.uint8).data
    return Numbers(
        _cut(whole, rows, ROW_BYTES),
        _cut(of_pairs.view(np.uint8).data, pair_rows, PAIR_BYTES),
        bool(np.isfinite(numbers).all()),
    )


def _cut(buffer: memoryview, counts: Sequence[int], size: int) -> list[memoryview]:
    """Cut a buffer of items of a size into parts of so many items each."""
    ends = [end * size for end in accumulate(counts)]
    return [buffer[start:end] for start, end in zip([0, *ends], ends, strict=False)]
