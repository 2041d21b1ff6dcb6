"""Random number streams that are named, so that one part of a day can change without moving the others."""

from datetime import date
from zlib import crc32

import numpy as np

from ...application.columns.arrays import Floats


def stream(seed: int, *names: str | date) -> np.random.Generator:
    """Give the generator that belongs to these names: the same names always give the same numbers."""
    keys = [name.toordinal() if isinstance(name, date) else crc32(name.encode()) for name in names]
    return np.random.default_rng([seed, *keys])


def wander(rng: np.random.Generator, steps: int, columns: int, *, memory: float, size: float) -> Floats:
    """Draw slow noise around zero: AR(1) columns that start in their stationary state.

    Args:
        rng: where chance comes from.
        steps: rows.
        columns: independent series.
        memory: correlation of a step with the one before it, 0 to 1.
        size: stationary standard deviation.

    Returns:
        Array of shape (steps, columns).
    """
    noise = rng.normal(0.0, size, (steps, columns))
    noise[1:] *= np.sqrt(1.0 - memory**2)
    for step in range(1, steps):
        noise[step] += memory * noise[step - 1]
    return noise


def wander_by_second(rng: np.random.Generator, seconds: int, *, memory: float, size: float) -> Floats:
    """Draw slow noise once a minute and join the minutes by straight lines; shape (seconds,)."""
    minutes = wander(rng, seconds // 60 + 2, 1, memory=memory, size=size)[:, 0]
    return np.interp(np.arange(seconds) / 60, np.arange(len(minutes)), minutes)
