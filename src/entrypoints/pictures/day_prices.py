"""The prices of a trading day that a picture shows, and from which to which one it reaches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...application.columns.arrays import Floats

#: How far from the middle of spot's own range the picture reaches, in such ranges: a wall that is farther off
#: is left out before it presses spot into a flat line.
REACH = 1.5
#: A range below this share of the price is no range: spot did not move.
SMALLEST = 1e-4


def gaps(values: Any) -> Floats:
    """Take the numbers, not-a-number where there was none."""
    numbers = np.asarray(values, dtype=np.float64)
    return np.where(numbers == 0, np.nan, numbers)


def price_range(spot: Floats, others: Mapping[str, Floats]) -> tuple[float, float]:
    """Give the lowest and highest price of a picture, with a margin; of spot there is one, of the others any."""
    bottom, top = float(np.nanmin(spot)), float(np.nanmax(spot))
    reach = max(top - bottom, SMALLEST * top) * REACH
    everything = np.concatenate([spot, *others.values()])
    near = everything[np.abs(everything - (top + bottom) / 2) <= reach]
    low, high = float(near.min(initial=bottom)), float(near.max(initial=top))
    margin = max((high - low) * 0.04, SMALLEST * top)
    return low - margin, high + margin
