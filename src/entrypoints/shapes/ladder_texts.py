"""Ladders as JSON: as objects and, where there are many, as texts that are woven of whole columns."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from ...application.columns.arrays import Floats
from ...application.columns.rows import numbers_of
from ...application.columns.schemas import LADDER_NUMBERS, PRIORS

#: The numbers of a row of ``strike_data``; ``priors`` follow.
LEVELS = ("strike", "gamma", "oi_gamma")
#: So few rows are sooner made one by one than put together in Arrow.
_FEW = 1_000
_COMMA, _BRACKET = b",]"
_AHEAD = [pa.scalar(text, pa.binary()) for text in (b'{"strike":', b'"gamma":', b'"oi_gamma":', b'"priors":[')]
_NO_PRIORS, _END, _NOTHING = (pa.scalar(text, pa.binary()) for text in (b"]", b"},", b""))


class LadderTexts:
    """The rows of ladders as the JSON texts of objects of ``strike_data``; the digits are those of ``orjson``."""

    def __init__(self, ladders: pa.Table) -> None:
        self._rows: list[dict[str, Any]] | None = None
        if ladders.num_rows <= _FEW:
            self._rows = strike_data(ladders)
        else:
            rows = _woven(ladders)
            self._text, self._ends = memoryview(rows.buffers()[2]), np.frombuffer(rows.buffers()[1], np.int32)

    def array(self, begin: int, end: int) -> bytes:
        """Give some rows as the text of an array."""
        if self._rows is not None:
            return orjson.dumps(self._rows[begin:end])
        return b"[" + bytes(self._text[self._ends[begin] : self._ends[end] - (end > begin)]) + b"]"

    def rows(self) -> list[bytes]:
        """Give the text of each row."""
        if self._rows is not None:
            return list(map(orjson.dumps, self._rows))
        return [bytes(self._text[begin : end - 1]) for begin, end in pairwise(self._ends.tolist())]


def strike_data(ladders: pa.Table) -> list[dict[str, Any]]:
    """Give the rows as the objects of ``strike_data``."""
    numbers = numbers_of(ladders, LADDER_NUMBERS)
    rows = [
        {"strike": strike, "gamma": gamma, "oi_gamma": interest, "priors": priors}
        for strike, gamma, interest, *priors in numbers.tolist()
    ]
    for place in np.flatnonzero(np.isnan(numbers[:, -1])).tolist():
        rows[place]["priors"] = []
    return rows


def priors_of(ladders: pa.Table) -> Floats:
    """Give the priors, shape (rows, 5); not-a-number where a row has none."""
    priors = np.empty((ladders.num_rows, len(PRIORS)))
    for place, name in enumerate(PRIORS):
        begin = 0
        # Block by block, as they were read: to put them together first would copy them once more.
        for block in ladders.column(name).chunks:
            priors[begin : begin + len(block), place] = block.to_numpy(zero_copy_only=False)
            begin += len(block)
    return priors


def row_texts(numbers: Floats) -> list[bytes]:
    """Write the rows of a matrix as JSON, with commas between the numbers; not-a-number is ``null``."""
    return _dump(numbers)[2:-2].split(b"],[") if len(numbers) else []


def _woven(ladders: pa.Table) -> pa.BinaryArray:
    """Give the rows, each with a comma after it."""
    priors = priors_of(ladders)
    before = _texts(priors, len(PRIORS), _BRACKET)
    if (absent := np.isnan(priors[:, 0])).any():
        before = pc.if_else(pa.array(absent), _NO_PRIORS, before)
    numbers = [*(_texts(ladders.column(name).to_numpy(), 1, _COMMA) for name in LEVELS), before]
    pieces = [piece for pair in zip(_AHEAD, numbers, strict=True) for piece in pair]
    return pc.binary_join_element_wise(*pieces, _END, _NOTHING)


def _texts(numbers: Floats, together: int, end: int) -> pa.BinaryArray:
    """Write numbers, so many together with commas between them, and an ending in the place of the last comma."""
    written = np.frombuffer(_dump(numbers.ravel()), np.uint8).copy()
    written[-1] = _COMMA
    ends = np.flatnonzero(written == _COMMA)[together - 1 :: together]
    written[ends] = end
    bounds = np.concatenate([[1], ends + 1]).astype(np.int32)
    return pa.Array.from_buffers(pa.binary(), len(ends), [None, pa.py_buffer(bounds), pa.py_buffer(written)])


def _dump(numbers: Floats) -> bytes:
    return orjson.dumps(np.ascontiguousarray(numbers), option=orjson.OPT_SERIALIZE_NUMPY)
