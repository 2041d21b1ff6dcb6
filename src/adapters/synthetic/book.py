"""Contracts per strike of one expiry: open interest, and volume that accrues through the day."""

from dataclasses import dataclass

import numpy as np

from ...application.columns.arrays import Floats, Ints
from .spot import activity
from .streams import wander

#: Part of a day's volume that was traded before the open.
OVERNIGHT_SHARE = 0.08
#: Large single trades a day, on average.
BLOCKS = 16


@dataclass(frozen=True, slots=True)
class Block:
    """A large trade: it moves one strike from one second to the next."""

    second: int
    column: int
    contracts: float


def popularity(strikes: Floats) -> Floats:
    """Give how much more a strike of an even grid is traded for being round: every 5th, 10th and 50th."""
    number = np.rint(strikes / (strikes[1] - strikes[0])).astype(np.int64)
    conditions = [number % 50 == 0, number % 10 == 0, number % 5 == 0]
    return np.select(conditions, [5.0, 3.0, 1.7], 1.0)


def _reach(deviations: Floats) -> Floats:
    """Give demand by moneyness: out of the money (positive) fades slowly, in the money fast."""
    return np.where(deviations > 0, np.exp(-deviations / 1.7), np.exp(deviations / 0.4))


@dataclass(frozen=True, slots=True)
class Book:
    """Calls less puts of one expiry, per strike of the grid.

    Attributes:
        open_interest: calls less puts, in contracts, the same all day; shape (k,).
        calls: calls traded until each full minute after the open, cumulated; shape (minutes + 2, k).
        puts: the same for puts.
        blocks: large trades on top (negative contracts are puts).
    """

    open_interest: Floats
    calls: Floats
    puts: Floats
    blocks: tuple[Block, ...]

    def net_volume(self, seconds: Ints) -> Floats:
        """Give calls less puts traded until each of these seconds, whole contracts; shape (n, k)."""
        minute = np.minimum(seconds // 60, len(self.calls) - 2)
        share = ((seconds - minute * 60) / 60)[:, None]
        net: Floats = np.floor(self.calls[minute] * (1 - share) + self.calls[minute + 1] * share)
        net -= np.floor(self.puts[minute] * (1 - share) + self.puts[minute + 1] * share)
        for block in self.blocks:
            net[seconds >= block.second, block.column] += block.contracts
        return net


def write_book(
    rng: np.random.Generator,
    *,
    strikes: Floats,
    path: Floats,
    pin: float,
    deviation: float,
    contracts: float,
    interest: float,
    classified: bool,
) -> Book:
    """Draw the book of one expiry for a day.

    Args:
        rng: where chance comes from.
        strikes: the grid, shape (k,).
        path: spot at every second after the open.
        pin: strike where calls are piled up.
        deviation: standard deviation of the return until expiry, as a part of spot, at the open.
        contracts: volume of a day, both sides.
        interest: open interest, both sides.
        classified: count customers' buys less sells instead of all trades (the ``state`` package).
    """
    minutes = (len(path) - 2) // 60
    spot = path[: minutes * 60 + 1 : 60]
    elapsed = np.arange(minutes + 1) / minutes
    liked = popularity(strikes)
    pinned = np.where(np.isclose(strikes, pin), 2.0, 1.0)
    taste = rng.lognormal(0.0, 0.45, (2, len(strikes))) * liked

    away = (strikes / path[0] - 1) / deviation
    call_interest = taste[0] * pinned * np.exp(-0.5 * ((away - 0.7) / 1.3) ** 2)
    put_interest = taste[1] * np.exp(-0.5 * ((away + 0.9) / 1.5) ** 2)
    unit = interest / (call_interest.sum() + put_interest.sum())
    open_interest = np.rint(call_interest * unit) - np.rint(put_interest * unit)

    # Flow follows spot, narrows as expiry nears, and chases the last quarter of an hour.
    width = deviation * np.sqrt(np.maximum(1.0 - elapsed, 0.12))
    moneyness = (strikes / spot[:, None] - 1) / width[:, None]
    chase = np.tanh((spot / spot[np.maximum(np.arange(minutes + 1) - 15, 0)] - 1) / (deviation / 4))
    mood = wander(rng, minutes + 1, 1, memory=0.985, size=0.2)[:, 0] + 0.25 * chase
    pace = activity(elapsed)
    noise = rng.lognormal(-0.32, 0.8, (2, minutes + 1, len(strikes)))
    flow = np.empty_like(noise)
    flow[0] = taste[0] * pinned * _reach(moneyness) * noise[0] * (pace * np.exp(mood))[:, None]
    flow[1] = taste[1] * _reach(-moneyness) * noise[1] * (pace * np.exp(-mood))[:, None]
    calls = float(np.clip(rng.normal(0.49, 0.025), 0.4, 0.6))
    flow *= contracts * np.array([calls, 1 - calls])[:, None, None] / flow.sum(axis=(1, 2), keepdims=True)
    before = flow.mean(axis=1, keepdims=True) * (OVERNIGHT_SHARE * minutes)
    flow = np.concatenate([before, flow], axis=1)
    if classified:
        buyers = wander(rng, minutes + 2, 2 * len(strikes), memory=0.99, size=0.8)
        flow *= np.tanh(buyers).reshape(minutes + 2, 2, len(strikes)).swapaxes(0, 1)
    traded = flow.cumsum(axis=1)
    blocks = _blocks(rng, path, strikes, liked, deviation, contracts)
    return Book(open_interest, traded[0], traded[1], blocks)


def _blocks(
    rng: np.random.Generator,
    path: Floats,
    strikes: Floats,
    liked: Floats,
    deviation: float,
    contracts: float,
) -> tuple[Block, ...]:
    blocks = []
    for second in np.sort(rng.integers(60, len(path) - 2, rng.poisson(BLOCKS))):
        away = (strikes / path[second] - 1) / deviation
        weight = liked * np.exp(-np.abs(away) * 2)
        column = int(rng.choice(len(strikes), p=weight / weight.sum()))
        size = np.rint(contracts * 0.0015 * rng.lognormal(0.0, 0.6))
        blocks.append(Block(int(second), column, float(size if away[column] > 0 else -size)))
    return tuple(blocks)
