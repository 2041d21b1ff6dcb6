"""Cells: what the columns are called, and what a cell says."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

LADDER = ("strike", "gamma", "oi_gamma")
PRIORS = tuple(f"prior_{n}" for n in range(1, 6))
KEYS = ("ticker", "timestamp", "package", "category")
REQUIRED = {"ticker", "timestamp", "spot", "zero_gamma", *LADDER}
TEXTS = {"ticker", "package", "category"}
DAYS = ("min_dte", "sec_min_dte")
OPTIONAL = (
    "net_gex",
    "major_pos_vol",
    "major_pos_oi",
    "major_neg_vol",
    "major_neg_oi",
    "sum_gex_vol",
    "sum_gex_oi",
    "delta_risk_reversal",
)
_NUMBERS = {"timestamp", "spot", "zero_gamma", *OPTIONAL, *DAYS}
#: A line that is no row; null for the others.
DAMAGE = "(damage)"
#: Such lines right before and right after a row.
BEFORE, AFTER = "(before)", "(after)"

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_JSON_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)


def numbers(column: pa.Array) -> npt.NDArray[np.float64]:
    """Give a column as floats; NaN where there is nothing, or no number."""
    kind = column.type
    if pa.types.is_null(kind) or pa.types.is_boolean(kind):
        return np.full(len(column), np.nan)
    try:
        found = pc.cast(column, pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        cells = [number(cell) for cell in column.to_pylist()]
        found = pa.array([float(cell) if _is_number(cell) else None for cell in cells], pa.float64())
    return np.asarray(pc.fill_null(found, float("nan")).to_numpy(zero_copy_only=False))


def number(cell: Any) -> Any:
    """Read a number out of text; what is none stays as it is."""
    if isinstance(cell, str) and _NUMBER.fullmatch(cell):
        return float(cell) if re.search(r"[.eE]", cell) else int(cell)
    return cell


def said(name: str, cell: Any) -> Any:
    """Give what the cell of a column says, for a record.

    In a column that no snapshot has, 5 is a number and 05 is text.
    """
    if name in TEXTS:
        return cell
    if name in _NUMBERS:
        return number(cell)
    if isinstance(cell, str):
        return number(cell) if _JSON_NUMBER.fullmatch(cell) else cell
    return cell if isinstance(cell, int | float | list | dict) else str(cell)


def codes(column: pa.Array) -> npt.NDArray[np.int64]:
    """Give a number for each cell, -1 for nothing; shape (rows,). Equal cells have equal numbers."""
    if pa.types.is_nested(column.type):
        column = pa.array([None if cell is None else repr(cell) for cell in column.to_pylist()], pa.string())
    found = column.dictionary_encode().indices
    return np.asarray(pc.fill_null(found.cast(pa.int64()), -1).to_numpy())


def _is_number(cell: Any) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)
