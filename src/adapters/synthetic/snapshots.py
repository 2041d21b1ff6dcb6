"""The snapshots of one day as columns: what the vendor would publish of a ``DayModel``, rounded as it does."""

from dataclasses import dataclass

import numpy as np

from ...application.columns.arrays import Floats, Ints
from .model import DayModel
from .sessions import FIRST_SNAPSHOT, snapshot_seconds

#: Seconds before a snapshot at which its five priors were read.
PRIOR_LAGS = (60, 300, 600, 900, 1800)
#: Moments that are computed at once: it bounds memory and suits the processor's cache.
_BLOCK = 1024


@dataclass(frozen=True, slots=True)
class Majors:
    """Walls (0: there is none) and sums, each of shape (n,)."""

    positive: Floats
    negative: Floats
    total: Floats


@dataclass(frozen=True, slots=True)
class DaySnapshots:
    """All snapshots of a day; n of them, with ladders of r rows out of a grid of k strikes.

    Attributes:
        timestamps: Unix seconds, shape (n,).
        spot: shape (n,).
        zero_gamma: shape (n,), 0 in the day's first.
        by_volume: walls and sum by volume.
        by_interest: walls and sum by open interest.
        risk_reversal: shape (n,).
        strikes: the grid, basis included, 2 decimals; shape (k,).
        starts: first column of each ladder; shape (n,).
        gamma: exposure by volume over the whole grid, 2 decimals, at each of the m moments that a row or a
            prior needs; shape (m, k).
        moments: row of ``gamma`` for each snapshot, then for its priors (clamped to the day's first);
            shape (n, 6).
        oi_gamma: exposure by open interest, 2 decimals; shape (n, r).
        changed: grid column with the largest change over the last cycle and over each lag; shape (n, 6).
        changes: that change, 3 decimals; shape (n, 6).
    """

    ticker: str
    classic: bool
    min_dte: int
    sec_min_dte: int
    timestamps: Ints
    spot: Floats
    zero_gamma: Floats
    by_volume: Majors
    by_interest: Majors
    risk_reversal: Floats
    strikes: Floats
    starts: Ints
    gamma: Floats
    moments: Ints
    oi_gamma: Floats
    changed: Ints
    changes: Floats

    def __len__(self) -> int:
        return len(self.timestamps)


def take_snapshots(model: DayModel, snapshots: int | None = None) -> DaySnapshots:
    """Observe a day at the vendor's cadence, or at so many moments spread over it.

    A full day of 99 strikes takes about 100 MB.
    """
    times = snapshot_seconds(model.session, snapshots)
    wanted = np.maximum(times[:, None] - np.array((0, *PRIOR_LAGS)), FIRST_SNAPSHOT)
    seconds, moments = np.unique(wanted, return_inverse=True)
    moments = moments.reshape(wanted.shape)
    starts = model.starts[np.minimum(times // 60, len(model.starts) - 1)]
    columns = starts[:, None] + np.arange(model.rows)
    strikes = np.round(model.grid + model.basis, 2)

    gamma = np.empty((len(seconds), len(strikes)))
    volume = np.empty((len(times), model.rows))
    interest = np.empty_like(volume)
    for begin in range(0, len(seconds), _BLOCK):
        end = begin + _BLOCK
        gamma[begin:end], by_interest = model.exposures(seconds[begin:end])
        here = np.flatnonzero((moments[:, 0] >= begin) & (moments[:, 0] < end))
        cells = moments[here, :1], columns[here]
        volume[here] = gamma[cells]
        interest[here] = by_interest[cells[0] - begin, cells[1]]
    changed, changes = _largest_changes(gamma, moments)
    np.round(gamma, 2, out=gamma)

    zero_gamma = np.round(model.zero_gamma(times), 2)
    majors = [_majors(each, strikes, starts) for each in (volume, interest)]
    if model.classic:  # the vendor has not worked these out when it publishes the day's first snapshot
        zero_gamma[0] = 0.0
        for each in majors:
            each.positive[0] = each.negative[0] = 0.0
    session, nearest = model.session, model.expiries[0].sessions
    return DaySnapshots(
        ticker=model.ticker,
        classic=model.classic,
        min_dte=(session.later(nearest) - session.day).days,
        sec_min_dte=(session.later(nearest + 1) - session.day).days,
        timestamps=session.opens_at + times,
        spot=np.round(model.path[times] + model.basis, 2),
        zero_gamma=zero_gamma,
        by_volume=majors[0],
        by_interest=majors[1],
        risk_reversal=np.round(model.risk_reversal[times], 3),
        strikes=strikes,
        starts=starts,
        gamma=gamma,
        moments=moments,
        oi_gamma=np.round(interest, 2),
        changed=changed,
        changes=changes,
    )


def _majors(ladders: Floats, strikes: Floats, starts: Ints) -> Majors:
    """Read walls and sum off unrounded ladders, shape (n, r)."""
    every = np.arange(len(ladders))
    high, low = ladders.argmax(axis=1), ladders.argmin(axis=1)
    return Majors(
        positive=np.where(ladders[every, high] > 0, strikes[starts + high], 0.0),
        negative=np.where(ladders[every, low] < 0, strikes[starts + low], 0.0),
        total=np.round(ladders.sum(axis=1), 5),
    )


def _largest_changes(gamma: Floats, moments: Ints) -> tuple[Ints, Floats]:
    """Give column and size of the largest change since the snapshot before and each prior; (n, 6) both."""
    current = moments[:, :1]
    previous = np.concatenate([current[:1], current[:-1]])
    since = np.concatenate([previous, moments[:, 1:]], axis=1)
    changed = np.empty(since.shape, dtype=np.int64)
    changes = np.empty(since.shape)
    for begin in range(0, len(moments), _BLOCK):
        some = slice(begin, begin + _BLOCK)
        now = gamma[current[some, 0]]
        every = np.arange(len(now))
        for lag in range(since.shape[1]):
            change = now - gamma[since[some, lag]]
            column = np.abs(change).argmax(axis=1)
            changed[some, lag] = column
            changes[some, lag] = change[every, column]
    return changed, np.round(changes, 3)
