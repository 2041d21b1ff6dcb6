"""Option theory: the smile, Black-Scholes gamma, and gamma exposure."""

import numpy as np

from ...application.columns.arrays import Floats
from .sessions import FULL_SESSION

SESSIONS_PER_YEAR = 252
ROOT_TWO_PI = float(np.sqrt(2 * np.pi))
#: Gamma exposure is told in millions of dollars, which gives rows of the vendor's size.
UNIT = 1e6
#: Time that an expiring option keeps to the end: at expiry the gamma at the money has no bound.
LAST_SECONDS = 2_400


def smile(strikes: Floats, spot: float, daily_volatility: float) -> Floats:
    """Give implied volatility (a year, 0.16 for 16 %) per strike: put skew and dear wings.

    Quadratic in standard deviations of a day from the opening spot, sticky by strike, and flat beyond 4.
    """
    deviations = np.clip(np.log(strikes / spot) / daily_volatility, -4.0, 4.0)
    level = daily_volatility * np.sqrt(SESSIONS_PER_YEAR)
    return np.asarray(level * (1.04 - 0.09 * deviations + 0.09 * deviations**2))


def years_left(seconds_left: Floats, sessions_after: int) -> Floats:
    """Give time to expiry in years of trading time, of an expiry so many sessions ahead (0: today)."""
    sessions = (np.maximum(seconds_left, 0.0) + LAST_SECONDS) / FULL_SESSION + sessions_after
    return sessions / SESSIONS_PER_YEAR


def exposure_per_contract(
    spot: Floats, strikes: Floats, volatility: Floats, years: Floats, multiplier: float
) -> Floats:
    """Give the gamma exposure of one contract: dollars (in millions) to hedge for a move of 1 %.

    Black-Scholes gamma, the same for a call and a put, with no rates over so short a time:
    gamma = phi(d1) / (S sigma sqrt(T)), d1 = ln(S / K) / (sigma sqrt(T)) + sigma sqrt(T) / 2
    (Black and Scholes, "The Pricing of Options and Corporate Liabilities", Journal of Political Economy 81,
    1973; Hull, "Options, Futures and Other Derivatives", chapter on the Greek letters).
    Exposure = gamma x multiplier x S^2 x 1 %. Its sign is a convention (SqueezeMetrics, "Gamma Exposure",
    2017): dealers are long the calls and short the puts.

    Args:
        spot: shape (n,).
        strikes: shape (k,).
        volatility: shape (k,), a year.
        years: time to expiry, shape (n,).
        multiplier: units of the underlying that a contract stands for.

    Returns:
        Shape (n, k), positive; the caller signs it.
    """
    deviation = np.sqrt(years)[:, None] * volatility
    d1 = (np.log(spot)[:, None] - np.log(strikes)) / deviation
    d1 += deviation / 2
    density = np.exp(-0.5 * d1 * d1)
    density /= deviation
    density *= (spot * (multiplier * 0.01 / UNIT / ROOT_TWO_PI))[:, None]
    return density


def nearest_root(levels: Floats, profile: Floats, spot: Floats) -> Floats:
    """Give the level nearest to spot where a profile changes sign; spot itself where it never does.

    Between two levels the profile is taken for a straight line.

    Args:
        levels: rising prices, shape (k,).
        profile: values at them, shape (n, k).
        spot: shape (n,).
    """
    left, right = profile[:, :-1], profile[:, 1:]
    crosses = (left < 0) != (right < 0)
    share = np.where(crosses, left / np.where(crosses, left - right, 1.0), 0.0)
    roots = levels[:-1] + share * np.diff(levels)
    distance = np.where(crosses, np.abs(roots - spot[:, None]), np.inf)
    nearest = distance.argmin(axis=1)[:, None]
    found = np.take_along_axis(roots, nearest, axis=1)[:, 0]
    return np.where(crosses.any(axis=1), found, spot)
