"""What the model knows of a ticker: level, strike step, volatility, turnover, and the basis of a future."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from .streams import stream

#: The day on which every ticker closes at its table level; other days are a random walk away from it.
ANCHOR = date(2025, 11, 14)
#: Interest less dividends a year, which sets how far a future stands above its index.
CARRY = 0.034
#: Part of its distance from the table level that a ticker keeps each day: levels stay sensible over years.
MEMORY = 0.98
#: Index futures roll to the next quarter on the Thursday of the week before expiry.
ROLL = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class Underlying:
    """What options are written on.

    Attributes:
        root: index that drives the price; tickers with one root share their path.
        level: price of the underlying at the close of ``ANCHOR``, in points or dollars.
        step: distance between two strikes.
        daily_volatility: standard deviation of a day's return.
        contracts: options traded in a day on the nearest expiry, chosen so that the rows of a ladder come out
            in the hundreds, as the vendor's do.
        projected: whether spot and strikes are shown as the future's, basis added.
    """

    root: str
    level: float
    step: float
    daily_volatility: float
    contracts: float
    projected: bool = False
    multiplier: float = 100.0


_UNDERLYINGS = {
    "NQ_NDX": Underlying("NDX", 25_008.24, 10, 0.0095, 240_000, projected=True),
    "NDX": Underlying("NDX", 25_008.24, 10, 0.0095, 240_000),
    "QQQ": Underlying("NDX", 608.86, 1, 0.0095, 2_200_000),
    "ES_SPX": Underlying("SPX", 6_734.11, 5, 0.0080, 550_000, projected=True),
    "SPX": Underlying("SPX", 6_734.11, 5, 0.0080, 550_000),
    "SPY": Underlying("SPX", 671.93, 1, 0.0080, 2_750_000),
    "RUT": Underlying("RUT", 2_388.23, 5, 0.0125, 550_000),
    "VIX": Underlying("VIX", 19.83, 0.5, 0.065, 8_000_000),
    "AAPL": Underlying("AAPL", 272.41, 2.5, 0.0150, 2_500_000),
}


def underlying(ticker: str) -> Underlying:
    """Give a ticker's figures; one that is not in the table is taken for a 150-dollar share."""
    return _UNDERLYINGS.get(ticker) or Underlying(ticker, 150.0, 1, 0.018, 1_500_000)


def closing_level(of: Underlying, day: date, seed: int) -> float:
    """Give where the underlying means to close on a day, so that the days of a history follow each other.

    The walk has one step a weekday and starts at ``ANCHOR`` in both directions: a day's level depends on
    nothing but the day and the seed.
    """
    steps = int(np.busday_count(ANCHOR, day))
    direction = "forward" if steps >= 0 else "backward"
    returns = stream(seed, of.root, direction).normal(0.0, of.daily_volatility, abs(steps))
    kept = MEMORY ** np.arange(len(returns))[::-1]
    return float(of.level * np.exp(np.sum(kept * returns)))


def weekday_before(day: date) -> date:
    """Give the last day before this one that is not of a weekend."""
    return day - timedelta(days=max(1, (day.weekday() + 6) % 7 - 3))


def _quarterly_expiry(day: date) -> date:
    """Give the expiry of the front future, the third Friday of a quarter's last month."""
    for month in range(day.year * 12 + day.month - 1, day.year * 12 + day.month + 6):
        first = date(month // 12, month % 12 + 1, 1)
        third_friday = first + timedelta(days=(4 - first.weekday()) % 7 + 14)
        if first.month % 3 == 0 and day < third_friday - ROLL:
            return third_friday
    raise AssertionError("seven months always hold a quarterly expiry that has not rolled")


def basis(of: Underlying, day: date, seed: int) -> float:
    """Give future less index, in points with 2 decimals; 0 for tickers that are not projected.

    Cost of carry, F - S = S (r - q) T (Hull, "Options, Futures and Other Derivatives", ch. 5), and noise.
    """
    if not of.projected:
        return 0.0
    days = (_quarterly_expiry(day) - day).days
    noise = stream(seed, of.root, day, "basis").normal(0.0, 0.0001)
    return round(of.level * (CARRY * days / 365 + noise), 2)
