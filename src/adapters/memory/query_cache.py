"""A query cache in the memory of this process, bounded in time and size."""

from __future__ import annotations

import time
from collections.abc import Callable

from ...application.ports.query_cache import QueryCache
from ...domain.feed import Feed
from ..lru import Lru


class InMemoryQueryCache(QueryCache):
    """Remembers answers for ``ttl_seconds``, up to ``max_bytes`` of them; the least recently used go first."""

    def __init__(
        self,
        ttl_seconds: float = 60.0,
        max_bytes: int = 64 << 20,
        *,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ttl, self._seconds = ttl_seconds, seconds
        #: Until when an answer counts, and the answer.
        self._answers: Lru[tuple[Feed, str], tuple[float, bytes]] = Lru(max_bytes)

    def get(self, feed: Feed, question: str) -> bytes | None:
        found = self._answers.get((feed, question))
        if found is None:
            return None
        until, answer = found
        # One that is too old takes its room until the next one takes its place.
        return answer if self._seconds() < until else None

    def put(self, feed: Feed, question: str, answer: bytes) -> None:
        self._answers.put((feed, question), (self._seconds() + self._ttl, answer), len(answer))

    def forget(self, feed: Feed) -> None:
        for key in self._answers:
            if key[0] == feed:
                self._answers.pop(key)


class NoQueryCache(QueryCache):
    """Remembers nothing."""

    def get(self, feed: Feed, question: str) -> bytes | None:
        return None

    def put(self, feed: Feed, question: str, answer: bytes) -> None:
        """Forget it at once."""

    def forget(self, feed: Feed) -> None:
        """Do nothing: there is nothing to forget."""
