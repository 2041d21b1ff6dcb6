"""The behaviour of every query cache."""

from __future__ import annotations

import pytest

from ..application.ports.query_cache import QueryCache
from .builders import FEED

OTHER = FEED._replace(category="gex_full")


class QueryCacheSuite:
    """Give it a fixture ``cache``; ``remembers`` is False for one that always answers "no"."""

    remembers = True

    @pytest.fixture
    def cache(self) -> QueryCache:
        """Give an empty cache."""
        raise NotImplementedError

    def test_a_question_that_was_not_put_has_no_answer(self, cache: QueryCache) -> None:
        """An empty cache says no."""
        assert cache.get(FEED, "latest") is None

    def test_an_answer_comes_back_as_it_was(self, cache: QueryCache) -> None:
        """What is put is got, byte by byte."""
        cache.put(FEED, "latest", b"\x00\xff")
        assert cache.get(FEED, "latest") == (b"\x00\xff" if self.remembers else None)

    def test_the_last_answer_counts(self, cache: QueryCache) -> None:
        """A second put takes the place of the first."""
        cache.put(FEED, "latest", b"old")
        cache.put(FEED, "latest", b"new")
        assert cache.get(FEED, "latest") in ((b"new",) if self.remembers else (None,))

    def test_feeds_and_questions_are_told_apart(self, cache: QueryCache) -> None:
        """The same question about another feed, and another question, have answers of their own."""
        cache.put(FEED, "latest", b"a")
        assert cache.get(OTHER, "latest") is None
        assert cache.get(FEED, "range") is None

    def test_a_forgotten_feed_has_no_answers_left(self, cache: QueryCache) -> None:
        """Forgetting one feed takes all its answers and nobody else's."""
        for feed in (FEED, OTHER):
            cache.put(feed, "latest", b"a")
            cache.put(feed, "range", b"b")
        cache.forget(FEED)
        assert [cache.get(FEED, question) for question in ("latest", "range")] == [None, None]
        assert cache.get(OTHER, "latest") == (b"a" if self.remembers else None)

    def test_after_a_forget_answers_are_remembered_again(self, cache: QueryCache) -> None:
        """The same question may have the same answer as before, or another one."""
        cache.put(FEED, "latest", b"old")
        cache.forget(FEED)
        assert cache.get(FEED, "latest") is None
        cache.put(FEED, "latest", b"new")
        assert cache.get(FEED, "latest") == (b"new" if self.remembers else None)

    def test_an_unknown_feed_can_be_forgotten(self, cache: QueryCache) -> None:
        """Forgetting what is not there is no error."""
        cache.forget(FEED)
