"""The versions of feeds: answers count only under the version that Redis holds for their feed."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ...domain.feed import Feed

if TYPE_CHECKING:
    from redis import Redis

#: Bytes of a version: when it was made, so that versions can be put in order, and what nobody can guess or repeat.
VERSION_LENGTH = 32


class FeedVersions:
    """The versions that this process has seen, and the renewals that it still owes to Redis.

    A renewal is owed for each feed that was forgotten, and for each feed whose version this process cannot vouch
    for: at its first use, for a process that died may have owed one, and after each failure, for Redis may have
    missed something or have come back with what it held long ago. Until a renewal is delivered the feed's
    answers do not count. Methods raise what the driver raises.
    """

    def __init__(self, client: Redis, key: Callable[[Feed], str]) -> None:
        self._client, self._key = client, key
        self._seen: dict[Feed, bytes] = {}
        # A renewal that is owed again while it is being delivered has another mark, and stays owed.
        self._owed: dict[Feed, object] = {}
        self._lock = threading.Lock()

    def owe(self, feed: Feed) -> None:
        """Note that a feed needs another version."""
        with self._lock:
            self._owed[feed] = object()

    def owe_all(self) -> None:
        """Note that every feed needs another version."""
        with self._lock:
            self._owed.update((feed, object()) for feed in self._seen)

    def deliver(self) -> None:
        """Renew in Redis what is owed."""
        with self._lock:
            owed = dict(self._owed)
        if not owed:
            return
        versions = {feed: _new_version() for feed in owed}
        self._client.mset({self._key(feed): version for feed, version in versions.items()})
        with self._lock:
            self._seen |= versions
            for feed, mark in owed.items():
                if self._owed.get(feed) is mark:
                    del self._owed[feed]

    def settle(self, feed: Feed) -> None:
        """Renew what is owed, and this feed if it is new to this process."""
        with self._lock:
            if feed not in self._seen:
                self._owed.setdefault(feed, object())
        self.deliver()

    def confirm(self, feed: Feed, found: bytes | None) -> bytes | None:
        """Give the version that Redis was found to hold, or None if it does not count.

        One that is missing was flushed, one that is older than what was seen before was restored: both are renewed.
        """
        with self._lock:
            if feed in self._owed:
                return None
            if found is not None and found >= self._seen.get(feed, b""):
                self._seen[feed] = found
                return found
        self.owe(feed)
        self.deliver()
        return self._seen[feed]

    def current(self, feed: Feed) -> bytes | None:
        """Ask Redis for the version of a feed; None if it does not count."""
        self.settle(feed)
        found = self._client.get(self._key(feed))
        return self.confirm(feed, found if isinstance(found, bytes) else None)


def _new_version() -> bytes:
    return f"{time.time_ns():016x}{secrets.token_hex(8)}".encode()
