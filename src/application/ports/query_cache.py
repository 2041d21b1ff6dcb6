"""The port of the query cache."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ...domain.feed import Feed


class QueryCache(ABC):
    """Remembers answers. It may always answer "no", and a failure inside it is never the caller's.

    A question says of which state of the lake its answer is. So one that is put late, after a commit that overtook it,
    bears a state that nobody asks for any more, and a cache need not guard against it.

    A cache that asks somebody over a network calls ``waiting`` first: a server asks on its event loop.
    """

    @abstractmethod
    def get(self, feed: Feed, question: str) -> bytes | None:
        """Give the remembered answer, or None."""

    @abstractmethod
    def put(self, feed: Feed, question: str, answer: bytes) -> None:
        """Remember an answer for a while."""

    @abstractmethod
    def forget(self, feed: Feed) -> None:
        """Make every answer about a feed that was put before unreachable, at once."""
