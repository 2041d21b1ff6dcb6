"""The in-memory query cache keeps the promises of its port, and its bounds."""

import pytest

from gexlake.testing import InMemoryQueryCache, NoQueryCache, QueryCacheSuite
from gexlake.testing.builders import FEED


class TestInMemoryQueryCache(QueryCacheSuite):
    """The one that remembers."""

    @pytest.fixture
    def cache(self) -> InMemoryQueryCache:
        """Give an empty cache."""
        return InMemoryQueryCache()

    def test_answers_grow_old(self) -> None:
        """After their time they are as good as never put."""
        now = [100.0]
        cache = InMemoryQueryCache(ttl_seconds=5, seconds=lambda: now[0])
        cache.put(FEED, "latest", b"a")
        now[0] += 4.9
        assert cache.get(FEED, "latest") == b"a"
        now[0] += 0.1
        assert cache.get(FEED, "latest") is None

    def test_the_least_recently_used_answers_make_room(self) -> None:
        """The bytes that are held stay under the limit."""
        cache = InMemoryQueryCache(max_bytes=10)
        for question in "abc":
            cache.put(FEED, question, b"12345")
            cache.get(FEED, "a")
        assert [cache.get(FEED, question) for question in "abc"] == [b"12345", None, b"12345"]

    def test_an_answer_that_is_too_large_is_not_kept(self) -> None:
        """Nor does the one it would have replaced stay: it is out of date."""
        cache = InMemoryQueryCache(max_bytes=10)
        cache.put(FEED, "a", b"1")
        cache.put(FEED, "a", b"12345678901")
        assert cache.get(FEED, "a") is None


class TestNoQueryCache(QueryCacheSuite):
    """The one that remembers nothing."""

    remembers = False

    @pytest.fixture
    def cache(self) -> NoQueryCache:
        """Give it."""
        return NoQueryCache()
