"""Comparing many pairs of snapshots at once, in columns: which are the same, rounding twins, or in conflict."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ...domain.identity import PRICE_FIELDS, SLACK, SUM_FIELDS, Likeness, compared_fields
from .arrays import Flags, Floats, Ints
from .batch import offsets
from .rows import Rows, numbers_of, one_chunk, pick
from .schemas import DAYS, LADDER_NUMBERS, PRIORS

#: So many decimals are told here; the vendor writes five at most.
_MOST_DECIMALS = 6
_UNITS = np.array([10.0**-decimals for decimals in range(_MOST_DECIMALS + 1)])
#: Stands for more decimals than that, and for as many as cannot be told.
_UNTOLD = _MOST_DECIMALS + 1
_EXACT = 2.0**51


class Told(NamedTuple):
    """What the second snapshot is to the first, and in which fields it differs if that is a conflict."""

    likeness: Likeness
    differences: tuple[str, ...] = ()


def likenesses(first: Rows, second: Rows) -> list[Told | None]:
    """Say of pairs of snapshots, with their ladders, what ``compare`` says; None where only that can tell.

    Both sides have as many snapshots, a pair at each place. What is not told is rare: ladders of another length, other
    words for unknown fields, more than six decimals, net GEX that may be added up from the ladder.
    """
    told: list[Told | None] = [None] * first[0].num_rows
    comparable = np.flatnonzero(_same_but_for_numbers(first[0], second[0]))
    if len(comparable):
        found = _compared(pick(*first, comparable), pick(*second, comparable))
        for place, one in zip(comparable.tolist(), found, strict=True):
            told[place] = one
    return told


class _Numbers(NamedTuple):
    """The numbers of a field in pairs of snapshots: rows, of which each pair has ``counts``, the same on both sides."""

    field: str
    ours: Floats
    theirs: Floats
    counts: Ints

    def apart(self) -> Floats:
        """Give how far apart the numbers of each pair are at most; infinitely, if one side lacks one."""
        with np.errstate(invalid="ignore", over="ignore"):
            distance = np.abs(self.ours - self.theirs)
        distance[np.isnan(distance)] = np.inf
        distance[np.isnan(self.ours) & np.isnan(self.theirs)] = 0.0
        return _most(distance, self.counts)

    def decimals(self) -> tuple[Ints, Ints]:
        """Count the decimals of each snapshot's numbers."""
        ours, theirs = (_most(_decimals(numbers), self.counts) for numbers in (self.ours, self.theirs))
        return ours, theirs


def _compared(first: Rows, second: Rows) -> list[Told | None]:
    """Compare the numbers of pairs which have as many of them."""
    count = first[0].num_rows
    same, twins, conflicts = np.ones(count, np.bool_), np.ones(count, np.bool_), np.zeros(count, np.bool_)
    differ = {name: np.zeros(count, np.bool_) for name in compared_fields()}
    for kind in _kinds(first, second):
        distances = [numbers.apart() for numbers in kind]
        for numbers, distance in zip(kind, distances, strict=True):
            if numbers.field in differ:
                differ[numbers.field] |= distance > 0
        apart = np.maximum.reduce(distances)
        equal = apart == 0
        same &= equal
        if not equal.all():
            decimals = np.maximum.reduce([numbers.decimals() for numbers in kind])
            exact = (decimals < _UNTOLD).all(axis=0)
            too_far = apart > _UNITS[np.minimum(decimals.min(axis=0), _MOST_DECIMALS)] / 2 + SLACK
            twins &= equal | (exact & ~too_far)
            conflicts |= ~equal & (exact & too_far | np.isinf(apart))
    found: list[Told | None] = [None] * count
    for place in np.flatnonzero(conflicts).tolist():
        names = tuple(name for name, flags in differ.items() if flags[place])
        found[place] = Told(Likeness.CONFLICT, names or ("net_gex",))
    for likeness, flags in ((Likeness.ROUNDING_TWIN, twins), (Likeness.SAME, same)):
        for place in np.flatnonzero(flags).tolist():
            found[place] = Told(likeness)
    return found


