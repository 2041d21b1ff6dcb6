"""The port of the query cache."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ...domain.feed import Feed


class QueryCache(ABC):
    """Remembers answers. It may always answer "no", and a failure inside it is never the caller's.

    Who gets "no" works the answer out and puts it, in the same thread or task: an answer that is put after a
    ``forget`` by one who asked before it is out of date and is not remembered.

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
        """Make every answer about a feed unreachable, at once."""
