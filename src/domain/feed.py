"""Feeds: which ticker, package and category a snapshot belongs to, and how texts name them."""

from __future__ import annotations

import re
from typing import NamedTuple

PACKAGES = ("classic", "state")
CATEGORIES = ("gex_zero", "gex_one", "gex_full")

#: Categories of the vendor's other feeds: state greeks and order flow. They have no ladder.
_OTHER_FEED = re.compile(
    r"(?:^|[\W_])(orderflow|(?:delta|gamma|charm|vanna|vega|theta|vomma|speed)_(?:zero|one|full))(?=$|[\W_])"
)
_PACKAGE = re.compile(r"(?:^|[\W_])(classic|state)(?=$|[\W_])")
_CATEGORY = re.compile(r"(?:^|[\W_])gex_(zero|one|full)(?=$|[\W_])")
#: The names before the prefix ``gex_`` came in; only as the last word, or a ticker could hold one. The older bridge put
#: a time behind it.
_OLD_CATEGORY = re.compile(r"(?:^|[\W_])(zero|one|full)(?:_\d+)*$")
#: The day at the end of an endpoint of the vendor's history.
_DATED = re.compile(r"/[\d-]+$")


def full_category(category: str) -> str:
    """Give the name with the prefix of a category that is named without it; any other text stays as it is."""
    # Not what a text says among other things, as file names do: a misspelt one would be taken for another category.
    full = f"gex_{category}"
    return full if full in CATEGORIES else category


class Feed(NamedTuple):
    """One stream of snapshots; it has at most one snapshot per timestamp."""

    ticker: str
    package: str
    category: str

    @classmethod
    def of(cls, text: str) -> Feed:
        """Give the feed that ``str`` writes so; its ticker may hold slashes."""
        return cls(*text.rsplit("/", 2))

    def __str__(self) -> str:
        return f"{self.ticker}/{self.package}/{self.category}"


class FeedName(NamedTuple):
    """What a text (an endpoint, a file name, a folder) says about the feed; None where it is silent."""

    package: str | None = None
    category: str | None = None
    other: str | None = None

    def or_else(self, fallback: FeedName) -> FeedName:
        """Fill what this text leaves open from another one."""
        return FeedName(
            self.package or fallback.package,
            self.category or fallback.category,
            # A text that names a GEX category overrules a vaguer one that names another feed.
            self.other or (None if self.category else fallback.other),
        )

    def feed(self, ticker: str) -> Feed:
        """Give the feed of a ticker under this name; one that names no package is classic."""
        return Feed(ticker, self.package or "classic", self.category or "")


def parse_feed_name(text: str) -> FeedName:
    """Read package and category out of a word or a file name without its ending.

    >>> parse_feed_name("2025-10-06_NQ_NDX_classic_gex_zero")
    FeedName(package='classic', category='gex_zero', other=None)
    """
    lowered = text.lower()
    package = _PACKAGE.search(lowered)
    category = _CATEGORY.search(lowered)
    other = None if category else _OTHER_FEED.search(lowered)
    if category is None and other is None:
        category = _OLD_CATEGORY.search(lowered)
    return FeedName(
        package.group(1) if package else None,
        f"gex_{category.group(1)}" if category else None,
        other.group(1) if other else None,
    )


def parse_endpoint(text: str) -> FeedName:
    """Read package and category out of an endpoint: its path, and from its query what the path leaves open.

    >>> parse_endpoint("https://api.gexbot.com/NQ_NDX/classic/zero?key=full")
    FeedName(package='classic', category='gex_zero', other=None)
    """
    path, _, query = text.partition("?")
    return parse_feed_name(_DATED.sub("", path.rstrip("/ "))).or_else(parse_feed_name(query))
