"""Which of the feeds that a lake holds a question means."""

from __future__ import annotations

from collections.abc import Sequence

from ...domain.errors import FeedAmbiguous, SnapshotNotFound
from ...domain.feed import Feed, full_category

#: What a ticker's question means when it has several feeds and the question names none.
USUAL_FEED = ("classic", "gex_zero")


def fitting_feeds(
    held: Sequence[Feed], ticker: str | None, package: str | None = None, category: str | None = None
) -> list[Feed]:
    """Give all feeds that a question leaves open.

    The case of the ticker matters only where two differ by it; ``zero``, ``one``, ``full`` are older names of the
    categories.

    Raises:
        SnapshotNotFound: the lake holds no such feed.
    """
    wanted = (package, category and full_category(category))
    of_ticker = _of_ticker(held, ticker) if ticker else held
    fitting = [feed for feed in of_ticker if _fits(feed, wanted)]
    if not fitting:
        raise SnapshotNotFound("/".join(name for name in (ticker, *wanted) if name), map(str, of_ticker or held))
    return fitting


def choose_feed(held: Sequence[Feed], ticker: str, package: str | None = None, category: str | None = None) -> Feed:
    """Find the one feed that a question means.

    What the question leaves open is filled in if there is one such feed, or the usual one (classic, gex_zero).

    Raises:
        SnapshotNotFound: the lake holds no such feed.
        FeedAmbiguous: several are left.
    """
    fitting = fitting_feeds(held, ticker, package, category)
    usual = [feed for feed in fitting if (feed.package, feed.category) == USUAL_FEED]
    if len(fitting) == 1 or len(usual) == 1:
        return (usual if len(usual) == 1 else fitting)[0]
    raise FeedAmbiguous(ticker, tuple(map(str, fitting)))


def _of_ticker(held: Sequence[Feed], ticker: str) -> list[Feed]:
    return [feed for feed in held if feed.ticker == ticker] or [
        feed for feed in held if feed.ticker.casefold() == ticker.casefold()
    ]


def _fits(feed: Feed, wanted: tuple[str | None, str | None]) -> bool:
    named = zip(wanted, (feed.package, feed.category), strict=True)
    return all(not name or name == has for name, has in named)
