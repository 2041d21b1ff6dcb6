"""What the app remembers between requests: bounded answers, the feeds there are, how new each one is."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from functools import partial
from urllib.parse import quote
from uuid import uuid4

from ....application.asking.answer import newest
from ....application.asking.at_once import WouldWait
from ....application.asking.choose_feed import choose_feed
from ....application.ports.query_cache import QueryCache
from ....application.ports.unit_of_work import Lake
from ....domain.errors import ANY_FAILURE, SnapshotNotFound
from ....domain.feed import Feed
from ....domain.sentences import in_a_line
from ....domain.timestamps import to_iso

_LOG = logging.getLogger(__name__)
#: The newest timestamp of the feed (or of all, where an answer is about the lake): how fresh an answer is.
LATEST_HEADER = "X-Gexlake-Latest"
FEED_HEADER = "X-Gexlake-Feed"
#: A larger answer is made anew: a few of them would push all others out of a cache.
MOST_BYTES = 1 << 20


class Answers:
    """Remembers answers in a cache, under keys that no answer of an earlier state of a feed has.

    Each commit makes another version of the feeds that it touches; an answer that was begun before and is
    remembered after it bears the old version, which nobody asks for any more. ``changes`` counts the commits.

    A cache that fails is one that remembers nothing: neither a request nor a commit may fail of it.
    """

    def __init__(self, lake: Lake, cache: QueryCache) -> None:
        self._lake, self._cache, self._cache_failed = lake, cache, False
        # What an earlier process has left in a cache that outlives it may be older than the lake.
        self._life = uuid4().hex
        self._versions: Counter[Feed] = Counter()
        self.changes = 0
        self._feeds: tuple[int, list[Feed]] | None = None
        self._newest: dict[Feed, tuple[int, datetime]] = {}
        self._fresh: dict[Feed, tuple[int, dict[str, str]]] = {}

    def forget(self, feeds: set[Feed]) -> None:
        """Make every answer about some feeds unreachable, at once."""
        for feed in feeds:
            self._versions[feed] += 1
        # Behind all of them: by the new count nobody may still be given an answer of an old version, and keep it.
        self.changes += 1
        for feed in feeds:
            self._ask(partial(self._cache.forget, feed))

    def remembered(self, feed: Feed, question: str, make: Callable[[], bytes]) -> bytes:
        """Give an answer, from the cache or made anew; ``question`` names route, parameters and format."""
        key = f"{self._life}.{self._versions[feed]} {question}"
        known = self._ask(partial(self._cache.get, feed, key))
        if isinstance(known, bytes):
            return known
        answer = make()
        if len(answer) <= MOST_BYTES:
            self._ask(partial(self._cache.put, feed, key, answer))
        return answer

    def feed(self, ticker: str, package: str | None, category: str | None) -> Feed:
        """Find the one feed that a question means; see ``choose_feed``."""
        try:
            return choose_feed(self.feeds(), ticker, package, category)
        except SnapshotNotFound:
            return choose_feed(self._lake.snapshots.feeds(), ticker, package, category)

    def feeds(self) -> list[Feed]:
        """Give the feeds that the lake holds."""
        changes, known = self.changes, self._feeds
        if known is None or known[0] != changes:
            self._feeds = known = changes, self._lake.snapshots.feeds()
        return known[1]

    def freshness(self, feed: Feed) -> dict[str, str]:
        """Give the headers that say which feed an answer is about, and the newest timestamp that it has."""
        version = self._versions[feed]
        told = self._fresh.get(feed)
        if told and told[0] == version:
            return told[1].copy()
        found = self._latest(feed)
        headers = {FEED_HEADER: quote(str(feed))}
        if found is None:
            return headers
        headers = {LATEST_HEADER: to_iso(found), **headers}
        self._fresh[feed] = version, headers.copy()
        return headers

    def lake_freshness(self) -> dict[str, str]:
        """Give the header with the newest timestamp of all feeds."""
        found = [moment for feed in self.feeds() if (moment := self._latest(feed)) is not None]
        return {LATEST_HEADER: to_iso(max(found))} if found else {}

    def _ask(self, ask: Callable[[], object]) -> object:
        """Ask the cache; nothing if it fails, which is said once."""
        try:
            return ask()
        except WouldWait:
            raise
        except ANY_FAILURE as error:
            if not self._cache_failed:
                name = type(self._cache).__name__
                _LOG.warning("The cache %s fails, answers are made anew; tell its author: %s", name, in_a_line(error))
            self._cache_failed = True
            return None

    def _latest(self, feed: Feed) -> datetime | None:
        version = self._versions[feed]
        known = self._newest.get(feed)
        if known and known[0] == version:
            return known[1]
        moment = newest(self._lake.snapshots.latest(feed))
        if moment is not None:
            self._newest[feed] = version, moment
        return moment
