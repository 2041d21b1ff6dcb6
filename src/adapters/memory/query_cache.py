"""A query cache in the memory of this process, bounded in time and size."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar

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
        # How often each feed was forgotten, and what the running thread or task has met when it asked.
        self._forgotten: Counter[Feed] = Counter()
        self._asked: ContextVar[tuple[Feed, str, int] | None] = ContextVar("asked", default=None)
        self._lock = threading.Lock()

    def get(self, feed: Feed, question: str) -> bytes | None:
        with self._lock:
            self._asked.set((feed, question, self._forgotten[feed]))
            found = self._answers.get((feed, question))
            if found is None:
                return None
            until, answer = found
            if self._seconds() < until:
                return answer
            self._answers.pop((feed, question))
            return None

    def put(self, feed: Feed, question: str, answer: bytes) -> None:
        asked = self._asked.get()
        self._asked.set(None)
        with self._lock:
            if asked is not None and asked[:2] == (feed, question) and asked[2] != self._forgotten[feed]:
                return
            self._answers.put((feed, question), (self._seconds() + self._ttl, answer), len(answer))

    def forget(self, feed: Feed) -> None:
        with self._lock:
            self._forgotten[feed] += 1
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