def _kinds(first: Rows, second: Rows) -> list[list[_Numbers]]:
    """Group numbers by kind as ``compare`` does."""
    (ours, our_rows), (theirs, their_rows) = first, second
    one, rows = np.ones(ours.num_rows, np.int64), np.diff(offsets(ours.column("strike_count")))

    def scalars(*names: str) -> list[_Numbers]:
        return [_Numbers(name, numbers_of(ours, [name]), numbers_of(theirs, [name]), one) for name in names]

    our_matrix, their_matrix = numbers_of(our_rows, LADDER_NUMBERS), numbers_of(their_rows, LADDER_NUMBERS)

    def ladder(*names: str) -> list[_Numbers]:
        columns = [LADDER_NUMBERS.index(name) for name in names]
        return [_Numbers("strikes", our_matrix[:, columns], their_matrix[:, columns], rows)]

    our_largest, their_largest, counts = _pairs(ours), _pairs(theirs), np.maximum(_count_pairs(ours), 0)

    def largest(column: int) -> list[_Numbers]:
        return [_Numbers("max_priors", our_largest[:, [column]], their_largest[:, [column]], counts)]

    return [
        scalars(*PRICE_FIELDS) + ladder("strike"),
        scalars(*SUM_FIELDS),
        scalars("delta_risk_reversal"),
        ladder("gamma", "oi_gamma"),
        ladder(*PRIORS),
        largest(0),
        largest(1),
    ]


def _most(numbers: npt.NDArray, counts: Ints) -> npt.NDArray:  # type: ignore[type-arg]  # of integers or doubles
    """Give the greatest number in the rows of each pair; 0 where it has none."""
    rows = numbers.max(axis=1)
    found = np.zeros(len(counts), rows.dtype)
    some = counts > 0
    if some.any():
        found[some] = np.maximum.reduceat(rows, (np.cumsum(counts) - counts)[some])
    return found


def _decimals(numbers: Floats) -> Ints:
    """Count the decimals of numbers, as ``identity.decimals`` does; ``_UNTOLD`` where that takes a closer look."""
    flat = numbers.ravel()
    found = np.zeros(len(flat), np.int64)
    left = np.flatnonzero(~np.isnan(flat))
    for decimals in range(_MOST_DECIMALS + 1):
        scale = 10.0**decimals
        with np.errstate(over="ignore", invalid="ignore"):
            whole = np.rint(flat[left] * scale)
            # The nearest double to a decimal number is written as that number.
            told = (whole / scale == flat[left]) & (np.abs(whole) < _EXACT)
        found[left[told]] = decimals
        left = left[~told]
    found[left] = _UNTOLD
    return found.reshape(numbers.shape)


def _same_but_for_numbers(first: pa.Table, second: pa.Table) -> Flags:
    """Tell which pairs have as many rows and largest changes, the same days, and the same words for unknown fields."""
    import pyarrow.compute as pc  # takes 0.05 s to load, for which an import without repeats cannot wait

    same = _count_pairs(first) == _count_pairs(second)
    for name in ("strike_count", *DAYS, "extra"):
        ours, theirs = (one_chunk(side.column(name)) for side in (first, second))
        equal = pc.or_(pc.fill_null(pc.equal(ours, theirs), False), pc.and_(ours.is_null(), theirs.is_null()))
        same &= equal.to_numpy(zero_copy_only=False)
    for side in (first, second):
        same &= ~np.isnan(numbers_of(side, ["sum_gex_vol"])[:, 0])
    return np.asarray(same)


def _count_pairs(snapshots: pa.Table) -> Ints:
    """Give how many largest changes each snapshot has; -1 where there is no list of them."""
    import pyarrow.compute as pc

    counts = pc.fill_null(pc.list_value_length(one_chunk(snapshots.column("max_priors"))), -1)
    return np.asarray(counts.to_numpy(zero_copy_only=False), np.int64)


def _pairs(snapshots: pa.Table) -> Floats:
    """Give all largest changes; shape (changes, 2): strike and change."""
    numbers = one_chunk(snapshots.column("max_priors")).flatten().flatten()
    return np.asarray(numbers.to_numpy(zero_copy_only=False), np.float64).reshape(-1, 2)
