"""How much is measured: the whole archive, enough for a few minutes, or next to nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from data import History


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Attributes:
        runs: how often each thing is measured; medians are taken of that many.
        gigabytes: what the data and the outputs take on the disk at most.
        archive: what all contestants import.
        scale_days: how many of the archive's days are imported, growing.
        unchanged: an archive of day files that is imported once, and then again though nothing has changed.
        small_files: a day of one-snapshot files.
        memory_snapshots: days (None: a whole one) and how many of them make a file, growing.
        form: a day that is written in all forms.
        lake: what is in the lake that is asked.
        ages: small days of a lake that is asked when it holds 1, 40 and 400 of them.
        fresh: what is imported while questions are answered; none of it is asked about.
        seconds: how long each load lasts, after a second that does not count.
        rate, cached_rate, route_rate: questions a second, to the server; of the one answer that it remembers; and to
            the predecessor's route.
        look: how long, in seconds, a server must do nothing before it is asked at rest.
        bulk: how often the large questions are asked, one after the other, and a program's for one snapshot.
        ticks: of how many moments of a day a program asks what was known.
    """

    name: str
    runs: int
    gigabytes: float
    archive: History
    scale_days: tuple[int, ...]
    unchanged: History
    small_files: History
    memory_snapshots: tuple[tuple[int | None, int], ...]
    form: History
    lake: tuple[History, ...]
    ages: tuple[History, ...]
    fresh: History
    seconds: float
    bulk: int
    look: float = 1
    rate: int = 300
    cached_rate: int = 3_000
    route_rate: int = 15
    ticks: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Setup:
    """Where and how much to measure."""

    size: Size
    work: Path
    peers: Path
    missing: dict[str, str] = field(default_factory=dict)

    def scratch(self, name: str) -> Path:
        """Name a place for outputs, which whoever uses it removes."""
        return self.work / "scratch" / name


def _lake(days: int) -> tuple[History, ...]:
    return tuple(History(days, ticker, strikes=43) for ticker in ("ES_SPX", "SPX", "NDX", "QQQ"))


def _ages(*days: int) -> tuple[History, ...]:
    return tuple(History(count, "SPY", snapshots=390, strikes=20) for count in days)


_SMALL = History(1, snapshots=5_000, strikes=30, form="single")

FULL = Size(
    name="full",
    runs=3,
    gigabytes=40,
    archive=History(54),
    scale_days=(1, 2, 4, 8, 16, 32, 54),
    unchanged=History(54),
    small_files=_SMALL,
    memory_snapshots=((2_400, 1), (None, 1), (None, 10)),
    form=History(1),
    lake=_lake(25),
    ages=_ages(1, 40, 400),
    fresh=History(54),
    seconds=20,
    bulk=100,
)
QUICK = Size(
    name="quick",
    runs=3,
    gigabytes=8,
    archive=History(4),
    scale_days=(1, 2, 4, 8),
    unchanged=History(54, snapshots=60),
    small_files=_SMALL,
    memory_snapshots=((2_400, 1), (9_600, 1), (None, 1)),
    form=History(1, snapshots=9_600),
    lake=_lake(3),
    ages=_ages(1, 40, 400),
    fresh=History(8),
    seconds=4,
    bulk=30,
)
_TINY_DAY = History(2, snapshots=60, strikes=10)
TINY = Size(
    name="tiny",
    runs=1,
    gigabytes=1,
    archive=_TINY_DAY,
    scale_days=(1, 2),
    unchanged=_TINY_DAY,
    small_files=History(1, snapshots=20, strikes=20, form="single"),
    memory_snapshots=((30, 1), (60, 2)),
    form=History(1, snapshots=60, strikes=10),
    lake=(History(2, "ES_SPX", snapshots=300, strikes=20), History(2, "SPX", snapshots=300, strikes=20)),
    ages=_ages(1),
    fresh=History(2, snapshots=600, strikes=20),
    seconds=0.1,
    bulk=2,
    look=0.1,
    rate=80,
    cached_rate=160,
    route_rate=80,
    ticks=1_000,
)
SIZES = {size.name: size for size in (TINY, QUICK, FULL)}
