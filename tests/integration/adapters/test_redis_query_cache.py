"""The query cache in Redis, on a real server that is flushed, frozen, killed and started again."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from gexlake.adapters.redis.query_cache import RedisQueryCache
from gexlake.testing import FixedClock, QueryCacheSuite
from gexlake.testing.builders import FEED, NOON
from support.redis_server import RedisServer

OTHER = FEED._replace(ticker="ES_SPX")
REST = 5.0

MakeCache = Callable[..., RedisQueryCache]


@pytest.fixture
def clock() -> FixedClock:
    """Give a clock that stands still."""
    return FixedClock(NOON)


@pytest.fixture
def make_cache(clock: FixedClock) -> Iterator[MakeCache]:
    """Give a function that makes the cache of one server process."""
    made: list[RedisQueryCache] = []

    def make(server: RedisServer, **options: float) -> RedisQueryCache:
        patient = {"timeout_seconds": 5.0, "rest_seconds": REST} | options  # the machine of the tests may be busy
        cache = RedisQueryCache.from_url(server.url, seconds=clock.seconds, **patient)
        made.append(cache)
        return cache

    yield make
    for cache in made:
        cache.close()


def fill(*caches: RedisQueryCache) -> None:
    """Have caches vouch for the feed, then put an answer that all of them give."""
    for cache in caches:
        cache.get(FEED, "latest")
    caches[0].get(FEED, "latest")
    caches[0].put(FEED, "latest", b"old")
    assert [cache.get(FEED, "latest") for cache in caches] == [b"old"] * len(caches)


class TestRedisQueryCache(QueryCacheSuite):
    """It behaves as every query cache does."""

    @pytest.fixture
    def cache(self, redis: RedisServer, make_cache: MakeCache) -> RedisQueryCache:
        """Give an empty cache."""
        return make_cache(redis)


def test_answers_grow_old(redis: RedisServer, make_cache: MakeCache) -> None:
    """Redis is told how long to keep each one."""
    fill(make_cache(redis, ttl_seconds=60))
    with redis.client() as client:
        (key,) = client.keys("*answer*")
        assert 0 < client.pttl(key) <= 60_000


def test_an_answer_that_is_too_large_is_not_kept(redis: RedisServer, make_cache: MakeCache) -> None:
    """Nor does the one it would have replaced stay."""
    cache = make_cache(redis, max_bytes=3)
    cache.put(FEED, "latest", b"123")
    assert cache.get(FEED, "latest") == b"123"
    cache.put(FEED, "latest", b"1234")
    assert cache.get(FEED, "latest") is None


def test_two_servers_share_answers_and_forget_together(redis: RedisServer, make_cache: MakeCache) -> None:
    """What one forgets the other does not give any more, nor does it revive it with a late answer."""
    first, second = make_cache(redis), make_cache(redis)
    fill(first, second)
    assert second.get(FEED, "range") is None
    first.forget(FEED)
    assert second.get(FEED, "latest") is None
    second.get(FEED, "range")
    first.forget(FEED)
    second.put(FEED, "range", b"old")
    assert first.get(FEED, "range") is None


def test_lakes_of_other_namespaces_are_told_apart(redis: RedisServer) -> None:
    """Two lakes may hold the same feed."""
    first, second = (RedisQueryCache.from_url(redis.url, namespace=name) for name in ("one", "two"))
    fill(first)
    assert second.get(FEED, "latest") is None
    first.close()
    second.close()


def test_a_process_does_not_trust_what_it_finds(redis: RedisServer, make_cache: MakeCache) -> None:
    """The one before it may have died before it could say that everything had changed."""
    fill(make_cache(redis))
    assert make_cache(redis).get(FEED, "latest") is None


def test_a_flush_between_question_and_answer_loses_the_answer_only(redis: RedisServer, make_cache: MakeCache) -> None:
    """Its version is gone for good; the next answer is remembered again."""
    cache = make_cache(redis)
    fill(cache)
    cache.get(FEED, "range")
    redis.flush()
    cache.put(FEED, "range", b"late")
    assert [cache.get(FEED, question) for question in ("latest", "range")] == [None, None]
    fill(cache)


def test_what_redis_restores_from_long_ago_does_not_count(redis: RedisServer, make_cache: MakeCache) -> None:
    """A server that starts from an old copy of its data holds answers that were forgotten since."""
    cache = make_cache(redis)
    fill(cache)
    with redis.client() as client:
        copy = {key: client.dump(key) for key in client.scan_iter()}
        cache.forget(FEED)
        for key, content in copy.items():
            client.restore(key, 0, content, replace=True)
    assert cache.get(FEED, "latest") is None
    fill(cache)


def test_a_killed_server_means_no_for_a_while_and_is_then_tried_again(
    own_redis: RedisServer, make_cache: MakeCache, clock: FixedClock
) -> None:
    """Nothing is raised; before the rest is over nobody asks, though the server be back."""
    cache = make_cache(own_redis)
    fill(cache)
    own_redis.kill()
    assert cache.get(FEED, "latest") is None
    cache.put(FEED, "latest", b"a")
    cache.forget(OTHER)
    own_redis.start()
    assert cache.get(FEED, "latest") is None
    with own_redis.client() as client:
        assert client.keys() == []
    clock.advance(REST)
    fill(cache)


def test_a_server_that_is_not_there_yet_is_found_later(
    own_redis: RedisServer, make_cache: MakeCache, clock: FixedClock
) -> None:
    """Making the cache asks nothing."""
    own_redis.kill()
    cache = make_cache(own_redis)
    cache.put(FEED, "latest", b"a")
    assert cache.get(FEED, "latest") is None
    own_redis.start()
    clock.advance(REST)
    fill(cache)


def test_a_forget_that_did_not_arrive_is_not_forgotten(
    own_redis: RedisServer, make_cache: MakeCache, clock: FixedClock
) -> None:
    """A server that froze comes back with all it held; the old answers do not."""
    cache, other = make_cache(own_redis, timeout_seconds=1.0), make_cache(own_redis)
    fill(other, cache)
    own_redis.freeze()
    cache.forget(FEED)
    own_redis.thaw()
    with own_redis.client() as client:
        assert client.keys("*answer*")
    assert cache.get(FEED, "latest") is None
    cache.put(FEED, "latest", b"of whenever")
    clock.advance(REST)
    assert cache.get(FEED, "latest") is None
    assert other.get(FEED, "latest") is None
    fill(cache)


def test_a_debt_is_paid_with_the_next_question_about_any_feed(
    own_redis: RedisServer, make_cache: MakeCache, clock: FixedClock
) -> None:
    """So that other servers hear of it as soon as Redis can be reached."""
    cache, other = make_cache(own_redis, timeout_seconds=1.0), make_cache(own_redis)
    fill(other, cache)
    with own_redis.client() as client:
        client.client_pause(60_000, all=False)  # reads are answered, writes are not
        cache.forget(FEED)
        client.client_unpause()
    clock.advance(REST)
    cache.get(OTHER, "latest")
    assert other.get(FEED, "latest") is None


def test_a_failure_makes_every_answer_doubtful(
    own_redis: RedisServer, make_cache: MakeCache, clock: FixedClock
) -> None:
    """Who has not heard Redis for a while does not know what it missed."""
    cache = make_cache(own_redis, timeout_seconds=1.0)
    fill(cache)
    own_redis.freeze()
    assert cache.get(OTHER, "latest") is None
    own_redis.thaw()
    clock.advance(REST)
    assert cache.get(FEED, "latest") is None


def test_a_server_that_refuses_to_write_is_nobodys_failure(redis: RedisServer, make_cache: MakeCache) -> None:
    """A Redis without memory left says so in an error of its own."""
    cache = make_cache(redis)
    fill(cache)
    with redis.client() as client:
        client.config_set("maxmemory", 1)
        cache.put(FEED, "range", b"a")
        cache.forget(FEED)
        client.config_set("maxmemory", 0)
    assert cache.get(FEED, "latest") is None


class Truth:
    """What the lake says, and what it said at least when the last forget had returned."""

    def __init__(self) -> None:
        self.committed = self.forgotten = 0

    def change(self, cache: RedisQueryCache) -> None:
        """Commit, then have the answers forgotten, as an import does."""
        self.committed += 1
        cache.forget(FEED)
        self.forgotten = self.committed


def test_under_load_no_answer_is_older_than_the_last_forget(
    own_redis: RedisServer, make_cache: MakeCache, clock: FixedClock
) -> None:
    """Threads ask and put while an importer changes the truth, and the server dies and comes back."""
    cache = make_cache(own_redis)
    truth, over = Truth(), threading.Event()

    def ask() -> int:
        hits = 0
        while not over.is_set():
            clock.advance(REST / 10)
            at_least = truth.forgotten
            found = cache.get(FEED, "latest")
            if found is None:
                cache.put(FEED, "latest", str(truth.committed).encode())
            else:
                assert int(found) >= at_least
                hits += 1
        return hits

    with ThreadPoolExecutor(8) as pool:
        askers = [pool.submit(ask) for _ in range(8)]
        try:
            for step in range(200):
                truth.change(cache)
                if step % 50 == 25:
                    own_redis.kill()
                    truth.change(cache)
                    own_redis.start()
        finally:
            over.set()
        assert sum(asker.result() for asker in askers) > 0
    clock.advance(REST)
    fill(cache)
