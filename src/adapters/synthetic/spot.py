"""The price of the underlying through a session, second by second."""

import numpy as np

from ...application.columns.arrays import Floats
from .sessions import FULL_SESSION
from .streams import wander_by_second

#: How strongly the pin draws by the close: exp(-PULL) of the distance at the open is left.
PULL = 1.1
#: Share of a day's standard deviation that falls into the session; the rest is the overnight gap.
REGULAR_SHARE = 0.9


def activity(elapsed: Floats) -> Floats:
    """Give how busy the market is, by the elapsed part (0 to 1) of a session: a U, higher at the open.

    The shape that Wood, McInish and Ord, "An Investigation of Transactions Data for NYSE Stocks", Journal of
    Finance 40 (1985), found for volatility and volume. Its mean is about 1.
    """
    return 0.72 + 1.5 * np.exp(-elapsed / 0.09) + 0.9 * np.exp((elapsed - 1.0) / 0.12)


def spot_path(rng: np.random.Generator, *, start: float, pin: float, seconds: int, daily_volatility: float) -> Floats:
    """Draw a price path: geometric Brownian motion, U-shaped and clustered in volatility, drawn to a strike.

    Log price x follows dx = (log pin - x) dK + sigma dW, an Ornstein-Uhlenbeck process whose pull K grows
    towards the close, as option hedging pins a price to a strike with much open interest (Ni, Pearson and
    Poteshman, "Stock price clustering on option expiration dates", Journal of Financial Economics 78, 2005).
    It is solved by its integrating factor exp(K), so the whole path is one cumulated sum.

    Returns:
        Prices, unrounded, at 0, 1, ... seconds + 1 after the open: shape (seconds + 2,).
    """
    elapsed = np.arange(seconds + 2) / seconds
    clusters = np.exp(wander_by_second(rng, len(elapsed), memory=0.96, size=0.3))
    shape = np.sqrt(activity(elapsed)) * clusters
    total = REGULAR_SHARE * daily_volatility * np.sqrt(seconds / FULL_SESSION)
    sigma = total * shape / np.sqrt(np.sum(shape**2))
    pull = PULL * (0.35 * elapsed + 0.65 * elapsed**3)
    shocks = np.cumsum(np.exp(pull) * sigma * rng.standard_normal(len(elapsed)))
    path: Floats = pin * np.exp(np.exp(-pull) * (np.log(start / pin) + shocks))
    return path
