"""The market model of one day: a price path, books of contracts, and the gamma exposure of both."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from ...application.columns.arrays import Floats, Ints
from ...domain.feed import PACKAGES
from .book import Book, write_book
from .gamma import exposure_per_contract, nearest_root, smile, years_left
from .sessions import session_on
from .spot import spot_path
from .streams import stream, wander_by_second
from .underlyings import basis, closing_level, underlying, weekday_before

#: How many strikes a ladder may have.
STRIKES = range(3, 1000)


@dataclass(frozen=True, slots=True)
class Expiry:
    """An expiry that a category counts.

    Attributes:
        sessions: how many sessions ahead it is; 0 is today.
        volume: contracts traded in it in a day, as a part of those in the nearest expiry.
        interest: its open interest, in the same unit.
    """

    sessions: int
    volume: float
    interest: float


CATEGORIES = {
    "gex_zero": (Expiry(0, 1.0, 0.8),),
    "gex_one": (Expiry(1, 0.4, 0.6),),
    "gex_full": (Expiry(0, 1.0, 0.8), Expiry(1, 0.4, 0.6), Expiry(5, 0.3, 1.2), Expiry(20, 0.3, 2.5)),
}


class DayModel:
    """One ticker on one day.

    Attributes:
        path: price of the underlying, basis excluded, at every second after the open.
        grid: every strike that a ladder of the day can show, basis excluded, rising; shape (k,).
        starts: first column of the ladder in each minute.
        basis: what a projected ticker adds to spot and strikes.
        pin: strike that draws the price.

    The state of the market is a function of the second: a coarse day shows the same path, books and walls
    as a full one. Tickers on one index share its path.

    Raises:
        ValueError: an argument is out of its range, or the exchange is closed on that day.
    """

    def __init__(
        self,
        ticker: str,
        day: date,
        seed: int = 7,
        strikes: int = 99,
        *,
        package: str = "classic",
        category: str = "gex_zero",
    ) -> None:
        _check(seed, strikes, package, category)
        self.ticker = ticker
        self.session = session_on(day)
        self.rows = strikes
        self.classic = package == "classic"
        self.expiries = CATEGORIES[category]
        self.underlying = of = underlying(ticker)
        self.basis = basis(of, day, seed)

        rng = stream(seed, of.root, day, "path")
        volatility = of.daily_volatility * float(rng.lognormal(0.0, 0.2))
        close = closing_level(of, day, seed)
        self.pin = round(close / of.step / 10) * of.step * 10 or close
        before = closing_level(of, weekday_before(day), seed)
        start = before * float(np.exp(rng.normal(0.0, 0.35 * volatility)))
        self.path = spot_path(rng, start=start, pin=self.pin, seconds=self.session.seconds, daily_volatility=volatility)
        # The ladder is centred anew once a minute: that often is enough, and a spot that hovers between two
        # strikes does not make it flicker.
        centres = np.rint(self.path[::60] / of.step).astype(np.int64)
        lowest = max(int(centres.min()) - strikes // 2 - 3, 1)
        highest = max(int(centres.max()), lowest + strikes // 2) + strikes // 2 + 3
        self.grid: Floats = np.arange(lowest, highest + 1, dtype=np.float64) * of.step
        self.starts = np.maximum(centres - strikes // 2 - lowest, 0)
        self.smile = smile(self.grid, start, volatility)
        self.books = [self._book(seed, day, expiry, volatility) for expiry in self.expiries]
        skew = stream(seed, ticker, day, "skew")
        drift = wander_by_second(skew, len(self.path), memory=0.95, size=0.04)
        self.risk_reversal = 0.09 + drift + skew.normal(0.0, 0.03, len(self.path))

    def _book(self, seed: int, day: date, expiry: Expiry, volatility: float) -> Book:
        classified = not self.classic
        return write_book(
            stream(seed, self.ticker, day, f"book {expiry.sessions} {classified}"),
            strikes=self.grid,
            path=self.path,
            pin=self.pin,
            deviation=volatility * float(np.sqrt(expiry.sessions + 1)),
            contracts=self.underlying.contracts * expiry.volume,
            interest=self.underlying.contracts * expiry.interest,
            classified=classified,
        )

    def exposures(self, seconds: Ints) -> tuple[Floats, Floats]:
        """Give gamma exposure by volume and by open interest at these seconds after the open.

        Returns:
            Two arrays of shape (n, k), unrounded, calls positive and puts negative.
        """
        by_volume = np.zeros((len(seconds), len(self.grid)))
        by_interest = np.zeros_like(by_volume)
        for expiry, book in zip(self.expiries, self.books, strict=True):
            left = (self.session.seconds - seconds).astype(np.float64)
            each = self._per_contract(self.path[seconds], left, expiry)
            by_volume += each * book.net_volume(seconds)
            by_interest += each * book.open_interest
        return by_volume, by_interest

    def zero_gamma(self, seconds: Ints) -> Floats:
        """Give the spot at which net exposure by volume would be zero, basis included; shape (n,).

        The book is priced at every strike of the grid as if spot were there, so net exposure changes sign
        where spot crosses this level. The time to expiry is that of the minute: it hardly moves within.
        """
        found = np.empty(len(seconds))
        minutes, firsts = np.unique(seconds // 60, return_index=True)
        for minute, members in zip(minutes, np.split(seconds, firsts[1:]), strict=True):
            profile = np.zeros((len(members), len(self.grid)))
            left = np.full(len(self.grid), self.session.seconds - minute * 60.0 - 30.0)
            for expiry, book in zip(self.expiries, self.books, strict=True):
                each = self._per_contract(self.grid, left, expiry)
                # Not `@`: on blocks this small the threads of BLAS cost more than they bring.
                profile += np.einsum("nk,hk->nh", book.net_volume(members), each)
            first = np.searchsorted(seconds, members[0])
            found[first : first + len(members)] = nearest_root(self.grid, profile, self.path[members])
        return found + self.basis

    def _per_contract(self, spot: Floats, seconds_left: Floats, expiry: Expiry) -> Floats:
        years = years_left(seconds_left, expiry.sessions)
        return exposure_per_contract(spot, self.grid, self.smile, years, self.underlying.multiplier)


def _check(seed: int, strikes: int, package: str, category: str) -> None:
    if package not in PACKAGES:
        raise ValueError(f"There is no package {package!r}; choose one of {', '.join(PACKAGES)}.")
    if category not in CATEGORIES:
        raise ValueError(f"There is no category {category!r}; choose one of {', '.join(CATEGORIES)}.")
    if strikes not in STRIKES:
        raise ValueError(
            f"A ladder of {strikes} strikes is out of range; ask for {STRIKES.start} to {STRIKES.stop - 1}."
        )
    if seed < 0:
        raise ValueError(f"The seed {seed} is negative; use 0 or more.")
