"""Columns of a day to the vendor's records: its keys in its order, and its mixture of integers and floats."""

from collections.abc import Iterator

import numpy as np

from ...application.columns.arrays import Ints
from .snapshots import DaySnapshots

#: A snapshot in the vendor's form, ready for JSON.
Record = dict[str, object]
#: Snapshots that exist as Python objects at once: about 10 MB of them.
_CHUNK = 256


def records(day: DaySnapshots, order: Ints | None = None) -> Iterator[Record]:
    """Yield a day's snapshots in the vendor's form: those of ``order``, by number, or all in order of time."""
    chosen = np.arange(len(day)) if order is None else order
    for begin in range(0, len(chosen), _CHUNK):
        yield from _chunk(day, chosen[begin : begin + _CHUNK])


def _chunk(day: DaySnapshots, some: Ints) -> Iterator[Record]:
    rows = day.oi_gamma.shape[1]
    columns = day.starts[some, None] + np.arange(rows)
    strikes = day.strikes[columns].tolist()
    # One gather for a row's own value and its five priors: shape (snapshots, rows, 6).
    gamma = day.gamma[day.moments[some][:, None, :], columns[:, :, None]]
    own, priors = gamma[:, :, 0].tolist(), gamma[:, :, 1:].tolist()
    interest: list[list[float | int]] = day.oi_gamma[some].tolist() if day.classic else [[0] * rows] * len(some)
    changed, changes = day.strikes[day.changed[some]].tolist(), day.changes[some].tolist()
    for place, index in enumerate(some.tolist()):
        yield {
            "timestamp": int(day.timestamps[index]),
            "ticker": day.ticker,
            "min_dte": day.min_dte,
            "sec_min_dte": day.sec_min_dte,
            "spot": float(day.spot[index]),
            # What is not there is the integer 0, never 0.0.
            "zero_gamma": float(day.zero_gamma[index]) or 0 if day.classic else 0,
            "major_pos_vol": float(day.by_volume.positive[index]) or 0,
            "major_pos_oi": float(day.by_interest.positive[index]) or 0 if day.classic else 0,
            "major_neg_vol": float(day.by_volume.negative[index]) or 0,
            "major_neg_oi": float(day.by_interest.negative[index]) or 0 if day.classic else 0,
            "strikes": list(zip(strikes[place], own[place], interest[place], priors[place], strict=True)),
            "sum_gex_vol": float(day.by_volume.total[index]),
            "sum_gex_oi": float(day.by_interest.total[index]) if day.classic else 0,
            "delta_risk_reversal": float(day.risk_reversal[index]) if day.classic else 0,
            "max_priors": list(zip(changed[place], changes[place], strict=True)),
        }
