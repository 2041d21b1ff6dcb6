"""Identity: when two snapshots of one feed and instant are the same, rounding twins, or in conflict."""

from __future__ import annotations

import math
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any

from .snapshot import LEVELS, GexSnapshot


class Likeness(StrEnum):
    """How a second snapshot of one identity relates to the first."""

    SAME = "same"
    ROUNDING_TWIN = "rounding-twin"
    CONFLICT = "conflict"


#: A float's own error, far below any decimal that the vendor writes.
SLACK = 1e-7
PRICE_FIELDS = ("spot", *LEVELS)
PUBLISHED_SUMS = ("sum_gex_vol", "sum_gex_oi")
SUM_FIELDS = ("net_gex", *PUBLISHED_SUMS)


def compare(first: GexSnapshot, second: GexSnapshot) -> Likeness:
    """Compare two snapshots of one identity by value; envelopes do not count.

    The same number written as 0, 0.0 or -0.0 is the same. A rounding twin differs by at most half a unit of the
    coarser copy's last decimal, the decimals of a copy being the most that any number of the same kind has in it:
    prices, sums, the risk reversal, ladder rows, priors and largest changes are kinds.
    """
    # Net GEX that is added up from the ladder says nothing new, and has the rounding of all rows in it.
    sums = PUBLISHED_SUMS if _added_up(first) and _added_up(second) else SUM_FIELDS
    groups_a, groups_b = _kinds(first, sums), _kinds(second, sums)
    if _texts(first) != _texts(second) or _shape(groups_a) != _shape(groups_b):
        return Likeness.CONFLICT
    if groups_a == groups_b:
        return Likeness.SAME
    for a, b in zip(groups_a, groups_b, strict=True):
        unit = 10.0 ** -min(_decimals(a), _decimals(b))
        if any(x is not None and y is not None and abs(x - y) > unit / 2 + SLACK for x, y in zip(a, b, strict=True)):
            return Likeness.CONFLICT
    return Likeness.ROUNDING_TWIN


def differences(first: GexSnapshot, second: GexSnapshot) -> list[str]:
    """Name the fields in which two snapshots differ."""
    # Net GEX follows from the others, unless it is the source's own.
    return [name for name in compared_fields() if getattr(first, name) != getattr(second, name)] or ["net_gex"]


def compared_fields() -> list[str]:
    """Name the fields that make the content of a snapshot, in order; net GEX follows from others as a rule."""
    return [name for name in GexSnapshot.model_fields if name not in ("envelope", "net_gex")]


def decimals(value: float) -> int:
    """Count the decimals of a number's shortest decimal form: 2 for 25187.21, 0 for 3.0."""
    if not math.isfinite(value):
        return 0
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _decimals(numbers: Iterable[float | None]) -> int:
    return max((decimals(number) for number in numbers if number is not None), default=0)


def _added_up(snapshot: GexSnapshot) -> bool:
    """Whether net GEX is nobody's but the sum over the ladder."""
    try:
        return snapshot.sum_gex_vol is None and snapshot.net_gex == math.fsum(row.gamma for row in snapshot.strikes)
    except OverflowError:  # the source's own, then
        return False


def _kinds(snapshot: GexSnapshot, sums: Iterable[str]) -> list[list[float | None]]:
    """Group the numbers of a snapshot by kind, in a fixed order, with some of the sums; strikes in ascending order."""
    ladder = sorted(snapshot.strikes, key=lambda level: level.strike)
    pairs = snapshot.max_priors or ()
    return [
        [getattr(snapshot, name) for name in PRICE_FIELDS] + [level.strike for level in ladder],
        [getattr(snapshot, name) for name in sums],
        [snapshot.delta_risk_reversal],
        [number for level in ladder for number in (level.gamma, level.oi_gamma)],
        [number for level in ladder for number in level.priors],
        [pair[0] for pair in pairs],
        [pair[1] for pair in pairs],
    ]


def _shape(groups: list[list[float | None]]) -> list[list[bool]]:
    return [[number is None for number in group] for group in groups]


def _texts(snapshot: GexSnapshot) -> tuple[object, ...]:
    """Give what must be equal to the letter."""
    rows = tuple(bool(level.priors) for level in sorted(snapshot.strikes, key=lambda level: level.strike))
    return (snapshot.min_dte, snapshot.sec_min_dte, snapshot.max_priors is None, rows, _by_value(snapshot.extra))


def _by_value(kept: Any) -> Any:
    """Make parsed JSON comparable with ``==``: 1 and 1.0 are one number, true is none."""
    if isinstance(kept, dict):
        return {name: _by_value(inner) for name, inner in kept.items()}
    if isinstance(kept, list):
        return [_by_value(inner) for inner in kept]
    return ("boolean", kept) if isinstance(kept, bool) else kept
