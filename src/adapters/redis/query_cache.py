"""A query cache in Redis that is never in the way: bounded in time and size, and silent when Redis fails."""

from __future__ import annotations

import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Callable
from hashlib import blake2b
from typing import TypeVar, cast

from ...application.asking.at_once import waiting
from ...application.ports.query_cache import QueryCache
from ...domain.feed import Feed
from .breaker import CircuitBreaker
from .errors import RedisUrlInvalid

T = TypeVar("T")
_LOG = logging.getLogger(__name__)
#: Tells answers from whatever else lies in the same Redis, to those who look into it.
_PREFIX = "gexlake:answers"


class RedisQueryCache(QueryCache):
    """Remembers answers for ``ttl_seconds``; ones of more than ``max_bytes`` are not kept.

    The answers about a feed lie under a random word that only this cache knows, and ``forget`` throws the word away.
    So there is nothing to tell Redis when a feed is forgotten, and what Redis holds under other words is never met:
    answers of other servers and of earlier processes, or those that an old copy of its data brings back.

    When Redis fails or takes longer than ``timeout_seconds`` the answer is "no", and Redis is left alone for
    ``rest_seconds``. Its ``url`` is ``redis://…``, ``rediss://…`` or ``unix://…``; it need not be there yet.

    Raises:
        RedisUrlInvalid: this is no such address.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout_seconds: float = 0.1,
        ttl_seconds: float = 60.0,
        max_bytes: int = 1 << 20,
        rest_seconds: float = 5.0,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        from redis import Redis

        from .client_options import client_options

        try:
            self._client = Redis.from_url(url, **client_options(timeout_seconds))
        except (ValueError, TypeError) as error:
            raise RedisUrlInvalid(str(error).splitlines()[0]) from None
        self._ttl_millis, self._max_bytes = max(1, round(ttl_seconds * 1000)), max_bytes
        self._breaker = CircuitBreaker(rest_seconds, seconds=seconds)
        # Threads need no lock: a word is never one that was there before, whoever makes it or throws it away.
        self._words: defaultdict[Feed, str] = defaultdict(lambda: secrets.token_hex(8))

    def get(self, feed: Feed, question: str) -> bytes | None:
        waiting()
        key = self._key(feed, question)
        return cast("bytes | None", self._attempt(lambda: self._client.get(key)))

    def put(self, feed: Feed, question: str, answer: bytes) -> None:
        key = self._key(feed, question)
        if len(answer) <= self._max_bytes:
            self._attempt(lambda: self._client.set(key, answer, px=self._ttl_millis))
        else:
            self._attempt(lambda: self._client.delete(key))

    def forget(self, feed: Feed) -> None:
        self._words.pop(feed, None)

    def close(self) -> None:
        """Close the connections; a later call opens them again."""
        self._client.close()

    def _attempt(self, ask: Callable[[], T]) -> T | None:
        if not self._breaker.allows():
            return None
        try:
            answer = ask()
        except Exception as error:  # noqa: BLE001  # whatever becomes of a cache, it is not the caller's
            if self._breaker.fail():
                _LOG.warning("Redis fails and is left alone for a while, answers are worked out anew: %s", error)
            return None
        if self._breaker.succeed():
            _LOG.warning("Redis answers again.")
        return answer

    def _key(self, feed: Feed, question: str) -> str:
        return f"{_PREFIX}:{feed}:{self._words[feed]}:{blake2b(question.encode(), digest_size=16).hexdigest()}"
