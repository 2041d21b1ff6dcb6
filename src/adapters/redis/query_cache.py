"""A query cache in Redis that is never in the way: bounded in time and size, and silent when Redis fails."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from ...application.at_once import waiting
from ...application.ports.query_cache import QueryCache
from ...domain.feed import Feed
from .breaker import CircuitBreaker
from .errors import RedisUrlInvalid
from .versions import VERSION_LENGTH, FeedVersions

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")
_LOG = logging.getLogger(__name__)


class _Asked(NamedTuple):
    """A question that had no answer, and the feed's version then; None while Redis could not tell."""

    feed: Feed
    question: str
    version: bytes | None


class RedisQueryCache(QueryCache):
    """Remembers answers for ``ttl_seconds``; ones of more than ``max_bytes`` are not kept.

    An answer is kept with the version of its feed, and counts as long as Redis holds the same version: ``forget``
    renews it. An answer belongs to the version that its asker has met with ``get``, so one that was worked out
    before a ``forget`` and is put after it never counts; for this, ``get`` and ``put`` are to be called in the
    same thread, or the same task.

    When Redis fails or takes longer than ``timeout_seconds`` the answer is "no", and Redis is left alone for
    ``rest_seconds``. What could not be forgotten meanwhile is forgotten before anything is read again.

    Servers share answers if they have the same ``namespace``: give each lake its own, or its own database.
    """

    def __init__(
        self,
        client: Redis,
        *,
        namespace: str = "gexlake",
        ttl_seconds: float = 60.0,
        max_bytes: int = 1 << 20,
        rest_seconds: float = 5.0,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._namespace = client, namespace
        self._ttl_millis, self._max_bytes = max(1, round(ttl_seconds * 1000)), max_bytes
        self._breaker = CircuitBreaker(rest_seconds, seconds=seconds)
        self._versions = FeedVersions(client, self._version_key)
        self._asked: ContextVar[_Asked | None] = ContextVar("asked", default=None)

    @classmethod
    def from_url(
        cls,
        url: str,
        *,
        timeout_seconds: float = 0.1,
        namespace: str = "gexlake",
        ttl_seconds: float = 60.0,
        max_bytes: int = 1 << 20,
        rest_seconds: float = 5.0,
        seconds: Callable[[], float] = time.monotonic,
    ) -> RedisQueryCache:
        """Make a cache in the Redis at ``redis://…``, ``rediss://…`` or ``unix://…``; it need not be there yet.

        Raises:
            RedisUrlInvalid: this is no such address.
        """
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        try:
            client = Redis.from_url(
                url,
                socket_timeout=timeout_seconds,
                socket_connect_timeout=timeout_seconds,
                retry=Retry(NoBackoff(), 0),  # a second try would double the wait of every request
                protocol=2,  # with the driver's introduction left out, a new connection costs no round trip more
                driver_info=None,
            )
        except (ValueError, TypeError) as error:
            raise RedisUrlInvalid(str(error).splitlines()[0]) from None
        return cls(
            client,
            namespace=namespace,
            ttl_seconds=ttl_seconds,
            max_bytes=max_bytes,
            rest_seconds=rest_seconds,
            seconds=seconds,
        )

    def get(self, feed: Feed, question: str) -> bytes | None:
        waiting()
        self._asked.set(_Asked(feed, question, None))
        return self._attempt(lambda: self._get(feed, question))

    def put(self, feed: Feed, question: str, answer: bytes) -> None:
        asked = self._asked.get()
        self._asked.set(None)
        if asked is None or asked[:2] != (feed, question):
            self._attempt(lambda: self._put(feed, question, answer, self._versions.current(feed)))
        elif asked.version is not None:  # without one, nobody can say whether the answer is out of date
            self._attempt(lambda: self._put(feed, question, answer, asked.version))

    def forget(self, feed: Feed) -> None:
        self._versions.owe(feed)
        self._attempt(self._versions.deliver)

    def close(self) -> None:
        """Close the connections; a later call opens them again."""
        self._client.close()

    def _get(self, feed: Feed, question: str) -> bytes | None:
        self._versions.settle(feed)
        # One command, so that no other server's forget can come between the version and the answer.
        keys = self._version_key(feed), self._answer_key(feed, question)
        held, found = cast("list[bytes | None]", self._client.mget(keys))
        version = self._versions.confirm(feed, held)
        self._asked.set(_Asked(feed, question, version))
        if version is None or found is None or found[:VERSION_LENGTH] != version:
            return None
        return found[VERSION_LENGTH:]

    def _put(self, feed: Feed, question: str, answer: bytes, version: bytes | None) -> None:
        key = self._answer_key(feed, question)
        if len(answer) > self._max_bytes:
            self._client.delete(key)
        elif version is not None:
            self._client.set(key, version + answer, px=self._ttl_millis)

    def _attempt(self, ask: Callable[[], T]) -> T | None:
        if not self._breaker.allows():
            return None
        try:
            answer = ask()
        except Exception as error:  # noqa: BLE001  # whatever becomes of a cache, it is not the caller's
            self._versions.owe_all()
            if self._breaker.fail():
                _LOG.warning("Redis fails and is left alone for a while, answers are worked out anew: %s", error)
            return None
        if self._breaker.succeed():
            _LOG.warning("Redis answers again.")
        return answer

    # The braces keep both keys of a feed on one node of a cluster.
    def _version_key(self, feed: Feed) -> str:
        return f"{self._namespace}:{{{feed}}}:version"

    def _answer_key(self, feed: Feed, question: str) -> str:
        return f"{self._namespace}:{{{feed}}}:answer:{blake2b(question.encode(), digest_size=16).hexdigest()}"
