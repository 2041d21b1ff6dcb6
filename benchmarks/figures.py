"""Medians with the least and the greatest of several runs: the only form in which figures are kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

Figure = dict[str, float]


def figure(values: Iterable[float]) -> Figure:
    """Give the median of some values, the least and the greatest."""
    found = sorted(values)
    return {"median": _short(median(found)), "min": _short(found[0]), "max": _short(found[-1]), "runs": len(found)}


def ratio(ours: Sequence[float], others: Sequence[float]) -> Figure:
    """Compare what was measured side by side, round by round: how many times ours the other is."""
    return figure(other / our for our, other in zip(ours, others, strict=True))


def percentile(ordered: Sequence[float], share: float) -> float:
    """Give the value that this share of some ascending values does not exceed."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _short(value: float) -> float:
    """Keep five digits: more were noise."""
    return float(f"{value:.5g}")
